import { CANDIDATE_SOURCES, type Candidates, type Query, type Signals, type VectorIndex } from '../columns.js'
import type { CandidateSource } from '../types/answers.js'
import { createTopK } from '../vectors/top-k.js'

/** How many of each route's best become candidates (docs/scoring.md: more does not help). */
const QUOTAS: [Exclude<keyof Signals, 'alike' | 'brandNext' | 'categoryNext'>, number, CandidateSource][] = [
  ['covisit', 125, 'covisit'],
  ['covisitLast', 50, 'covisit'],
  ['covisitEven', 50, 'covisit'],
  ['textCovisit', 40, 'covisit'],
  ['covisitText', 40, 'covisit'],
  ['covisitTwice', 50, 'covisit'],
  ['text', 40, 'text'],
]
const BY_ADAPTER = 60
const BY_LIKENESS = 40
const PER_INTEREST = 20
const MOST_INTERESTS = 8
const PER_QUERY = 60

export interface CandidateRequest {
  signals: Signals
  /** Logit of every item by the adapter, null where there is none. */
  adapted: Float32Array | null
  index: VectorIndex
  /** Centres of the interests in the encoder's space, strongest first. */
  centres: Float32Array[]
  /** What the user asked for. */
  queries: readonly Query[]
  /** Rows that may be shown. */
  allow: (row: number) => boolean
  /** Every row from the most popular down, for filling up; asked for only where that is needed. */
  byPopularity: () => Int32Array
  users: Int32Array
  /** At least so many candidates, where so many rows may be shown. */
  atLeast: number
}

export const bitOf = (source: CandidateSource) => 1 << CANDIDATE_SOURCES.indexOf(source)

/** What a row that no route finds is listed as. */
export function fillingSource(users: Int32Array, row: number): CandidateSource {
  return users[row] > 0 ? 'popular' : 'exploring'
}

/** The union of all routes, ascending by row; filled up with popular, then untouched items. */
export function collectCandidates(request: CandidateRequest): Candidates {
  const { signals, index, allow } = request
  const found = new Map<number, number>()
  const mark = (row: number, source: CandidateSource) => found.set(row, (found.get(row) ?? 0) | bitOf(source))
  const markBest = (values: Float32Array, quota: number, above: number, source: CandidateSource) => {
    const top = createTopK(quota)
    for (let row = 0; row < values.length; row++) {
      if (values[row] > above && top.wouldKeep(row, values[row]) && allow(row)) top.offer(row, values[row])
    }
    for (const row of top.take().rows) mark(row, source)
  }
  for (const [signal, quota, source] of QUOTAS) markBest(signals[signal], quota, 0, source)
  for (const { name, strengths } of signals.alike) markBest(strengths, BY_LIKENESS, 0, name)
  if (request.adapted) markBest(request.adapted, BY_ADAPTER, -Infinity, 'adapter')
  for (const centre of request.centres.slice(0, MOST_INTERESTS)) {
    for (const row of index.search(centre, PER_INTEREST, allow).rows) mark(row, 'interest')
  }
  for (const { vector, least } of request.queries) {
    const { rows, similarities } = index.search(vector, PER_QUERY, allow)
    rows.forEach((row, i) => {
      if (similarities[i] >= least) mark(row, 'wish')
    })
  }
  if (found.size < request.atLeast) {
    for (const row of request.byPopularity()) {
      if (found.size >= request.atLeast) break
      if (!found.has(row) && allow(row)) mark(row, fillingSource(request.users, row))
    }
  }
  const rows = Int32Array.from(found.keys()).sort()
  return { rows, sources: Uint16Array.from(rows, (row) => found.get(row)!) }
}

export function sourcesOf(bits: number): CandidateSource[] {
  return CANDIDATE_SOURCES.filter((_, i) => bits & (1 << i))
}
