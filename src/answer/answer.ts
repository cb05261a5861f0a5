import type { Model } from '../model/model.js'
import type { InterestsAnswer } from '../types/answers.js'
import { gather, list, placeRows } from './list.js'
import { profileAnswer } from './profile.js'
import { type AnswerInput, type AnswerOptions, read } from './read.js'
import { type ListAnswer, tell, tellList } from './tell.js'

// ---------------------------------------------------------------- answer

export function answerList(model: Model, input: AnswerInput, options: AnswerOptions): ListAnswer {
  const reading = read(model, input, options.now)
  return tellList(model, reading, list(model, reading, options), options)
}

export function answerInterests(
  model: Model,
  input: AnswerInput & { user: string },
  { now, language }: Pick<AnswerOptions, 'now' | 'language'>,
): InterestsAnswer {
  return profileAnswer(model, read(model, input, now), input.user, language)
}
/** The whole answer for one user: interests and list from one reading of the history. */
export function answer(
  model: Model,
  input: AnswerInput & { user: string },
  options: AnswerOptions,
): InterestsAnswer & ListAnswer {
  const reading = read(model, input, options.now)
  return {
    ...profileAnswer(model, reading, input.user, options.language),
    ...tellList(model, reading, list(model, reading, options), options),
  }
}
/**
 * The caller's own candidates (distinct rows) by score, ties by row, the best `limit` of them. What a list would leave
 * out, seen or muted, is scored and told like any other.
 */
export function answerRank(
  model: Model,
  input: AnswerInput,
  rows: readonly number[],
  options: AnswerOptions,
): ListAnswer {
  const reading = read(model, input, options.now)
  const gathered = gather(model, reading, options, 0)
  const logits = reading.scoreOf(rows)
  const order = [...rows.keys()].sort((a, b) => logits[b] - logits[a] || rows[a] - rows[b])
  const best = order.slice(0, options.limit).map((i) => rows[i])
  const placed = placeRows(model, reading, best, gathered)
  const kind = input.user === null ? 'guest' : gathered.personal ? 'personal' : 'popular'
  return { kind, recommendations: tell(model, reading, placed, options, gathered.personal) }
}
