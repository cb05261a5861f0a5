import { bootstrapFigure, bootstrapMeans } from '../../metrics/intervals.js'
import { areaUnderCurve, reliabilityTable } from '../../metrics/reliability.js'
import { toMeasured, toMeasuredOrNull } from '../setup/metric-table.js'
import type { EvaluatedUser } from './mine-users.js'
import type { InterestKind } from './next-event.js'
import type { ConfidenceReport, MatchedReport, NextEventReport, StabilityReport } from './report.js'

/** Each resample of an AUC sorts all scores, so there are fewer than for means. */
const SORTED_RESAMPLES = 200

/** Where the next liked items of all users fall, with intervals over users. `seed`: of the bootstrap. */
export function summariseNext(minedUsers: readonly EvaluatedUser[], seed: number): NextEventReport {
  const users = Int32Array.from(minedUsers.keys())
  const shareOf = (test: (user: EvaluatedUser) => boolean) => Float64Array.from(minedUsers, (one) => Number(test(one)))
  const columns = [
    shareOf(({ next }) => next.level === 'point'),
    shareOf(({ next }) => next.level === 'point' || next.level === 'emerging'),
    shareOf(({ next }) => next.level !== null),
  ]
  const [point, named, any] = bootstrapMeans(columns, users, { seed }).map(toMeasured)
  const matched = {
    named: summariseMatched(minedUsers, 'named', seed),
    all: summariseMatched(minedUsers, 'all', seed),
  }
  return { falls: { point, named, any }, matched }
}

function summariseMatched(
  minedUsers: readonly EvaluatedUser[],
  kind: InterestKind,
  seed: number,
): MatchedReport | null {
  const matched = minedUsers.flatMap(({ next }) => next.matched[kind] ?? [])
  if (matched.length === 0) return null
  const users = Int32Array.from(matched.keys())
  const columns = (['mined', 'byLeaf', 'items', 'chance'] as const).map((key) =>
    Float64Array.from(matched, (one) => one[key]),
  )
  const [mined, byLeaf, items, chance] = bootstrapMeans(columns, users, { seed })
  const sum = (positions: Int32Array, column: Float64Array) => positions.reduce((n, i) => n + column[i], 0)
  const ratioOf = (drawn: Int32Array) => sum(drawn, columns[0]) / (sum(drawn, columns[1]) || Number.NaN)
  return {
    users: matched.length,
    mined: toMeasured(mined),
    byLeaf: toMeasured(byLeaf),
    ratio: toMeasuredOrNull(bootstrapFigure(users, ratioOf, { seed })),
    items: items.mean,
    chance: chance.mean,
  }
}

/** How stable points are over all users; null where no user has a point in the earlier history. */
export function summariseStability(minedUsers: readonly EvaluatedUser[], seed: number): StabilityReport | null {
  const users = Int32Array.from(minedUsers.keys())
  const total = (positions: Int32Array, key: keyof EvaluatedUser['kept']) =>
    positions.reduce((n, i) => n + minedUsers[i].kept[key], 0)
  const points = total(users, 'points')
  if (points === 0) return null
  const shareOf = (key: 'kept' | 'identical') =>
    toMeasured(bootstrapFigure(users, (drawn) => total(drawn, key) / total(drawn, 'points'), { seed }))
  return { points, kept: shareOf('kept'), identical: shareOf('identical') }
}

/** How well confidence is calibrated over all interests of all users; null where no user has an interest. */
export function summariseConfidence(minedUsers: readonly EvaluatedUser[], seed: number): ConfidenceReport | null {
  const users = Int32Array.from(minedUsers.flatMap(({ confidence }, user) => confidence.map(() => user)))
  if (users.length === 0) return null
  const column = (key: 'said' | 'share' | 'came') =>
    Float64Array.from(minedUsers.flatMap(({ confidence }) => confidence.map((one) => one[key])))
  const hits = column('came')
  const summariseScores = (scores: Float64Array) => {
    const figureOf = (drawn: Int32Array) => areaUnderCurve(gather(scores, drawn), gather(hits, drawn))
    const auc = bootstrapFigure(users, figureOf, { seed, resamples: SORTED_RESAMPLES })
    const { ece, rows: bins } = reliabilityTable(scores, hits)
    return { ece, auc: toMeasuredOrNull(auc), bins }
  }
  const { bins: _, ...share } = summariseScores(column('share'))
  return { interests: users.length, ...summariseScores(column('said')), share }
}

function gather(column: Float64Array, positions: Int32Array): Float64Array {
  return Float64Array.from(positions, (i) => column[i])
}
