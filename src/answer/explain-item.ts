import { type CounterfactualResult, findCounterfactual } from '../explain/counterfactual.js'
import { findLacks, type LackKind, narrateCounterfactual, narrateWhyNot } from '../explain/narrate-item.js'
import { createMineCache } from '../mine/mine-cache.js'
import type { Model } from '../model/model.js'
import { LACK_KINDS } from '../rank/features.js'
import { explainFeatures } from '../rank/scorer.js'
import type { Contribution, Counterfactual, ExplainItemAnswer, Recommendation, WhyNot } from '../types/answers.js'
import { stringAt } from '../vectors/strings.js'
import { effectsOf } from './effects.js'
import { describeRows, type Listing, list } from './list.js'
import { type AnswerInput, type AnswerOptions, type Reading, read, readWithout } from './read.js'
import { tellRow } from './tell.js'

/** The kinds of features that a why-not tells of: each must have words in `narrate-item.ts`, or this does not compile. */
const KINDS: Readonly<Record<LackKind, readonly string[]> & Record<Exclude<keyof typeof LACK_KINDS, LackKind>, never>> =
  LACK_KINDS

/**
 * Explains one item for one user: score, contributions and evidence; its rank in the list that `answerList` would give
 * with the same options; and either a set of history items without which it would leave the list, none of which can be
 * spared (`counterfactual`), or why the list does not hold it (`whyNot`). `row`: catalogue row of the item, in any
 * state. Where there is no counterfactual, `counterfactualReason` says why: the item is in the history or not listed,
 * no set was found, or the search reached its limit. Throws as `answerList` does.
 */
export function answerItem(
  loaded: Model,
  input: AnswerInput & { user: string },
  row: number,
  options: AnswerOptions,
): ExplainItemAnswer {
  const model: Model = { ...loaded, memory: createMineCache() }
  const reading = read(model, input, options.now)
  const listing = list(model, reading, options)
  const place = listing.placed.findIndex((one) => one.row === row)
  const inHistory = input.history.seenRows.includes(row)
  const logit = reading.scoreOf([row])[0]
  const alone = (personal: boolean) => describeRows(model, reading, [row], { ...listing, personal })[0]
  const line = (personal: boolean) => listing.placed[place] ?? alone(personal)
  const { rank: _, ...recommendation } = tellRow(model, reading, listing, place, line, options)
  const betterCount = listing.logits.reduce(
    (n, other, i) => n + Number(other > logit || (other === logit && listing.candidates.rows[i] < row)),
    0,
  )
  const base = {
    user: reading.input.user ?? '',
    ...recommendation,
    rank: place >= 0 ? place + 1 : null,
    scoreRank: inHistory ? null : betterCount + 1,
  }
  const without = (why: ExplainItemAnswer['counterfactualReason'], whyNot: WhyNot | null = null) => {
    return { ...base, counterfactual: null, counterfactualReason: why, whyNot }
  }
  if (inHistory) return without('in-history')
  if (place < 0)
    return without('not-listed', explainAbsence(model, reading, listing, row, { recommendation, betterCount }, options))
  const found = searchCounterfactual(model, reading, row, options)
  if ('reason' in found) return without(found.reason)
  const { logits, candidates } = found.after
  const position = candidates.rows.indexOf(row)
  const behind = position < 0 ? null : 1 + logits.reduce((n, other) => n + Number(other > logits[position]), 0)
  const counterfactual: Omit<Counterfactual, 'reason'> = {
    remove: found.remove.map((one) => stringAt(model.catalogue.ids, one)),
    titles: found.remove.map((one) => stringAt(model.catalogue.titles, one)),
    rankBefore: place + 1,
    rankAfter: behind !== null && behind > options.limit ? behind : null,
    after: behind === null ? 'no-candidate' : behind > options.limit ? 'outranked' : 'diversified',
    n: options.limit,
  }
  return {
    ...base,
    counterfactual: { ...counterfactual, reason: narrateCounterfactual(counterfactual, options.language) },
    counterfactualReason: null,
    whyNot: null,
  }
}

/**
 * Why the list does not hold an item. `recommendation`: the item as a line of a list; `betterCount`: number of
 * candidates with a higher score.
 */
function explainAbsence(
  model: Model,
  reading: Reading,
  { placed, candidates, allow }: Listing,
  row: number,
  {
    recommendation,
    betterCount,
  }: { recommendation: Pick<Recommendation, 'logit' | 'contributions' | 'evidence'>; betterCount: number },
  options: AnswerOptions,
): WhyNot {
  const partsOf = (contributions: readonly Contribution[]) =>
    new Map(contributions.map(({ feature, contribution }) => [feature, contribution]))
  const values = reading.featuresOf(placed.map((one) => one.row))
  const listed = placed.map((_, i) => partsOf(explainFeatures(model.scorer, values, i).contributions))
  const isNear = placed.some(({ logit }) => logit <= recommendation.logit)
  const cause = model.catalogue.removed[row]
    ? 'removed'
    : options.exclude.has(row)
      ? 'excluded'
      : options.allow && !options.allow(row)
        ? 'filtered'
        : !allow(row)
          ? 'muted'
          : !candidates.rows.includes(row)
            ? 'not-found'
            : isNear
              ? 'diversified'
              : 'outranked'
  const lacks = findLacks(partsOf(recommendation.contributions), listed, KINDS)
  const facts = { cause, scoreRank: betterCount + 1, n: options.limit, lacks } as const
  const supporting = recommendation.evidence
    .filter(({ effect }) => effect === null || effect > 0)
    .map(({ title }) => title)
  const reason = narrateWhyNot(facts, supporting, options.language)
  return { ...facts, lacks: lacks.map(({ kind: _, ...lack }) => lack), reason }
}

/**
 * Searches a set of history items without which the row leaves the list, trying items by falling effect. `after`: the
 * list without them.
 */
function searchCounterfactual(
  model: Model,
  reading: Reading,
  row: number,
  options: AnswerOptions,
): CounterfactualResult<Listing> {
  const { rows } = reading.history
  const logits = reading.scoreOf([row])
  const positions = [Array.from(rows.keys())]
  const [found] = effectsOf(model, reading, Int32Array.of(row), logits, positions, options.now)
  const effects = found.map(({ effect }) => effect)
  const order = Array.from(rows.keys()).sort((a, b) => effects[b] - effects[a] || rows[a] - rows[b])
  return findCounterfactual(
    order.map((position) => rows[position]),
    (without) => {
      const listing = list(model, readWithout(model, reading, without, options.now), options)
      return listing.placed.some((one) => one.row === row) ? null : listing
    },
  )
}
