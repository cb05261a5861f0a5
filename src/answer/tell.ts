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
import { type CitedItem, cite } from './cite.js'
import type { Listing, ListLine } from './list.js'
import { type AnswerOptions, isServed, type Owner, type Reading } from './read.js'

/**
 * Explains lines of a list. Takes lines as `list` or `describeRows` gives them; returns one recommendation a line, in
 * the same order, ranked from 1: public ids, the score 1 / (1 + exp(-logit)), the logit as bias plus contributions, the
 * interest or wish that the item belongs to, evidence (`cite`), and a reason in `options.language`. Where `personal` is
 * false there is no evidence and no interest, and the reason speaks of popularity.
 */
export function tell(
  model: Model,
  reading: Reading,
  lines: readonly ListLine[],
  options: AnswerOptions,
  personal: boolean,
): Recommendation[] {
  const { catalogue, scorer } = model
  const rows = Int32Array.from(lines, (one) => one.row)
  const values = reading.featuresOf(rows)
  const cited = personal ? cite(model, reading, rows, values, options) : lines.map((): CitedItem[] => [])
  const owners = reading.owners()
  const { history, input } = reading
  const seen = new Set(history.seenRows.filter((row) => !input.without?.has(row)))
  return lines.map((one, i): Recommendation => {
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

/** A list with explanations. */
export interface ListAnswer {
  /**
   * 'personal': for this user; 'popular': nothing in it rests on what the user did or asked for; 'guest': for a guest.
   */
  kind: ListKind
  /** Best first. */
  recommendations: Recommendation[]
}

/**
 * Explains the lines of a list and decides its kind. A personal list in which no line has evidence or comes from a wish
 * is explained as a popular one, in the same order.
 */
export function tellList(model: Model, reading: Reading, listing: Listing, options: AnswerOptions): ListAnswer {
  const { placed, personal } = listing
  const recommendations = tell(model, reading, placed, options, personal)
  const guest = reading.input.user === null
  if (restsOnUser(reading, listing, recommendations)) return { kind: guest ? 'guest' : 'personal', recommendations }
  return { kind: guest ? 'guest' : 'popular', recommendations: tell(model, reading, placed, options, false) }
}

/**
 * Explains one row as `tellList` would explain it in the list. `place`: its position in the list, -1 where the list
 * does not hold it; `lineOf`: its line, for a personal list or for a popular one. Only as many other lines are
 * explained as it takes to know whether the list is personal.
 */
export function tellRow(
  model: Model,
  reading: Reading,
  listing: Listing,
  place: number,
  lineOf: (personal: boolean) => ListLine,
  options: AnswerOptions,
): Recommendation {
  const { placed, personal } = listing
  const tellOne = (one: ListLine, personal: boolean) => tell(model, reading, [one], options, personal)[0]
  const recommendation = tellOne(lineOf(personal), personal)
  function* lines() {
    if (place >= 0) yield recommendation
    for (const [other, one] of placed.entries()) if (other !== place) yield tellOne(one, personal)
  }
  const isPersonal = restsOnUser(reading, listing, lines())
  return isPersonal === personal ? recommendation : tellOne(lineOf(isPersonal), isPersonal)
}

/**
 * Whether a list rests on something that the user did or asked for: a guest's list, an empty one, or one with a line
 * that has evidence or was found by a wish. Lines are read only up to the first such one.
 */
function restsOnUser(
  reading: Reading,
  { placed, personal }: Listing,
  recommendations: Iterable<Recommendation>,
): boolean {
  if (!personal) return false
  if (reading.input.user === null || placed.length === 0) return true
  for (const { evidence, sources } of recommendations) if (evidence.length > 0 || sources.includes('wish')) return true
  return false
}

/** The facts that the reason of one line is written from. `cited`: its evidence; `owner`: its interest or wish. */
function factsOf(
  model: Model,
  { input, wishes }: Reading,
  one: ListLine & Pick<Recommendation, 'contributions'>,
  owner: Owner | null,
  cited: readonly CitedItem[],
  personal: boolean,
): Omit<ReasonFacts, 'seen' | 'served'> {
  const { catalogue, covisits } = model
  const users = covisits.users[one.row]
  const sources = sourcesOf(one.sources)
  const only = (source: string) => sources.length === 1 && sources[0] === source
  const supporting = cited.filter(({ effect }) => effect === null || effect > 0).map(({ row }) => row)
  const kind =
    !personal || (only('popular') && supporting.length === 0)
      ? 'popular'
      : only('exploring') && supporting.length === 0
        ? 'exploring'
        : sources.includes('wish') && supporting.length === 0
          ? 'wish'
          : 'evidence'
  const nearest = Math.max(NEAREST_OF_FEW, Math.round(catalogue.size * NEAREST_SHARE))
  const areAlike = (space: { vectors: Vectors; neighbours: Neighbours }, a: number, b: number) =>
    (isNear(space.neighbours, nearest, a, b) || isNear(space.neighbours, nearest, b, a)) &&
    dotRows(space.vectors, a, space.vectors, b) >= ALIKE
  const leading = findLeadingModality(model, one.contributions)
  const brand = catalogue.brands[one.row]
  const { vectors } = model
  const phrase = input.wish
  return {
    kind,
    wished: phrase != null && dotVector(vectors, one.row, phrase) >= ALIKE,
    wish: wishes[bestWish(wishes, vectors, one.row).index]?.label ?? null,
    // A reason names an interest only where the strongest evidence belongs to it.
    interest: owner?.rows.includes(supporting[0]) ? owner.label : null,
    cited: supporting.map((row) => {
      let together = false
      forEachCovisit(covisits, row, (column) => {
        if (column === one.row) together = true
      })
      const title = stringAt(catalogue.titles, row)
      const likeness = leading && areAlike(leading, row, one.row) ? { likeness: leading.name } : {}
      return { title, together, alike: areAlike(model, row, one.row), ...likeness }
    }),
    brand:
      brand >= 0 && supporting.some((row) => catalogue.brands[row] === brand)
        ? stringAt(catalogue.brandNames, brand)
        : null,
    users,
  }
}

/** The modality whose features add most to the logit, where that is more than those of text add; else null. */
function findLeadingModality(model: Model, contributions: Recommendation['contributions']): FittedModality | null {
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

/** Whether row b is among the `few` nearest neighbours of row a. */
function isNear({ k, rows }: Neighbours, few: number, a: number, b: number): boolean {
  return a * k < rows.length && rows.subarray(a * k, a * k + Math.min(k, few)).includes(b)
}

/**
 * Two items are called alike where one is among the other's nearest neighbours (this share of the catalogue, at least
 * this number), and their cosine is at least ALIKE: in a small catalogue even the nearest item may be far.
 */
const NEAREST_SHARE = 0.005
const NEAREST_OF_FEW = 3
const ALIKE = 0.3
