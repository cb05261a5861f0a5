import type { MinedUser } from '../columns.js'
import { countingPause, createPause, type Stoppable, sharedModel } from '../threads/run.js'
import { type MineUsersInput, mineUsers } from './mine-users.js'
import { findTextTopics, type TextTopics, type TextTopicsInput } from './text-topics.js'
import { readUserInterests, type UserInterests, type UserInterestsInput } from './user-interests.js'

/** Input of the task 'mine'. */
export interface MineTask extends MineUsersInput {
  /** Name of the model, the same in all tasks that use it (`sharedModel`). */
  modelName: string
}

/** Input of the task 'userInterests'. */
export interface UserInterestsTask extends UserInterestsInput {
  /** As in MineTask. */
  modelName: string
}

/** The task 'mine': interests of some users (`mineUsers`). Counts the users. Throws INTERRUPTED where it is stopped. */
export function runMine({ stop, modelName, ...task }: MineTask & Stoppable): Promise<MinedUser[]> {
  return mineUsers({ ...task, model: sharedModel(modelName, task.model) }, countingPause(stop))
}

/** The task 'textTopics': topics of texts alone (`findTextTopics`). Throws INTERRUPTED where it is stopped. */
export function runTextTopics({ stop, ...task }: TextTopicsInput & Stoppable): Promise<TextTopics> {
  return findTextTopics(task, createPause(stop))
}

/**
 * The task 'userInterests': interests of some users under their edits (`readUserInterests`). Counts the users. Throws
 * INTERRUPTED where it is stopped.
 */
export function runUserInterests({ stop, modelName, ...task }: UserInterestsTask & Stoppable): Promise<UserInterests> {
  return readUserInterests({ ...task, model: sharedModel(modelName, task.model) }, countingPause(stop))
}
