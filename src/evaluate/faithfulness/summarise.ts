import { bootstrapFigure, bootstrapMeans } from '../../metrics/intervals.js'
import { toMeasured, toMeasuredOrNull } from '../setup/metric-table.js'
import type { Audit } from './audit.js'
import type { CheckedRecommendation } from './check-recommendations.js'
import { CURVE_STEPS, EXPLAINERS } from './explainers.js'
import type { ExplainerReport, FaithfulnessReport } from './report.js'

type ExplanationsSummary = Pick<
  FaithfulnessReport,
  'recommendations' | 'cited' | 'explainers' | 'counterfactuals' | 'errors'
>

/** Computes the part of the report that follows from the checks. `seed`: of the bootstrap. Pure. */
export function summariseExplanations(
  checked: readonly CheckedRecommendation[],
  audits: readonly Audit[],
  seed: number,
): ExplanationsSummary {
  const cited = checked.filter((one) => one.cited > 0)
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length)
  return {
    recommendations: checked.length,
    cited: {
      share: cited.length / Math.max(1, checked.length),
      items: mean(cited.map((one) => one.cited)),
      of: mean(cited.map((one) => one.liked)),
    },
    explainers: cited.length === 0 ? [] : EXPLAINERS.map(({ id, name }) => ({ id, name, ...judge(cited, id, seed) })),
    counterfactuals: summariseAudits(audits, seed),
    errors: {
      contributions: Math.max(0, ...checked.map(({ sumError }) => sumError)),
      effects: Math.max(0, ...audits.map(({ effectError }) => effectError)),
    },
  }
}

function judge(
  checked: readonly CheckedRecommendation[],
  id: string,
  seed: number,
): Omit<ExplainerReport, 'id' | 'name'> {
  const users = checked.map(({ user }) => user)
  const outcomes = checked.map(({ outcomes: byExplainer }) => byExplainer[id])
  const falls = outcomes.map(({ lost }) => lost[CURVE_STEPS - 1])
  const columns = [
    outcomes.map(({ stays }) => stays),
    outcomes.map(({ leaves }) => leaves),
    outcomes.map(({ sinks }) => sinks),
    falls,
  ]
  const [sufficiency, necessity, sinks, fall] = bootstrapMeans(columns, users, { seed })
  // A ratio of sums, not a mean of ratios: where the history adds nearly nothing to a logit, its ratio means nothing.
  const over = (positions: Iterable<number>, part: (i: number) => number) => {
    let [parts, gains] = [0, 0]
    for (const i of positions) {
      parts += part(i)
      gains += checked[i].gain
    }
    return parts / gains
  }
  const curve = (part: (i: number, step: number) => number) =>
    Array.from({ length: CURVE_STEPS }, (_, step) => over(checked.keys(), (i) => part(i, step)))
  return {
    sufficiency: toMeasured(sufficiency),
    necessity: toMeasured(necessity),
    sinks: toMeasuredOrNull(sinks),
    fall: toMeasured(fall),
    share: toMeasured(bootstrapFigure(users, (drawn) => over(drawn, (i) => falls[i]), { seed })),
    deletion: curve((i, step) => checked[i].gain - outcomes[i].lost[step]),
    insertion: curve((i, step) => outcomes[i].won[step]),
  }
}

function summariseAudits(audits: readonly Audit[], seed: number): FaithfulnessReport['counterfactuals'] {
  if (audits.length === 0) return null
  const users = audits.map(({ user }) => user)
  const column = (of: (audit: Audit) => number) => audits.map(of)
  const columns = [
    column(({ size }) => Number(size !== null)),
    column(({ holds }) => holds),
    column(({ minimal }) => minimal),
    column(({ size }) => size ?? Number.NaN),
  ]
  const [found, holds, minimal, size] = bootstrapMeans(columns, users, { seed })
  const reasons: Record<string, number> = {}
  for (const { reason } of audits) if (reason !== null) reasons[reason] = (reasons[reason] ?? 0) + 1
  const times = column(({ milliseconds }) => milliseconds).sort((a, b) => a - b)
  const quantile = (q: number) => times[Math.min(times.length - 1, Math.floor(q * times.length))]
  return {
    asked: audits.length,
    found: toMeasured(found),
    reasons,
    holds: toMeasuredOrNull(holds),
    minimal: toMeasuredOrNull(minimal),
    size: toMeasuredOrNull(size),
    milliseconds: { p50: quantile(0.5), p99: quantile(0.99) },
  }
}
