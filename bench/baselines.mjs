// Known methods on leave-one-out: NDCG@10 and Recall@10 over the whole catalogue less the history, all users, and the
// seconds to fit and to score. `--validation` asks for the second-last event, on which defaults were chosen.
// node bench/baselines.mjs [set …] [--validation]

import { createEase } from '../dist/evaluate/baselines/ease.js'
import { BASELINES } from '../dist/evaluate/baselines/index.js'
import { gatherPositives, splitLeaveOneOut } from '../dist/evaluate/questions/split.js'
import { WEIGHT_PRESETS } from '../dist/ingest/weights.js'
import { ndcgAt, rankOf, recallAt } from '../dist/metrics/metrics.js'
import { lookupRows, readHistories } from '../dist/model/histories.js'
import { unpackArtefacts } from '../dist/model/model.js'
import { openSqliteStore } from '../dist/store/sqlite/sqlite-store.js'
import { openProduct } from '../dist/vectors/onnx-runtime.js'
import { must, sayMachine, storeOf } from './data.mjs'

/**
 * @import { Artefacts } from '../dist/model/model.js'
 */

const BLOCK = 256
const MEMORY = 1.5e9
/** Not published in this form, but stronger than EASE where order matters. */
const METHODS = [...BASELINES, createEase({ decay: 0.7 })]

/** Every user's history, and the text vectors, of a built store. */
async function readSet(name) {
  const store = await openSqliteStore(await storeOf(name), { mustExist: true })
  const { id } = must(await store.generation(), 'index')
  /** @type {Artefacts} */
  const { catalogue, vectors } = unpackArtefacts(await store.loadArtefacts(id))
  const rules = { table: WEIGHT_PRESETS.shop, ratingMax: (await store.stamp()).ratingMax }
  const { lastSeq } = await store.tally()
  const histories = []
  for await (const history of readHistories(store.allEvents(lastSeq), catalogue, lookupRows(catalogue), rules))
    histories.push(history)
  await store.close()
  return { items: catalogue.size, vectors, histories }
}

async function measure(baseline, data, questions) {
  const started = performance.now()
  const { score, reason } = await baseline.fit(data)
  const fitted = performance.now()
  if (!score) return reason
  let ndcg = 0
  let recall = 0
  for (let start = 0; start < questions.length; start += BLOCK) {
    const part = questions.slice(start, start + BLOCK)
    const block = await score(part)
    part.forEach(({ history, target }, q) => {
      const seen = new Set(history.seenRows)
      const rank = rankOf(block.subarray(q * data.items, (q + 1) * data.items), target, (row) => seen.has(row))
      ndcg += ndcgAt(rank, 10) / questions.length
      recall += recallAt(rank, 10) / questions.length
    })
  }
  const seconds = [fitted - started, performance.now() - fitted].map((ms) => (ms / 1000).toFixed(1))
  return `NDCG@10 ${ndcg.toFixed(4)}  Recall@10 ${recall.toFixed(4)}  ${seconds.join(' + ')} s`
}

sayMachine()
const words = process.argv.slice(2)
const names = words.filter((word) => !word.startsWith('--'))
for (const name of names.length > 0 ? names : ['amazon-beauty', 'amazon18-scientific', 'ml-latest-small']) {
  const { items, vectors, histories } = await readSet(name)
  const { train, validation, test } = splitLeaveOneOut(histories)
  const questions = words.includes('--validation') ? validation : test
  console.log(`${name}: ${questions.length} users, ${items} items`)
  const { lists, at } = gatherPositives(train)
  const product = await openProduct()
  const data = { train: lists, trainAt: at, items, vectors, product, pause: async () => {}, memory: MEMORY }
  for (const baseline of METHODS)
    console.log(`  ${baseline.name.padEnd(30)} ${await measure(baseline, data, questions)}`)
  console.log(`  peak ${Math.round(process.resourceUsage().maxRSS / 1024)} MB`)
}
