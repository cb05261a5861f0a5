import type { History } from '../../columns.js'
import { InterestMineError } from '../../errors.js'
import { type Positives, positiveRows } from '../../model/histories.js'
import { createRandom, sampleBelow } from '../../random.js'
import { gatherPositives, type Question, splitByTime, splitLeaveOneOut } from '../questions/split.js'
import { shuffleTies } from '../questions/ties.js'
import type { RankingSettings } from './options.js'

/** Which questions are asked, and which events each part of the model may be computed from. */
export interface EvaluationPlan {
  /** Liked items that the model is fitted on, one list a user. */
  fitted: Positives
  /** Liked items that the statistics in use are counted from; null: those of `fitted`. */
  counted: Positives | null
  /** Histories that adapter and scorer are trained on, one a user; they are trained to predict the last events. */
  learnt: History[]
  /** Of the users that were drawn. */
  questions: Question[]
  /** Users who could be asked, before the sample was drawn. */
  askableUsers: number
  /** Time of the cut, ms since 1970; null in leave-one-out. */
  cut: number | null
  /** Liked items that a user needs to be asked. */
  leastItems: number
  /** Questions left out because their target is no longer in the catalogue. */
  removedTargets: number
}

/** Liked items that a user needs to be asked in leave-one-out, as in published results. */
const LEAST_ITEMS = 5

/**
 * Splits the histories, leaves out questions whose target was removed from the catalogue, and draws the sample of
 * users.
 *
 * @param histories One a user, in the order that `Question.user` counts by.
 * @param removed 1 for each row of the catalogue that was removed.
 *
 * Fails with LIMIT where no question is left, and with BAD_INPUT as `splitByTime` does.
 */
export function planEvaluation(
  histories: readonly History[],
  removed: Uint8Array,
  { split, refit, shuffleTies: shuffled, sample, seed }: RankingSettings,
): EvaluationPlan {
  const ordered = shuffled ? shuffleTies(histories, seed) : histories
  const { train, learnt, questions, cut } = split === 'time' ? cutByTime(ordered) : leaveOneOut(ordered)
  const left = questions.filter(({ target }) => !removed[target])
  const users = [...new Set(left.map(({ user }) => user))]
  if (users.length === 0) throw nobodyToAsk(split)
  const drawn = sample === null || sample >= users.length ? null : sampleBelow(createRandom(seed), users.length, sample)
  const asked = drawn && new Set(Array.from(drawn, (i) => users[i]))
  return {
    fitted: gatherPositives(train),
    counted: refit ? gatherPositives(learnt) : null,
    learnt,
    questions: asked ? left.filter(({ user }) => asked.has(user)) : left,
    askableUsers: users.length,
    cut,
    leastItems: split === 'time' ? 1 : LEAST_ITEMS,
    removedTargets: questions.length - left.length,
  }
}

interface SplitParts {
  train: History[]
  learnt: History[]
  questions: Question[]
  cut: number | null
}

/** Adapter and scorer are trained to predict the validation events, so they are given all but the test events. */
function leaveOneOut(histories: readonly History[]): SplitParts {
  const { train, test } = splitLeaveOneOut(histories, { atLeast: LEAST_ITEMS })
  const learnt = [...histories]
  for (const { user, history } of test) learnt[user] = history
  return { train, learnt, questions: test, cut: null }
}

function cutByTime(histories: readonly History[]): SplitParts {
  const { cut, train, questions } = splitByTime(histories)
  const plain = questions.map(({ user, history, target, at }) => ({ user, history, target, at }))
  return { train, learnt: train, questions: plain, cut }
}

function nobodyToAsk(split: RankingSettings['split']): InterestMineError {
  const message =
    split === 'time'
      ? 'no liked item of the catalogue lies after the cut, so there is nothing to ask'
      : `no user has ${LEAST_ITEMS} liked items, so there is nothing to ask; give more events`
  return new InterestMineError('LIMIT', message, { split, needed: LEAST_ITEMS })
}

/** For each slice one entry a question: 1 where the question belongs to it. */
export interface SliceMasks {
  /** No user has the target in the training part. */
  coldItems: Uint8Array
  /** The target is one of the least liked items that together hold `TAIL_SHARE` of all likes, and not cold. */
  tailItems: Uint8Array
  /** The history of the question has fewer than three liked items. */
  coldUsers: Uint8Array
  /** The user has no liked item in the training part. */
  newUsers: Uint8Array
}

const TAIL_SHARE = 0.2
const FEW_ITEMS = 3

/** Which questions belong to which slice. `items`: size of the catalogue. */
export function maskSlices({ fitted, questions }: EvaluationPlan, items: number): SliceMasks {
  const likes = new Int32Array(items)
  for (const row of fitted.lists.values) likes[row]++
  const most = tailBound(likes)
  const mask = (test: (question: Question) => boolean) => Uint8Array.from(questions, (one) => Number(test(one)))
  const { offsets } = fitted.lists
  return {
    coldItems: mask(({ target }) => likes[target] === 0),
    tailItems: mask(({ target }) => likes[target] > 0 && likes[target] <= most),
    coldUsers: mask(({ history }) => positiveRows(history).length < FEW_ITEMS),
    newUsers: mask(({ user }) => offsets[user] === offsets[user + 1]),
  }
}

/**
 * The largest number of likes such that all items with no more likes than that hold at most a fifth of all likes; never
 * less than the smallest number of likes that an item has.
 */
function tailBound(likes: Int32Array): number {
  const sorted = likes.filter((n) => n > 0).sort()
  const total = sorted.reduce((sum, n) => sum + n, 0)
  let bound = sorted[0] ?? 0
  let held = 0
  for (let i = 0; i < sorted.length; ) {
    const n = sorted[i]
    while (i < sorted.length && sorted[i] === n) held += sorted[i++]
    if (held > TAIL_SHARE * total) break
    bound = n
  }
  return bound
}
