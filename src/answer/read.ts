import type { History, Profile, Query } from '../columns.js'
import { InterestMineError, quote } from '../errors.js'
import { type ActiveEdit, type EditState, foldEdits } from '../mine/edits/edits.js'
import { applyEdits, type EditedProfile } from '../mine/edits/lay-over.js'
import type { Cluster } from '../mine/edits/reshape.js'
import { bestWish, type EditedWish, wishesOf } from '../mine/edits/wishes.js'
import { leaveOut } from '../mine/history.js'
import { type MineModel, mineInterests, nearestInterest } from '../mine/interests.js'
import { type EarlierInterest, inherit } from '../mine/lineage.js'
import { applyNames, type GivenNames } from '../mine/names/given-names.js'
import { isLabelSupported } from '../mine/names/label-stands.js'
import type { Model } from '../model/model.js'
import type { PlaceOwner } from '../rank/quotas.js'
import { scoreFeatures } from '../rank/scorer.js'
import { nearMatches } from '../text.js'
import type { InterestChange, Language } from '../types/answers.js'
import { dotVector, meanOf, normalise } from '../vectors/matrix.js'
import { type HistoryScoring, openScoring } from './score.js'

/** What is known of one user or guest, and the what-ifs of one request. Rows are catalogue rows. */
export interface AnswerInput {
  /** Id of the user; null for a guest. */
  user: string | null
  /** Everything that the user did up to `now`. */
  history: History
  /** The user's edits in force, oldest first. */
  edits: readonly ActiveEdit[]
  /** The user's interests as stored with the generation in use; left out where it does not know the user. */
  earlier?: readonly EarlierInterest[]
  /** Names that language models gave to interests and that were accepted. */
  names?: GivenNames
  /** What-if: answer as if these rows were not in the history. */
  without?: ReadonlySet<number>
  /** What-if: answer as if these interests and wishes were muted, by id. */
  mute?: readonly string[]
  /** Whether ids in `mute` that the user does not have are ignored; else they fail with UNKNOWN_INTEREST. */
  mayBeGone?: boolean
  /**
   * Encoder vector of a phrase that a guest asks for, centred as the catalogue's vectors are; null or left out: none.
   */
  wish?: Float32Array | null
}

/** Options of an answer. Rows are catalogue rows. */
export interface AnswerOptions {
  /** Most recommendations. */
  limit: number
  /** 0: by score alone; 1: as varied as possible (see `diversify`). */
  diversity: number
  /** Rows that are not recommended. */
  exclude: ReadonlySet<number>
  /** Whether the request's filter accepts a row; null: there is no filter. */
  allow: ((row: number) => boolean) | null
  /** Whether evidence is chosen by its exact effects, which are reported. */
  effects: boolean
  /** Language of sentences. */
  language: Language
  /** The time of the answer in ms, NaN where no event has a time. */
  now: number
}

/** Result of `read`: a history under the edits and the what-ifs of a request, and functions that score items for it. */
export interface Reading {
  /** What was read. */
  input: AnswerInput
  /** The history without left-out items and without the evidence of disowned interests. */
  history: History
  /** The edits in force, folded: one state for each interest or wish. */
  states: readonly EditState[]
  /** The user's wishes, newest first; those of `input.mute` are muted. */
  wishes: readonly EditedWish[]
  /** The phrases to find items for: the guest's phrase, and wishes that are not muted. */
  queries: readonly Query[]
  /** The interests. They are mined at the first call. Throws UNKNOWN_INTEREST for an unknown id in `input.mute`. */
  profile(): EditedProfile
  /** Whether an interest is boosted, so that scores depend on the profile. */
  boosted: boolean
  /** The interests in the order of the profile, then the wishes: what an item can belong to. */
  owners(): readonly Owner[]
  /** Index in `owners()` of what a row is nearest to; -1: nothing, -2: a suppressed interest (`EditedProfile`). */
  ownerOf(row: number): number
  /** Feature values of rows: FEATURE_COUNT numbers a row, row after row, in the order of FEATURES. */
  featuresOf(rows: ArrayLike<number>): Float64Array
  /** Logit of each of the rows by the model's scorer. */
  scoreOf(rows: ArrayLike<number>): Float64Array
  /** Signals and adapter logits of `history`. */
  scoring: HistoryScoring
}

/** What a recommended item can belong to: an interest, or a wish, which has weight 0 and no rows. */
export interface Owner extends PlaceOwner {
  id: string
  label: string
  /** Catalogue rows of its evidence. */
  rows: Int32Array
}

/** `Reading.ownerOf` of a row that is nearest to a suppressed interest. */
const SUPPRESSED = -2
const NO_ROWS = new Int32Array(0)

/** The part of AnswerInput that the interests of a user are mined from. */
export type ProfileInput = Pick<AnswerInput, 'history' | 'edits' | 'earlier' | 'names'>

/**
 * Mines the interests of a history, before edits. Interests that continue an earlier one (`inherit`) take over its id,
 * and its name where the evidence still supports it. `now`: as in AnswerOptions. Returns the profile, and what became
 * of the earlier interests.
 */
export function mineProfile(
  model: MineModel,
  { history, earlier = [] }: Pick<ProfileInput, 'history' | 'earlier'>,
  now: number,
): { profile: Profile; changes: InterestChange[] } {
  const stands = (label: string, rows: Int32Array) => isLabelSupported(model.catalogue, label, rows)
  return inherit(earlier, mineInterests({ history, model, now }), stands)
}

/**
 * The interests of a user under their edits: mined without the items of disowned interests, with the accepted names of
 * language models, then edited. `now`: as in AnswerOptions.
 */
export function readProfile(model: MineModel, input: ProfileInput, now: number): EditedProfile {
  const states = foldEdits(input.edits)
  return editProfile(model, { ...input, history: leaveDisowned(input.history, states) }, states, now)
}

function editProfile(
  model: MineModel,
  known: Omit<ProfileInput, 'edits'>,
  states: readonly EditState[],
  now: number,
): EditedProfile {
  const { profile } = mineProfile(model, known, now)
  const named = known.names ? applyNames(profile, known.names) : profile
  return applyEdits({ history: known.history, model, now }, named, states)
}

/** The history without the rows of `without`, and without the evidence of interests that the user disowned. */
function leaveDisowned(history: History, states: readonly EditState[], without?: ReadonlySet<number>): History {
  const left = new Set(without)
  for (const state of states) if (state.notMe) for (const row of state.last.rows) left.add(row)
  return left.size > 0 ? leaveOut(history, left) : history
}

/**
 * Reads a history under the edits and what-ifs of a request. Takes a model, what is known of the user, and the time of
 * the answer (`now`, as in AnswerOptions). Returns a Reading, which `list`, `tell`, `cite` and `profileAnswer` take.
 * Only edits are folded at once; interests are mined and items scored when they are first asked for. Throws nothing
 * itself; `Reading.profile` does where `input.mute` names an unknown interest.
 */
export function read(model: Model, input: AnswerInput, now: number): Reading {
  const states = foldEdits(input.edits)
  const history = leaveDisowned(input.history, states, input.without)
  const mute = input.mute ?? []
  const wishes = wishesOf(states).map((wish) =>
    mute.includes(wish.id) ? { ...wish, state: { ...wish.state, muted: true } } : wish,
  )
  const queries: Query[] = input.wish ? [{ vector: input.wish, least: -1 }] : []
  for (const { query, state } of wishes) if (query && !state.muted) queries.push(query)
  let mined: EditedProfile | undefined
  const profile = () => {
    if (!mined) {
      mined = editProfile(model, { ...input, history }, states, now)
      applyMute(mined, wishes, mute, input.mayBeGone ?? false)
    }
    return mined
  }
  let all: Owner[] | undefined
  const owners = () => {
    all ??= [...profile().interests, ...wishes.map((wish) => ({ ...wish, weight: 0, rows: NO_ROWS }))]
    return all
  }
  const interestOf = createInterestLookup(model, profile)
  const known = new Map<number, number>()
  const ownerOf = (row: number) => {
    let owner = known.get(row)
    if (owner === undefined) {
      const { index, similarityTo } = interestOf(row)
      const wish = bestWish(wishes, model.vectors, row)
      const wished = wish.index >= 0 && (index === -1 || wish.match > similarityTo())
      owner = wished ? profile().interests.length + wish.index : index
      known.set(row, owner)
    }
    return owner
  }
  const boosted = states.some((state) => state.boost !== 1 && !state.notMe)
  const boostOf = (row: number) => {
    const index = boosted ? ownerOf(row) : -1
    return index >= 0 ? Math.log(owners()[index].state.boost) : 0
  }
  const scoring = openScoring(model, history)
  const featuresOf = (rows: ArrayLike<number>) => scoring.featuresOf(Int32Array.from(rows), queries, boostOf)
  return {
    input,
    history,
    states,
    wishes,
    queries,
    profile,
    boosted,
    owners,
    ownerOf,
    featuresOf,
    scoreOf: (rows) => scoreFeatures(model.scorer, featuresOf(rows)),
    scoring,
  }
}

/**
 * A function that finds the interest nearest to a row. It returns the interest's index in the profile (-1: none is
 * near, SUPPRESSED: a suppressed one), and a function for the cosine of the row with the centre of the nearest cluster.
 */
function createInterestLookup(model: Model, profile: () => EditedProfile) {
  // Clusters of interests and of suppressed ones together: rows nearest to a suppressed one are not recommended.
  let all: { interests: Cluster[]; owners: number[] } | undefined
  const clustersOfAll = () => {
    if (all) return all
    const { interests, suppressed } = profile()
    const each = [...interests, ...suppressed].flatMap(({ clusters }, i) =>
      clusters.map((cluster) => ({ cluster, owner: i < interests.length ? i : SUPPRESSED })),
    )
    all = { interests: each.map(({ cluster }) => cluster), owners: each.map(({ owner }) => owner) }
    return all
  }
  const centres = new Map<number, Float32Array>()
  return (row: number) => {
    const nearest = nearestInterest(model, clustersOfAll(), row)
    const similarityTo = () => {
      const centre = centres.get(nearest) ?? centreOf(model, clustersOfAll().interests[nearest].rows)
      centres.set(nearest, centre)
      return dotVector(model.vectors, row, centre)
    }
    return { index: nearest < 0 ? -1 : clustersOfAll().owners[nearest], similarityTo }
  }
}

/** Mutes interests of the profile for this request, in place. `wishes` are muted already. */
function applyMute(
  { interests }: EditedProfile,
  wishes: readonly EditedWish[],
  mute: readonly string[],
  mayBeGone: boolean,
): void {
  for (const id of mute) {
    const interest = interests.find((one) => one.id === id)
    if (interest) interest.state = { ...interest.state, muted: true }
    else if (!mayBeGone && !wishes.some((wish) => wish.id === id)) throw unknownInterest(id, [...interests, ...wishes])
  }
}

/** An UNKNOWN_INTEREST error for an id. It names ids that are similar, and up to five interests that the user has. */
export function unknownInterest(id: string, interests: readonly { id: string; label: string }[]): InterestMineError {
  const near = nearMatches(
    id,
    interests.map((interest) => interest.id),
  )
  const known = interests.slice(0, 5).map((interest) => `${interest.id} (${interest.label})`)
  const hint = known.length > 0 ? `the user's interests are ${known.join(', ')}` : 'the user has none'
  return new InterestMineError('UNKNOWN_INTEREST', `no interest ${quote(id)}: ${hint}`, { interest: id, near })
}

/**
 * Whether the user's edits let a row be recommended: what it is nearest to, if anything, is neither muted nor
 * suppressed.
 */
export function isServed(reading: Reading, row: number): boolean {
  const { interests, suppressed } = reading.profile()
  if (suppressed.length === 0 && !interests.some((interest) => interest.state.muted)) return true
  const index = reading.ownerOf(row)
  return index === -1 || (index !== SUPPRESSED && !reading.owners()[index].state.muted)
}

/** Unit vector of the mean of the text vectors of catalogue rows. */
export function centreOf(model: Model, rows: Int32Array): Float32Array {
  return normalise(meanOf(model.vectors, rows))
}

/**
 * The same reading as if further rows were not in the history; rows that the reading leaves out already stay left out.
 * `now`: as in AnswerOptions. Ids to mute that the smaller history has no interest for are ignored.
 */
export function readWithout(model: Model, { input }: Reading, rows: Iterable<number>, now: number): Reading {
  // An interest that is to be muted may no longer be mined without these rows.
  return read(model, { ...input, without: new Set([...(input.without ?? []), ...rows]), mayBeGone: true }, now)
}
