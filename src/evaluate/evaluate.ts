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
  return onRows(options, (ground, workplace) => evaluateHistories(ground, settings, workplace))
}

/**
 * Whether interests are what is in the histories, whether their names say it, and whether they last, beside known
 * methods: docs/evaluation.md. Reads rows as `evaluate` does, and fails as it does.
 */
export async function evaluateInterests(options: RowOptions & InterestsSettings): Promise<InterestsReport> {
  const settings = readInterests(options ?? {})
  return onRows(options, (ground, workplace) => judgeInterests(ground, settings, workplace))
}

/**
 * Whether what an explanation cites is what the recommendation rests on, beside other ways to cite: docs/evaluation.md.
 * Reads rows as `evaluate` does, and fails as it does.
 */
export async function evaluateFaithfulness(options: RowOptions & FaithfulnessSettings): Promise<FaithfulnessReport> {
  const settings = readFaithfulness(options ?? {})
  return onRows(options, (ground, workplace) => judgeExplanations(ground, settings, workplace))
}

type Shop = Parameters<typeof onStore>[0]

/** The three on the rows of a store. */
export async function evaluateStore(shop: Shop, settings: EvaluateSettings, workers: number | undefined) {
  const asked = readSettings(settings, shop.options.seed)
  return onStore(shop, settings, workers, (ground, workplace) => evaluateHistories(ground, asked, workplace))
}

export async function evaluateStoreInterests(shop: Shop, settings: InterestsSettings, workers: number | undefined) {
  const asked = readInterests(settings, shop.options.seed)
  return onStore(shop, settings, workers, (ground, workplace) => judgeInterests(ground, asked, workplace))
}

export async function evaluateStoreFaithfulness(
  shop: Shop,
  settings: FaithfulnessSettings,
  workers: number | undefined,
) {
  const asked = readFaithfulness(settings, shop.options.seed)
  return onStore(shop, settings, workers, (ground, workplace) => judgeExplanations(ground, asked, workplace))
}
