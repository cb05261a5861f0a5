import { countingPause, createPause, type Stoppable } from '../../threads/run.js'
import { measurePace, type Pace, type PaceTask } from './pace.js'
import { type PlantedScores, type PlantedTask, scorePersonas } from './planted.js'
import { readSampledUsers, type UserReading, type UsersTask } from './users.js'

export function runPlant({ stop, ...task }: PlantedTask & Stoppable): Promise<PlantedScores> {
  return scorePersonas(task, countingPause(stop))
}

export function runReadUsers({ stop, ...task }: UsersTask & Stoppable): Promise<UserReading[]> {
  return readSampledUsers(task, countingPause(stop))
}

export function runPace({ stop, ...task }: PaceTask & Stoppable): Promise<Pace> {
  return measurePace(task, createPause(stop))
}
