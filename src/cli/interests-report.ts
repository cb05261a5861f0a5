import type { InterestsReport } from '../index.js'
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

type Planted = NonNullable<InterestsReport['planted']>
type Labels = NonNullable<InterestsReport['labels']>
type Matched = NonNullable<InterestsReport['next']>['matched']['named']
type Measured = Labels['items']['points']

/** The report of an evaluation of interests as text for a person. */
export async function showInterestsReport(report: InterestsReport, view: View): Promise<string> {
  const { protocol, planted, labels, notes } = report
  const parts = [
    `Interests of ${formatMany(protocol.users, 'user')} of ${formatCount(protocol.of)}, ${formatMany(protocol.items, 'item')}`,
    wrap(protocol.text, view.width - 2)
      .map((line) => `  ${line}`)
      .join('\n'),
    planted === null ? '' : await drawPlanted(planted, view),
    labels === null ? '' : await drawLabels(labels, view),
    drawPairs(listFacts(report), view),
    view.quiet ? '' : notes.map((note) => `Note: ${note}`).join('\n'),
  ]
  return parts.filter((part) => part !== '').join('\n\n')
}

const round = (value: number, digits = 3) => value.toFixed(digits).replace(/^0\./, '.')
/** A value with three digits, its interval with two. */
const range = (one: Measured | null) =>
  one === null ? '-' : `${round(one.value)} (${round(one.low, 2)}–${round(one.high, 2)})`

async function drawPlanted({ ours, peers, personas, seeds, leaves }: Planted, view: View): Promise<string> {
  const kinds = ['clean', 'stray', 'hard'] as const
  const row = (name: string, told: Planted['ours']) => [name, ...kinds.map((kind) => range(told[kind]))]
  const within = (space: Planted['peers'][number]['space']) =>
    peers.filter((peer) => peer.space === space).map(({ name, ami }) => row(name, ami))
  const rows = [
    row('interest-mine', ours),
    ['on raw vectors:', '', '', ''],
    ...within('raw'),
    ['in our space:', '', '', ''],
    ...within('ours'),
  ]
  const columns: Column[] = [
    { head: 'planted, found again (AMI)', flexible: true },
    ...kinds.map((kind): Column => ({ head: kind, align: 'right' })),
  ]
  const drawn = await drawTable(columns, rows, view)
  return `${drawn}\n\n  ${formatCount(personas)} personas of each kind and of ${formatMany(seeds.length, 'seed')}, from ${formatCount(leaves)} leaf categories`
}

async function drawLabels({ specificity }: Labels, view: View): Promise<string> {
  if (specificity === null) return ''
  const kinds = ['any', 'department', 'parent'] as const
  const columns: Column[] = [
    { head: 'labels that tell 5 of 50', flexible: true },
    { head: 'any others', align: 'right' },
    { head: 'same department', align: 'right' },
    { head: 'same parent', align: 'right' },
  ]
  const rows = [
    { name: 'interest-mine', trials: specificity.trials, specificity: specificity.ours },
    ...specificity.peers,
  ].map(({ name, trials, specificity: told }) => [`${name} (${trials})`, ...kinds.map((kind) => range(told[kind]))])
  return drawTable(columns, rows, view)
}

function listFacts(report: InterestsReport): [string, string | null][] {
  const { labels, next, stability, confidence, pace, seconds, peakMB } = report
  return [
    [
      'items in',
      labels &&
        `points ${range(labels.items.points)}, points and pairs ${range(labels.items.named)}; broad ${formatShare(labels.items.broad.value)}, none ${formatShare(labels.items.unassigned.value)}`,
    ],
    [
      'labels',
      labels &&
        `${formatCount(labels.named)}: borne out by the evidence ${round(labels.supported, 4)} (without texts ${round(labels.supportedWithoutTexts, 4)}), unique for ${round(labels.unique, 4)} of the users; by example ${formatCount(labels.byExample)}`,
    ],
    [
      'next event',
      next &&
        `in a point ${range(next.falls.point)}, a point or pair ${range(next.falls.named)}, any interest ${range(next.falls.any)}`,
    ],
    ['… by as many items', next && sayMatched('points and pairs', next.matched.named)],
    ['', next && sayMatched('all interests', next.matched.all)],
    [
      'a tenth more',
      stability &&
        `${formatCount(stability.points)} points: label identical ${range(stability.identical)}, half of the evidence kept ${range(stability.kept)}`,
    ],
    [
      'confidence',
      confidence &&
        `calibration error ${round(confidence.ece)}, AUC ${range(confidence.auc)}; of the share alone ${round(confidence.share.ece)}, ${range(confidence.share.auc)}`,
    ],
    [
      'pace',
      pace &&
        `${formatCount(Math.round(pace.profilesPerSecond))} profiles of ${pace.items} items a second on one thread; ${formatCount(pace.longest.items)} items in ${pace.longest.seconds.toFixed(3)} s`,
    ],
    ['time, memory', `${formatSeconds(seconds)}, ${formatCount(peakMB)} MB at most`],
  ]
}

function sayMatched(name: string, matched: Matched): string | null {
  if (matched === null) return null
  const { mined, byLeaf, ratio, chance } = matched
  return `of ${name} ${range(mined)}, of leaf categories ${range(byLeaf)}: ${range(ratio)} times; at random ${round(chance)}`
}
