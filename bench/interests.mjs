// What `evaluate --interests` says of the named sets, one figure a line, with 95 % intervals, beside the peers.
// node bench/interests.mjs [set …] [--sample N] [--personas N] [--seed S]
import { parseArgs } from 'node:util'
import { openMiner } from '../dist/index.js'
import { sayMachine, storeOf, TEXT } from './data.mjs'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { sample: TEXT, personas: TEXT, seed: TEXT },
})
const settings = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, Number(value)]))

const show = (value) => value.toFixed(3).replace(/^0\./, '.')
const span = (one) => (one === null ? '-' : `${show(one.value)} [${show(one.low)}, ${show(one.high)}]`)
const each = (told) =>
  Object.entries(told)
    .map(([name, one]) => `${name} ${span(one)}`)
    .join('  ')

function tell(set, { protocol, planted, labels, next, stability, confidence, pace, notes, seconds, peakMB }) {
  const say = (name, figure) => console.log(`${set}  ${name.padEnd(28)}  ${figure}`)
  say('users', `${protocol.users} of ${protocol.of}; ${seconds.toFixed(0)} s, ${peakMB} MB`)
  if (planted) say(`planted, ${planted.leaves} leaves`, each(planted.ours))
  for (const { name, space, setting, ami, difference } of planted?.peers ?? []) {
    say(
      `${name}, ${space}`,
      `${each(ami)}  ours less it ${each(difference)}${setting === null ? '' : `  at ${setting}`}`,
    )
  }
  if (labels) {
    say('liked items in', each(labels.items))
    say(
      'labels',
      `${labels.named}, supported ${labels.supported}, without texts ${labels.supportedWithoutTexts}, unique ${labels.unique}, by example ${labels.byExample}`,
    )
    for (const label of labels.unsupported) say('unsupported', label)
    if (labels.specificity) say(`specificity, ${labels.specificity.trials}`, each(labels.specificity.ours))
    for (const { name, trials, specificity } of labels.specificity?.peers ?? [])
      say(`… ${name}, ${trials}`, each(specificity))
  }
  if (next) say('next item falls in', each(next.falls))
  for (const [kind, matched] of Object.entries(next?.matched ?? {})) {
    if (!matched) continue
    const { users, mined, byLeaf, ratio, items, chance } = matched
    say(
      `as many items, ${kind}`,
      `${users} users: mined ${span(mined)}, by leaf ${span(byLeaf)}, ratio ${span(ratio)}; ${items.toFixed(0)} items, by chance ${show(chance)}`,
    )
  }
  if (stability)
    say(`${stability.points} points, 10 % more`, each({ identical: stability.identical, kept: stability.kept }))
  if (confidence) {
    const { interests, ece, auc, share } = confidence
    say(
      'confidence',
      `${interests} interests: ECE ${show(ece)}, AUC ${span(auc)}; share ${show(share.ece)}, ${span(share.auc)}`,
    )
  }
  if (pace) {
    const { profilesPerSecond, items, longest } = pace
    say(
      'pace',
      `${profilesPerSecond.toFixed(0)} profiles/s of ${items} items; ${longest.items} items in ${show(longest.seconds)} s`,
    )
  }
  for (const note of notes) say('note', note)
}

sayMachine()
for (const set of positionals.length > 0 ? positionals : ['amazon-beauty', 'amazon18-scientific', 'ml-latest-small']) {
  const miner = await openMiner({ store: await storeOf(set) })
  tell(set, await miner.evaluateInterests(settings))
  await miner.close()
}
