import { countingPause, createPause, type Stoppable } from '../../threads/run.js'
import { type EvaluatedUser, mineSampledUsers, type UsersTask } from './mine-users.js'
import { measurePace, type Pace, type PaceTask } from './pace.js'
import { type PlantedScores, type PlantedTask, scorePersonas } from './score-personas.js'

/** The task `plant`: clusters and scores its personas. Fails with INTERRUPTED once stopped. */
export function runScorePersonas({ stop, ...task }: PlantedTask & Stoppable): Promise<PlantedScores> {
  return scorePersonas(task, countingPause(stop))
}

/** The task `readUsers`: mines its users. Fails with INTERRUPTED once stopped. */
export function runMineSampledUsers({ stop, ...task }: UsersTask & Stoppable): Promise<EvaluatedUser[]> {
  return mineSampledUsers(task, countingPause(stop))
}

/** The task `pace`: measures how fast histories are mined. Fails with INTERRUPTED once stopped. */
export function runPace({ stop, ...task }: PaceTask & Stoppable): Promise<Pace> {
  return measurePace(task, createPause(stop))
}
