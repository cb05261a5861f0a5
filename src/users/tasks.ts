import type { MinedUser } from '../columns.js'
import { countingPause, createPause, type Stoppable, sharedModel } from '../threads/run.js'
import { type MineUsersInput, mineUsers } from './mine-users.js'
import { findTextTopics, type TextTopics, type TextTopicsInput } from './text-topics.js'
import { readUserInterests, type UserInterests, type UserInterestsInput } from './user-interests.js'

export interface MineTask extends MineUsersInput {
  /** As in a ShowTask. */
  modelName: string
}

export interface UserInterestsTask extends UserInterestsInput {
  modelName: string
}

export function runMine({ stop, modelName, ...task }: MineTask & Stoppable): Promise<MinedUser[]> {
  return mineUsers({ ...task, model: sharedModel(modelName, task.model) }, countingPause(stop))
}

export function runTextTopics({ stop, ...task }: TextTopicsInput & Stoppable): Promise<TextTopics> {
  return findTextTopics(task, createPause(stop))
}

export function runUserInterests({ stop, modelName, ...task }: UserInterestsTask & Stoppable): Promise<UserInterests> {
  return readUserInterests({ ...task, model: sharedModel(modelName, task.model) }, countingPause(stop))
}
