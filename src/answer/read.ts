import type { History, Profile, Query } from '../columns.js'
import { InterestMineError, quote } from '../errors.js'
import { type ActiveEdit, type EditState, foldEdits } from '../mine/edits/edits.js'
import { applyEdits, type EditedProfile } from '../mine/edits/lay-over.js'
import type { Cluster } from '../mine/edits/reshape.js'
import { bestWish, type EditedWish, wishesOf } from '../mine/edits/wishes.js'
import { leaveOut } from '../mine/history.js'
import { type MineModel, mineInterests, nearestInterest } from '../mine/interests.js'
import { type EarlierInterest, inherit } from '../mine/lineage.js'
import { type GivenNames, layNames } from '../mine/names/given-names.js'
import { labelStands } from '../mine/names/label-stands.js'
import type { Model } from '../model/model.js'
import type { PlaceOwner } from '../rank/quotas.js'
import { scoreFeatures } from '../rank/scorer.js'
import { nearMatches } from '../text.js'
import type { InterestChange, Language } from '../types/answers.js'
import { dotVector, meanOf, normalise } from '../vectors/matrix.js'
import { type HistoryScoring, openScoring } from './score.js'

export interface AnswerInput {
  /** Null: a guest. */
  user: string | null
  /** Everything the user did up to `now`. */
  history: History
  /** In force, oldest first. */
  edits: readonly ActiveEdit[]
  /** The user's interests as of the generation in use; none where it did not know the user. */
  earlier?: readonly EarlierInterest[]
  /** Accepted names by language models. */
  names?: GivenNames
  /** What if these rows were not in the history? */
  without?: ReadonlySet<number>
  /** What if these interests were muted? Unknown ones fail, unless they may be gone. */
  mute?: readonly string[]
  mayBeGone?: boolean
  /** Vector of a phrase that a guest asks for, centred. */
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
  states: readonly EditState[]
  /** Newest first. */
  wishes: readonly EditedWish[]
  /** What is asked for in words, by a guest or by wishes that are not muted. */
  queries: readonly Query[]
  /** Mined when first asked for. */
  profile(): EditedProfile
  /** Whether an interest is boosted, so that scores depend on the profile. */
  boosted: boolean
  /** The interests, then the wishes: what a row can belong to. */
  owners(): readonly Owner[]
  /** Index of the owner nearest to a row; -1 none, -2 a ghost's. */
  ownerOf(row: number): number
  featuresOf(rows: ArrayLike<number>): Float64Array
  scoreOf(rows: ArrayLike<number>): Float64Array
  asked: HistoryScoring
}

/** An interest, or a wish: of no weight and no evidence. */
export interface Owner extends PlaceOwner {
  id: string
  label: string
  rows: Int32Array
}

const GHOST = -2
const NO_ROWS = new Int32Array(0)

/** What is read of a user to mine their interests. */
export type ProfileInput = Pick<AnswerInput, 'history' | 'edits' | 'earlier' | 'names'>

/** Mines a history; ids and names are those of earlier interests that live on. */
export function mineProfile(
  model: MineModel,
  { history, earlier = [] }: Pick<ProfileInput, 'history' | 'earlier'>,
  now: number,
): { profile: Profile; changes: InterestChange[] } {
  const stands = (label: string, rows: Int32Array) => labelStands(model.catalogue, label, rows)
  return inherit(earlier, mineInterests({ history, model, now }), stands)
}

/** A user's interests under the edits in force. */
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
  const named = known.names ? layNames(profile, known.names) : profile
  return applyEdits({ history: known.history, model, now }, named, states)
}

/** The history without the items of interests that the user disowned. */
function leaveDisowned(history: History, states: readonly EditState[], without?: ReadonlySet<number>): History {
  const left = new Set(without)
  for (const state of states) if (state.notMe) for (const row of state.last.rows) left.add(row)
  return left.size > 0 ? leaveOut(history, left) : history
}

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
      muteAlso(mined, wishes, mute, input.mayBeGone ?? false)
    }
    return mined
  }
  let all: Owner[] | undefined
  const owners = () => {
    all ??= [...profile().interests, ...wishes.map((wish) => ({ ...wish, weight: 0, rows: NO_ROWS }))]
    return all
  }
  const interestOf = nearestOf(model, profile)
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
  const asked = openScoring(model, history)
  const featuresOf = (rows: ArrayLike<number>) => asked.featuresOf(Int32Array.from(rows), queries, boostOf)
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
    asked,
  }
}

/** Nearest interest of a row (-1 none, -2 a ghost's), and the cosine with the centre of its cluster. */
function nearestOf(model: Model, profile: () => EditedProfile) {
  // Clusters of interests and ghosts side by side: what is nearest to a ghost is not served.
  let all: { interests: Cluster[]; owners: number[] } | undefined
  const served = () => {
    if (all) return all
    const { interests, ghosts } = profile()
    const each = [...interests, ...ghosts].flatMap(({ clusters }, i) =>
      clusters.map((cluster) => ({ cluster, owner: i < interests.length ? i : GHOST })),
    )
    all = { interests: each.map(({ cluster }) => cluster), owners: each.map(({ owner }) => owner) }
    return all
  }
  const centres = new Map<number, Float32Array>()
  return (row: number) => {
    const nearest = nearestInterest(model, served(), row)
    const similarityTo = () => {
      const centre = centres.get(nearest) ?? centreOf(model, served().interests[nearest].rows)
      centres.set(nearest, centre)
      return dotVector(model.vectors, row, centre)
    }
    return { index: nearest < 0 ? -1 : served().owners[nearest], similarityTo }
  }
}

function muteAlso(
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

export function unknownInterest(id: string, interests: readonly { id: string; label: string }[]): InterestMineError {
  const near = nearMatches(
    id,
    interests.map((interest) => interest.id),
  )
  const known = interests.slice(0, 5).map((interest) => `${interest.id} (${interest.label})`)
  const hint = known.length > 0 ? `the user's interests are ${known.join(', ')}` : 'the user has none'
  return new InterestMineError('UNKNOWN_INTEREST', `no interest ${quote(id)}: ${hint}`, { interest: id, near })
}

/** Whether the interest nearest to a row, if there is one, is neither muted nor disowned. */
export function isServed(reading: Reading, row: number): boolean {
  const { interests, ghosts } = reading.profile()
  if (ghosts.length === 0 && !interests.some((interest) => interest.state.muted)) return true
  const index = reading.ownerOf(row)
  return index === -1 || (index !== GHOST && !reading.owners()[index].state.muted)
}

export function centreOf(model: Model, rows: Int32Array): Float32Array {
  return normalise(meanOf(model.vectors, rows))
}

export function readWithout(model: Model, { input }: Reading, rows: Iterable<number>, now: number): Reading {
  // An interest that was asked to be muted may be gone with these items.
  return read(model, { ...input, without: new Set([...(input.without ?? []), ...rows]), mayBeGone: true }, now)
}
