// Training the scorer: seconds, peak memory, and NDCG@10 of users that were not learnt from, before and after, on
// copies of the built stores.
// node bench/train.mjs [set …]
import { copyFileSync, existsSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openMiner } from '../dist/index.js'
import { sayMachine, storeOf } from './data.mjs'

sayMachine()
const names = process.argv.slice(2)
for (const set of names.length > 0 ? names : ['amazon-beauty', 'amazon18-scientific', 'ml-latest-small']) {
  const original = await storeOf(set)
  const store = join(mkdtempSync(join(tmpdir(), 'train-')), 'copy.db')
  copyFileSync(original, store)
  if (existsSync(`${original}.hnsw`)) copyFileSync(`${original}.hnsw`, `${store}.hnsw`)
  const miner = await openMiner({ store })
  const { scorer, users, heldOut, lists, candidateRecall, ndcg, seconds } = await miner.train()
  await miner.close()
  console.log(
    `${set}: ${seconds.toFixed(0)} s, ${lists} events of ${users} users learnt from, scorer ${scorer.id}; ${heldOut} other users: candidates hold ${candidateRecall.toFixed(3)}, NDCG@10 ${ndcg.before.toFixed(4)} -> ${ndcg.after.toFixed(4)}; peak ${Math.round(process.resourceUsage().maxRSS / 1024)} MB`,
  )
}
