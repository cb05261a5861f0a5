import type { Range, TrainReport } from '../types/reports.js'
import { drawCalibration } from './calibration.js'
import { drawCurve } from './curve.js'
import { drawAblation, drawFeaturePlots } from './features.js'
import { escapeText, formatFixed, writeMany, writeSigned, writeTable } from './markup.js'
import { drawPrivacy } from './privacy.js'
import { STYLE } from './style.js'

/** What a training's page says beside its report. */
export interface PageOptions {
  /** The file of the store that was trained. */
  store: string
  /** When it was trained: ISO 8601. */
  at?: string
}

/**
 * A training's report as one HTML page. It loads nothing and runs no script; plots are inline SVG. `notes`: a line on
 * the value of each feature, by its name. The same input gives the same text.
 */
export function drawTraining(
  report: TrainReport,
  notes: Readonly<Record<string, string>>,
  { store, at }: PageOptions,
): string {
  const name = escapeText(store)
  const when = at === undefined ? '' : `, ${escapeText(at)}`
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Training of ${name}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>Training of ${name}</h1>
<p class="faint">interest-mine${when}; generation ${report.generation}, scorer ${escapeText(report.scorer.id)}</p>
${writeResult(report)}
${writeFacts(report)}
${drawPrivacy(report)}
${drawCurve(report)}
${drawCalibration(report.calibration)}
${drawFeaturePlots(report.shapes, notes)}
${drawAblation(report.ablation)}
</body>
</html>
`
}

/** NDCG with four decimals. */
const ndcg = (value: number) => formatFixed(value, 4)
/** An interval in words. */
const within = ({ low, high }: Range) => `${ndcg(low)} to ${ndcg(high)}`

function writeResult({ installed, ndcg: found, privacy }: TrainReport): string {
  const { before, after, intervals } = found
  const change = `${ndcg(before)} before, ${ndcg(after)} with what was learnt`
  const sure = intervals.gain.low > 0 ? 'more than chance' : 'within what chance does'
  if (privacy) {
    return `<p class="said"><strong>Installed</strong>, as every private training is. NDCG@10 of held-out users: ${change}.</p>`
  }
  return installed
    ? `<p class="said"><strong>Installed.</strong> NDCG@10 of held-out users: ${change}; the difference is ${sure}.</p>`
    : `<p class="said not"><strong>Not installed.</strong> What was learnt ranks held-out users worse than the scorer in
use (NDCG@10 ${change}), so terms and adapter stay as they were; only the calibration is new. Shapes and calibration below are
of the scorer that stays.</p>`
}

function writeFacts(report: TrainReport): string {
  const { users, heldOut, lists, candidateRecall, ndcg: found, seconds, resumed } = report
  const { before, after, intervals } = found
  const facts = [
    ['Learnt from', `${writeMany(lists, 'list')} of ${writeMany(users, 'user')}`],
    ['Held out', writeMany(heldOut, 'user')],
    ['Held-out next items among the candidates', `${formatFixed(100 * candidateRecall, 1)} %`],
    ['Seconds', `${formatFixed(seconds, 1)}${resumed ? ', the adapter from a training that was stopped' : ''}`],
  ]
  const scores = [
    ['Before', ndcg(before), within(intervals.before)],
    ['After', ndcg(after), within(intervals.after)],
    ['Difference', writeSigned(after - before, 4), within(intervals.gain)],
  ]
  return `<h2>What it learnt from</h2>
${writeTable('Users, and the events that were to be foretold', ['', ''], facts)}
${writeTable('NDCG@10 of held-out users, whole catalogue, by score alone', ['', 'NDCG@10', '95 % interval'], scores)}
<p class="faint">Intervals are bootstraps over held-out users, that of the difference paired. These users also chose
the pass of the adapter that is kept, and fitted scale and offset of the chances; no term was fitted on them.</p>`
}
