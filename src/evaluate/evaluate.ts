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
 * How well events that are held back are foretold, by the code that serves, beside known methods: docs/evaluation.md.
 * Needs no store and touches none; rows are read as `build` reads them. Fails with BAD_OPTION, with BAD_INPUT where rows
 * cannot be read or the split by time finds no times, with LIMIT where there is nothing to ask, with INTERRUPTED.
 */
export async function evaluate(options: EvaluateOptions): Promise<EvaluateReport> {
  const settings = readRankingSettings(options ?? {})
  return evaluateRows(options, (data, context) => evaluateRanking(data, settings, context))
}

/**
 * Whether interests are what is in the histories, whether their names say it, and whether they last, beside known
 * methods: docs/evaluation.md. Reads rows as `evaluate` does, and fails as it does.
 */
export async function evaluateInterests(options: RowOptions & InterestsSettings): Promise<InterestsReport> {
  const settings = readInterestsSettings(options ?? {})
  return evaluateRows(options, (data, context) => judgeInterests(data, settings, context))
}

/**
 * Whether what an explanation cites is what the recommendation rests on, beside other ways to cite: docs/evaluation.md.
 * Reads rows as `evaluate` does, and fails as it does.
 */
export async function evaluateFaithfulness(options: RowOptions & FaithfulnessSettings): Promise<FaithfulnessReport> {
  const settings = readFaithfulnessSettings(options ?? {})
  return evaluateRows(options, (data, context) => judgeExplanations(data, settings, context))
}

type EvaluationHost = Parameters<typeof evaluateHost>[0]

/** The three on the rows of a store. */
export async function evaluateStore(host: EvaluationHost, settings: EvaluateSettings, workers: number | undefined) {
  const asked = readRankingSettings(settings, host.options.seed)
  return evaluateHost(host, settings, workers, (data, context) => evaluateRanking(data, asked, context))
}

export async function evaluateStoreInterests(
  host: EvaluationHost,
  settings: InterestsSettings,
  workers: number | undefined,
) {
  const asked = readInterestsSettings(settings, host.options.seed)
  return evaluateHost(host, settings, workers, (data, context) => judgeInterests(data, asked, context))
}

export async function evaluateStoreFaithfulness(
  host: EvaluationHost,
  settings: FaithfulnessSettings,
  workers: number | undefined,
) {
  const asked = readFaithfulnessSettings(settings, host.options.seed)
  return evaluateHost(host, settings, workers, (data, context) => judgeExplanations(data, asked, context))
}
