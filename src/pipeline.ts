import { InterestMineError, quote } from './errors.js'
import { type CounterfactualResult, findCounterfactual } from './explain/counterfactual.js'
import { CITED, citeByEffect, considerEvidence } from './explain/evidence.js'
import { narrateReason } from './explain/narrate.js'
import { type ActiveEdit, applyEdits, type EditedInterest, type EditedProfile, foldEdits } from './mine/edits.js'
import { leaveOut } from './mine/history.js'
import { mineInterests, nearestInterest } from './mine/interests.js'
import { type CollectedPhrases, fitPhrases } from './mine/phrases.js'
import { fitSpace } from './mine/space.js'
import { fitTopics } from './mine/topics.js'
import type { Artefacts, Model } from './model.js'
import { diversify } from './rank/diversify.js'
import { computeFeatures, explainFeatures, scoreFeatures } from './rank/features.js'
import { type Scorer, sigmoid } from './rank/scorer.js'
import { collectCandidates, sourcesOf } from './retrieve/candidates.js'
import { countCovisits, forEachCovisit } from './retrieve/covisits.js'
import { findNeighbours } from './retrieve/neighbours.js'
import { gatherSignals, relativeWeights } from './retrieve/signals.js'
import { nearMatches } from './text.js'
import type {
  Candidates,
  Catalogue,
  Citation,
  ExplainItemAnswer,
  History,
  Interest,
  InterestsAnswer,
  Language,
  ListKind,
  Lists,
  Matrix,
  Profile,
  Recommendation,
} from './types.js'
import { dotRows, meanOf, normalise, rowOf } from './vectors/matrix.js'
import type { Product } from './vectors/onnx-runtime.js'
import { stringAt } from './vectors/strings.js'

// ---------------------------------------------------------------- fit

export interface FitColumns {
  catalogue: Catalogue
  /** Encoded full and short texts, one row an item. */
  full: Matrix
  short: Matrix
  /** Distinct positive items of each user, oldest first. */
  histories: Lists
  phrases: CollectedPhrases
  phraseVectors: Matrix
  scorer: Scorer
}

export interface FitOptions {
  seed: number
  product: Product | null
  /** Awaited at least ten times a second: lets the host breathe, or throws to stop. */
  pause: () => Promise<void>
}

/** A centre is trusted as far as there are items to take it from. */
const CENTRE_SHRINKAGE = 50

/** Everything that is learnt from a catalogue and its behaviour. Pure: the same columns and seed give the same bytes. */
export async function fit(columns: FitColumns, { seed, product, pause }: FitOptions): Promise<Artefacts> {
  const { catalogue, full, short, histories, phrases, phraseVectors, scorer } = columns
  const covisits = countCovisits(histories, catalogue.size)
  await pause()
  const shrink = full.rows / (full.rows + CENTRE_SHRINKAGE)
  const centre = meanOf(full).map((x) => x * shrink)
  const vectors: Matrix = { ...full, data: full.data.slice() }
  for (let row = 0; row < vectors.rows; row++) centreVector(rowOf(vectors, row), centre)
  const neighbours = await findNeighbours(vectors, product, pause)
  const space = await fitSpace({ vectors: short, history: histories, seed, pause })
  await pause()
  const named = fitPhrases(phrases, phraseVectors, short, seed)
  await pause()
  const topics = await fitTopics({ catalogue, space, phrases: named, seed, pause })
  return { catalogue, vectors, centre, space, phrases: named, topics, covisits, neighbours, scorer }
}

/** Takes the catalogue's common direction out of an encoder vector, in place, and makes it a unit vector again. */
export function centreVector(vector: Float32Array, centre: Float32Array): Float32Array {
  for (let k = 0; k < vector.length; k++) vector[k] -= centre[k]
  return normalise(vector)
}

// ---------------------------------------------------------------- answer

export interface AnswerInput {
  /** Null: a guest. */
  user: string | null
  /** Everything the user did up to `now`. */
  history: History
  /** In force, oldest first. */
  edits: readonly ActiveEdit[]
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
interface Reading {
  input: AnswerInput
  history: History
  /** Mined when first asked for: scores depend on it only where an interest is boosted. */
  profile(): EditedProfile
  /** Index of the interest nearest to a row; -1 none, -2 a ghost's. */
  interestOf(row: number): number
  featuresOf(rows: ArrayLike<number>): Float64Array
  scoreOf(rows: ArrayLike<number>): Float64Array
  signals: ReturnType<typeof gatherSignals>
}

const GHOST = -2

function read(model: Model, input: AnswerInput, now: number): Reading {
  const states = foldEdits(input.edits)
  const left = new Set(input.without)
  for (const state of states) if (state.notMe) for (const row of state.last.rows) left.add(row)
  const history = left.size > 0 ? leaveOut(input.history, left) : input.history
  let mined: EditedProfile | undefined
  const profile = () => {
    mined ??= muteAlso(applyEdits(mineInterests({ history, model, now }), states), input.mute ?? [])
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
  const signals = gatherSignals(model, history)
  const featuresOf = (rows: ArrayLike<number>) =>
    computeFeatures(
      {
        catalogue: model.catalogue,
        vectors: model.vectors,
        users: model.covisits.users,
        history,
        signals,
        wish: input.wish ?? null,
        boostOf,
      },
      rows,
    )
  return {
    input,
    history,
    profile,
    interestOf,
    featuresOf,
    scoreOf: (rows) => scoreFeatures(model.scorer, featuresOf(rows)),
    signals,
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
interface Placed {
  row: number
  logit: number
  interest: number
  sources: number
}

interface Listing {
  placed: Placed[]
  candidates: Candidates
  logits: Float64Array
  personal: boolean
}

/** Retrieves, scores and diversifies: the rows of the list, and what they were chosen from. */
function list(model: Model, reading: Reading, options: AnswerOptions): Listing {
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
    signals: reading.signals,
    index: model.index,
    centres: interests.filter((interest) => !interest.state.muted).map((interest) => centreOf(model, interest.rows)),
    wish: input.wish ?? null,
    allow,
    byPopularity: model.byPopularity,
    users: model.covisits.users,
    atLeast: options.limit + MARGIN,
  })
  const logits = reading.scoreOf(candidates.rows)
  const of = Int32Array.from(candidates.rows, (row) => (personal ? reading.interestOf(row) : -1))
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
  const placed = Array.from(chosen, (i) => ({
    row: candidates.rows[i],
    logit: logits[i],
    interest: of[i],
    sources: candidates.sources[i],
  }))
  return { placed, candidates, logits, personal }
}

/** Candidates beyond the list, so that there is something to choose from even where everything is filled up. */
const MARGIN = 20

function isServed(reading: Reading, row: number): boolean {
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

export interface ListAnswer {
  kind: ListKind
  recommendations: Recommendation[]
}

export function recommend(model: Model, input: AnswerInput, options: AnswerOptions): ListAnswer {
  return listAnswer(model, read(model, input, options.now), options)
}

function listAnswer(model: Model, reading: Reading, options: AnswerOptions): ListAnswer {
  const { placed, personal } = list(model, reading, options)
  const told = tell(model, reading, placed, options, personal)
  const guest = reading.input.user === null
  // A list that rests on nothing the user did is popular, whatever its order came from.
  const founded = personal && (guest || placed.length === 0 || told.some((one) => one.evidence.length > 0))
  if (founded) return { kind: guest ? 'guest' : 'personal', recommendations: told }
  return { kind: guest ? 'guest' : 'popular', recommendations: tell(model, reading, placed, options, false) }
}

/** Puts placed rows into words: contributions, evidence, reason. */
function tell(
  model: Model,
  reading: Reading,
  placed: readonly Placed[],
  options: AnswerOptions,
  personal: boolean,
): Recommendation[] {
  const { catalogue, scorer } = model
  const rows = Int32Array.from(placed, (one) => one.row)
  const values = reading.featuresOf(rows)
  const cited = personal ? cite(model, reading, rows, values, options) : placed.map((): Cited[] => [])
  const { interests } = reading.profile()
  return placed.map((one, i): Recommendation => {
    const { logit, contributions } = explainFeatures(scorer, values, i)
    const interest = personal && one.interest >= 0 ? interests[one.interest] : null
    const title = stringAt(catalogue.titles, one.row)
    return {
      rank: i + 1,
      item: stringAt(catalogue.ids, one.row),
      title,
      score: sigmoid(logit),
      logit,
      bias: scorer.bias,
      contributions,
      interest: interest?.id ?? null,
      sources: sourcesOf(one.sources),
      evidence: cited[i].map(
        ({ row, effect }): Citation => ({
          item: stringAt(catalogue.ids, row),
          title: stringAt(catalogue.titles, row),
          effect,
        }),
      ),
      reason: narrateReason(factsOf(model, one, interest, cited[i], personal), options.language),
    }
  })
}

interface Cited {
  row: number
  effect: number | null
}

/** The history items each row rests on; with `effects`, by exact effect: the logit less the logit without the item. */
function cite(
  model: Model,
  reading: Reading,
  rows: Int32Array,
  values: Float64Array,
  options: AnswerOptions,
): Cited[][] {
  const considered = considerAll(model, reading, rows, values)
  if (!options.effects) return considered.map((list) => list.slice(0, CITED).map((row) => ({ row, effect: null })))
  const logits = scoreFeatures(model.scorer, values)
  const exact = rows.length > 0 ? effectsOf(model, reading, considered, rows, logits, options.now) : []
  return exact.map(citeByEffect)
}

/** One full scoring of all concerned rows for each distinct item left out. */
function effectsOf(
  model: Model,
  reading: Reading,
  considered: number[][],
  rows: Int32Array,
  logits: Float64Array,
  now: number,
): { row: number; effect: number }[][] {
  const concerned = new Map<number, number[]>()
  considered.forEach((list, i) => {
    for (const row of list) concerned.set(row, [...(concerned.get(row) ?? []), i])
  })
  const effects = rows.length > 0 ? Array.from(rows, (): { row: number; effect: number }[] => []) : []
  for (const [row, positions] of concerned) {
    const without = readWithout(model, reading, [row], now)
    const changed = without.scoreOf(Int32Array.from(positions, (i) => rows[i]))
    positions.forEach((i, k) => {
      effects[i].push({ row, effect: logits[i] - changed[k] })
    })
  }
  return effects
}

function readWithout(model: Model, { input }: Reading, rows: Iterable<number>, now: number): Reading {
  return read(model, { ...input, without: new Set([...(input.without ?? []), ...rows]) }, now)
}

/** History rows by how much of a row's direct contributions goes back to each. */
function considerAll(model: Model, reading: Reading, rows: Int32Array, values: Float64Array): number[][] {
  const { history } = reading
  const relative = relativeWeights(history)
  const last = history.rows.length - 1
  const wanted = new Set(rows)
  const counts =
    history.rows.length === 0
      ? []
      : Array.from(history.rows, (row) => {
          const found = new Map<number, number>()
          forEachCovisit(model.covisits, row, (column, count) => {
            if (wanted.has(column)) found.set(column, count / Math.sqrt(model.covisits.rowSums[row]))
          })
          return found
        })
  return Array.from(rows, (row, i) => {
    const part = new Map(explainFeatures(model.scorer, values, i).contributions.map((c) => [c.feature, c.contribution]))
    const covisit = Array.from(counts, (found, k) => (found.get(row) ?? 0) * relative[k] * 0.7 ** (last - k))
    const covisits = covisit.reduce((sum, x) => sum + x, 0)
    const likeness = Array.from(history.rows, (other, k) =>
      last - k < 12 ? Math.max(0, dotRows(model.vectors, other, model.vectors, row)) : 0,
    )
    const best = Math.max(...likeness)
    const brand = model.catalogue.brands[row]
    const shareOf = (k: number) =>
      (covisits > 0 ? ((part.get('covisit') ?? 0) * covisit[k]) / covisits : 0) +
      (likeness[k] === best ? (part.get('text_best') ?? 0) : 0.1 * likeness[k]) +
      (k === last ? (part.get('text_last') ?? 0) + (part.get('covisit_last') ?? 0) : 0) +
      (brand >= 0 && model.catalogue.brands[history.rows[k]] === brand
        ? (part.get('brand') ?? 0) * 0.8 ** (last - k)
        : 0)
    return considerEvidence({ history, shareOf }).map((k) => history.rows[k])
  })
}

function factsOf(
  model: Model,
  one: Placed,
  interest: EditedInterest | null,
  cited: readonly Cited[],
  personal: boolean,
): Parameters<typeof narrateReason>[0] {
  const { catalogue, covisits, neighbours } = model
  const users = covisits.users[one.row]
  const sources = sourcesOf(one.sources)
  const only = (source: string) => sources.length === 1 && sources[0] === source
  const speaking = cited.filter(({ effect }) => effect === null || effect > 0).map(({ row }) => row)
  const kind =
    !personal || (only('popular') && speaking.length === 0)
      ? 'popular'
      : only('exploring') && speaking.length === 0
        ? 'exploring'
        : sources.includes('wish') && speaking.length === 0
          ? 'wish'
          : 'evidence'
  const near = Math.min(neighbours.k, Math.max(NEAREST_OF_FEW, Math.round(catalogue.size * NEAREST_SHARE)))
  const isNear = (a: number, b: number) =>
    a * neighbours.k < neighbours.rows.length &&
    neighbours.rows.subarray(a * neighbours.k, a * neighbours.k + near).includes(b)
  const brand = catalogue.brands[one.row]
  return {
    kind,
    interest: interest?.label ?? null,
    cited: speaking.map((row) => {
      let together = false
      forEachCovisit(covisits, row, (column) => {
        if (column === one.row) together = true
      })
      return { title: stringAt(catalogue.titles, row), together, alike: isNear(row, one.row) || isNear(one.row, row) }
    }),
    brand:
      brand >= 0 && speaking.some((row) => catalogue.brands[row] === brand)
        ? stringAt(catalogue.brandNames, brand)
        : null,
    users,
  }
}

/** Texts are called much alike when one is among the other's nearest: this share of the catalogue, or so many. */
const NEAREST_SHARE = 0.005
const NEAREST_OF_FEW = 3

// ---------------------------------------------------------------- interests

export function describeInterests(model: Model, input: AnswerInput & { user: string }, now: number): InterestsAnswer {
  return profileAnswer(model, read(model, input, now), input.user)
}

function profileAnswer(model: Model, reading: Reading, user: string): InterestsAnswer {
  const { catalogue } = model
  const { history } = reading
  const { interests, unassigned } = reading.profile()
  const total = history.weights.reduce((sum, weight) => sum + weight, 0)
  const position = new Map(Array.from(history.rows, (row, i) => [row, i]))
  const cite = (row: number) => {
    const i = position.get(row)!
    return {
      item: stringAt(catalogue.ids, row),
      title: stringAt(catalogue.titles, row),
      weight: history.weights[i] / total,
      i,
    }
  }
  const iso = (time: number) => (Number.isNaN(time) ? null : new Date(time).toISOString())
  return {
    user,
    events: reading.input.history.total,
    interests: interests.map(
      (interest): Interest => ({
        id: interest.id,
        level: interest.level,
        label: interest.label,
        head: interest.head,
        modifiers: interest.modifiers,
        labelSource: interest.renamed ? 'user' : 'words',
        domain: interest.domain,
        weight: interest.weight,
        confidence: interest.confidence,
        trend: interest.trend,
        firstSeen: iso(interest.firstAt),
        lastSeen: iso(interest.lastAt),
        verified: interest.verified,
        medoid: stringAt(catalogue.ids, interest.medoid),
        evidence: Array.from(interest.rows, cite)
          .map(({ i, ...evidence }) => ({ ...evidence, events: history.events[i], lastSeen: iso(history.lastAt[i]) }))
          .sort((a, b) => b.weight - a.weight),
        state: interest.state,
      }),
    ),
    unassigned: Array.from(unassigned, cite).map(({ i: _, ...rest }) => rest),
  }
}

/** The whole answer for one user: interests and list from one reading of the history. */
export function explainUser(
  model: Model,
  input: AnswerInput & { user: string },
  options: AnswerOptions,
): InterestsAnswer & ListAnswer {
  const reading = read(model, input, options.now)
  return { ...profileAnswer(model, reading, input.user), ...listAnswer(model, reading, options) }
}

// ---------------------------------------------------------------- one item

/** Why an item stands where it stands, or does not, and what would take it out of the list. */
export function explainItem(
  model: Model,
  input: AnswerInput & { user: string },
  row: number,
  options: AnswerOptions,
): ExplainItemAnswer {
  const reading = read(model, input, options.now)
  const listing = list(model, reading, options)
  const { recommendations, kind } = listAnswer(model, reading, options)
  const place = listing.placed.findIndex((one) => one.row === row)
  const inHistory = input.history.seenRows.includes(row)
  const logit = reading.scoreOf([row])[0]
  const candidate = listing.candidates.rows.indexOf(row)
  const personal = kind !== 'popular'
  const alone: Placed = {
    row,
    logit,
    interest: personal ? Math.max(-1, reading.interestOf(row)) : -1,
    sources: candidate >= 0 ? listing.candidates.sources[candidate] : 0,
  }
  const entry = place >= 0 ? recommendations[place] : tell(model, reading, [alone], options, personal)[0]
  const { rank: _, ...told } = entry
  const better = listing.logits.reduce(
    (n, other, i) => n + Number(other > logit || (other === logit && listing.candidates.rows[i] < row)),
    0,
  )
  const base = {
    user: reading.input.user ?? '',
    ...told,
    rank: place >= 0 ? place + 1 : null,
    scoreRank: inHistory ? null : better + 1,
  }
  if (inHistory) return { ...base, counterfactual: null, counterfactualReason: 'in-history' }
  if (place < 0) return { ...base, counterfactual: null, counterfactualReason: 'not-listed' }
  const found = searchCounterfactual(model, reading, row, logit, options)
  if ('reason' in found) return { ...base, counterfactual: null, counterfactualReason: found.reason }
  const after = readWithout(model, reading, found.remove, options.now)
  const { logits, candidates } = list(model, after, options)
  const position = candidates.rows.indexOf(row)
  const behind = position < 0 ? null : 1 + logits.reduce((n, other) => n + Number(other > logits[position]), 0)
  return {
    ...base,
    counterfactual: {
      remove: found.remove.map((one) => stringAt(model.catalogue.ids, one)),
      rankBefore: place + 1,
      rankAfter: behind !== null && behind > options.limit ? behind : null,
      n: options.limit,
    },
    counterfactualReason: null,
  }
}

function searchCounterfactual(
  model: Model,
  reading: Reading,
  row: number,
  logit: number,
  options: AnswerOptions,
): CounterfactualResult {
  const effects = Array.from(reading.history.rows, (other) => ({
    other,
    effect: logit - readWithout(model, reading, [other], options.now).scoreOf([row])[0],
  }))
  const ordered = effects.sort((a, b) => b.effect - a.effect || a.other - b.other).map(({ other }) => other)
  return findCounterfactual(ordered, (without) => {
    const { placed } = list(model, readWithout(model, reading, without, options.now), options)
    return placed.some((one) => one.row === row)
  })
}
