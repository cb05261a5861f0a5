import { CANDIDATE_SOURCES, type Candidates, type Query, type Signals, type VectorIndex } from '../columns.js'
import type { CandidateSource } from '../types/answers.js'
import { createTopK } from '../vectors/top-k.js'

/**
 * How many rows with the largest values of each signal become candidates, and the source they count for. More does not
 * help (docs/scoring.md).
 */
const QUOTAS: [Exclude<keyof Signals, 'alike' | 'brandNext' | 'categoryNext'>, number, CandidateSource][] = [
  ['covisit', 125, 'covisit'],
  ['covisitLast', 50, 'covisit'],
  ['covisitEven', 50, 'covisit'],
  ['textCovisit', 40, 'covisit'],
  ['covisitText', 40, 'covisit'],
  ['covisitTwice', 50, 'covisit'],
  ['text', 40, 'text'],
]

/**
 * Candidates by the adapter, by each modality, by each interest (of the MOST_INTERESTS strongest), and by each query.
 */
const BY_ADAPTER = 60
const BY_LIKENESS = 40
const PER_INTEREST = 20
const MOST_INTERESTS = 8
const PER_QUERY = 60

/** Input of `collectCandidates`. */
export interface CandidateRequest {
  /** Signals of the history (`gatherSignals`), computed for all rows. */
  signals: Signals
  /** Logit of each catalogue row by the adapter; null where there is no adapter. */
  adapted: Float32Array | null
  index: VectorIndex
  /** Centres of the interests in the encoder's space, unit vectors, strongest interest first. */
  centres: Float32Array[]
  /** Phrases that the user asked for, or wishes. */
  queries: readonly Query[]
  /** Whether a row may be a candidate. */
  allow: (row: number) => boolean
  /** All catalogue rows, most popular first. Called only if there are fewer than `atLeast` candidates. */
  byPopularity: () => Int32Array
  /** Number of users who have each row in their history. */
  users: Int32Array
  /** Least number of candidates, as far as `allow` accepts so many rows. */
  atLeast: number
}

/** The bit of a source in `Candidates.sources`. */
export const bitOf = (source: CandidateSource) => 1 << CANDIDATE_SOURCES.indexOf(source)

/** The source of a row that no route found: 'popular' where some user has it, else 'exploring'. */
export function fillingSource(users: Int32Array, row: number): CandidateSource {
  return users[row] > 0 ? 'popular' : 'exploring'
}

/**
 * Candidates for one history: the union of what all routes find, ascending by row, each with the sources that found it.
 * If there are fewer than `atLeast`, popular rows are added, then rows that nobody has.
 */
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

/** The sources of a set of bits, in the order of CANDIDATE_SOURCES. */
export function sourcesOf(bits: number): CandidateSource[] {
  return CANDIDATE_SOURCES.filter((_, i) => bits & (1 << i))
}
