// What privacy costs: NDCG@10 on test events, as bench/evaluate.mjs measures it, where adapter and scorer are trained at
// each epsilon ("inf": not privately), and that of the adapter alone on validation events. Noise is drawn anew each
// time: --repeat R trains R times. A look at test events: log it in docs/evaluation.md. --validation looks at none.
// node bench/private-training.mjs [set …] [--epsilons 1,3,8,inf] [--sample N] [--seed S] [--repeat R] [--validation]
import { parseArgs } from 'node:util'
import { openMiner } from '../dist/index.js'
import { FLAG, must, sayMachine, storeOf, TEXT } from './data.mjs'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { epsilons: TEXT, sample: TEXT, seed: TEXT, repeat: TEXT, validation: FLAG },
})
const epsilons = (values.epsilons ?? '1,3,8,inf').split(',')
const settings = {
  baselines: /** @type {const} */ ('none'),
  seed: Number(values.seed ?? 1),
  // Questions about test events are asked after the training; one is the least that can be asked.
  ...(values.validation ? { sample: 1 } : values.sample ? { sample: Number(values.sample) } : {}),
}
const show = (value) => value.toFixed(4).replace(/^0/, '')

sayMachine()
for (const set of positionals.length > 0 ? positionals : ['amazon-beauty']) {
  const miner = await openMiner({ store: await storeOf(set) })
  for (const epsilon of epsilons) {
    for (let round = 0; round < (epsilon === 'inf' ? 1 : Number(values.repeat ?? 1)); round++) {
      const privacy = epsilon === 'inf' ? {} : { dpEpsilon: Number(epsilon) }
      const report = await miner.evaluate({ ...settings, ...privacy })
      const { metrics, calibration, seconds } = report
      const training = must(report.training, 'training')
      const { value, low, high } = metrics['ndcg@10']
      const test = values.validation
        ? ''
        : `NDCG@10 ${show(value)} [${show(low)}, ${show(high)}], ECE ${show(calibration.ece)}; `
      const validation = `validation ${show(training.ndcg.after)}, default scorer ${show(training.ndcg.before)}`
      const alone = training.adapter === null ? 'none' : show(training.adapter)
      console.log(
        `${set}  epsilon ${epsilon.padEnd(4)}  ${test}${validation}, adapter alone ${alone}; ${Math.round(seconds)} s`,
      )
    }
  }
  await miner.close()
}
