import type { Reading } from '../answer/read.js'
import type { History } from '../columns.js'
import { type Origin, originsWithin } from '../mine/edits/edits.js'
import type { EditedInterest } from '../mine/edits/lay-over.js'
import { splitInTwo } from '../mine/edits/split-in-two.js'
import { hashAnchor } from '../mine/names/identity.js'
import type { Model } from '../model/model.js'
import { badOption } from '../options.js'
import { nearMatches } from '../text.js'
import { stringAt } from '../vectors/strings.js'

/** One of the interests that are merged, or one of the parts that an interest is split into. */
export interface InterestPart {
  id: string
  /** Catalogue rows of its evidence. */
  rows: Int32Array
  label?: string
}

/**
 * Splits an interest. `items`: ids of the items to split off; where there are none, a merged interest falls into what
 * it was merged from, else an interest into its clusters, or its only cluster in two. The part that keeps the id comes
 * first: the one with most of the rows that had the id before a merge, else the one with the largest weight. Another
 * part takes back the id of a merged interest of which it holds more than half, or gets a new id. Throws BAD_OPTION
 * where an item is no evidence of the interest, all items are named, or there are too few to split.
 */
export function splitInterest(
  model: Model,
  reading: Reading,
  interest: EditedInterest,
  items: readonly string[],
): InterestPart[] {
  const { id, rows } = interest
  const state = reading.states.find((one) => one.interest === id)
  const origins = originsWithin(state?.origins ?? [], rows)
  const parts = items.length > 0 ? splitByItems(model, interest, items) : splitByStructure(model, interest, origins)
  const own = origins.find((origin) => origin.id === id)
  const [first, ...others] = orderParts(parts, own?.rows ?? new Int32Array(0), weightsOf(reading.history))
  const taken = new Set([...reading.owners(), ...reading.profile().suppressed].map((one) => one.id))
  for (const { interest: known } of reading.states) taken.add(known)
  const named = others.map((part) => {
    const old = origins.find((one) => !taken.has(one.id) && 2 * countShared(one.rows, part) > one.rows.length)
    let free = old?.id ?? hashAnchor(`${id} ${stringAt(model.catalogue.ids, part[0])}`)
    while (taken.has(free)) free = hashAnchor(`${free} again`)
    taken.add(free)
    return { id: free, rows: part }
  })
  return [{ id, rows: first }, ...named]
}

/** Weight of each row of the history. */
function weightsOf({ rows, weights }: History): ReadonlyMap<number, number> {
  return new Map(Array.from(rows, (row, i) => [row, weights[i]]))
}

/** The parts in order: most of the rows `own`, which had the id before, first; then by weight; ties stay in order. */
function orderParts(parts: readonly Int32Array[], own: Int32Array, weights: ReadonlyMap<number, number>): Int32Array[] {
  return parts
    .map((rows) => ({ rows, held: countShared(own, rows), weight: weigh(rows, weights) }))
    .sort((a, b) => b.held - a.held || b.weight - a.weight)
    .map(({ rows }) => rows)
}

function weigh(rows: Int32Array, weights: ReadonlyMap<number, number>): number {
  return rows.reduce((sum, row) => sum + weights.get(row)!, 0)
}

function countShared(rows: Int32Array, others: Int32Array): number {
  const known = new Set(others)
  return rows.reduce((n, row) => n + Number(known.has(row)), 0)
}

/** Two parts: the rows whose items are not named, and those whose items are. */
function splitByItems(model: Model, { id, rows }: EditedInterest, items: readonly string[]): Int32Array[] {
  const ids = Array.from(rows, (row) => stringAt(model.catalogue.ids, row))
  for (const item of items) {
    if (ids.includes(item)) continue
    const near = nearMatches(item, ids)
    throw badOption('items', item, `is no evidence of ${id}${near.length > 0 ? `; near: ${near.join(', ')}` : ''}`)
  }
  if (items.length === ids.length) throw badOption('items', items, `are all there is of ${id}: leave some behind`)
  return [rows.filter((_, i) => !items.includes(ids[i])), rows.filter((_, i) => items.includes(ids[i]))]
}

/** Items that an interest needs to be split without naming items. */
const LEAST_SPLIT = 3

/**
 * Parts of an interest without named items: what it was merged from, else its clusters where there are several, else
 * the two that its cluster was joined from last.
 */
function splitByStructure(
  model: Model,
  { id, rows, clusters }: EditedInterest,
  origins: readonly Origin[],
): readonly Int32Array[] {
  if (origins.length > 1) return splitByOrigins(origins, clusters)
  if (clusters.length > 1) return clusters.map((cluster) => cluster.rows)
  if (rows.length < LEAST_SPLIT) {
    throw badOption('split', id, `has ${rows.length} items only: say which become an interest of their own`)
  }
  return splitInTwo(model, rows)
}

/**
 * The rows of each merged interest. Rows that came after the merge go to the interest that most of their cluster
 * belongs to.
 */
function splitByOrigins(origins: readonly Origin[], clusters: EditedInterest['clusters']): Int32Array[] {
  const ownerOf = new Map(origins.flatMap(({ rows }, k) => Array.from(rows, (row) => [row, k])))
  const parts = origins.map((): number[] => [])
  for (const { rows } of clusters) {
    const held = origins.map((origin) => countShared(origin.rows, rows))
    const most = held.indexOf(Math.max(...held))
    for (const row of rows) parts[ownerOf.get(row) ?? most].push(row)
  }
  return parts.map((rows) => Int32Array.from(rows))
}
