import { createRandom, type Random } from '../../random.js'
import type { Leaves } from './leaves.js'

/** A made-up history whose interests are known, for they were planted. */
export interface Persona {
  /** Distinct rows of the catalogue, shuffled. */
  rows: Int32Array
  /** The planted interest of each row, parallel to `rows`; a stray item has a label of its own. */
  labels: Int32Array
}

/**
 * Kinds of personas. `clean`: interests are leaf categories from anywhere; `stray`: the same with 10 to 20 % single
 * items of other leaves; `hard`: leaf categories of one department.
 */
export const PERSONA_KINDS = ['clean', 'stray', 'hard'] as const
/** One of `PERSONA_KINDS`. */
export type PersonaKind = (typeof PERSONA_KINDS)[number]

/** The leaf categories that interests of personas are drawn from. */
export interface PlantableLeaves {
  leaves: Leaves
  /** Items that each of them has at least. */
  leastItems: number
  /** Numbers of the leaves. */
  eligible: number[]
  /** The same, one list a department, for the departments that have six or more. */
  byDepartment: number[][]
}

/** Smallest sizes of a leaf to try; the first by which six leaves or more are eligible is used. */
const LEAF_SIZES = [12, 5]
const FEWEST_LEAVES = 2
const MOST_LEAVES = 6
const FEWEST_ITEMS = 3
const MOST_ITEMS = 12
const STRAY_SHARE = [0.1, 0.2]

/**
 * Chooses the leaf categories that personas can be drawn from; null where fewer than six are large enough.
 * `departments`: row -> department, -1 unknown.
 */
export function findPlantableLeaves(leaves: Leaves, departments: Int32Array): PlantableLeaves | null {
  for (const leastItems of LEAF_SIZES) {
    const eligible = [...leaves.rows.keys()].filter((leaf) => leaves.rows[leaf].length >= leastItems)
    if (eligible.length < MOST_LEAVES) continue
    const leavesOf = new Map<number, number[]>()
    for (const leaf of eligible) {
      const department = departments[leaves.rows[leaf][0]]
      leavesOf.set(department, [...(leavesOf.get(department) ?? []), leaf])
    }
    const wide = [...leavesOf].filter(([department, own]) => department >= 0 && own.length >= MOST_LEAVES)
    return { leaves, leastItems, eligible, byDepartment: wide.map(([, own]) => own) }
  }
  return null
}

/**
 * Draws personas by the seed: each of two to six leaves, three to twelve items of each. Gives none of the kind `hard`
 * where no department has six eligible leaves.
 */
export function drawPersonas(plantable: PlantableLeaves, kind: PersonaKind, count: number, seed: number): Persona[] {
  const { eligible, byDepartment } = plantable
  if (kind === 'hard' && byDepartment.length === 0) return []
  const random = createRandom(seed)
  return Array.from({ length: count }, () => {
    const from = kind === 'hard' ? byDepartment[random.below(byDepartment.length)] : eligible
    const chosen = pick(random, from, FEWEST_LEAVES + random.below(MOST_LEAVES - FEWEST_LEAVES + 1))
    const planted = chosen.flatMap((leaf, label) => {
      const size = FEWEST_ITEMS + random.below(MOST_ITEMS - FEWEST_ITEMS + 1)
      return pick(random, plantable.leaves.rows[leaf], size).map((row) => ({ row, label }))
    })
    const strays = kind === 'stray' ? drawStrays(random, plantable.leaves, chosen, planted.length) : []
    const mixed = pick(random, [...planted, ...strays], planted.length + strays.length)
    return {
      rows: Int32Array.from(mixed, ({ row }) => row),
      labels: Int32Array.from(mixed, ({ label }) => label),
    }
  })
}

function drawStrays(random: Random, { rows }: Leaves, chosen: readonly number[], planted: number) {
  const [low, high] = STRAY_SHARE
  const count = Math.max(1, Math.round((low + (high - low) * random.unit()) * planted))
  const others = [...rows.keys()].filter((leaf) => rows[leaf].length > 0 && !chosen.includes(leaf))
  return pick(random, others, count).map((leaf, i) => ({
    row: rows[leaf][random.below(rows[leaf].length)],
    label: MOST_LEAVES + i,
  }))
}

/** `count` of the values in random order; all where there are fewer. */
function pick<T>(random: Random, from: ArrayLike<T>, count: number): T[] {
  const left = Array.from(from)
  return Array.from({ length: Math.min(count, left.length) }, () => left.splice(random.below(left.length), 1)[0])
}
