import { shareOfAges } from '../adapt/adapter.js'
import { CITED, citeByEffect, considerEvidence } from '../explain/evidence.js'
import { narrateReason, type ReasonFacts } from '../explain/narrate.js'
import { summariseProfile } from '../explain/narrate-profile.js'
import { contraryOf } from '../mine/edits/contrary.js'
import { bestWish } from '../mine/edits/wishes.js'
import { tellSpeakers } from '../mine/speakers.js'
import type { FittedModality } from '../model/media-vectors.js'
import type { Model } from '../model/model.js'
import { explainFeatures, scoreFeatures } from '../rank/features.js'
import { sigmoid } from '../rank/scorer.js'
import { sourcesOf } from '../retrieve/candidates.js'
import { forEachCovisit, forEachCovisitOf } from '../retrieve/covisits.js'
import type { Neighbours } from '../retrieve/neighbours.js'
import { relativeWeights } from '../retrieve/signals.js'
import type { Citation, Interest, InterestsAnswer, Language, ListKind, Recommendation, Vectors } from '../types.js'
import { dotRows, dotVector } from '../vectors/matrix.js'
import { stringAt } from '../vectors/strings.js'
import {
  type AnswerOptions,
  isServed,
  type Listing,
  type Owner,
  type Placed,
  type Reading,
  readWithout,
} from './read.js'

export function tell(
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
  const owners = reading.owners()
  const { history, input } = reading
  const seen = new Set(history.seenRows.filter((row) => !input.without?.has(row)))
  return placed.map((one, i): Recommendation => {
    const { logit, contributions } = explainFeatures(scorer, values, i)
    const owner = personal && one.interest >= 0 ? owners[one.interest] : null
    const title = stringAt(catalogue.titles, one.row)
    return {
      rank: i + 1,
      item: stringAt(catalogue.ids, one.row),
      title,
      score: sigmoid(logit),
      logit,
      bias: scorer.bias,
      contributions,
      interest: owner?.id ?? null,
      sources: sourcesOf(one.sources),
      evidence: cited[i].map(
        ({ row, effect }): Citation => ({
          item: stringAt(catalogue.ids, row),
          title: stringAt(catalogue.titles, row),
          effect,
        }),
      ),
      reason: narrateReason(
        {
          ...factsOf(model, reading, { ...one, contributions }, owner, cited[i], personal),
          seen: seen.has(one.row),
          served: isServed(reading, one.row),
        },
        options.language,
      ),
    }
  })
}

export interface ListAnswer {
  kind: ListKind
  recommendations: Recommendation[]
}

/** A list in words, and whose it is. */
export function tellList(model: Model, reading: Reading, listing: Listing, options: AnswerOptions): ListAnswer {
  const { placed, personal } = listing
  const told = tell(model, reading, placed, options, personal)
  const guest = reading.input.user === null
  if (isFounded(reading, listing, told)) return { kind: guest ? 'guest' : 'personal', recommendations: told }
  return { kind: guest ? 'guest' : 'popular', recommendations: tell(model, reading, placed, options, false) }
}

/**
 * One line as it stands in a list, at `place`, or as any row would. No other lines are told than it takes to know whose
 * the list is.
 */
export function tellAmong(
  model: Model,
  reading: Reading,
  listing: Listing,
  place: number,
  lineOf: (personal: boolean) => Placed,
  options: AnswerOptions,
): Recommendation {
  const { placed, personal } = listing
  const tellOne = (one: Placed, personal: boolean) => tell(model, reading, [one], options, personal)[0]
  const told = tellOne(lineOf(personal), personal)
  function* lines() {
    if (place >= 0) yield told
    for (const [other, one] of placed.entries()) if (other !== place) yield tellOne(one, personal)
  }
  const founded = isFounded(reading, listing, lines())
  return founded === personal ? told : tellOne(lineOf(founded), founded)
}

/** A list that rests on nothing the user did or asked for is popular, whatever its order came from. */
function isFounded(reading: Reading, { placed, personal }: Listing, told: Iterable<Recommendation>): boolean {
  if (!personal) return false
  if (reading.input.user === null || placed.length === 0) return true
  for (const { evidence, sources } of told) if (evidence.length > 0 || sources.includes('wish')) return true
  return false
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
    for (const row of list) {
      const positions = concerned.get(row)
      if (positions) positions.push(i)
      else concerned.set(row, [i])
    }
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

/** History rows by how much of a row's direct contributions goes back to each; never the row itself. */
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
          forEachCovisitOf(model.covisits, row, wanted, (column, count) => {
            found.set(column, count / Math.sqrt(model.covisits.rowSums[row]))
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
    const likest = model.modalities.map(({ name, vectors, has }) => {
      const known = Array.from(history.rows, (other, k) =>
        last - k < 12 && has[other] && has[row] ? Math.max(0, dotRows(vectors, other, vectors, row)) : 0,
      )
      return { name, known, best: Math.max(...known), newest: history.rows.findLastIndex((other) => has[other] === 1) }
    })
    const alikeness = (k: number) =>
      likest.reduce(
        (sum, { name, known, best, newest }) =>
          sum +
          (known[k] > 0 && known[k] === best ? (part.get(`${name}_best`) ?? 0) : 0) +
          (k === newest ? (part.get(`${name}_last`) ?? 0) : 0),
        0,
      )
    const adapted = model.adapter ? shareOfAges(model.adapter, history.rows, row) : null
    const brand = model.catalogue.brands[row]
    const shareOf = (k: number) =>
      (covisits > 0 ? ((part.get('covisit') ?? 0) * covisit[k]) / covisits : 0) +
      (adapted ? Math.max(0, part.get('adapter') ?? 0) * adapted[k] : 0) +
      (likeness[k] === best ? (part.get('text_best') ?? 0) : 0.1 * likeness[k]) +
      alikeness(k) +
      (k === last ? (part.get('text_last') ?? 0) + (part.get('covisit_last') ?? 0) : 0) +
      (brand >= 0 && model.catalogue.brands[history.rows[k]] === brand
        ? (part.get('brand') ?? 0) * 0.8 ** (last - k)
        : 0)
    // That an item is like itself says nothing to anybody.
    const ofOthers = (k: number) => (history.rows[k] === row ? 0 : shareOf(k))
    return considerEvidence({ history, shareOf: ofOthers }).map((k) => history.rows[k])
  })
}

function factsOf(
  model: Model,
  { input, wishes }: Reading,
  one: Placed & Pick<Recommendation, 'contributions'>,
  owner: Owner | null,
  cited: readonly Cited[],
  personal: boolean,
): Omit<ReasonFacts, 'seen' | 'served'> {
  const { catalogue, covisits } = model
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
  const few = Math.max(NEAREST_OF_FEW, Math.round(catalogue.size * NEAREST_SHARE))
  const areAlike = (space: { vectors: Vectors; neighbours: Neighbours }, a: number, b: number) =>
    (isNear(space.neighbours, few, a, b) || isNear(space.neighbours, few, b, a)) &&
    dotRows(space.vectors, a, space.vectors, b) >= ALIKE
  const leading = leadingLikeness(model, one.contributions)
  const brand = catalogue.brands[one.row]
  const { vectors } = model
  const phrase = input.wish
  return {
    kind,
    wished: phrase != null && dotVector(vectors, one.row, phrase) >= ALIKE,
    wish: wishes[bestWish(wishes, vectors, one.row).index]?.label ?? null,
    // A reason that names an interest must rest on it.
    interest: owner?.rows.includes(speaking[0]) ? owner.label : null,
    cited: speaking.map((row) => {
      let together = false
      forEachCovisit(covisits, row, (column) => {
        if (column === one.row) together = true
      })
      const title = stringAt(catalogue.titles, row)
      const likeness = leading && areAlike(leading, row, one.row) ? { likeness: leading.name } : {}
      return { title, together, alike: areAlike(model, row, one.row), ...likeness }
    }),
    brand:
      brand >= 0 && speaking.some((row) => catalogue.brands[row] === brand)
        ? stringAt(catalogue.brandNames, brand)
        : null,
    users,
  }
}

/** Pictures or sounds, where their likeness adds more than that of texts. */
function leadingLikeness(model: Model, contributions: Recommendation['contributions']): FittedModality | null {
  const adds = (name: string) =>
    contributions.reduce(
      (sum, { feature, contribution }) => sum + (feature.startsWith(`${name}_`) ? contribution : 0),
      0,
    )
  const most = model.modalities.map(({ name }) => adds(name))
  const best = most.indexOf(Math.max(...most))
  const ofText = contributions
    .filter(({ feature }) => feature === 'text_best' || feature === 'text_last')
    .reduce((sum, { contribution }) => sum + contribution, 0)
  return best >= 0 && most[best] > Math.max(0, ofText) ? model.modalities[best] : null
}

/** Whether b is among the `few` nearest of a. */
function isNear({ k, rows }: Neighbours, few: number, a: number, b: number): boolean {
  return a * k < rows.length && rows.subarray(a * k, a * k + Math.min(k, few)).includes(b)
}

/** Texts are called much alike when one is among the other's nearest: this share of the catalogue, or so many. */
const NEAREST_SHARE = 0.005
const NEAREST_OF_FEW = 3
/** … and not below this cosine: in a catalogue of few, even the nearest may be far. */
const ALIKE = 0.3

export function profileAnswer(model: Model, reading: Reading, user: string, language: Language): InterestsAnswer {
  const { catalogue } = model
  const { history, wishes, states } = reading
  const { interests, unassigned } = reading.profile()
  const seen = { model, history: reading.input.history, profile: reading.profile() }
  const stateOf = new Map(states.map((state) => [state.interest, state]))
  const contraryTo = (id: string) => {
    const state = stateOf.get(id)
    return state ? contraryOf(seen, state) : null
  }
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
  const spoken = (rows: Int32Array) => (model.space.parts.length > 0 ? tellSpeakers(model.space, rows) : null)
  const iso = (time: number) => (Number.isNaN(time) ? null : new Date(time).toISOString())
  const firstAt = Math.min(...history.firstAt.filter((at) => !Number.isNaN(at)), Infinity)
  const shown = interests.map((interest): Interest => {
    const speakers = spoken(interest.rows)
    return {
      id: interest.id,
      level: interest.level,
      label: interest.label,
      head: interest.head,
      modifiers: interest.modifiers,
      labelSource: interest.renamed ? 'user' : (interest.labelSource ?? 'words'),
      domain: interest.domain,
      weight: interest.weight,
      confidence: interest.confidence,
      trend: interest.trend,
      timeline: interest.timeline.map(({ from, to, items, all }) => ({
        from: iso(from),
        to: iso(to),
        items,
        share: all > 0 ? items / all : 0,
      })),
      aside: interest.aside,
      firstSeen: iso(interest.firstAt),
      lastSeen: iso(interest.lastAt),
      verified: interest.verified,
      medoid: stringAt(catalogue.ids, interest.medoid),
      ...(speakers ? { spokenBy: speakers.shares } : {}),
      evidence: Array.from(interest.rows, cite)
        .map(({ i, ...evidence }, k) => ({
          ...evidence,
          events: history.events[i],
          lastSeen: iso(history.lastAt[i]),
          ...(speakers ? { by: speakers.by[k] } : {}),
        }))
        .sort((a, b) => b.weight - a.weight),
      state: interest.state,
      contrary: contraryTo(interest.id),
    }
  })
  return {
    user,
    events: reading.input.history.total,
    summary: summariseProfile(
      { interests: shown, items: history.rows.length, firstSeen: Number.isFinite(firstAt) ? iso(firstAt) : null },
      language,
    ),
    interests: shown,
    wishes: wishes.map(({ id, label, phrase, addedAt, state }) => ({
      id,
      label,
      labelSource: 'user',
      phrase,
      addedAt,
      state,
      contrary: contraryTo(id),
    })),
    unassigned: Array.from(unassigned, cite).map(({ i: _, ...rest }) => rest),
    disowned: states.flatMap(({ notMe, interest, rename, last }) =>
      notMe ? { id: interest, label: rename ?? last.label } : [],
    ),
  }
}
