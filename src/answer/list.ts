import type { Candidates } from '../columns.js'
import type { Model } from '../model/model.js'
import { type DiversifyInput, diversify } from '../rank/diversify.js'
import { allotWishes, listShares } from '../rank/quotas.js'
import { bitOf, collectCandidates, fillingSource } from '../retrieve/candidates.js'
import { type AnswerOptions, centreOf, isServed, type Owner, type Reading } from './read.js'

/** One line of a list, before its explanation. */
export interface ListLine {
  /** Catalogue row. */
  row: number
  logit: number
  /** Index in `reading.owners()` of the interest or wish that it belongs to; -1 for none. */
  interest: number
  /** Routes that found it, bits as in `Candidates`; 0 where no list may hold it. */
  sources: number
}

/** Result of `findCandidates`. */
export interface FoundCandidates {
  candidates: Candidates
  /** Whether a list may hold a row: it is not removed, seen, excluded, filtered out or muted. */
  allow: (row: number) => boolean
  /** False where there is neither a history nor a query: then nothing is known of the user. */
  personal: boolean
}

/** Result of `scoreCandidates`; arrays have one entry a candidate. */
export interface ScoredCandidates extends FoundCandidates {
  logits: Float64Array
  /** Index in `reading.owners()` of the interest or wish that it belongs to; -1 for none. */
  owners: Int32Array
}

/** Result of `list`: the lines of the list, best first, and the candidates that they were chosen from. */
export interface Listing extends ScoredCandidates {
  placed: ListLine[]
}

/**
 * Retrieves the candidates for a reading by all routes (`collectCandidates`), under the filters of the request and the
 * user's edits. If there are fewer than `atLeast`, they are filled up with popular rows, as far as there are allowed
 * ones.
 */
export function findCandidates(
  model: Model,
  reading: Reading,
  options: AnswerOptions,
  atLeast: number,
): FoundCandidates {
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
    signals: reading.scoring.signals(),
    adapted: reading.scoring.adapted(),
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

/**
 * Makes the list for a reading: retrieves candidates, scores them and diversifies. Takes what `read` gives; returns at
 * most `options.limit` lines, best first, without explanations (`tell` adds these), and the candidates.
 */
export function list(model: Model, reading: Reading, options: AnswerOptions): Listing {
  const scored = scoreCandidates(model, reading, options)
  return { ...scored, placed: choose(model, reading, scored, options) }
}

/** Retrieves the candidates for a reading, a few more than the list is long, and scores them. */
export function scoreCandidates(model: Model, reading: Reading, options: AnswerOptions): ScoredCandidates {
  const found = findCandidates(model, reading, options, options.limit + MARGIN)
  const { rows } = found.candidates
  const logits = reading.scoreOf(rows)
  const owners = Int32Array.from(rows, (row) => (found.personal ? reading.ownerOf(row) : -1))
  return { ...found, logits, owners }
}

/**
 * Chooses the lines of the list from scored candidates, best first, at most `options.limit`: by logit and diversity
 * (`diversify`), with a place for each pinned interest and the places of wishes. Where the list is not personal,
 * diversity is 0.
 */
export function choose(
  model: Model,
  reading: Reading,
  { candidates, logits, owners: of, personal }: ScoredCandidates,
  options: AnswerOptions,
): ListLine[] {
  const owners = reading.owners()
  const base = {
    rows: candidates.rows,
    interests: of,
    vectors: model.vectors,
    limit: options.limit,
    ...boundPlaces(reading, options.limit),
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
 * Lines for any catalogue rows, in the order given, as a list that is long enough would hold them. A row that no route
 * found has the source 'popular' or 'exploring'; one that no list may hold (seen, muted, filtered out) is scored too
 * and has no source.
 */
export function describeRows(
  model: Model,
  reading: Reading,
  rows: readonly number[],
  { candidates, allow, personal }: FoundCandidates,
): ListLine[] {
  const found = new Map(Array.from(candidates.rows, (row, i) => [row, candidates.sources[i]]))
  const logits = reading.scoreOf(rows)
  return rows.map((row, i) => ({
    row,
    logit: logits[i],
    interest: personal ? Math.max(-1, reading.ownerOf(row)) : -1,
    sources: found.get(row) ?? (allow(row) ? bitOf(fillingSource(model.covisits.users, row)) : 0),
  }))
}

/** Candidates beyond the length of the list, so that there is a choice even where no route finds anything. */
const MARGIN = 20

/**
 * Least and most places of each owner (`reading.owners()`). A pinned one gets at least one place; a wish gets the
 * places that `allotWishes` gives it, and no more than these. Without wishes there are no upper bounds.
 */
function boundPlaces({ owners, wishes }: Reading, limit: number): { floors: Int32Array; caps?: Int32Array } {
  const floors = Int32Array.from(owners(), ({ state }) => Number(state.pinned && !state.muted))
  if (wishes.length === 0) return { floors }
  const caps = new Int32Array(floors.length).fill(limit)
  const first = floors.length - wishes.length
  allotWishes(limit, wishes).forEach((places, i) => {
    floors[first + i] = Math.max(floors[first + i], places)
    caps[first + i] = Math.max(1, places)
  })
  return { floors, caps }
}

/**
 * Least places of each owner, raised so that a boosted interest gets no fewer places than it would get without boosts.
 * Returns one number an owner.
 */
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
