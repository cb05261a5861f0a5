import type { Vectors } from '../columns.js'
import { dotRows } from '../vectors/matrix.js'

/** What a wholly repeated item loses, in logits, at diversity 1. Cosines below the floor cost nothing. */
const REPETITION_COST = 4
const SIMILARITY_FLOOR = 0.3
/** Candidates looked at: this many times the length of the list, and at least so many. */
const DEPTH = 5
const MIN_DEPTH = 60
/** Nobody reads further than this for variety: the rest of a long list is in order of score. */
const MOST_VARIED = 200

export interface DiversifyInput {
  /** Candidate rows, their logits and the interest of each (-1: none). */
  rows: Int32Array
  logits: Float64Array
  interests: Int32Array
  /** Share of each interest, boosts included; they need not sum to 1. */
  shares: Float64Array
  /** Places an interest must get, as far as it has candidates. */
  floors: Int32Array
  /** Places an interest gets at most, where that is less than its quota. */
  caps?: Int32Array
  vectors: Vectors
  limit: number
  /** 0: by score alone. */
  diversity: number
}

/**
 * Picks one by one the candidate with the best logit less its likeness to what is picked already (maximal marginal
 * relevance, Carbonell & Goldstein 1998), no interest getting more places than its quota: from the whole list at
 * diversity 0 to its share at 1 (in the spirit of calibrated recommendation, Steck 2018). Returns positions in `rows`.
 */
export function diversify(input: DiversifyInput): Int32Array {
  if (input.limit <= MOST_VARIED) return pickVaried(input)
  const varied = pickVaried({ ...input, limit: MOST_VARIED })
  const taken = new Set(varied)
  const rest = orderByScore(input).filter((position) => !taken.has(position))
  return input.diversity === 0
    ? orderByScore(input).subarray(0, input.limit)
    : Int32Array.from([...varied, ...rest.subarray(0, input.limit - varied.length)])
}

function orderByScore({ rows, logits }: DiversifyInput): Int32Array {
  return Int32Array.from(rows.keys()).sort((a, b) => logits[b] - logits[a] || rows[a] - rows[b])
}

function pickVaried(input: DiversifyInput): Int32Array {
  const { rows, logits, interests, shares, vectors, diversity } = input
  const order = orderByScore(input)
  const limit = Math.min(input.limit, rows.length)
  if (diversity === 0 && !input.caps && !input.floors.some((places) => places > 0)) return order.subarray(0, limit)
  const pool = poolOf(order, input)
  const caps = Int32Array.from(shares, (share, i) =>
    Math.min(input.caps?.[i] ?? limit, Math.ceil(limit * (share + (1 - diversity) * (1 - share)))),
  )
  const floors = Int32Array.from(input.floors)
  const likeness = new Float64Array(pool.length).fill(SIMILARITY_FLOOR)
  const taken = new Uint8Array(pool.length)
  const counts = new Int32Array(shares.length)
  const picked = new Int32Array(limit)
  for (let place = 0; place < limit; place++) {
    const owed = floors.reduce((sum, places) => sum + Math.max(0, places), 0)
    const best = pickNext(place + owed >= limit, true)
    const choice = best >= 0 ? best : pickNext(false, false)
    taken[choice] = 1
    picked[place] = pool[choice]
    const interest = interests[pool[choice]]
    if (interest >= 0) {
      counts[interest]++
      floors[interest]--
    }
    if (diversity === 0) continue
    for (let i = 0; i < pool.length; i++) {
      if (!taken[i]) likeness[i] = Math.max(likeness[i], dotRows(vectors, rows[pool[choice]], vectors, rows[pool[i]]))
    }
  }
  // At diversity 0 floors decide who is in, the score who comes first.
  return diversity === 0 ? picked.sort((a, b) => logits[b] - logits[a] || rows[a] - rows[b]) : picked

  function pickNext(owedOnly: boolean, capped: boolean): number {
    let best = -1
    let bestValue = -Infinity
    for (let i = 0; i < pool.length; i++) {
      if (taken[i]) continue
      const interest = interests[pool[i]]
      if (owedOnly && !(interest >= 0 && floors[interest] > 0)) continue
      if (capped && interest >= 0 && counts[interest] >= caps[interest] && floors[interest] <= 0) continue
      const value = logits[pool[i]] - diversity * REPETITION_COST * (likeness[i] - SIMILARITY_FLOOR)
      if (value > bestValue) {
        best = i
        bestValue = value
      }
    }
    return best
  }
}

/** The best of the order, and of each interest with a floor as many as it is owed; the whole order where it is short. */
function poolOf(order: Int32Array, { limit, floors, interests }: DiversifyInput): Int32Array {
  const depth = Math.max(MIN_DEPTH, DEPTH * limit)
  const owed = Int32Array.from(floors)
  return order.filter((position, i) => {
    const interest = interests[position]
    if (i >= depth && !(interest >= 0 && owed[interest] > 0)) return false
    if (interest >= 0) owed[interest]--
    return true
  })
}
