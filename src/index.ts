import type { DistillOptions, DistillReport } from './types.js'

export { answer, answerInterests, answerList, answerRank } from './answer/answer.js'
export { answerItem } from './answer/explain-item.js'
export type { AnswerInput, AnswerOptions } from './answer/read.js'
export { checkEncoder } from './encode/check.js'
export { ERROR_CODES, type ErrorCode, InterestMineError, quote } from './errors.js'
export type { FaithfulnessReport } from './evaluate/faithfulness/report.js'
export type { InterestsReport } from './evaluate/interests/report.js'
export type { EvaluateSettings, FaithfulnessSettings, InterestsSettings } from './evaluate/setup/options.js'
export type { EvaluateReport } from './evaluate/setup/report.js'
export type { PublicItems } from './federate/model.js'
export { renderTraining } from './learn/page.js'
export { openChat } from './llm/chat.js'
export { openLocalModel } from './llm/local-model.js'
export { mineInterests } from './mine/interests.js'
export { type Miner, openMiner } from './miner.js'
export { type FitColumns, type FitOptions, fit } from './model/fit.js'
export type { Artefacts, Model } from './model/model.js'
export type { PageOptions } from './page/training.js'
export { diversify } from './rank/diversify.js'
export { scoreFeatures as score } from './rank/scorer.js'
export * from './types.js'

/**
 * Makes a small, quick student of an encoder, a directory that `encoder` takes like any other (docs/encoders.md): a table
 * of token vectors, fitted to what the encoder says of a catalogue's texts. Nothing is left at `out` where it fails: with
 * BAD_OPTION, BAD_INPUT, BAD_MODEL, NO_RUNTIME, INTERRUPTED.
 */
export async function distill(options: DistillOptions): Promise<DistillReport> {
  // What it needs is not loaded for those who only ask for answers.
  const { distillEncoder } = await import('./build/student.js')
  return distillEncoder(options)
}
