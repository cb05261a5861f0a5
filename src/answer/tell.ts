import type { Vectors } from '../columns.js'
import { narrateReason, type ReasonFacts } from '../explain/narrate.js'
import { bestWish } from '../mine/edits/wishes.js'
import type { FittedModality } from '../model/media-vectors.js'
import type { Model } from '../model/model.js'
import { explainFeatures, sigmoid } from '../rank/scorer.js'
import { sourcesOf } from '../retrieve/candidates.js'
import { forEachCovisit } from '../retrieve/covisits.js'
import type { Neighbours } from '../retrieve/neighbours.js'
import type { Citation, ListKind, Recommendation } from '../types/answers.js'
import { dotRows, dotVector } from '../vectors/matrix.js'
import { stringAt } from '../vectors/strings.js'
import { type Cited, cite } from './cite.js'
import type { Listing, Placed } from './list.js'
import { type AnswerOptions, isServed, type Owner, type Reading } from './read.js'

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
