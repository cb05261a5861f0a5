import { DEFAULT_SCORER } from '../../rank/default-scorer.js'
import { type Feature, LEARNT_FEATURES } from '../../rank/features.js'
import { watchStage, withStop } from '../../threads/run.js'
import type { CandidateSource } from '../../types/answers.js'
import { createMetricTable, toMeasured } from '../setup/metric-table.js'
import type { RankingSettings } from '../setup/options.js'
import type { AblationLists } from '../setup/prepare.js'
import type { EvaluateAblation } from '../setup/report.js'
import type { RunContext } from '../setup/run-context.js'
import type { SourceAblation } from './ablate.js'
import type { AblateSourcesTask } from './tasks.js'

/**
 * Measures on held-out validation lists what each feature and each source of candidates is worth: NDCG@10 lost without
 * it. Runs one task a feature and one for all sources. Fails with INTERRUPTED.
 */
export async function runAblation(
  { learnt, heldOut, heldOutUsers }: AblationLists,
  { seed }: RankingSettings,
  { pool, signal, onProgress }: RunContext,
): Promise<EvaluateAblation> {
  const named = LEARNT_FEATURES.map(({ name }) => name)
  return withStop(
    signal,
    async (stop) => {
      const task: AblateSourcesTask & { stop: SharedArrayBuffer } = { learnt, heldOut, old: DEFAULT_SCORER, stop }
      const sample = { learnt, heldOut, users: heldOutUsers }
      const whole = await pool.run<SourceAblation>('ablateSources', task)
      const without = (feature: Feature) =>
        pool.run<Float64Array>('ablate', { sample, feature, old: DEFAULT_SCORER, stop })
      // Leaving out a feature that the scorer does not use changes nothing.
      const columns = await Promise.all(
        named.map((feature) => (whole.features.includes(feature) ? without(feature) : whole.ndcg)),
      )
      const features = Object.fromEntries(named.map((feature, i) => [feature, columns[i]]))
      const sources = whole.bySource as Partial<Record<CandidateSource, Float64Array>>
      return summariseAblation(whole.ndcg, { features, sources }, heldOutUsers, seed)
    },
    watchStage('ablation', named.length + 1, onProgress),
  )
}

/** Mean losses over held-out lists with their paired intervals. */
function summariseAblation(
  whole: Float64Array,
  parts: { features: Record<string, Float64Array>; sources: Partial<Record<CandidateSource, Float64Array>> },
  users: Int32Array,
  seed: number,
): EvaluateAblation {
  const table = createMetricTable(users, seed)
  const ndcg = table.add(whole)
  const addLosses = (columns: Record<string, Float64Array>) =>
    Object.entries(columns).map(
      ([name, column]) => [name, table.add(whole.map((value, i) => value - column[i]))] as const,
    )
  const features = addLosses(parts.features)
  const sources = addLosses(parts.sources)
  const intervalOf = table.bootstrap()
  const toLosses = (entries: typeof features) =>
    Object.fromEntries(entries.map(([name, column]) => [name, toMeasured(intervalOf(column))]))
  return {
    lists: users.length,
    users: new Set(users).size,
    'ndcg@10': toMeasured(intervalOf(ndcg)),
    features: toLosses(features),
    sources: toLosses(sources),
  }
}
