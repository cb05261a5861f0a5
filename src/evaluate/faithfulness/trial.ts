import type { Model } from '../../model.js'
import { answerList } from '../../pipeline.js'
import { type AnswerInput, type AnswerOptions, type Listing, list, read } from '../../reading.js'
import type { History, Recommendation } from '../../types.js'
import { stringAt } from '../../vectors/strings.js'
import { EXPLAINERS } from './explainers.js'

export interface ExplanationsTask {
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
/** Citations that curves follow; no list cites more. */
export const STEPS = 3

/** One recommendation, explained by each explainer. */
export interface Tried {
  user: number
  /** |bias + contributions - logit|. */
  sumError: number
  /** Items cited that speak for it; 0: none, and nothing was tried. */
  cited: number
  /** Liked items of the history. */
  of: number
  /** Logit less that of an empty history. */
  gain: number
  /** By explainer; empty where nothing was cited. */
  by: Record<string, Outcome>
}

export interface Outcome {
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

export function askFor({ user, history }: ExplainedUser): AnswerInput & { user: string } {
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
export async function tryExplanations(
  model: Model,
  { users, diversity }: ExplanationsTask,
  pause: () => Promise<void>,
): Promise<Tried[]> {
  const tried: Tried[] = []
  for (const one of users) {
    await pause()
    const options = optionsFor(model, one, diversity)
    const { recommendations } = answerList(model, askFor(one), options)
    const world = openWorld(model, one, options)
    const rows = world.without([]).listed()
    recommendations.forEach((recommendation, place) => {
      tried.push(tryOne(model, one, world, rows[place], recommendation))
    })
  }
  return tried
}

/** What is said without some rows of a history; answered once for each set of rows. */
interface World {
  without(rows: readonly number[]): Answered
  /** Only these rows of it. */
  only(rows: readonly number[]): Answered
}

interface Answered {
  /** Rows of the list, best first. */
  listed(): number[]
  logitOf(row: number): number
  /** The `PLACES`-th best logit of all candidates; -Infinity where there are fewer. */
  lastLogit(): number
}

function openWorld(model: Model, one: ExplainedUser, options: AnswerOptions): World {
  const known = new Map<string, Answered>()
  const all = [...one.history.rows, ...one.history.dislikedRows]
  const without = (rows: readonly number[]) => {
    const left = [...new Set(rows)].sort((a, b) => a - b)
    const key = left.join()
    const answered = known.get(key) ?? answerWithout(model, one, options, left)
    known.set(key, answered)
    return answered
  }
  return { without, only: (rows) => without(all.filter((row) => !rows.includes(row))) }
}

function answerWithout(model: Model, one: ExplainedUser, options: AnswerOptions, rows: readonly number[]): Answered {
  const reading = read(model, { ...askFor(one), without: new Set(rows) }, options.now)
  let listing: Listing | undefined
  const listed = () => {
    listing ??= list(model, reading, options)
    return listing
  }
  return {
    listed: () => listed().placed.map(({ row }) => row),
    logitOf: (row) => reading.scoreOf([row])[0],
    lastLogit: () => listed().logits.slice().sort().at(-PLACES) ?? -Infinity,
  }
}

function tryOne(
  model: Model,
  { user, history, seed }: ExplainedUser,
  world: World,
  row: number,
  { logit, bias, contributions, evidence }: Recommendation,
): Tried {
  const rowOf = new Map(Array.from(history.rows, (one) => [stringAt(model.catalogue.ids, one), one]))
  const cited = evidence.flatMap(({ item, effect }) => ((effect ?? 0) > 0 ? (rowOf.get(item) ?? []) : []))
  const summed = contributions.reduce((sum, { contribution }) => sum + contribution, bias)
  const empty = world.only([]).logitOf(row)
  const last = world.without([]).lastLogit()
  const base = {
    user,
    sumError: Math.abs(summed - logit),
    cited: cited.length,
    of: history.rows.length,
    gain: logit - empty,
  }
  if (cited.length === 0) return { ...base, by: {} }
  const explained = { history, cited, popularity: model.covisits.users, seed }
  const by = EXPLAINERS.map(({ id, order }): [string, Outcome] => {
    const chosen = order(explained).slice(0, cited.length)
    const steps = Array.from({ length: STEPS }, (_, j) => chosen.slice(0, j + 1))
    const left = world.without(chosen)
    return [
      id,
      {
        stays: Number(world.only(chosen).listed().includes(row)),
        leaves: Number(!left.listed().includes(row)),
        sinks: logit < last ? Number.NaN : Number(left.logitOf(row) < last),
        lost: steps.map((rows) => logit - world.without(rows).logitOf(row)),
        won: steps.map((rows) => world.only(rows).logitOf(row) - empty),
      },
    ]
  })
  return { ...base, by: Object.fromEntries(by) }
}
