import type { DistillOptions } from './types/options.js'
import type { DistillReport } from './types/reports.js'

export { answer, answerInterests, answerList, answerRank } from './answer/answer.js'
export { answerItem } from './answer/explain-item.js'
export type { AnswerInput, AnswerOptions } from './answer/read.js'
export type {
  Catalogue,
  History,
  Lists,
  Matrix,
  MinedInterest,
  ModalityVectors,
  Profile,
  Query,
  VectorIndex,
} from './columns.js'
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
export { plainHistory } from './mine/history.js'
export { mineInterests } from './mine/interests.js'
export { type Miner, openMiner } from './miner.js'
export { type FitColumns, type FitOptions, fit } from './model/fit.js'
export { type Artefacts, type Model, packArtefacts, unpackArtefacts } from './model/model.js'
export { type OpenModelOptions, openModel } from './model/open.js'
export { type PackInput, packColumns } from './model/pack.js'
export { RANGES as OPTION_RANGES } from './options.js'
export type { PageOptions } from './page/training.js'
export { DEFAULT_SCORER } from './rank/default-scorer.js'
export { diversify } from './rank/diversify.js'
export { type Scorer, type ScorerTerm, scoreFeatures as score } from './rank/scorer.js'
export type {
  AudienceAnswer,
  AudienceMember,
  AudienceSize,
  CandidateSource,
  Citation,
  Contrary,
  Contribution,
  Counterfactual,
  EditAction,
  EditRecord,
  EditsAnswer,
  ExplainItemAnswer,
  ExplainUserAnswer,
  Growth,
  Interest,
  InterestChange,
  InterestEvidence,
  InterestLevel,
  InterestName,
  InterestState,
  InterestsAnswer,
  LabelSource,
  Language,
  LineageAnswer,
  LineageEntry,
  ListKind,
  Medium,
  PrivacyLedger,
  PrivacyTerms,
  PrivateUserBaseAnswer,
  RecommendAnswer,
  Recommendation,
  SharedInterest,
  SimilarAnswer,
  Trend,
  UserBaseAnswer,
  WhyNot,
  Wish,
} from './types/answers.js'
export type {
  Interaction,
  Item,
  KindWeight,
  Modality,
  OwnWeights,
  WeightPreset,
  WeightTable,
  Where,
} from './types/items.js'
export type {
  AudienceOptions,
  AudienceSizeOptions,
  BuildOptions,
  DistillOptions,
  ForgetOptions,
  GuestOptions,
  OpenOptions,
  Precision,
  PrivacyOptions,
  PrivateOptions,
  PrivateUserBaseOptions,
  Progress,
  RankOptions,
  RecommendOptions,
  SimilarOptions,
  Source,
  TrainOptions,
  UserBaseOptions,
} from './types/options.js'
export {
  type AblationReport,
  type BuildReport,
  type CalibrationReport,
  type DistillReport,
  type DoctorAnswer,
  type EncoderCheck,
  type EventCounts,
  type ExportAnswer,
  type FeatureShape,
  type ForgetAnswer,
  type Generation,
  type GenerationsAnswer,
  type ItemCounts,
  type ModalityReport,
  type PrivacyPart,
  type PrivacyReport,
  type Range,
  type RecognisedColumn,
  type Rejection,
  SET_ASIDE,
  type SetAside,
  type StatusAnswer,
  type StorePart,
  type TrainFindings,
  type TrainReport,
  type TriedEpsilon,
} from './types/reports.js'
export {
  type AskOptions,
  type ChatModel,
  type ChatOptions,
  type ChatRequest,
  type EnrichedItem,
  type ExpandedPhrase,
  type KeptReply,
  type LocalModelOptions,
  type NamedInterest,
  type NameOptions,
  type NameReport,
  type PhrasedReason,
  type ProfileDescription,
  REFUSALS,
  type Refusal,
  type TokenUsage,
  type Worded,
} from './types/words.js'

/**
 * Makes a student of an encoder: a small, quick table of token vectors, fitted to the encoder's vectors of a
 * catalogue's texts (docs/encoders.md). It is written to a directory that `openMiner` takes as `encoder`. Fails with
 * BAD_OPTION, BAD_INPUT, BAD_MODEL, NO_RUNTIME, INTERRUPTED; nothing is left at `out` then.
 */
export async function distill(options: DistillOptions): Promise<DistillReport> {
  // Loaded here, so that programs that only ask for answers do not load it.
  const { distillEncoder } = await import('./build/student.js')
  return distillEncoder(options)
}
