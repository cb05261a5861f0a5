import { InterestMineError, quote } from './errors.js'
import { type ActiveEdit, applyEdits, type EditedInterest, type EditedProfile, foldEdits } from './mine/edits.js'
import { leaveOut } from './mine/history.js'
import { mineInterests, nearestInterest } from './mine/interests.js'
import { type GivenNames, layNames } from './mine/names.js'
import type { Model } from './model.js'
import { diversify } from './rank/diversify.js'
import { scoreFeatures } from './rank/features.js'
import { bitOf, collectCandidates, fillingSource } from './retrieve/candidates.js'
import { type Asked, ask } from './scoring.js'
import { nearMatches } from './text.js'
import type { Candidates, History, Language, Profile } from './types.js'
import { meanOf, normalise } from './vectors/matrix.js'

export interface AnswerInput {
  /** Null: a guest. */
  user: string | null
  /** Everything the user did up to `now`. */
  history: History
  /** In force, oldest first. */
  edits: readonly ActiveEdit[]
  /** Accepted names by language models. */
  names?: GivenNames
  /** What if these rows were not in the history? */
  without?: ReadonlySet<number>
  /** What if these interests were muted? */
  mute?: readonly string[]
  /** Vector of a phrase the user asked for, centred. */
  wish?: Float32Array | null
}

export interface AnswerOptions {
  limit: number
  diversity: number
  exclude: ReadonlySet<number>
  /** Rows a filter lets through. */
  allow: ((row: number) => boolean) | null
  effects: boolean
  language: Language
  /** Milliseconds, NaN where no event has a time. */
  now: number
}

/** A history as read under the edits and the what-ifs of a request. */
export interface Reading {
  input: AnswerInput
  history: History
  /** Mined when first asked for: scores depend on it only where an interest is boosted. */
  profile(): EditedProfile
  /** Index of the interest nearest to a row; -1 none, -2 a ghost's. */
  interestOf(row: number): number
  featuresOf(rows: ArrayLike<number>): Float64Array
  scoreOf(rows: ArrayLike<number>): Float64Array
  asked: Asked
}

const GHOST = -2

export function read(model: Model, input: AnswerInput, now: number): Reading {
  const states = foldEdits(input.edits)
  const left = new Set(input.without)
  for (const state of states) if (state.notMe) for (const row of state.last.rows) left.add(row)
  const history = left.size > 0 ? leaveOut(input.history, left) : input.history
  let mined: EditedProfile | undefined
  const profile = () => {
    if (mined) return mined
    const plain = mineInterests({ history, model, now })
    const named = input.names ? layNames(plain, input.names) : plain
    mined = muteAlso(applyEdits(named, states), input.mute ?? [])
    return mined
  }
  // Interests and ghosts side by side: what is nearest to a ghost is not served.
  let all: Profile | undefined
  const served = () => {
    all ??= { interests: [...profile().interests, ...profile().ghosts], unassigned: profile().unassigned }
    return all
  }
  const known = new Map<number, number>()
  const interestOf = (row: number) => {
    const before = known.get(row)
    if (before !== undefined) return before
    const { interests } = profile()
    const nearest = nearestInterest(model, served(), row)
    const index = nearest >= interests.length ? GHOST : nearest
    known.set(row, index)
    return index
  }
  const boosted = states.some((state) => state.boost !== 1 && !state.notMe)
  const boostOf = (row: number) => {
    const index = boosted ? interestOf(row) : -1
    return index >= 0 ? Math.log(profile().interests[index].state.boost) : 0
  }
  const asked = ask(model, history)
  const featuresOf = (rows: ArrayLike<number>) => asked.featuresOf(Int32Array.from(rows), input.wish ?? null, boostOf)
  return {
    input,
    history,
    profile,
    interestOf,
    featuresOf,
    scoreOf: (rows) => scoreFeatures(model.scorer, featuresOf(rows)),
    asked,
  }
}

function muteAlso(profile: EditedProfile, mute: readonly string[]): EditedProfile {
  if (mute.length === 0) return profile
  for (const id of mute) {
    const interest = profile.interests.find((one) => one.id === id)
    if (!interest) throw unknownInterest(id, profile.interests)
    interest.state = { ...interest.state, muted: true }
  }
  return profile
}

export function unknownInterest(id: string, interests: readonly { id: string; label: string }[]): InterestMineError {
  const near = nearMatches(
    id,
    interests.map((interest) => interest.id),
  )
  const known = interests.slice(0, 5).map((interest) => `${interest.id} (${interest.label})`)
  const hint = known.length > 0 ? `the user's interests are ${known.join(', ')}` : 'the user has none'
  return new InterestMineError('UNKNOWN_INTEREST', `no interest ${quote(id)}: ${hint}`, { interest: id, near })
}

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
  /** Index of the interest nearest to each candidate; -1 none. */
  interests: Int32Array
}

export interface Listing extends Scored {
  placed: Placed[]
}

/** Candidates under the filters of a request; filled up with popular ones to `atLeast`, where there are so many. */
export function gather(model: Model, reading: Reading, options: AnswerOptions, atLeast: number): Gathered {
  const { history, input } = reading
  const personal = history.rows.length > 0 || input.wish != null
  const seen = new Set(input.history.seenRows)
  const allow = (row: number) =>
    !model.catalogue.removed[row] &&
    !seen.has(row) &&
    !options.exclude.has(row) &&
    (options.allow === null || options.allow(row)) &&
    isServed(reading, row)
  const { interests } = reading.profile()
  const candidates = collectCandidates({
    signals: reading.asked.signals,
    adapted: reading.asked.adapted(),
    index: model.index,
    centres: interests.filter((interest) => !interest.state.muted).map((interest) => centreOf(model, interest.rows)),
    wish: input.wish ?? null,
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
  const interests = Int32Array.from(rows, (row) => (gathered.personal ? reading.interestOf(row) : -1))
  return { ...gathered, logits, interests }
}

/** Chooses the list, best first. */
export function choose(
  model: Model,
  reading: Reading,
  { candidates, logits, interests: of, personal }: Scored,
  options: AnswerOptions,
): Placed[] {
  const { interests } = reading.profile()
  const chosen = diversify({
    rows: candidates.rows,
    logits,
    interests: of,
    shares: sharesOf(interests),
    floors: floorsOf(model, interests, candidates, logits, of, options),
    vectors: model.vectors,
    limit: options.limit,
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
    interest: personal ? Math.max(-1, reading.interestOf(row)) : -1,
    sources: found.get(row) ?? (allow(row) ? bitOf(fillingSource(model.covisits.users, row)) : 0),
  }))
}

/** Candidates beyond the list, so that there is something to choose from even where everything is filled up. */
const MARGIN = 20

/** Whether the interest nearest to a row, if there is one, is neither muted nor disowned. */
export function isServed(reading: Reading, row: number): boolean {
  const { interests, ghosts } = reading.profile()
  if (ghosts.length === 0 && !interests.some((interest) => interest.state.muted)) return true
  const index = reading.interestOf(row)
  return index === -1 || (index !== GHOST && !interests[index].state.muted)
}

function centreOf(model: Model, rows: Int32Array): Float32Array {
  return normalise(meanOf(model.vectors, rows))
}

function sharesOf(interests: readonly EditedInterest[]): Float64Array {
  const shares = Float64Array.from(interests, (interest) => interest.weight * interest.state.boost)
  const total = shares.reduce((sum, share) => sum + share, 0)
  return total > 1 ? shares.map((share) => share / total) : shares
}

/** A pinned interest gets a place; a boosted one no fewer than it had without the boost. */
function floorsOf(
  model: Model,
  interests: readonly EditedInterest[],
  candidates: Candidates,
  logits: Float64Array,
  of: Int32Array,
  options: AnswerOptions,
): Int32Array {
  const floors = Int32Array.from(interests, (interest) => Number(interest.state.pinned && !interest.state.muted))
  if (!interests.some((interest) => interest.state.boost > 1)) return floors
  const plain = logits.map((logit, i) => logit - (of[i] >= 0 ? Math.log(interests[of[i]].state.boost) : 0))
  const shares = Float64Array.from(interests, (interest) => interest.weight)
  const chosen = diversify({
    rows: candidates.rows,
    logits: plain,
    interests: of,
    shares,
    floors,
    vectors: model.vectors,
    limit: options.limit,
    diversity: options.diversity,
  })
  const places = new Int32Array(interests.length)
  for (const i of chosen) if (of[i] >= 0) places[of[i]]++
  return floors.map((floor, i) => (interests[i].state.boost > 1 ? Math.max(floor, places[i]) : floor))
}

export function readWithout(model: Model, { input }: Reading, rows: Iterable<number>, now: number): Reading {
  return read(model, { ...input, without: new Set([...(input.without ?? []), ...rows]) }, now)
}
