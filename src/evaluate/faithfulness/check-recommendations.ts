import { answerList } from '../../answer/answer.js'
import { list } from '../../answer/list.js'
import { type AnswerInput, type AnswerOptions, read } from '../../answer/read.js'
import type { History } from '../../columns.js'
import type { Model } from '../../model/model.js'
import type { Recommendation } from '../../types/answers.js'
import { stringAt } from '../../vectors/strings.js'
import { CURVE_STEPS, EXPLAINERS, PLACES } from './explainers.js'

/** Users whose lists are explained. */
export interface ExplanationsInput {
  users: readonly ExplainedUser[]
  /** Diversity of the list as served, 0..1. */
  diversity: number
}

/** One user whose list is explained. */
export interface ExplainedUser {
  /** Position in the histories that were split; users are resampled by it. */
  user: number
  /** The history that the list is made from. */
  history: History
  /** The user's own, for what is random. */
  seed: number
}

/** One recommendation, and what happens to it without the items that each explainer chooses. */
export interface CheckedRecommendation {
  user: number
  /** |bias + contributions - logit|. */
  sumError: number
  /** Number of cited items with a positive effect; 0: nothing was checked. */
  cited: number
  /** Liked items of the history. */
  liked: number
  /** Its logit less its logit for an empty history. */
  gain: number
  /** By id of the explainer; empty where nothing was cited. */
  outcomes: Record<string, ExplainerOutcome>
}

/** One recommendation without, and with nothing but, the items that an explainer chooses: as many as are cited. */
export interface ExplainerOutcome {
  /** 1 where the item is in the list when the chosen items are the whole history, else 0. */
  stays: number
  /** 1 where the item is not in the list when they are left out, else 0. */
  leaves: number
  /**
   * 1 where its logit without them is below the tenth best logit of all candidates for the whole history, else 0; NaN
   * where its logit for the whole history is below that too.
   */
  sinks: number
  /** Logit lost when the first 1, 2, 3 of them are left out. */
  lost: number[]
  /** Logit for the first 1, 2, 3 of them alone, less that for an empty history. */
  won: number[]
}

/** What the answer functions are given for a user; there are no edits. */
export function inputFor({ user, history }: ExplainedUser): AnswerInput & { user: string } {
  return { user: String(user), history, edits: [] }
}

/** Options of a list as served, with effects; "now" is the time of the user's newest event. */
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

/**
 * Makes the list of each user as served, and scores and lists each recommendation again without the items that the
 * explainers choose, and with these alone, by the code that serves. `pause` is awaited before each user and may throw
 * to stop.
 */
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

/** A user's list, and what it would be without some rows of the history. Each set of rows is answered once. */
interface WhatIfAnswers {
  /** Rows of the list as served, best first. */
  served: number[]
  listWithout(rows: readonly number[]): WhatIfList
  /** Logits of the rows of `served`. */
  logitsWithout(rows: readonly number[]): Float64Array
  /** All rows of the history, disliked ones too, but these: what to leave out so that these alone remain. */
  allBut(rows: readonly number[]): number[]
}

interface WhatIfList {
  /** Best first. */
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

/** Remembers the answer for each set of rows, whatever their order. */
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
