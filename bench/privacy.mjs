// What privacy costs: seconds to forget a user, and how far counts with noise are from the truth.
// node bench/privacy.mjs [amazon-beauty]
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openMiner } from '../dist/index.js'
import { drawGaussian, drawLaplace, ratioOf } from '../dist/privacy/noise.js'
import { openSecureBytes } from '../dist/privacy/secure-bytes.js'
import { quantile, sayMachine, storeOf } from './data.mjs'

sayMachine()
const folder = mkdtempSync(join(tmpdir(), 'privacy-'))
const store = join(folder, 'store.db')
copyFileSync(await storeOf(process.argv[2] ?? 'amazon-beauty'), store)
const miner = await openMiner({ store })
const time = async (work) => {
  const from = performance.now()
  const value = await work()
  return { value, seconds: ((performance.now() - from) / 1000).toFixed(1) }
}

const bytes = openSecureBytes()
for (const [name, draw] of Object.entries({
  Laplace: () => drawLaplace(ratioOf(3), bytes),
  Gaussian: () => drawGaussian(ratioOf(86.3), bytes),
})) {
  const from = performance.now()
  for (let i = 0; i < 20_000; i++) draw()
  console.log(`${name} noise: ${Math.round(20_000 / ((performance.now() - from) / 1000))} draws/s`)
}

// Epsilon 100 is the truth: its noise is 0 but for one count in 10^14.
await miner.setPrivacyBudget({ epsilon: 1000 })
const ask = (epsilon, delta = 0) => miner.privateUserBase({ epsilon, delta, minUsers: 1, limit: 10_000 })
const truth = await time(() => ask(100))
const exact = new Map(truth.value.interests.map(({ id, users }) => [id, users]))
console.log(`interests --all --epsilon, first: ${truth.seconds} s; ${exact.size} topics that anybody likes`)
for (const [epsilon, delta] of [
  [0.1, 0],
  [0.5, 0],
  [1, 0],
  [3, 0],
  [1, 1e-6],
]) {
  const { value, seconds } = await time(() => ask(epsilon, delta))
  const errors = value.interests.map(
    ({ id, users }) => Math.abs(users - (exact.get(id) ?? 0)) / Math.max(1, exact.get(id) ?? 0),
  )
  const share = (100 * value.total) / exact.size
  const noise = `${value.privacy.mechanism}, scale ${value.privacy.scale.toFixed(1)}`
  const far = (q) => `${(100 * quantile(errors, q)).toFixed(1)} %`
  const error = errors.length === 0 ? '' : `; error of a count: median ${far(0.5)}, 95th percentile ${far(0.95)}`
  console.log(
    `epsilon ${epsilon}${delta ? `, delta ${delta}` : ''} (${noise}): ${value.total} topics shown (${share.toFixed(0)} %), from ${value.leastUsers} users on${error}; ${seconds} s`,
  )
}

const { users } = await miner.audience({ interest: (await miner.userBase()).interests[0].id, limit: 3 })
const seconds = []
for (const { user } of users) seconds.push((await time(() => miner.forget(user))).seconds)
console.log(`forget, the files written anew: ${seconds.join(', ')} s each`)
const again = await time(() => miner.forget(users[0].user, { retrain: true }))
console.log(`forget --retrain: ${again.seconds} s${again.value.retrained.trained ? ', trained' : ', fitted alone'}`)
await miner.close()
rmSync(folder, { recursive: true, force: true })
