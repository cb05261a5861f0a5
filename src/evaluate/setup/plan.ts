import { InterestMineError } from '../../errors.js'
import { type Positives, positiveRows } from '../../model/histories.js'
import { createRandom, sampleBelow } from '../../random.js'
import type { History } from '../../types.js'
import { gatherPositives, type Question, splitByTime, splitLeaveOneOut } from '../questions/split.js'
import { shuffleTies } from '../questions/ties.js'
import type { RankingSettings } from './options.js'

/** Who is asked for what, and what each part of the answer may know. */
export interface EvaluationPlan {
  /** What everything is fitted on: one a user. */
  fitted: Positives
  /** What statistics are counted from that serve; null: `fitted`. */
  counted: Positives | null
  /** What adapter and scorer learn from; they foretell its last events. */
  learnt: History[]
  questions: Question[]
  /** Users who could be asked. */
  askableUsers: number
  /** Milliseconds; null where nothing is cut by time. */
  cut: number | null
  leastItems: number
  /** Questions left out because their item is no longer in the catalogue. */
  removedTargets: number
}

/** Liked items that leave-one-out needs of a user, as published. */
const LEAST_ITEMS = 5

/** Splits, drops what nobody can answer, and draws the sample. Fails with LIMIT where there is nothing to ask. */
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

/** Training of adapter and scorer may foretell the validation events, so it is given all but the test events. */
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

/** Kinds of question that are told apart. */
export interface SliceMasks {
  /** Nobody has the target in what was fitted. */
  coldItems: Uint8Array
  /** The target is one of the least liked items that together hold `TAIL_SHARE` of all likes, and not cold. */
  tailItems: Uint8Array
  /** Fewer than three items in the history when asked. */
  coldUsers: Uint8Array
  /** The user has nothing in what was fitted. */
  newUsers: Uint8Array
}

const TAIL_SHARE = 0.2
const FEW_ITEMS = 3

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

/** The largest number of likes such that all items with no more hold a fifth of the likes at most; at least the smallest there is. */
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
