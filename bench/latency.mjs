// How long answers take in process, on amazon-beauty (12k items): recommend without effects (p50, p99 of 1,000 users),
// with effects (ten items), explaining each listed item with its counterfactual, an event added -> changed list, and
// explain as a whole process.
// node bench/latency.mjs
import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import Database from 'better-sqlite3'
import { openMiner } from '../dist/index.js'
import { quantile, sayMachine, storeOf } from './data.mjs'

sayMachine()
const original = await storeOf(process.argv[2] ?? 'amazon-beauty', { train: true })
const store = join(mkdtempSync(join(tmpdir(), 'latency-')), 'copy.db')
copyFileSync(original, store)
copyFileSync(`${original}.hnsw`, `${store}.hnsw`)
const db = new Database(store, { readonly: true })
const users = /** @type {string[]} */ (
  db.prepare('SELECT id FROM users WHERE key % 17 = 3 ORDER BY key LIMIT 1200').pluck().all()
)
const item = /** @type {string} */ (
  db.prepare('SELECT id FROM items WHERE live = 1 ORDER BY key LIMIT 1 OFFSET 4321').pluck().get()
)
db.close()

const miner = await openMiner({ store, workers: 0 })
const time = async (work) => {
  const started = performance.now()
  await work()
  return performance.now() - started
}
const say = (name, values) =>
  console.log(
    `${name}: p50 ${quantile(values, 0.5).toFixed(2)} ms, p99 ${quantile(values, 0.99).toFixed(2)} ms (${values.length} calls)`,
  )

console.log(`opening and the first list: ${(await time(() => miner.recommend(users[0]))).toFixed(0)} ms`)
for (const user of users.slice(0, 200)) await miner.recommend(user)
const plain = []
for (const user of users.slice(200)) plain.push(await time(() => miner.recommend(user)))
say('recommend without effects', plain)
const effects = []
for (const user of users.slice(200, 400)) effects.push(await time(() => miner.recommend(user, { effects: true })))
say('recommend with effects, ten items', effects)
const explained = []
for (const user of users.slice(200, 250)) {
  for (const { item } of (await miner.recommend(user)).recommendations) {
    explained.push(await time(() => miner.explain(user, item)))
  }
}
say('explain a listed item, with its counterfactual', explained)
// The first write loads what reads files; it is no write's price.
await miner.addEvents([{ user: users[0], item, type: 'view', at: Date.UTC(2014, 6, 24) }])
const added = []
for (const [k, user] of users.slice(200, 400).entries()) {
  const before = JSON.stringify(await miner.recommend(user))
  let after = ''
  added.push(
    await time(async () => {
      await miner.addEvents([{ user, item, type: 'purchase', at: Date.UTC(2014, 6, 24) + k }])
      after = JSON.stringify(await miner.recommend(user))
    }),
  )
  if (before === after) console.log(`the list of ${user} did not change`)
}
say('event added -> changed list', added)
await miner.close()

const bin = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url))
const whole = []
for (const user of users.slice(300, 321)) {
  whole.push(await time(() => spawnSync(process.execPath, [bin, 'explain', '--user', user, '--db', store, '--json'])))
}
say('explain as a whole process, warm disk', whole)
