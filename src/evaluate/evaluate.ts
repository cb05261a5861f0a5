import type { FaithfulnessReport } from './faithfulness/report.js'
import { judgeExplanations } from './faithfulness/run.js'
import type { InterestsReport } from './interests/report.js'
import { judgeInterests } from './interests/run.js'
import { evaluateHistories } from './ranking/run.js'
import {
  type EvaluateOptions,
  type EvaluateSettings,
  type FaithfulnessSettings,
  type InterestsSettings,
  type RowOptions,
  readFaithfulness,
  readInterests,
  readSettings,
} from './setup/options.js'
import type { EvaluateReport } from './setup/report.js'
import { onRows, onStore } from './setup/rows.js'

/**
 * How well events that are held back are foretold, by the code that serves, beside known methods: docs/evaluation.md.
 * Needs no store and touches none; rows are read as `build` reads them. Fails with BAD_OPTION, with BAD_INPUT where rows
 * cannot be read or the split by time finds no times, with LIMIT where there is nothing to ask, with INTERRUPTED.
 */
export async function evaluate(options: EvaluateOptions): Promise<EvaluateReport> {
  const settings = readSettings(options ?? {})
  return onRows(options, (ground, surroundings) => evaluateHistories(ground, settings, surroundings))
}

/**
 * Whether interests are what is in the histories, whether their names say it, and whether they last, beside known
 * methods: docs/evaluation.md. Reads rows as `evaluate` does, and fails as it does.
 */
export async function evaluateInterests(options: RowOptions & InterestsSettings): Promise<InterestsReport> {
  const settings = readInterests(options ?? {})
  return onRows(options, (ground, surroundings) => judgeInterests(ground, settings, surroundings))
}

/**
 * Whether what an explanation cites is what the recommendation rests on, beside other ways to cite: docs/evaluation.md.
 * Reads rows as `evaluate` does, and fails as it does.
 */
export async function evaluateFaithfulness(options: RowOptions & FaithfulnessSettings): Promise<FaithfulnessReport> {
  const settings = readFaithfulness(options ?? {})
  return onRows(options, (ground, surroundings) => judgeExplanations(ground, settings, surroundings))
}

type EvaluationHost = Parameters<typeof onStore>[0]

/** The three on the rows of a store. */
export async function evaluateStore(host: EvaluationHost, settings: EvaluateSettings, workers: number | undefined) {
  const asked = readSettings(settings, host.options.seed)
  return onStore(host, settings, workers, (ground, surroundings) => evaluateHistories(ground, asked, surroundings))
}

export async function evaluateStoreInterests(
  host: EvaluationHost,
  settings: InterestsSettings,
  workers: number | undefined,
) {
  const asked = readInterests(settings, host.options.seed)
  return onStore(host, settings, workers, (ground, surroundings) => judgeInterests(ground, asked, surroundings))
}

export async function evaluateStoreFaithfulness(
  host: EvaluationHost,
  settings: FaithfulnessSettings,
  workers: number | undefined,
) {
  const asked = readFaithfulness(settings, host.options.seed)
  return onStore(host, settings, workers, (ground, surroundings) => judgeExplanations(ground, asked, surroundings))
}
