// What `evaluate --faithfulness` says of the named sets, one figure a line, with 95 % intervals.
// node bench/faithfulness.mjs [set …] [--sample N] [--counterfactuals N] [--seed S] [--diversity D]
import { parseArgs } from 'node:util'
import { openMiner } from '../dist/index.js'
import { sayMachine, storeOf, TEXT } from './data.mjs'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { sample: TEXT, counterfactuals: TEXT, seed: TEXT, diversity: TEXT },
})
const settings = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, Number(value)]))

const show = (value) => value.toFixed(3).replace(/^(-?)0\./, '$1.')
const span = (one) => (one === null ? '-' : `${show(one.value)} [${show(one.low)}, ${show(one.high)}]`)

function tell(set, { protocol, recommendations, cited, explainers, counterfactuals, errors, notes, seconds }) {
  const say = (name, figure) => console.log(`${set}  ${name.padEnd(18)}  ${figure}`)
  say(
    'asked',
    `${recommendations} recommendations to ${protocol.users} users of ${protocol.of}; ${seconds.toFixed(0)} s`,
  )
  say('cited', `${show(cited.items)} of ${show(cited.of)} liked items, by ${show(cited.share)} of them`)
  for (const { name, sufficiency, necessity, sinks, fall, share, deletion, insertion } of explainers) {
    say(
      name,
      `sufficiency ${span(sufficiency)}  necessity ${span(necessity)}  by score ${span(sinks)}  logit lost ${span(fall)}, share ${span(share)}`,
    )
    say('', `left after 1, 2, 3: ${deletion.map(show).join(' ')}; given by them: ${insertion.map(show).join(' ')}`)
  }
  if (counterfactuals) {
    const { asked, found, holds, minimal, size, milliseconds, reasons } = counterfactuals
    say(
      'counterfactuals',
      `${asked}: found ${span(found)}, hold ${span(holds)}, minimal ${span(minimal)}, ${span(size)} items, p50 ${milliseconds.p50.toFixed(1)} ms, p99 ${milliseconds.p99.toFixed(0)} ms ${JSON.stringify(reasons)}`,
    )
  }
  say(
    'largest errors',
    `contributions ${errors.contributions.toExponential(1)}, effects ${errors.effects.toExponential(1)}`,
  )
  for (const note of notes) say('note', note)
}

sayMachine()
for (const set of positionals.length > 0 ? positionals : ['amazon-beauty', 'ml-latest-small']) {
  const miner = await openMiner({ store: await storeOf(set) })
  tell(set, await miner.evaluateFaithfulness(settings))
  await miner.close()
}
