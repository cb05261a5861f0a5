import type { MinedUser } from '../columns.js'
import { countingPause, createPause, modelOf, type Stoppable } from '../threads/run.js'
import { type Holdings, type HoldingsInput, takeHoldings } from './holdings.js'
import { type MineUsersInput, mineUsers } from './mine-users.js'
import { type Outline, type OutlineInput, outlineCatalogue } from './outline.js'

export interface MineTask extends MineUsersInput {
  /** As in a ShowTask. */
  world: string
}

export interface HoldTask extends HoldingsInput {
  world: string
}

export function runMine({ stop, world, ...task }: MineTask & Stoppable): Promise<MinedUser[]> {
  return mineUsers({ ...task, model: modelOf(world, task.model) }, countingPause(stop))
}

export function runOutline({ stop, ...task }: OutlineInput & Stoppable): Promise<Outline> {
  return outlineCatalogue(task, createPause(stop))
}

export function runHold({ stop, world, ...task }: HoldTask & Stoppable): Promise<Holdings> {
  return takeHoldings({ ...task, model: modelOf(world, task.model) }, countingPause(stop))
}
