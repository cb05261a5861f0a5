import type { FaithfulnessReport } from './faithfulness/report.js'
import { judgeExplanations } from './faithfulness/run.js'
import type { InterestsReport } from './interests/report.js'
import { judgeInterests } from './interests/run.js'
import { evaluateRanking } from './ranking/run.js'
import {
  type EvaluateOptions,
  type EvaluateSettings,
  type FaithfulnessSettings,
  type InterestsSettings,
  type RowOptions,
  readFaithfulnessSettings,
  readInterestsSettings,
  readRankingSettings,
} from './setup/options.js'
import type { EvaluateReport } from './setup/report.js'
import { evaluateHost, evaluateRows } from './setup/rows.js'

/**
 * Measures the ranking: holds events back, predicts them with the code that serves, and runs known methods on the same
 * questions (docs/evaluation.md). Items and events are read as `build` reads them, into memory; no store is needed or
 * changed.
 *
 * Fails with BAD_OPTION; with BAD_INPUT where rows cannot be read, or where the split by time finds no times or no
 * events before the cut; with LIMIT where no user can be asked; with INTERRUPTED where `signal` is aborted.
 */
export async function evaluate(options: EvaluateOptions): Promise<EvaluateReport> {
  const settings = readRankingSettings(options ?? {})
  return evaluateRows(options, (data, context) => evaluateRanking(data, settings, context))
}

/**
 * Measures mined interests: whether they are what the histories hold, whether their names describe their evidence, and
 * whether they stay the same as events are added, beside known methods (docs/evaluation.md). Reads rows as `evaluate`
 * does, and fails with the same codes; what cannot be measured on the data is null in the report, with a note.
 */
export async function evaluateInterests(options: RowOptions & InterestsSettings): Promise<InterestsReport> {
  const settings = readInterestsSettings(options ?? {})
  return evaluateRows(options, (data, context) => judgeInterests(data, settings, context))
}

/**
 * Measures explanations: whether a recommendation depends on the items that its explanation cites, beside other ways to
 * choose items to cite (docs/evaluation.md). Reads rows as `evaluate` does, and fails with the same codes.
 */
export async function evaluateFaithfulness(options: RowOptions & FaithfulnessSettings): Promise<FaithfulnessReport> {
  const settings = readFaithfulnessSettings(options ?? {})
  return evaluateRows(options, (data, context) => judgeExplanations(data, settings, context))
}

type EvaluationHost = Parameters<typeof evaluateHost>[0]

/**
 * `evaluate` on the rows of a store that holds items. The generation in use stays as it is; texts that are not encoded
 * yet are encoded and kept. `settings.seed` defaults to the store's seed. `workers`: threads, 0 for none; undefined:
 * cores, at most 4. Fails as `evaluate` does.
 */
export async function evaluateStore(host: EvaluationHost, settings: EvaluateSettings, workers: number | undefined) {
  const asked = readRankingSettings(settings, host.options.seed)
  return evaluateHost(host, settings, workers, (data, context) => evaluateRanking(data, asked, context))
}

/** `evaluateInterests` on the rows of a store; arguments and errors as of `evaluateStore`. */
export async function evaluateStoreInterests(
  host: EvaluationHost,
  settings: InterestsSettings,
  workers: number | undefined,
) {
  const asked = readInterestsSettings(settings, host.options.seed)
  return evaluateHost(host, settings, workers, (data, context) => judgeInterests(data, asked, context))
}

/** `evaluateFaithfulness` on the rows of a store; arguments and errors as of `evaluateStore`. */
export async function evaluateStoreFaithfulness(
  host: EvaluationHost,
  settings: FaithfulnessSettings,
  workers: number | undefined,
) {
  const asked = readFaithfulnessSettings(settings, host.options.seed)
  return evaluateHost(host, settings, workers, (data, context) => judgeExplanations(data, asked, context))
}
