import type { History, ModalityVectors, Signals, Vectors } from '../columns.js'
import { createTopK } from '../vectors/top-k.js'
import { type Covisits, forEachCovisit, forEachCovisitOf } from './covisits.js'
import { CARRIERS, CARRY_FLOOR, forEachNeighbour, type Neighbours } from './neighbours.js'
import type { GroupLinks } from './statistics.js'

/** Factor by which the weight of a history item falls for each newer item in the history. */
export const SIGNAL_DECAY = 0.7
/** Items whose decay .7^age is below this are not read: all but the 13 newest. */
const FAINTEST = 0.01
const UNIT = 5040
/** Exponent by which popular targets are damped in T (Deshpande and Karypis 2004); in T0 it is .5. */
const TARGET_DAMPING = 0.2
/** Number of strongest items that two-step walks start from. */
const TWO_STEP = 60

/** Newest items that signals read; older ones only take part in the mean weight. */
export const SIGNAL_DEPTH = 30

/** The parts of a model that signals are computed from. */
export interface SignalInputs {
  covisits: Covisits
  neighbours: Neighbours
  vectors: Vectors
  /** Rows that came or changed since the neighbours were found. */
  loose: Int32Array
  /** Co-visits between brands, and between finest categories. */
  brandLinks: GroupLinks
  leafLinks: GroupLinks
  /** Pictures and sounds, with the neighbours by each. */
  modalities: (ModalityVectors & { neighbours: Neighbours })[]
}

/** Weight of each history item over the mean weight, limited to .2 .. 3: in a history of equal weights each is 1. */
export function relativeWeights(history: History): Float64Array {
  let sum = 0
  for (const weight of history.weights) sum += weight
  const mean = sum / Math.max(1, history.weights.length)
  return history.weights.map((weight) => Math.min(3, Math.max(0.2, weight / mean)))
}

/** The recent items of a history, newest first, with weight w * .7^age. */
function recentItems(history: History): { row: number; weight: number }[] {
  const relative = relativeWeights(history)
  const items: { row: number; weight: number }[] = []
  for (let age = 0, decay = 1; age < history.rows.length && decay >= FAINTEST; age++, decay *= SIGNAL_DECAY) {
    const i = history.rows.length - 1 - age
    items.push({ row: history.rows[i], weight: decay * relative[i] })
  }
  return items
}

/** Factor that takes the unit out of raw / (row^.5 col^.2), all three being in units of 1/5040. */
const DAMPED_UNIT = UNIT ** (TARGET_DAMPING - 0.5)

/**
 * The signals of one history (`Signals`; docs/scoring.md, "Features"), one value a catalogue row. Products with the
 * sparse matrices are computed when needed, none is stored. `only`: rows whose values are needed; the values of other
 * rows are then incomplete. This is quicker where they are few.
 */
export function gatherSignals(inputs: SignalInputs, history: History, only?: ReadonlySet<number>): Signals {
  const { covisits, neighbours, vectors, loose } = inputs
  const n = vectors.rows
  const signals: Signals = {
    covisit: new Float32Array(n),
    covisitLast: new Float32Array(n),
    covisitEven: new Float32Array(n),
    textCovisit: new Float32Array(n),
    covisitText: new Float32Array(n),
    covisitTwice: new Float32Array(n),
    text: new Float32Array(n),
    alike: inputs.modalities.map((modality) => mediumSignal(modality, loose, history)),
    brandNext: nextGroupChances(inputs.brandLinks, history),
    categoryNext: nextGroupChances(inputs.leafLinks, history),
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
  recentItems(history).forEach(({ row, weight }, age) => {
    if (rowSums[row] > 0) {
      const scale = weight / Math.sqrt(rowSums[row])
      const last = age === 0 ? 1 / weight : 0
      visitAsked(row, (column, count) => {
        const damped = (scale * count * DAMPED_UNIT) / columnSums[column] ** TARGET_DAMPING
        signals.covisit[column] += damped
        if (last > 0) signals.covisitLast[column] += damped * last
      })
    }
    // For all rows, since two-step walks start from the strongest of all, not only of those in `only`.
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
  const strongest = topPositive(signals.covisitEven, TWO_STEP)
  for (let i = 0; i < strongest.rows.length; i++) {
    const row = strongest.rows[i]
    addEven(signals.covisitTwice, row, strongest.values[i])
    let mass = 0
    const near: [number, number][] = []
    forEachNeighbour(neighbours, vectors, loose, row, CARRIERS, (other, similarity) => {
      if (similarity <= CARRY_FLOOR) return
      near.push([other, similarity - CARRY_FLOOR])
      mass += similarity - CARRY_FLOOR
    })
    for (const [other, share] of near) signals.covisitText[other] += (strongest.values[i] * share) / mass
  }
  return signals
}

/** Items that look or sound like the recent items: sum of w * .7^age * cosine over the neighbours by one modality. */
function mediumSignal(
  { name, vectors, neighbours }: SignalInputs['modalities'][number],
  loose: Int32Array,
  history: History,
): Signals['alike'][number] {
  const strengths = new Float32Array(vectors.rows)
  for (const { row, weight } of recentItems(history)) {
    forEachNeighbour(neighbours, vectors, loose, row, neighbours.k, (other, similarity) => {
      if (similarity > 0) strengths[other] += weight * similarity
    })
  }
  return { name, strengths }
}

/**
 * Newest items that the next brand or category is estimated from, the decay of their weights, and the number of events
 * by which estimates are smoothed towards the mean.
 */
const NEXT_DEPTH = SIGNAL_DEPTH
const NEXT_DECAY = 0.8
const NEXT_SMOOTHING = 5

/**
 * Chance of each group (brand or category) to come next: sum .8^age P(g | g_age) / sum .8^age, where P = (K + 5
 * marginal) / (row sum + 5) and K are the co-visits between groups.
 */
function nextGroupChances({ of, links }: GroupLinks, history: History): Float32Array {
  const { rowSums, columnSums } = links
  const next = new Float32Array(columnSums.length)
  let mass = 0
  for (const sum of columnSums) mass += sum
  if (mass === 0) return next
  let total = 0
  let smoothing = 0
  for (let age = 0, weight = 1; age < Math.min(NEXT_DEPTH, history.rows.length); age++, weight *= NEXT_DECAY) {
    total += weight
    const group = of[history.rows[history.rows.length - 1 - age]]
    if (group < 0) continue
    const share = weight / (rowSums[group] / UNIT + NEXT_SMOOTHING)
    smoothing += share * NEXT_SMOOTHING
    forEachCovisit(links, group, (other, count) => {
      next[other] += (share * count) / UNIT
    })
  }
  for (let group = 0; group < next.length; group++) {
    next[group] = (next[group] + (smoothing * columnSums[group]) / mass) / Math.max(total, 1e-9)
  }
  return next
}

/** The k rows with the largest values above 0. */
function topPositive(values: Float32Array, k: number): { rows: Int32Array; values: Float64Array } {
  const top = createTopK(k)
  for (let row = 0; row < values.length; row++) if (values[row] > 0) top.offer(row, values[row])
  return top.take()
}
