// What `evaluate` says of the named sets, one figure a line, with 95 % intervals, beside the baselines. A look at test
// events: log it in docs/evaluation.md.
// node bench/evaluate.mjs [set …] [--split time] [--refit] [--shuffle-ties] [--ablate] [--baselines none] [--sample N]
// [--seed S] [--diversity D]
import { parseArgs } from 'node:util'
import { openMiner } from '../dist/index.js'
import { FLAG, sayMachine, storeOf, TEXT } from './data.mjs'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    split: TEXT,
    baselines: TEXT,
    sample: TEXT,
    seed: TEXT,
    diversity: TEXT,
    refit: FLAG,
    'shuffle-ties': FLAG,
    ablate: FLAG,
  },
})
const number = (name) => (values[name] === undefined ? {} : { [name]: Number(values[name]) })
const { refit, ablate, baselines = 'all' } = values
/** @import { EvaluateSettings } from '../dist/index.js' */
/** @type {EvaluateSettings} */
const settings = {
  // What is none of the two is refused by what reads it.
  split: /** @type {EvaluateSettings['split']} */ (values.split),
  refit,
  ablate,
  shuffleTies: values['shuffle-ties'],
  baselines: baselines === 'all' || baselines === 'none' ? baselines : baselines.split(','),
  ...number('sample'),
  ...number('seed'),
  ...number('diversity'),
}

const show = (value, digits = 4) => value.toFixed(digits).replace(/^(-?)0\./, '$1.')
const span = ({ value, low, high }, digits = 4) =>
  `${show(value, digits)} [${show(low, digits)}, ${show(high, digits)}]`
const both = (metrics) => `NDCG@10 ${span(metrics['ndcg@10'])}  Recall@10 ${span(metrics['recall@10'])}`

function tell(set, report) {
  const { protocol, metrics, served, byScore, variety, candidates, calibration, slices, ablation } = report
  const say = (name, figure) => console.log(`${set}  ${name.padEnd(18)}  ${figure}`)
  const marks = [protocol.sample ? `SAMPLE of ${protocol.sample.of}` : '', protocol.shuffledTies ? 'ties shuffled' : '']
  const { statistics } = protocol
  const how = [protocol.split, statistics, ...marks].filter((word) => word !== '').join(', ')
  say(
    how,
    `${report.users} users, ${report.questions} questions, ${show(report.seconds, 0)} s, peak ${report.peakMB} MB`,
  )
  say('interest-mine', both(metrics))
  say(`served, ${served.diversity}`, both(served.metrics))
  for (const { name, metrics: theirs, reason, difference } of Object.values(report.baselines))
    say(name, theirs ? `${both(theirs)}  ours less it ${span(difference['ndcg@10'])}` : reason)
  const routes = Object.entries(candidates.bySource).map(
    ([source, { found, only }]) => `${source} ${show(found, 3)} (alone ${show(only, 3)})`,
  )
  say('candidates', `${show(candidates.mean, 0)} a question hold ${span(candidates.recall, 3)}: ${routes.join(', ')}`)
  const { ece, logLoss } = calibration
  say('calibration', `ECE ${show(ece)}, log loss ${show(logLoss.value, 5)}, of a constant ${show(logLoss.constant, 5)}`)
  for (const [name, { traits }] of [
    ['by score', byScore],
    ['served', served],
  ]) {
    const { coverage, gini, diversity, novelty, popularityBias, interestKl } = traits
    const kl = interestKl === null ? 'none' : span(interestKl, 3)
    say(
      name,
      `KL ${kl}, coverage ${show(coverage, 3)}, Gini ${show(gini, 3)}, diversity ${show(diversity.value, 3)}, novelty ${show(novelty.value, 2)} bits, popularity ${popularityBias === null ? 'none' : show(popularityBias.value, 2)}`,
    )
  }
  say(
    'variety changes',
    `NDCG@10 ${span(variety['ndcg@10'])}, ${show((100 * variety['ndcg@10'].value) / metrics['ndcg@10'].value, 1)} %`,
  )
  for (const [name, { questions, metrics: ours, textKnn }] of Object.entries(slices))
    if (ours)
      say(
        name,
        `${questions} questions  ${both(ours)}${textKnn ? `  text-kNN NDCG@10 ${span(textKnn['ndcg@10'])}` : ''}`,
      )
  for (const [kind, losses] of Object.entries(ablation ? { feature: ablation.features, source: ablation.sources } : {}))
    for (const [name, lost] of Object.entries(losses))
      say(`without ${name}`, `${kind}: validation NDCG@10 lost ${span(lost)}`)
}

sayMachine()
for (const set of positionals.length > 0 ? positionals : ['amazon-beauty', 'amazon18-scientific', 'ml-latest-small']) {
  const miner = await openMiner({ store: await storeOf(set) })
  tell(set, await miner.evaluate(settings))
  await miner.close()
}
