import type { MinedInterest, Profile } from '../columns.js'
import type { InterestChange, InterestLevel, InterestName } from '../types/answers.js'
import { hashAnchor } from './names/identity.js'

/** An interest as stored with the generation in use. Later interests may take its id and its name. */
export interface EarlierInterest {
  id: string
  level: InterestLevel
  label: string
  head: string
  modifiers: string[]
  /** Catalogue rows of its evidence. */
  rows: Int32Array
}

/** Result of `inherit`. */
export interface Inheritance {
  /** The mined profile with inherited ids and names. */
  profile: Profile
  /** What became of the earlier interests: new, split, merge, rename, fade. */
  changes: InterestChange[]
}

/**
 * An earlier interest counts as split if two or more later ones each hold at least PART_ITEMS items and the share
 * PART_SHARE of its evidence.
 */
const PART_ITEMS = 2
const PART_SHARE = 0.25

/**
 * Gives mined interests the ids of earlier ones that continue in them. A later interest continues an earlier one if it
 * holds at least half of its evidence; pairs are matched one to one, in falling order of Jaccard similarity. The
 * earlier name is kept if `isSupported` says that the new evidence rows still support the label and no other interest
 * is mined with the same label. Pure. With no earlier interests the profile is returned unchanged.
 */
export function inherit(
  earlier: readonly EarlierInterest[],
  profile: Profile,
  isSupported: (label: string, rows: Int32Array) => boolean,
): Inheritance {
  if (earlier.length === 0) return { profile, changes: [] }
  const { interests } = profile
  const shared = countShared(
    earlier.map(({ rows }) => rows),
    interests.map(({ rows }) => rows),
  )
  const predecessors = matchPredecessors(earlier, interests, shared)
  const ids = chooseIds(earlier, interests, predecessors)
  const names = keepNames(earlier, interests, predecessors, isSupported)
  const next = interests.map((interest, j): MinedInterest => ({ ...interest, id: ids[j], ...names[j] }))
  return {
    profile: { ...profile, interests: next },
    changes: listChanges(earlier, next, predecessors, shared),
  }
}

/** shared[i][j]: number of rows in both earlier group i and later group j. Later groups must not overlap. */
function countShared(before: readonly Int32Array[], after: readonly Int32Array[]): Int32Array[] {
  const groupOf = new Map<number, number>()
  after.forEach((rows, j) => {
    for (const row of rows) groupOf.set(row, j)
  })
  return before.map((rows) => {
    const counts = new Int32Array(after.length)
    for (const row of rows) {
      const j = groupOf.get(row)
      if (j !== undefined) counts[j]++
    }
    return counts
  })
}

/** Later interest -> index of the earlier one that continues in it, -1 for none. */
function matchPredecessors(
  earlier: readonly EarlierInterest[],
  interests: readonly MinedInterest[],
  shared: readonly Int32Array[],
): Int32Array {
  const pairs: { i: number; j: number; jaccard: number }[] = []
  earlier.forEach(({ rows }, i) => {
    interests.forEach((interest, j) => {
      const both = shared[i][j]
      if (both === 0 || 2 * both < rows.length) return
      pairs.push({ i, j, jaccard: both / (rows.length + interest.rows.length - both) })
    })
  })
  pairs.sort((a, b) => b.jaccard - a.jaccard || a.i - b.i || a.j - b.j)
  const predecessors = new Int32Array(interests.length).fill(-1)
  const done = new Set<number>()
  for (const { i, j } of pairs) {
    if (predecessors[j] >= 0 || done.has(i)) continue
    predecessors[j] = i
    done.add(i)
  }
  return predecessors
}

/** Inherited ids, and for the other interests ids that no earlier interest had. */
function chooseIds(
  earlier: readonly EarlierInterest[],
  interests: readonly MinedInterest[],
  predecessors: Int32Array,
): string[] {
  const taken = new Set(earlier.map(({ id }) => id))
  return interests.map((interest, j) => {
    if (predecessors[j] >= 0) return earlier[predecessors[j]].id
    let { id } = interest
    for (let salt = 1; taken.has(id); salt++) id = hashAnchor(`${interest.id} ${salt}`)
    taken.add(id)
    return id
  })
}

/** The texts of an interest's name. */
type Name = Pick<MinedInterest, 'label' | 'head' | 'modifiers'>

/**
 * The name of each interest, inherited or as mined. Only finer interests keep names: a broad one is named after its
 * domain.
 */
function keepNames(
  earlier: readonly EarlierInterest[],
  interests: readonly MinedInterest[],
  heirs: Int32Array,
  stands: (label: string, rows: Int32Array) => boolean,
): Name[] {
  const key = (label: string) => label.toLowerCase()
  const mined = new Set(interests.map(({ label }) => key(label)))
  const kept = new Set<string>()
  return interests.map((interest, j) => {
    const { label, head, modifiers } = heirs[j] >= 0 ? earlier[heirs[j]] : interest
    const before = heirs[j] >= 0 ? earlier[heirs[j]].level : 'domain'
    const own: Name = { label: interest.label, head: interest.head, modifiers: interest.modifiers }
    if (label === interest.label || before === 'domain' || interest.level === 'domain') return own
    if (mined.has(key(label)) || kept.has(key(label)) || !stands(label, interest.rows)) return own
    kept.add(key(label))
    return { label, head, modifiers }
  })
}

/**
 * Lists what became of the earlier interests: splits, merges, new and renamed ones, and those that faded. A split or
 * merge is listed once and not again as new or faded.
 */
function listChanges(
  earlier: readonly EarlierInterest[],
  interests: readonly MinedInterest[],
  heirs: Int32Array,
  shared: readonly Int32Array[],
): InterestChange[] {
  const nameOf = ({ id, label }: InterestName): InterestName => ({ id, label })
  const changes: InterestChange[] = []
  const reported = { before: new Set<number>(heirs), after: new Set<number>() }
  earlier.forEach((old, i) => {
    const parts = interests.filter((_, j) => {
      return shared[i][j] >= PART_ITEMS && shared[i][j] >= PART_SHARE * old.rows.length
    })
    if (parts.length < 2) return
    changes.push({ what: 'split', before: [nameOf(old)], after: parts.map(nameOf) })
    reported.before.add(i)
    for (const part of parts) reported.after.add(interests.indexOf(part))
  })
  interests.forEach((interest, j) => {
    const joined = earlier.filter(({ rows }, i) => 2 * shared[i][j] > rows.length)
    if (joined.length < 2) return
    changes.push({ what: 'merge', before: joined.map(nameOf), after: [nameOf(interest)] })
    for (const one of joined) reported.before.add(earlier.indexOf(one))
    reported.after.add(j)
  })
  interests.forEach((interest, j) => {
    if (heirs[j] < 0) {
      if (!reported.after.has(j)) changes.push({ what: 'new', before: [], after: [nameOf(interest)] })
      return
    }
    const old = earlier[heirs[j]]
    if (old.label !== interest.label) changes.push({ what: 'rename', before: [nameOf(old)], after: [nameOf(interest)] })
  })
  earlier.forEach((old, i) => {
    if (!reported.before.has(i)) changes.push({ what: 'fade', before: [nameOf(old)], after: [] })
  })
  return changes
}
