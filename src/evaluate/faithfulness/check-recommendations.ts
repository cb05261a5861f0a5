import { answerList } from '../../answer/answer.js'
import { list } from '../../answer/list.js'
import { type AnswerInput, type AnswerOptions, read } from '../../answer/read.js'
import type { Model } from '../../model/model.js'
import type { History, Recommendation } from '../../types.js'
import { stringAt } from '../../vectors/strings.js'
import { CURVE_STEPS, EXPLAINERS } from './explainers.js'

export interface ExplanationsInput {
  users: readonly ExplainedUser[]
  diversity: number
}

export interface ExplainedUser {
  /** What tells users apart, for intervals and chance. */
  user: number
  history: History
  seed: number
}

/** Places of a list. */
export const PLACES = 10

/** One recommendation, explained by each explainer. */
export interface CheckedRecommendation {
  user: number
  /** |bias + contributions - logit|. */
  sumError: number
  /** Items cited that speak for it; 0: none, and nothing was checked. */
  cited: number
  /** Liked items of the history. */
  liked: number
  /** Logit less that of an empty history. */
  gain: number
  /** By explainer; empty where nothing was cited. */
  outcomes: Record<string, ExplainerOutcome>
}

export interface ExplainerOutcome {
  /** 1 where the item is in the list when only the cited items are the history. */
  stays: number
  /** 1 where it is not, when they are left out. */
  leaves: number
  /** 1 where its logit without them is below the tenth best of all as they were; NaN where it was already. */
  sinks: number
  /** Logit lost when the first 1, 2, 3 cited are left out, and won by them alone over an empty history. */
  lost: number[]
  won: number[]
}

export function inputFor({ user, history }: ExplainedUser): AnswerInput & { user: string } {
  return { user: String(user), history, edits: [] }
}

export function optionsFor(model: Model, { history }: ExplainedUser, diversity: number): AnswerOptions {
  return {
    limit: PLACES,
    diversity,
    exclude: new Set(),
    allow: null,
    effects: true,
    language: model.catalogue.language,
    now: history.lastAt.at(-1) ?? Number.NaN,
  }
}

/** Lists as served, and each recommendation of them with and without what is cited, by the code that serves. */
export async function checkRecommendations(
  model: Model,
  { users, diversity }: ExplanationsInput,
  pause: () => Promise<void>,
): Promise<CheckedRecommendation[]> {
  const checked: CheckedRecommendation[] = []
  for (const one of users) {
    await pause()
    const options = optionsFor(model, one, diversity)
    const { recommendations } = answerList(model, inputFor(one), options)
    const whatIfs = openWhatIfAnswers(model, one, options)
    recommendations.forEach((recommendation, place) => {
      checked.push(checkRecommendation(model, one, whatIfs, place, recommendation))
    })
  }
  return checked
}

/** A user's list, and what would be said without some rows of the history; each set of rows is answered once. */
interface WhatIfAnswers {
  /** Rows of the list as served, best first. */
  served: number[]
  listWithout(rows: readonly number[]): WhatIfList
  /** Logits of the rows served. */
  logitsWithout(rows: readonly number[]): Float64Array
  /** The rows of the history that are not among these. */
  allBut(rows: readonly number[]): number[]
}

interface WhatIfList {
  rows: number[]
  /** The `PLACES`-th best logit of all candidates; -Infinity where there are fewer. */
  lastLogit: number
}

function openWhatIfAnswers(model: Model, one: ExplainedUser, options: AnswerOptions): WhatIfAnswers {
  const all = [...one.history.rows, ...one.history.dislikedRows]
  const readWithout = (rows: readonly number[]) =>
    read(model, { ...inputFor(one), without: new Set(rows) }, options.now)
  const listWithout = remember((rows): WhatIfList => {
    const { placed, logits } = list(model, readWithout(rows), options)
    return { rows: placed.map(({ row }) => row), lastLogit: logits.slice().sort().at(-PLACES) ?? -Infinity }
  })
  const { rows: served } = listWithout([])
  return {
    served,
    listWithout,
    logitsWithout: remember((rows) => readWithout(rows).scoreOf(served)),
    allBut: (rows) => all.filter((row) => !rows.includes(row)),
  }
}

/** Asked once for each set of rows, whatever their order. */
function remember<R>(answer: (rows: readonly number[]) => R): (rows: readonly number[]) => R {
  const known = new Map<string, R>()
  return (rows) => {
    const key = [...rows].sort((a, b) => a - b).join()
    const answered = known.get(key) ?? answer(rows)
    known.set(key, answered)
    return answered
  }
}

function checkRecommendation(
  model: Model,
  { user, history, seed }: ExplainedUser,
  whatIfs: WhatIfAnswers,
  place: number,
  { logit, bias, contributions, evidence }: Recommendation,
): CheckedRecommendation {
  const rowOf = new Map(Array.from(history.rows, (one) => [stringAt(model.catalogue.ids, one), one]))
  const cited = evidence.flatMap(({ item, effect }) => ((effect ?? 0) > 0 ? (rowOf.get(item) ?? []) : []))
  const summed = contributions.reduce((sum, { contribution }) => sum + contribution, bias)
  const { served, listWithout, allBut } = whatIfs
  const isListed = ({ rows }: WhatIfList) => rows.includes(served[place])
  const logitWithout = (rows: readonly number[]) => whatIfs.logitsWithout(rows)[place]
  const empty = logitWithout(allBut([]))
  const { lastLogit } = listWithout([])
  const base = {
    user,
    sumError: Math.abs(summed - logit),
    cited: cited.length,
    liked: history.rows.length,
    gain: logit - empty,
  }
  if (cited.length === 0) return { ...base, outcomes: {} }
  const explained = { history, cited, popularity: model.covisits.users, seed }
  const by = EXPLAINERS.map(({ id, order }): [string, ExplainerOutcome] => {
    const chosen = order(explained).slice(0, cited.length)
    const steps = Array.from({ length: CURVE_STEPS }, (_, j) => chosen.slice(0, j + 1))
    return [
      id,
      {
        stays: Number(isListed(listWithout(allBut(chosen)))),
        leaves: Number(!isListed(listWithout(chosen))),
        sinks: logit < lastLogit ? Number.NaN : Number(logitWithout(chosen) < lastLogit),
        lost: steps.map((rows) => logit - logitWithout(rows)),
        won: steps.map((rows) => logitWithout(allBut(rows)) - empty),
      },
    ]
  })
  return { ...base, outcomes: Object.fromEntries(by) }
}
