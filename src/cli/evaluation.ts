import type { EvaluateReport } from '../index.js'
import { drawPairs, drawTable, formatMany, formatSeconds, formatShare, formatSigned, type View, wrap } from './table.js'

type Measured = EvaluateReport['metrics'][string]
type Traits = EvaluateReport['served']['traits']

/** The report of an evaluation of the ranking as text for a person: tables of methods, lists, slices and ablation. */
export async function showEvaluation(report: EvaluateReport, view: View): Promise<string> {
  const { protocol, users, questions, notes } = report
  const { sample } = protocol
  const head = `Evaluated on ${formatMany(questions, 'question')} to ${formatMany(users, 'user')}`
  const parts = [
    sample === null
      ? head
      : view.paint('yellow', `${head}, a sample of ${sample.of.toLocaleString('en-US')}: a quick look`),
    wrap(protocol.text, view.width - 2)
      .map((line) => `  ${line}`)
      .join('\n'),
    await drawMethods(report, view),
    drawPairs(listFacts(report), view),
    await drawTable(
      [{ head: 'lists of ten' }, { head: 'by score', align: 'right' }, { head: 'as served', align: 'right' }],
      listTraits(report.byScore.traits, report.served.traits),
      view,
    ),
    await drawSlices(report, view),
    await drawAblation(report, view),
    view.quiet ? '' : notes.map((note) => `Note: ${note}`).join('\n'),
  ]
  return parts.filter((part) => part !== '').join('\n\n')
}

const round = (value: number) => value.toFixed(4)
const range = ({ low, high }: Measured) => `${round(low)}–${round(high)}`

async function drawMethods({ metrics, served, baselines }: EvaluateReport, view: View): Promise<string> {
  const row = (name: string, told: EvaluateReport['metrics'], difference = '') => [
    name,
    round(told['ndcg@10'].value),
    range(told['ndcg@10']),
    round(told['recall@10'].value),
    difference,
  ]
  const others = Object.values(baselines).map(({ name, metrics: theirs, reason, difference }) =>
    theirs && difference ? row(name, theirs, sayDifference(difference['ndcg@10'])) : [name, '-', reason ?? '', '-', ''],
  )
  return drawTable(
    [
      { head: 'method' },
      { head: 'NDCG@10', align: 'right' },
      { head: '95 % interval', flexible: true },
      { head: 'Recall@10', align: 'right' },
      { head: 'ours less it', flexible: true },
    ],
    [row('interest-mine', metrics), row('… as served', served.metrics), ...others],
    view,
  )
}

const sayDifference = ({ value, low, high }: Measured) =>
  `${formatSigned(value, 4)} (${formatSigned(low, 4)}, ${formatSigned(high, 4)})`

const sayPromise = ({ epsilon, delta }: { epsilon: number; delta: number }) =>
  `trained with epsilon ${epsilon}, delta ${delta.toExponential(1)} for each user`

function listFacts({ candidates, calibration, training, seconds, peakMB }: EvaluateReport): [string, string | null][] {
  const { ece, logLoss, calibrated } = calibration
  const routes = Object.entries(candidates.bySource).map(
    ([source, { found, only }]) => `${source} ${formatShare(found)}, alone ${formatShare(only)}`,
  )
  return [
    [
      'candidates',
      `${candidates.mean.toFixed(0)} a question; hold ${formatShare(candidates.recall.value)} of the targets`,
    ],
    ['found by', routes.join('; ') || null],
    [
      'calibration',
      `error ${round(ece)} over the places shown${calibrated ? '' : ' (not calibrated)'}; log loss ${logLoss.value.toFixed(5)}, of a constant ${logLoss.constant.toFixed(5)}`,
    ],
    [
      'training',
      training &&
        `${formatMany(training.lists, 'event')} of ${formatMany(training.users, 'user')}; validation NDCG@10 ${round(training.ndcg.before)} before, ${round(training.ndcg.after)} ${training.installed ? 'now' : 'if replaced, so the default terms served'}`,
    ],
    ['privacy', training?.privacy ? sayPromise(training.privacy) : null],
    ['time, memory', `${formatSeconds(seconds)}, ${peakMB.toLocaleString('en-US')} MB at most`],
  ]
}

function listTraits(byScore: Traits, served: Traits): string[][] {
  const say = (measured: Measured | null, digits: number) => (measured === null ? '-' : measured.value.toFixed(digits))
  const both = (name: string, tell: (traits: Traits) => string) => [name, tell(byScore), tell(served)]
  return [
    both('catalogue covered', ({ coverage }) => formatShare(coverage)),
    both('Gini of how often items are listed', ({ gini }) => gini.toFixed(3)),
    both('unlikeness within a list', ({ diversity }) => say(diversity, 3)),
    both('novelty, bits', ({ novelty }) => say(novelty, 2)),
    both('popularity over that of the history', ({ popularityBias }) => say(popularityBias, 2)),
    both('interests off their shares (KL, nats)', ({ interestKl }) => say(interestKl, 3)),
  ]
}

const SLICES: Record<string, string> = {
  coldItems: 'items nobody had',
  tailItems: 'items few had',
  coldUsers: 'users with fewer than 3 items',
  newUsers: 'users new after the cut',
}

async function drawSlices({ slices }: EvaluateReport, view: View): Promise<string> {
  const rows = Object.entries(slices).flatMap(([name, { questions, metrics, textKnn }]) =>
    metrics === null
      ? []
      : [
          [
            SLICES[name] ?? name,
            questions.toLocaleString('en-US'),
            round(metrics['ndcg@10'].value),
            range(metrics['ndcg@10']),
            textKnn === null ? '-' : round(textKnn['ndcg@10'].value),
          ],
        ],
  )
  if (rows.length === 0) return ''
  const columns = [
    { head: 'of the questions' },
    { head: 'how many', align: 'right' as const },
    { head: 'NDCG@10', align: 'right' as const },
    { head: '95 % interval', flexible: true },
    { head: 'text-kNN', align: 'right' as const },
  ]
  return drawTable(columns, rows, view)
}

async function drawAblation({ ablation }: EvaluateReport, view: View): Promise<string> {
  if (ablation === null) return ''
  const rows = (kind: string, losses: Record<string, Measured>) =>
    Object.entries(losses)
      .sort(([, a], [, b]) => b.value - a.value)
      .map(([name, lost]) => [kind, name, sayDifference(lost)])
  const columns = [{ head: 'without' }, { head: '' }, { head: 'NDCG@10 lost (validation)', flexible: true }]
  const drawn = await drawTable(
    columns,
    [...rows('feature', ablation.features), ...rows('source', ablation.sources as Record<string, Measured>)],
    view,
  )
  const base = `NDCG@10 ${round(ablation['ndcg@10'].value)} on ${formatMany(ablation.lists, 'held-out list')} with everything`
  return `${base}\n\n${drawn}`
}
