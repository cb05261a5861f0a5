import { bootstrapFigure, bootstrapMeans } from '../../metrics/intervals.js'
import { measured, orNull } from '../setup/table.js'
import type { Audit } from './audit.js'
import { EXPLAINERS, STEPS } from './explainers.js'
import type { ExplainerReport, FaithfulnessReport } from './report.js'
import type { Tried } from './trial.js'

type Summary = Pick<FaithfulnessReport, 'recommendations' | 'cited' | 'explainers' | 'counterfactuals' | 'errors'>

export function summariseExplanations(tried: readonly Tried[], audits: readonly Audit[], seed: number): Summary {
  const cited = tried.filter((one) => one.cited > 0)
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length)
  return {
    recommendations: tried.length,
    cited: {
      share: cited.length / Math.max(1, tried.length),
      items: mean(cited.map((one) => one.cited)),
      of: mean(cited.map((one) => one.of)),
    },
    explainers: cited.length === 0 ? [] : EXPLAINERS.map(({ id, name }) => ({ id, name, ...judge(cited, id, seed) })),
    counterfactuals: summariseAudits(audits, seed),
    errors: {
      contributions: Math.max(0, ...tried.map(({ sumError }) => sumError)),
      effects: Math.max(0, ...audits.map(({ effectError }) => effectError)),
    },
  }
}

function judge(tried: readonly Tried[], id: string, seed: number): Omit<ExplainerReport, 'id' | 'name'> {
  const users = tried.map(({ user }) => user)
  const outcomes = tried.map(({ by }) => by[id])
  const falls = outcomes.map(({ lost }) => lost[STEPS - 1])
  const columns = [
    outcomes.map(({ stays }) => stays),
    outcomes.map(({ leaves }) => leaves),
    outcomes.map(({ sinks }) => sinks),
    falls,
  ]
  const [sufficiency, necessity, sinks, fall] = bootstrapMeans(columns, users, { seed })
  // A ratio of sums: a recommendation that the history gave next to nothing has no share to speak of.
  const over = (positions: Iterable<number>, part: (i: number) => number) => {
    let [parts, gains] = [0, 0]
    for (const i of positions) {
      parts += part(i)
      gains += tried[i].gain
    }
    return parts / gains
  }
  const curve = (part: (i: number, step: number) => number) =>
    Array.from({ length: STEPS }, (_, step) => over(tried.keys(), (i) => part(i, step)))
  return {
    sufficiency: measured(sufficiency),
    necessity: measured(necessity),
    sinks: orNull(sinks),
    fall: measured(fall),
    share: measured(bootstrapFigure(users, (drawn) => over(drawn, (i) => falls[i]), { seed })),
    deletion: curve((i, step) => tried[i].gain - outcomes[i].lost[step]),
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
    found: measured(found),
    reasons,
    holds: orNull(holds),
    minimal: orNull(minimal),
    size: orNull(size),
    milliseconds: { p50: quantile(0.5), p99: quantile(0.99) },
  }
}
