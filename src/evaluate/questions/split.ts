import type { History } from '../../columns.js'
import { InterestMineError } from '../../errors.js'
import { type Positives, packPositives, positivesOf } from '../../model/histories.js'
import { historyBefore, historyUntil } from './cut-history.js'

/** One liked item of a user that is to be predicted, and the history that it is predicted from. */
export interface Question {
  /** Position of the user in the histories that were split. */
  user: number
  /** What came before the target, and nothing else: see `historyBefore`. */
  history: History
  /** Row of the item to be predicted. */
  target: number
  /** Time of the target's event, ms since 1970; NaN: unknown. */
  at: number
}

/** Result of `splitLeaveOneOut`. */
export interface LeaveOneOut {
  /** The training part, one history a user, in the order of the input. */
  train: History[]
  /** One question a user with enough positive items: the second-last of them. */
  validation: Question[]
  /** One question for each of the same users: the last of them. */
  test: Question[]
}

/** A question of the time split. What is new is decided by the training part. */
export interface TimedQuestion extends Question {
  /** No user has a positive event on the target before the cut. */
  newItem: boolean
  /** The user has no positive event before the cut. */
  newUser: boolean
}

/** Result of `splitByTime`. */
export interface TimeSplit {
  /** Ms since 1970. The training part lies before it, the targets at or after it. */
  cut: number
  /** The training part, one history a user, in the order of the input. */
  train: History[]
  /** Users in the order of the input, the questions of one user in order of time. */
  questions: TimedQuestion[]
}

/**
 * Splits by leave-one-out, as published results do: of every user with `atLeast` positive items (never fewer than two)
 * the last is the test target and the second-last the validation target. The training part of such a user is what came
 * before the second-last; of all other users it is everything. An item stands at its latest event, as in every
 * `History`. Weak items (strong = 0) stay in the histories and are never targets.
 */
export function splitLeaveOneOut(histories: readonly History[], { atLeast = 5 } = {}): LeaveOneOut {
  const split: LeaveOneOut = { train: [], validation: [], test: [] }
  histories.forEach((history, user) => {
    const positives = positionsOfPositives(history)
    if (positives.length < Math.max(2, atLeast)) {
      split.train.push(history)
      return
    }
    const [second, last] = positives.slice(-2)
    const validation = questionAt(history, user, second)
    split.validation.push(validation)
    split.test.push(questionAt(history, user, last))
    split.train.push(validation.history)
  })
  return split
}

/**
 * Splits at one cut in time, the same for all users, so that no user's later events can leak into the training part of
 * another. The cut is the (1 - `share`) quantile of the times of all positive items. The training part is what came
 * before it. The targets of a user are their first `mostPerUser` positive items at or after it; the history of each
 * holds everything before the target, events between cut and target too.
 *
 * Undated items are neither targets nor in the training part, for they may be from after the cut; in the histories of
 * questions they keep their places. Fails with BAD_INPUT where no positive item has a time, or none lies before the
 * cut.
 */
export function splitByTime(histories: readonly History[], { share = 0.1, mostPerUser = 10 } = {}): TimeSplit {
  const cut = quantileOfTimes(histories, 1 - share)
  const train = histories.map((history) => historyUntil(history, cut))
  const known = new Set(train.flatMap((history) => positionsOfPositives(history).map((i) => history.rows[i])))
  if (known.size === 0) {
    throw new InterestMineError(
      'BAD_INPUT',
      `no positive event lies before ${new Date(cut).toISOString()}, where the last ${share} of all begin; a split by time needs events of different times`,
      { cut, share },
    )
  }
  const questions = histories.flatMap((history, user) => {
    const newUser = positionsOfPositives(train[user]).length === 0
    return positionsOfPositives(history)
      .filter((i) => history.lastAt[i] >= cut)
      .slice(0, mostPerUser)
      .map((i) => ({ ...questionAt(history, user, i), newItem: !known.has(history.rows[i]), newUser }))
  })
  return { cut, train, questions }
}

function quantileOfTimes(histories: readonly History[], q: number): number {
  const dated = histories.map((history) =>
    history.lastAt.filter((at, i) => history.strong[i] === 1 && !Number.isNaN(at)),
  )
  const times = new Float64Array(dated.reduce((n, at) => n + at.length, 0))
  let n = 0
  for (const at of dated) {
    times.set(at, n)
    n += at.length
  }
  if (n === 0) {
    throw new InterestMineError(
      'BAD_INPUT',
      'no positive event has a time, so there is nothing to cut by; use the leave-one-out split',
    )
  }
  times.sort()
  return times[Math.min(n - 1, Math.max(0, Math.floor(q * n)))]
}

function positionsOfPositives(history: History): number[] {
  return [...history.rows.keys()].filter((i) => history.strong[i] === 1)
}

function questionAt(history: History, user: number, i: number): Question {
  return { user, history: historyBefore(history, i), target: history.rows[i], at: history.lastAt[i] }
}

/** The positive rows of every history, oldest first, and their times: what most methods are trained on. */
export function gatherPositives(histories: readonly History[]): Positives {
  return packPositives(histories.map(positivesOf))
}
