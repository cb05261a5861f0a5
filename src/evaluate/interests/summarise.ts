import { bootstrapFigure, bootstrapMeans } from '../../metrics/intervals.js'
import { areaUnderCurve, reliabilityTable } from '../../metrics/reliability.js'
import { measured, orNull } from '../setup/table.js'
import type { InterestKind } from './next-event.js'
import type { ConfidenceReport, MatchedReport, NextEventReport, StabilityReport } from './report.js'
import type { UserReading } from './users.js'

/** Sorting anew for each draw costs more than adding up: fewer draws. */
const SORTED_RESAMPLES = 200

export function summariseNext(readings: readonly UserReading[], seed: number): NextEventReport {
  const users = Int32Array.from(readings.keys())
  const shareOf = (test: (reading: UserReading) => boolean) => Float64Array.from(readings, (one) => Number(test(one)))
  const columns = [
    shareOf(({ next }) => next.level === 'point'),
    shareOf(({ next }) => next.level === 'point' || next.level === 'emerging'),
    shareOf(({ next }) => next.level !== null),
  ]
  const [point, named, any] = bootstrapMeans(columns, users, { seed }).map(measured)
  const matched = {
    named: summariseMatched(readings, 'named', seed),
    all: summariseMatched(readings, 'all', seed),
  }
  return { falls: { point, named, any }, matched }
}

function summariseMatched(readings: readonly UserReading[], kind: InterestKind, seed: number): MatchedReport | null {
  const matched = readings.flatMap(({ next }) => next.matched[kind] ?? [])
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
    mined: measured(mined),
    byLeaf: measured(byLeaf),
    ratio: orNull(bootstrapFigure(users, ratioOf, { seed })),
    items: items.mean,
    chance: chance.mean,
  }
}

/** Null where no earlier history had a point. */
export function summariseStability(readings: readonly UserReading[], seed: number): StabilityReport | null {
  const users = Int32Array.from(readings.keys())
  const total = (positions: Int32Array, key: keyof UserReading['kept']) =>
    positions.reduce((n, i) => n + readings[i].kept[key], 0)
  const points = total(users, 'points')
  if (points === 0) return null
  const shareOf = (key: 'kept' | 'identical') =>
    measured(bootstrapFigure(users, (drawn) => total(drawn, key) / total(drawn, 'points'), { seed }))
  return { points, kept: shareOf('kept'), identical: shareOf('identical') }
}

/** Null where nobody has an interest. */
export function summariseConfidence(readings: readonly UserReading[], seed: number): ConfidenceReport | null {
  const users = Int32Array.from(readings.flatMap(({ confidence }, user) => confidence.map(() => user)))
  if (users.length === 0) return null
  const column = (key: 'said' | 'share' | 'came') =>
    Float64Array.from(readings.flatMap(({ confidence }) => confidence.map((one) => one[key])))
  const came = column('came')
  const tell = (scores: Float64Array) => {
    const figureOf = (drawn: Int32Array) => areaUnderCurve(gather(scores, drawn), gather(came, drawn))
    const auc = bootstrapFigure(users, figureOf, { seed, resamples: SORTED_RESAMPLES })
    const { ece, rows: bins } = reliabilityTable(scores, came)
    return { ece, auc: orNull(auc), bins }
  }
  const { bins: _, ...share } = tell(column('share'))
  return { interests: users.length, ...tell(column('said')), share }
}

function gather(column: Float64Array, positions: Int32Array): Float64Array {
  return Float64Array.from(positions, (i) => column[i])
}
