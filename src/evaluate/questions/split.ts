import { InterestMineError } from '../../errors.js'
import { type Positives, packPositives, positivesOf } from '../../model/histories.js'
import type { History } from '../../types.js'
import { historyBefore, historyUntil } from './cut-history.js'

/** What one user did next, and everything that is known when it is asked for. */
export interface Question {
  /** Position of the user in the histories that were split. */
  user: number
  /** What came before the target, and nothing else: see `historyBefore`. */
  history: History
  /** Row of the item to be foretold. */
  target: number
  /** When it happened, ms, NaN unknown. */
  at: number
}

export interface LeaveOneOut {
  /** One a user: what statistics may be counted from. */
  train: History[]
  validation: Question[]
  test: Question[]
}

/** A question of the time split. Old and new are told by the training part. */
export interface TimedQuestion extends Question {
  /** Nobody has a positive on the target before the cut. */
  newItem: boolean
  /** The user has no positive before the cut. */
  newUser: boolean
}

export interface TimeSplit {
  /** Milliseconds; the training part lies before it, the questions at it or after. */
  cut: number
  train: History[]
  /** Users in order, the questions of one in order of time. */
  questions: TimedQuestion[]
}

/**
 * Leave-one-out as published: of every user with `atLeast` positive items the last is the test target and the
 * second-last the validation target. The training part of such a user is what came before the second-last, of the
 * others everything. An item stands at its latest event, as in every `History`; weak items (strong = 0) stay in
 * histories, and are never asked for.
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
 * One global cut in time, so that nothing leaks from one user's future into another's past: the (1 - `share`)
 * quantile of the times of all positives. Training is what came before it. A user is asked for the first `mostPerUser`
 * of their positives at or after it, each with all that came before in its history, between cut and target too.
 *
 * Undated items are neither asked for nor trained on, for they may be of after the cut; in the histories of questions
 * they stand where they came. Fails with BAD_INPUT where no positive has a time, or where none lies before the cut.
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

/** The positive rows of every history, oldest first, and when: what most methods learn from. */
export function gatherPositives(histories: readonly History[]): Positives {
  return packPositives(histories.map(positivesOf))
}
