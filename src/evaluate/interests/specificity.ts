import type { Matrix } from '../../columns.js'
import { createRandom, type Random } from '../../random.js'
import { dotRows } from '../../vectors/matrix.js'
import type { Leaves } from './leaves.js'
import type { EvaluatedUser } from './mine-users.js'

/** One test of specificity: can five items of an interest be found among 45 others by its label alone? */
export interface Trial {
  /** Position of the user; users are resampled by it. */
  user: number
  label: string
  /** Rows of all items of the interest. */
  rows: Int32Array
  /** Rows of five of them. */
  evidence: number[]
  /** Rows of 45 items that the user has not liked, by kind; null where there are not so many of the kind. */
  distractors: Record<DistractorKind, number[] | null>
}

/**
 * Where distractors come from. `any`: the whole catalogue; `department`: the commonest department of the interest's
 * items; `parent`: the commonest path above their leaf categories.
 */
export const DISTRACTORS = ['any', 'department', 'parent'] as const
/** One of `DISTRACTORS`. */
export type DistractorKind = (typeof DISTRACTORS)[number]

const EVIDENCE_COUNT = 5
const DISTRACTOR_COUNT = 45
/** A trial is passed where at least so many of the five items nearest to the label are evidence. */
const PASSED = 4

interface TrialOptions {
  leaves: Leaves
  /** Row -> department, -1 unknown. */
  departments: Int32Array
  removed: Uint8Array
  most: number
  seed: number
}

/**
 * Draws trials by the seed: at most `most` points and pairs with five items or more, five items of each, and
 * distractors of each kind that are not among the user's liked items.
 */
export function drawTrials(minedUsers: readonly EvaluatedUser[], options: TrialOptions): Trial[] {
  const { leaves, departments, removed, most, seed } = options
  const random = createRandom(seed)
  const named = minedUsers.flatMap(({ interests, liked }, user) =>
    interests
      .filter(({ level, rows }) => level !== 'domain' && rows.length >= EVIDENCE_COUNT)
      .map(({ label, rows }) => ({ user, label, rows, liked })),
  )
  const every = Int32Array.from(removed.keys())
  return draw(random, named, most, () => true).map(({ user, label, rows, liked }) => {
    const own = new Set(liked)
    const drawOthers = (from: Int32Array) => {
      const drawn = draw(random, from, DISTRACTOR_COUNT, (row) => !own.has(row) && removed[row] === 0)
      return drawn.length < DISTRACTOR_COUNT ? null : drawn
    }
    const within = (groups: Int32Array) => {
      const group = commonest(rows, groups)
      return group < 0 ? null : drawOthers(every.filter((row) => groups[row] === group))
    }
    const distractors = { any: drawOthers(every), department: within(departments), parent: within(leaves.parents) }
    return { user, label, rows, evidence: draw(random, rows, EVIDENCE_COUNT, () => true), distractors }
  })
}

/** `count` of the values that may be taken, in random order; fewer where there are not so many. */
function draw<T>(random: Random, from: ArrayLike<T>, count: number, mayTake: (one: T) => boolean): T[] {
  const left = Array.from(from)
  const drawn: T[] = []
  for (let n = left.length; n > 0 && drawn.length < count; n--) {
    const i = random.below(n)
    if (mayTake(left[i])) drawn.push(left[i])
    left[i] = left[n - 1]
  }
  return drawn
}

/**
 * The group that most rows belong to; of equally common ones the smallest number; -1 where no row has one. `groups`:
 * row -> group, -1 unknown.
 */
export function commonest(rows: Int32Array, groups: Int32Array): number {
  const counts = new Map<number, number>()
  for (const row of rows) if (groups[row] >= 0) counts.set(groups[row], (counts.get(groups[row]) ?? 0) + 1)
  return [...counts].sort(([a, n], [b, m]) => m - n || a - b)[0]?.[0] ?? -1
}

/**
 * Whether each trial is passed by a label: 1 where at least four of the five items nearest to it are evidence, else 0;
 * NaN where there are no distractors of the kind.
 *
 * @param labels Vectors of the labels, one a trial.
 * @param items Vectors of the items, one a row of the catalogue.
 */
export function judgeLabels(
  trials: readonly Trial[],
  labels: Matrix,
  items: Matrix,
  kind: DistractorKind,
): Float64Array {
  return Float64Array.from(trials, ({ evidence, distractors }, t) => {
    const others = distractors[kind]
    if (!others) return Number.NaN
    const likeness = (row: number) => dotRows(labels, t, items, row)
    const nearest = evidence.filter((row) => {
      // Of equally near items distractors come first, so that ties help no label.
      const nearer = others.filter((other) => likeness(other) >= likeness(row)).length
      const own = evidence.filter((other) => likeness(other) > likeness(row)).length
      return nearer + own < EVIDENCE_COUNT
    })
    return Number(nearest.length >= PASSED)
  })
}
