import type { Model } from '../model/model.js'
import type { InterestsAnswer } from '../types/answers.js'
import { describeRows, findCandidates, list } from './list.js'
import { profileAnswer } from './profile.js'
import { type AnswerInput, type AnswerOptions, read } from './read.js'
import { type ListAnswer, tell, tellList } from './tell.js'

/**
 * The recommendations for one history: reads it, finds, scores and diversifies candidates, and explains each line of
 * the list. At most `options.limit` recommendations, best first; fewer only where fewer items are allowed. `kind` is
 * 'guest' for a guest; 'popular' where nothing in the list rests on what the user did or asked for; else 'personal'.
 * Throws UNKNOWN_INTEREST where `input.mute` names no interest or wish of the user.
 */
export function answerList(model: Model, input: AnswerInput, options: AnswerOptions): ListAnswer {
  const reading = read(model, input, options.now)
  return tellList(model, reading, list(model, reading, options), options)
}

/**
 * The interests of one user, under their edits and the what-ifs of the input: pinned ones first, then by weight, with
 * evidence, wishes and a summary in words. `now`: as in AnswerOptions; trends are measured from it. Throws
 * UNKNOWN_INTEREST where `input.mute` names no interest or wish of the user.
 */
export function answerInterests(
  model: Model,
  input: AnswerInput & { user: string },
  { now, language }: Pick<AnswerOptions, 'now' | 'language'>,
): InterestsAnswer {
  return profileAnswer(model, read(model, input, now), input.user, language)
}

/** The results of `answerInterests` and `answerList` together, from one reading of the history. Throws as they do. */
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
 * Ranks the caller's candidates by score alone, without diversification: the best `options.limit` of them, ties by row.
 * `rows`: distinct catalogue rows. Rows that a list would leave out (in the history, muted, filtered) are ranked and
 * explained like the others. `kind` is 'guest' for a guest, 'popular' where the history and the queries are empty, else
 * 'personal'. Throws as `answerList` does.
 */
export function answerRank(
  model: Model,
  input: AnswerInput,
  rows: readonly number[],
  options: AnswerOptions,
): ListAnswer {
  const reading = read(model, input, options.now)
  const found = findCandidates(model, reading, options, 0)
  const logits = reading.scoreOf(rows)
  const order = [...rows.keys()].sort((a, b) => logits[b] - logits[a] || rows[a] - rows[b])
  const best = order.slice(0, options.limit).map((i) => rows[i])
  const lines = describeRows(model, reading, best, found)
  const kind = input.user === null ? 'guest' : found.personal ? 'personal' : 'popular'
  return { kind, recommendations: tell(model, reading, lines, options, found.personal) }
}
