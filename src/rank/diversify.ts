import type { Vectors } from '../columns.js'
import { dotRows } from '../vectors/matrix.js'

/** Logits that an item with cosine 1 to a chosen one loses at diversity 1. Cosines below the floor cost nothing. */
const REPETITION_COST = 4
const SIMILARITY_FLOOR = 0.3
/** Candidates that are considered: this many times the length of the list, and at least MIN_DEPTH, by score. */
const DEPTH = 5
const MIN_DEPTH = 60
/** Places that are diversified; the rest of a longer list is in order of score. */
const MOST_VARIED = 200

/** Input of `diversify`. Candidates and interests are columns, one entry each. */
export interface DiversifyInput {
  /** Catalogue row of each candidate. */
  rows: Int32Array
  /** Logit of each candidate. */
  logits: Float64Array
  /** Interest of each candidate, -1 for none. */
  interests: Int32Array
  /** Share of each interest, boosts included, 0..1; they need not sum to 1. */
  shares: Float64Array
  /** Places that each interest must get, as far as it has candidates. */
  floors: Int32Array
  /** Places that each interest gets at most, where that is less than its quota; left out: no further bound. */
  caps?: Int32Array
  /** Vectors of the catalogue, for the likeness of candidates. */
  vectors: Vectors
  /** Length of the list. */
  limit: number
  /** 0 (by score alone) to 1. */
  diversity: number
}

/**
 * Chooses a list from candidates. One by one it takes the candidate with the largest logit minus a penalty for its
 * largest cosine to the candidates chosen before (maximal marginal relevance, Carbonell & Goldstein 1998). No interest
 * gets more places than its quota, unless there are no other candidates: the quota is the whole list at diversity 0 and
 * the interest's share of the list at diversity 1 (in the spirit of calibrated recommendation, Steck 2018). Returns
 * positions in `rows`, in the order of the list, at most `limit`.
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

/** All candidates by falling logit, ties by row. */
function orderByScore({ rows, logits }: DiversifyInput): Int32Array {
  return Int32Array.from(rows.keys()).sort((a, b) => logits[b] - logits[a] || rows[a] - rows[b])
}

/** `diversify` for a list of at most MOST_VARIED places. */
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
  // At diversity 0 the floors decide which candidates are in the list, and the score decides their order.
  return diversity === 0 ? picked.sort((a, b) => logits[b] - logits[a] || rows[a] - rows[b]) : picked

  /**
   * The best candidate that is left; -1 where there is none. `owedOnly`: only of interests below their floor; `capped`:
   * none of an interest that has all places it may get.
   */
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

/** The best candidates of the order, and, of each interest with a floor, as many as its floor if there are so many. */
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
