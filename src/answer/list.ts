import type { Candidates } from '../columns.js'
import type { Model } from '../model/model.js'
import { type DiversifyInput, diversify } from '../rank/diversify.js'
import { listShares, wishPlaces } from '../rank/quotas.js'
import { bitOf, collectCandidates, fillingSource } from '../retrieve/candidates.js'
import { type AnswerOptions, centreOf, isServed, type Owner, type Reading } from './read.js'

/** One line of a list before it is put into words. */
export interface Placed {
  row: number
  logit: number
  interest: number
  sources: number
}
/** What the routes find for a reading. */
export interface Gathered {
  candidates: Candidates
  /** Rows that a list may hold. */
  allow: (row: number) => boolean
  personal: boolean
}
/** The candidates of a reading, scored. */
export interface Scored extends Gathered {
  logits: Float64Array
  /** Index of the owner of each candidate; -1 none. */
  owners: Int32Array
}

export interface Listing extends Scored {
  placed: Placed[]
}
/** Candidates under the filters of a request; filled up with popular ones to `atLeast`, where there are so many. */
export function gather(model: Model, reading: Reading, options: AnswerOptions, atLeast: number): Gathered {
  const { history, input, queries } = reading
  const personal = history.rows.length > 0 || queries.length > 0
  const seen = new Set(input.history.seenRows)
  const allow = (row: number) =>
    !model.catalogue.removed[row] &&
    !seen.has(row) &&
    !options.exclude.has(row) &&
    (options.allow === null || options.allow(row)) &&
    isServed(reading, row)
  const { interests } = reading.profile()
  const candidates = collectCandidates({
    signals: reading.asked.signals(),
    adapted: reading.asked.adapted(),
    index: model.index,
    centres: interests
      .filter(({ state }) => !state.muted)
      .flatMap(({ clusters }) => clusters.map(({ rows }) => centreOf(model, rows))),
    queries,
    allow,
    byPopularity: model.byPopularity,
    users: model.covisits.users,
    atLeast,
  })
  return { candidates, allow, personal }
}
/** Retrieves, scores and diversifies: the rows of the list, and what they were chosen from. */
export function list(model: Model, reading: Reading, options: AnswerOptions): Listing {
  const scored = scoreCandidates(model, reading, options)
  return { ...scored, placed: choose(model, reading, scored, options) }
}
/** What a list is chosen from. */
export function scoreCandidates(model: Model, reading: Reading, options: AnswerOptions): Scored {
  const gathered = gather(model, reading, options, options.limit + MARGIN)
  const { rows } = gathered.candidates
  const logits = reading.scoreOf(rows)
  const owners = Int32Array.from(rows, (row) => (gathered.personal ? reading.ownerOf(row) : -1))
  return { ...gathered, logits, owners }
}
/** Chooses the list, best first. */
export function choose(
  model: Model,
  reading: Reading,
  { candidates, logits, owners: of, personal }: Scored,
  options: AnswerOptions,
): Placed[] {
  const owners = reading.owners()
  const base = {
    rows: candidates.rows,
    interests: of,
    vectors: model.vectors,
    limit: options.limit,
    ...placesOf(reading, options.limit),
  }
  const chosen = diversify({
    ...base,
    logits,
    shares: listShares(owners),
    floors: raiseFloors(base, owners, logits, options.diversity),
    diversity: personal ? options.diversity : 0,
  })
  return Array.from(chosen, (i) => ({
    row: candidates.rows[i],
    logit: logits[i],
    interest: of[i],
    sources: candidates.sources[i],
  }))
}
/**
 * Any rows, as a list that is long enough would hold them: found by a route, or filling it up. A row that no list
 * holds (seen, muted, filtered out) has a score all the same, and no source.
 */
export function placeRows(
  model: Model,
  reading: Reading,
  rows: readonly number[],
  { candidates, allow, personal }: Gathered,
): Placed[] {
  const found = new Map(Array.from(candidates.rows, (row, i) => [row, candidates.sources[i]]))
  const logits = reading.scoreOf(rows)
  return rows.map((row, i) => ({
    row,
    logit: logits[i],
    interest: personal ? Math.max(-1, reading.ownerOf(row)) : -1,
    sources: found.get(row) ?? (allow(row) ? bitOf(fillingSource(model.covisits.users, row)) : 0),
  }))
}
/** Candidates beyond the list, so that there is something to choose from even where everything is filled up. */
const MARGIN = 20
/** What is pinned gets a place; wishes get theirs, and no more. */
function placesOf({ owners, wishes }: Reading, limit: number): { floors: Int32Array; caps?: Int32Array } {
  const floors = Int32Array.from(owners(), ({ state }) => Number(state.pinned && !state.muted))
  if (wishes.length === 0) return { floors }
  const caps = new Int32Array(floors.length).fill(limit)
  const first = floors.length - wishes.length
  wishPlaces(limit, wishes).forEach((places, i) => {
    floors[first + i] = Math.max(floors[first + i], places)
    caps[first + i] = Math.max(1, places)
  })
  return { floors, caps }
}
/** What is boosted gets no fewer places than it had without the boost. */
function raiseFloors(
  base: Omit<DiversifyInput, 'logits' | 'shares' | 'diversity'>,
  owners: readonly Owner[],
  logits: Float64Array,
  diversity: number,
): Int32Array {
  const { floors, interests: of } = base
  if (!owners.some(({ state }) => state.boost > 1)) return floors
  const plain = logits.map((logit, i) => logit - (of[i] >= 0 ? Math.log(owners[of[i]].state.boost) : 0))
  const chosen = diversify({
    ...base,
    logits: plain,
    shares: Float64Array.from(owners, ({ weight }) => weight),
    diversity,
  })
  const places = new Int32Array(owners.length)
  for (const i of chosen) if (of[i] >= 0) places[of[i]]++
  return floors.map((floor, i) => (owners[i].state.boost > 1 ? Math.max(floor, places[i]) : floor))
}
