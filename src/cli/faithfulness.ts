import type { FaithfulnessReport } from '../index.js'
import {
  type Column,
  drawPairs,
  drawTable,
  formatCount,
  formatMany,
  formatSeconds,
  formatShare,
  type View,
  wrap,
} from './table.js'

type Measured = FaithfulnessReport['explainers'][number]['necessity']

/** The report of an evaluation of explanations as text for a person. */
export async function showFaithfulness(report: FaithfulnessReport, view: View): Promise<string> {
  const { protocol, recommendations, explainers, notes } = report
  const parts = [
    `Explanations of ${formatMany(recommendations, 'recommendation')} to ${formatMany(protocol.users, 'user')} of ${formatCount(protocol.of)}`,
    wrap(protocol.text, view.width - 2)
      .map((line) => `  ${line}`)
      .join('\n'),
    explainers.length === 0 ? '' : await drawExplainers(report, view),
    explainers.length === 0 ? '' : await drawCurves(report, view),
    drawPairs(listFacts(report), view),
    view.quiet ? '' : notes.map((note) => `Note: ${note}`).join('\n'),
  ]
  return parts.filter((part) => part !== '').join('\n\n')
}

const round = (value: number, digits = 3) => value.toFixed(digits)
const range = (one: Measured | null, digits = 3) =>
  one === null ? '-' : `${round(one.value, digits)} (${round(one.low, digits)}–${round(one.high, digits)})`

async function drawExplainers({ explainers }: FaithfulnessReport, view: View): Promise<string> {
  const columns: Column[] = [
    { head: 'as explanation', flexible: true },
    { head: 'suffices', align: 'right' },
    { head: 'necessary', align: 'right' },
    { head: '… by score', align: 'right' },
  ]
  const rows = explainers.map(({ name, sufficiency, necessity, sinks }) => [
    name,
    ...[sufficiency, necessity, sinks].map((one) => range(one, 2)),
  ])
  return drawTable(columns, rows, view)
}

async function drawCurves({ explainers }: FaithfulnessReport, view: View): Promise<string> {
  const columns: Column[] = [
    { head: 'share of the logit', flexible: true },
    { head: 'lost without', align: 'right' },
    { head: 'left, 1-3 out', align: 'right' },
    { head: 'given by 1-3', align: 'right' },
  ]
  const curve = (values: number[]) => values.map((value) => round(value, 2)).join(' ')
  const rows = explainers.map(({ name, share, deletion, insertion }) => [
    name,
    range(share, 2),
    curve(deletion),
    curve(insertion),
  ])
  return drawTable(columns, rows, view)
}

function listFacts({ cited, counterfactuals, errors, seconds, peakMB }: FaithfulnessReport): [string, string | null][] {
  const reasons = Object.entries(counterfactuals?.reasons ?? {}).map(([reason, n]) => `, ${reason} ${formatCount(n)}`)
  return [
    [
      'cited',
      `${cited.items.toFixed(1)} of ${cited.of.toFixed(1)} liked items, by ${formatShare(cited.share)} of the recommendations`,
    ],
    [
      'counterfactuals',
      counterfactuals &&
        `${formatCount(counterfactuals.asked)} asked for, found ${range(counterfactuals.found)}${reasons.join('')}`,
    ],
    [
      '… tried',
      counterfactuals &&
        `hold ${range(counterfactuals.holds)}, none to spare ${range(counterfactuals.minimal)}; ${range(counterfactuals.size, 1)} items`,
    ],
    [
      '… time',
      counterfactuals &&
        `${counterfactuals.milliseconds.p50.toFixed(1)} ms at the median, ${counterfactuals.milliseconds.p99.toFixed(0)} ms at the 99th percentile`,
    ],
    [
      'largest error',
      `contributions against the logit ${errors.contributions.toExponential(1)}, effects ${errors.effects.toExponential(1)}`,
    ],
    ['time, memory', `${formatSeconds(seconds)}, ${formatCount(peakMB)} MB at most`],
  ]
}
