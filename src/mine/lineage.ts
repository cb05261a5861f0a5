import type { MinedInterest, Profile } from '../columns.js'
import type { InterestChange, InterestLevel, InterestName } from '../types/answers.js'
import { hashAnchor } from './names/identity.js'

/** An interest as it stood when a generation came into use: what later ones may take its id and its name from. */
export interface EarlierInterest {
  id: string
  level: InterestLevel
  label: string
  head: string
  modifiers: string[]
  /** Its evidence. */
  rows: Int32Array
}

export interface Inheritance {
  profile: Profile
  /** What became of the earlier interests. */
  changes: InterestChange[]
}

/** A part of an interest is worth telling from so many items, and so much of its evidence, on. */
const PART_ITEMS = 2
const PART_SHARE = 0.25

/**
 * Gives mined interests the ids of earlier ones that live on in them: of those that hold at least half of an earlier
 * one's evidence, one to one, the most alike first (Jaccard). A name stays while `stands` says that the evidence still
 * bears it out and no other interest is mined with it. Pure; where nothing was known, the profile is as it was mined.
 */
export function inherit(
  earlier: readonly EarlierInterest[],
  profile: Profile,
  stands: (label: string, rows: Int32Array) => boolean,
): Inheritance {
  if (earlier.length === 0) return { profile, changes: [] }
  const { interests } = profile
  const shared = countShared(
    earlier.map(({ rows }) => rows),
    interests.map(({ rows }) => rows),
  )
  const heirs = matchHeirs(earlier, interests, shared)
  const ids = chooseIds(earlier, interests, heirs)
  const names = keepNames(earlier, interests, heirs, stands)
  const next = interests.map((interest, j): MinedInterest => ({ ...interest, id: ids[j], ...names[j] }))
  return {
    profile: { ...profile, interests: next },
    changes: tellChanges(earlier, next, heirs, shared),
  }
}

/** Items that each earlier group shares with each later one; later groups do not overlap. */
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

/** Later interest -> the earlier one that lives on in it, -1 for none. */
function matchHeirs(
  earlier: readonly EarlierInterest[],
  interests: readonly MinedInterest[],
  shared: readonly Int32Array[],
): Int32Array {
  const pairs: { i: number; j: number; alike: number }[] = []
  earlier.forEach(({ rows }, i) => {
    interests.forEach((interest, j) => {
      const both = shared[i][j]
      if (both === 0 || 2 * both < rows.length) return
      pairs.push({ i, j, alike: both / (rows.length + interest.rows.length - both) })
    })
  })
  pairs.sort((a, b) => b.alike - a.alike || a.i - b.i || a.j - b.j)
  const heirs = new Int32Array(interests.length).fill(-1)
  const done = new Set<number>()
  for (const { i, j } of pairs) {
    if (heirs[j] >= 0 || done.has(i)) continue
    heirs[j] = i
    done.add(i)
  }
  return heirs
}

/** An id that an earlier interest bore is never that of another. */
function chooseIds(
  earlier: readonly EarlierInterest[],
  interests: readonly MinedInterest[],
  heirs: Int32Array,
): string[] {
  const taken = new Set(earlier.map(({ id }) => id))
  return interests.map((interest, j) => {
    if (heirs[j] >= 0) return earlier[heirs[j]].id
    let { id } = interest
    for (let salt = 1; taken.has(id); salt++) id = hashAnchor(`${interest.id} ${salt}`)
    taken.add(id)
    return id
  })
}

type Name = Pick<MinedInterest, 'label' | 'head' | 'modifiers'>

/** A broad interest is called by its domain, so only the names of finer ones can be kept. */
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

function tellChanges(
  earlier: readonly EarlierInterest[],
  interests: readonly MinedInterest[],
  heirs: Int32Array,
  shared: readonly Int32Array[],
): InterestChange[] {
  const nameOf = ({ id, label }: InterestName): InterestName => ({ id, label })
  const changes: InterestChange[] = []
  const told = { before: new Set<number>(heirs), after: new Set<number>() }
  earlier.forEach((old, i) => {
    const parts = interests.filter((_, j) => {
      return shared[i][j] >= PART_ITEMS && shared[i][j] >= PART_SHARE * old.rows.length
    })
    if (parts.length < 2) return
    changes.push({ what: 'split', before: [nameOf(old)], after: parts.map(nameOf) })
    told.before.add(i)
    for (const part of parts) told.after.add(interests.indexOf(part))
  })
  interests.forEach((interest, j) => {
    const joined = earlier.filter(({ rows }, i) => 2 * shared[i][j] > rows.length)
    if (joined.length < 2) return
    changes.push({ what: 'merge', before: joined.map(nameOf), after: [nameOf(interest)] })
    for (const one of joined) told.before.add(earlier.indexOf(one))
    told.after.add(j)
  })
  interests.forEach((interest, j) => {
    if (heirs[j] < 0) {
      if (!told.after.has(j)) changes.push({ what: 'new', before: [], after: [nameOf(interest)] })
      return
    }
    const old = earlier[heirs[j]]
    if (old.label !== interest.label) changes.push({ what: 'rename', before: [nameOf(old)], after: [nameOf(interest)] })
  })
  earlier.forEach((old, i) => {
    if (!told.before.has(i)) changes.push({ what: 'fade', before: [nameOf(old)], after: [] })
  })
  return changes
}
