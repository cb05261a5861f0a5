import { type PrivacyReport, renderTraining, type TrainReport } from '../index.js'
import { defineCommand } from './command.js'
import { compact } from './filters.js'
import { PRIVACY } from './options.js'
import { clean, drawPairs, formatMany, formatSeconds, formatSigned } from './table.js'

interface TrainFlags {
  report?: string
  adapter?: string
  dpEpsilon?: number
  dpDelta?: number
}

/**
 * Epsilons that the page of a private training compares: strict, usual, loose, and null for a training without noise.
 */
const COMPARED_EPSILONS = [1, 3, 8, null]

/** What --json prints: the library's report, the adapter that was given, and the page that was written. */
type TrainAnswer = TrainReport & { adapterFile: string | null; reportFile: string | null }

/** The command `train`: trains scorer and adapter on what users did next. */
export default defineCommand<TrainFlags, TrainAnswer>({
  options: [
    {
      flags: '--report <file>',
      help: 'also write a page with plots: what was learnt, how sure, and what each feature is worth',
    },
    ...PRIVACY,
    { flags: '--adapter <file>', help: 'take this adapter of a federated training (docs/federate.md); train none' },
  ],
  examples: ['train', 'train --report report.html', 'train --dp-epsilon 8', 'train --seed 7 --json'],
  remarks:
    'Learns from what users did next, and calibrates the scores on users it did not learn from. Needs 100 users with 3\nliked items or more; the trained scorer outlives rebuilds. One that ranks those users worse than the scorer in use is\nnot installed. Ctrl-C changes nothing: a finished adapter is kept, and the next train goes on from there.\n--report takes longer: it also fits the scorer without each feature in turn, on a sample.\n--dp-epsilon hides each user in what is learnt (not in what is counted): docs/privacy.md. It needs 500 such users and is\nalways installed; with --report it also trains at other epsilons, to compare, and throws those away.',
  async run({ options, db, open, watch, readBytes, checkPage, writePage }) {
    const file = options.report
    if (file !== undefined) checkPage(file, '--report')
    const adapter = options.adapter === undefined ? undefined : readBytes(options.adapter, 'the adapter')
    const miner = await open({ mustExist: true })
    const { dpEpsilon, dpDelta } = options
    const report = await watch((hooks) =>
      miner.train({
        ...hooks,
        adapter,
        ...compact({ dpEpsilon, dpDelta }),
        ablate: file !== undefined,
        ...(file !== undefined && dpEpsilon !== undefined ? { tryEpsilons: COMPARED_EPSILONS } : {}),
      }),
    )
    if (file !== undefined) writePage(file, renderTraining(report, { store: db, at: new Date().toISOString() }))
    return { ...report, adapterFile: options.adapter ?? null, reportFile: file ?? null }
  },
  async show(report, view) {
    const { scorer, users, heldOut, lists, candidateRecall, calibration, seconds, reportFile } = report
    const pairs = drawPairs(
      [
        ['scorer', `${scorer.id}, ${scorer.calibrated ? 'calibrated' : 'not calibrated'}`],
        ['learnt from', `${formatMany(lists, 'event')} of ${formatMany(users, 'user')}`],
        [
          'held out',
          `${formatMany(heldOut, 'user')}; ${Math.round(100 * candidateRecall)} % of their next items were candidates`,
        ],
        ['adapter', sayAdapter(report)],
        ['NDCG@10 of those', sayGain(report)],
        ['privacy', report.privacy && sayPrivacy(report.privacy)],
        ['calibration', `error ${calibration.ece.toFixed(4)} over the ten that score highest`],
        ['time', formatSeconds(seconds)],
        ['report', reportFile],
      ],
      view,
    )
    const heading = report.installed
      ? view.paint('green', 'Trained')
      : view.paint('yellow', 'Not installed: what was learnt ranks held-out users worse than the scorer in use')
    const rest = report.installed
      ? ''
      : '\n\nTerms and adapter stay as they were; only the calibration is new. More events may change that.'
    return `${heading}\n\n${pairs}${rest}\n\nNext: ${view.suggest('recommend', '--user', 'USER')}`
  },
})

function sayPrivacy({ epsilon, delta, parts }: PrivacyReport): string {
  const noise = parts.map(({ part, noiseMultiplier }) => `${part} ${noiseMultiplier.toFixed(2)}`).join(', ')
  return `epsilon ${epsilon}, delta ${delta.toExponential(1)} for each user, in what is learnt; noise: ${noise}`
}

function sayAdapter({ curve, installed, resumed, adapterFile, privacy }: TrainAnswer): string {
  if (adapterFile !== null) return `as given in ${clean(adapterFile)}${installed ? '' : '; not used'}`
  if (curve.length === 0) return 'not trained: ONNX Runtime is missing'
  if (privacy) return `learnt in noisy rounds: NDCG@10 ${curve[curve.length - 1].measure.toFixed(4)} alone`
  const best = curve.reduce((found, { measure }, pass) => (measure > curve[found].measure ? pass : found), 0)
  const passes = `${curve.length} ${curve.length === 1 ? 'pass' : 'passes'}`
  const kept = `best after ${best + 1}: NDCG@10 ${curve[best].measure.toFixed(4)} alone`
  const from = resumed ? '; from the training that was stopped' : ''
  return `${passes}, ${kept}${from}${installed ? '' : '; not used'}`
}

function sayGain({ ndcg: { before, after, intervals }, installed }: TrainReport): string {
  const { low, high } = intervals.gain
  const sure = `${formatSigned(after - before, 4)}, 95 % from ${formatSigned(low, 4)} to ${formatSigned(high, 4)}`
  return `${before.toFixed(4)} before, ${after.toFixed(4)} ${installed ? 'now' : 'if replaced'} (${sure})`
}
