import type { History, ModalityVectors, Signals, Vectors } from '../columns.js'
import { createTopK } from '../vectors/top-k.js'
import { type Covisits, forEachCovisit, forEachCovisitOf } from './covisits.js'
import { CARRIERS, CARRY_FLOOR, forEachNeighbour, type Neighbours } from './neighbours.js'
import type { GroupLinks } from './statistics.js'

/** A history item speaks by this factor less than the item after it. */
export const SIGNAL_DECAY = 0.7
/** An item whose weight has decayed below this no longer speaks. */
const FAINTEST = 0.01
const UNIT = 5040
/** Exponents of the co-visit norms: T damps popular targets a little (.2), T0 fully (.5). */
const TARGET_DAMPING = 0.2
/** Two-step walks start from this many of the strongest items. */
const TWO_STEP = 60

/** Signals read so many of the newest items; of older ones, only the mean weight. */
export const SIGNAL_DEPTH = 30

export interface Links {
  covisits: Covisits
  neighbours: Neighbours
  vectors: Vectors
  /** Rows that came or changed since the neighbours were found. */
  loose: Int32Array
  brandLinks: GroupLinks
  leafLinks: GroupLinks
  modalities: (ModalityVectors & { neighbours: Neighbours })[]
}

/** Weight of each history item over the mean, .2 .. 3, so that a history of equal events counts each as 1. */
export function relativeWeights(history: History): Float64Array {
  let sum = 0
  for (const weight of history.weights) sum += weight
  const mean = sum / Math.max(1, history.weights.length)
  return history.weights.map((weight) => Math.min(3, Math.max(0.2, weight / mean)))
}

/** The recent items of a history, newest first, with w * .7^age. */
function recent(history: History): { row: number; weight: number }[] {
  const relative = relativeWeights(history)
  const items: { row: number; weight: number }[] = []
  for (let age = 0, decay = 1; age < history.rows.length && decay >= FAINTEST; age++, decay *= SIGNAL_DECAY) {
    const i = history.rows.length - 1 - age
    items.push({ row: history.rows[i], weight: decay * relative[i] })
  }
  return items
}

/** raw / (row^.5 col^.2) with raw, row and col all in units of 1/5040: this is left of the unit. */
const DAMPED_UNIT = UNIT ** (TARGET_DAMPING - 0.5)

/**
 * docs/scoring.md, "Statistics": products with the sparse matrices are taken at question time, none is stored.
 * `only`: the rows that are asked for; those of others are then not to be read. Quicker where they are few.
 */
export function gatherSignals(links: Links, history: History, only?: ReadonlySet<number>): Signals {
  const { covisits, neighbours, vectors, loose } = links
  const n = vectors.rows
  const signals: Signals = {
    covisit: new Float32Array(n),
    covisitLast: new Float32Array(n),
    covisitEven: new Float32Array(n),
    textCovisit: new Float32Array(n),
    covisitText: new Float32Array(n),
    covisitTwice: new Float32Array(n),
    text: new Float32Array(n),
    alike: links.modalities.map((modality) => likenTo(modality, loose, history)),
    brandNext: tellNext(links.brandLinks, history),
    categoryNext: tellNext(links.leafLinks, history),
  }
  const { rowSums, columnSums } = covisits
  type VisitRow = (row: number, visit: (column: number, count: number) => void) => void
  const visitAll: VisitRow = (row, visit) => forEachCovisit(covisits, row, visit)
  const visitAsked: VisitRow = only ? (row, visit) => forEachCovisitOf(covisits, row, only, visit) : visitAll
  const addEven = (target: Float32Array, row: number, weight: number, visitRow = visitAsked) => {
    if (rowSums[row] <= 0) return
    const scale = weight / Math.sqrt(rowSums[row])
    visitRow(row, (column, count) => {
      target[column] += (scale * count) / Math.sqrt(columnSums[column])
    })
  }
  const carried = new Map<number, number>()
  recent(history).forEach(({ row, weight }, age) => {
    if (rowSums[row] > 0) {
      const scale = weight / Math.sqrt(rowSums[row])
      const last = age === 0 ? 1 / weight : 0
      visitAsked(row, (column, count) => {
        const damped = (scale * count * DAMPED_UNIT) / columnSums[column] ** TARGET_DAMPING
        signals.covisit[column] += damped
        if (last > 0) signals.covisitLast[column] += damped * last
      })
    }
    // Of all rows: two-step walks start from the strongest, whichever are asked for.
    addEven(signals.covisitEven, row, weight, visitAll)
    let mass = 0
    const near: [number, number][] = []
    forEachNeighbour(neighbours, vectors, loose, row, neighbours.k, (other, similarity) => {
      signals.text[other] += weight * similarity
      if (near.length < CARRIERS && similarity > CARRY_FLOOR) {
        near.push([other, similarity - CARRY_FLOOR])
        mass += similarity - CARRY_FLOOR
      }
    })
    for (const [other, share] of near) carried.set(other, (carried.get(other) ?? 0) + (weight * share) / mass)
  })
  for (const [row, weight] of carried) addEven(signals.textCovisit, row, weight)
  const reached = topPositive(signals.covisitEven, TWO_STEP)
  for (let i = 0; i < reached.rows.length; i++) {
    const row = reached.rows[i]
    addEven(signals.covisitTwice, row, reached.values[i])
    let mass = 0
    const near: [number, number][] = []
    forEachNeighbour(neighbours, vectors, loose, row, CARRIERS, (other, similarity) => {
      if (similarity <= CARRY_FLOOR) return
      near.push([other, similarity - CARRY_FLOOR])
      mass += similarity - CARRY_FLOOR
    })
    for (const [other, share] of near) signals.covisitText[other] += (reached.values[i] * share) / mass
  }
  return signals
}

/** What looks or sounds like the recent items: sum of w * .7^age * cosine. */
function likenTo(
  { name, vectors, neighbours }: Links['modalities'][number],
  loose: Int32Array,
  history: History,
): Signals['alike'][number] {
  const strengths = new Float32Array(vectors.rows)
  for (const { row, weight } of recent(history)) {
    forEachNeighbour(neighbours, vectors, loose, row, neighbours.k, (other, similarity) => {
      if (similarity > 0) strengths[other] += weight * similarity
    })
  }
  return { name, strengths }
}

/** Items that tell which brand or category comes next, their decay, and the events by which a chance is held to the mean. */
const NEXT_DEPTH = SIGNAL_DEPTH
const NEXT_DECAY = 0.8
const NEXT_SMOOTHING = 5

/** sum .8^age P(g | g_age) / sum .8^age, P = (K + 5 marginal) / (row sum + 5), K the co-visit mass between groups. */
function tellNext({ of, links }: GroupLinks, history: History): Float32Array {
  const { rowSums, columnSums } = links
  const next = new Float32Array(columnSums.length)
  let mass = 0
  for (const sum of columnSums) mass += sum
  if (mass === 0) return next
  let total = 0
  let even = 0
  for (let age = 0, weight = 1; age < Math.min(NEXT_DEPTH, history.rows.length); age++, weight *= NEXT_DECAY) {
    total += weight
    const group = of[history.rows[history.rows.length - 1 - age]]
    if (group < 0) continue
    const share = weight / (rowSums[group] / UNIT + NEXT_SMOOTHING)
    even += share * NEXT_SMOOTHING
    forEachCovisit(links, group, (other, count) => {
      next[other] += (share * count) / UNIT
    })
  }
  for (let group = 0; group < next.length; group++) {
    next[group] = (next[group] + (even * columnSums[group]) / mass) / Math.max(total, 1e-9)
  }
  return next
}

function topPositive(values: Float32Array, k: number): { rows: Int32Array; values: Float64Array } {
  const top = createTopK(k)
  for (let row = 0; row < values.length; row++) if (values[row] > 0) top.offer(row, values[row])
  return top.take()
}
