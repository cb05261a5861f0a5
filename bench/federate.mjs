// Federated training of the adapter on a data set: the same model trained on all events in one place, by shops (all users
// dealt out by a seed) and by users as clients. NDCG@10 of the adapter alone, each user's last item left out (validation:
// the one before, while settings are chosen); bytes, rounds, seconds. Updates are summed as the protocol sums them, in
// fixed point; one round of each kind runs through the whole protocol, and its sum must be the same.
// node bench/federate.mjs [set] [--validation] [--only central,shops,users,full] [--seed S] [--judges N]
// [--rounds N] [--a-round N] [--shops N] [--shape JSON] [--settings JSON] [--rate R] [--own-rate R] [--no-protocol]
import { parseArgs } from 'node:util'
import { trainAdapter } from '../dist/adapt/train.js'
import { createWords, decodeSum, encodeUpdate } from '../dist/federate/fixed-point.js'
import {
  acceptInvitation,
  adapterOf,
  admitClients,
  closeRound,
  collectMasked,
  createModel,
  FED_ADAM,
  maskUpdate,
  moveModel,
  openRound,
  passShares,
  ROUND_SETTINGS,
  revealShares,
  scoreHistory,
  shareSecrets,
  trainLocally,
} from '../dist/federate/index.js'
import { createRandom, sampleBelow } from '../dist/random.js'
import { floatsOf } from '../dist/vectors/precision.js'
import { listAt, packLists } from '../dist/vectors/sparse.js'
import { FLAG, must, sayMachine, storeOf, TEXT } from './data.mjs'
import { openProtocol, summarise } from './protocol.mjs'

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    validation: FLAG,
    only: TEXT,
    seed: TEXT,
    judges: TEXT,
    rounds: TEXT,
    'a-round': TEXT,
    shops: TEXT,
    shape: TEXT,
    settings: TEXT,
    rate: TEXT,
    'own-rate': TEXT,
    'no-protocol': FLAG,
  },
})
/** @import { Optimiser } from '../dist/federate/optimise.js' */

const seed = Number(flags.seed ?? 1)
const only = flags.only?.split(',') ?? ['central', 'shops', 'users', 'full']
const set = positionals[0] ?? 'amazon-beauty'
const { crypto } = globalThis
const since = (started) => (performance.now() - started) / 1000

const back = flags.validation ? 2 : 1
const { model: fitted, users, lists } = await openProtocol(await storeOf(set), { hidden: back, back })
const items = {
  encoder: 'the store',
  ids: Array.from({ length: fitted.vectors.rows }, (_, row) => String(row)),
  vectors: floatsOf(fitted.vectors),
}
const clients = Array.from({ length: lists.offsets.length - 1 }, (_, user) => listAt(lists, user)).filter(
  (rows) => rows.length > 1,
)
const judges = sampleBelow(createRandom(seed), users.length, Number(flags.judges ?? users.length))
/** Enough of them to follow a training by. */
const few = sampleBelow(createRandom(seed), users.length, 1500)

function judge(adapter, chosen = judges) {
  const ranks = Array.from(chosen, (i) => {
    const { history, target } = users[i]
    const logits = scoreHistory(adapter, history.rows)
    const own = logits[target]
    for (const row of history.seenRows) logits[row] = -Infinity
    return logits.reduce((rank, logit) => rank + Number(logit > own), 0)
  })
  return summarise(ranks)
}

/** Deals users out: a list of histories for each client. */
function deal(parts) {
  const order = sampleShuffled(clients.length)
  return Array.from({ length: parts }, (_, part) =>
    packLists(order.filter((_, i) => i % parts === part).map((i) => clients[i])),
  )
}

function sampleShuffled(n) {
  const random = createRandom(seed)
  return Array.from({ length: n }, (_, i) => [random.unit(), i])
    .sort(([a], [b]) => a - b)
    .map(([, i]) => i)
}

/** One round through every message; returns what `closeRound` does, seconds, and bytes of one client up and down. */
async function playProtocol(invitation, updates) {
  const started = performance.now()
  const opened = openRound(invitation)
  const joined = await Promise.all(updates.map(() => acceptInvitation(crypto, opened.message)))
  const admission = await admitClients(
    crypto,
    opened,
    joined.map(({ message }) => message),
    seed,
  )
  const shared = await Promise.all(joined.map(({ state }) => shareSecrets(crypto, state, admission.message)))
  const passed = await passShares(
    admission.state,
    shared.map(({ message }) => message),
  )
  const masked = []
  for (const [client, { state }] of shared.entries())
    masked.push(await maskUpdate(crypto, state, must(passed.messages[client], 'message'), updates[client], client))
  const client = since(started) / updates.length
  const collected = await collectMasked(
    passed.state,
    masked.map(({ message }) => message),
  )
  const replies = await Promise.all(masked.map(({ state }) => revealShares(crypto, state, collected.message)))
  const closed = await closeRound(crypto, collected.state, replies)
  const up = [joined[0], shared[0], masked[0]].reduce((sum, { message }) => sum + message.length, replies[0].length)
  const down = [opened.message, admission.message, must(passed.messages[0], 'message'), collected.message].reduce(
    (sum, { length }) => sum + length,
    0,
  )
  return { ...closed, seconds: since(started), client, up, down, masked: masked[0].message.length }
}

/** The sum that the protocol would open, without masks. */
function sumPlainly({ settings, model }, updates) {
  const sum = createWords(settings.bits, model.values.length + 1)
  updates.forEach((update, client) => {
    const words = encodeUpdate(update, settings, updates.length, createRandom(client))
    for (let i = 0; i < sum.length; i++) sum[i] += words[i]
  })
  const { weight, sum: total } = decodeSum(sum, settings, updates.length)
  return Float32Array.from(total, (x) => x / weight)
}

/** Trains by rounds of `aRound` clients of `parts`; the last round goes through the protocol. */
async function train(name, parts, { aRound, settings }) {
  const started = performance.now()
  let model = await createModel(crypto, items, { seed, ...JSON.parse(flags.shape ?? '{}') })
  let moments = null
  let loss = 0
  const norms = []
  for (let round = 0; round < rounds; round++) {
    const chosen = sampleBelow(createRandom(1000 * seed + round), parts.length, aRound)
    const updates = Array.from(chosen, (part) =>
      trainLocally({ model, settings }, items.vectors, parts[part], 7919 * round + part),
    )
    const weight = updates.reduce((sum, one) => sum + one.weight, 0)
    loss += updates.reduce((sum, one) => sum + (one.weight > 0 ? (one.loss * one.weight) / weight : 0), 0) / 10
    norms.push(...updates.map(({ delta }) => Math.sqrt(delta.reduce((sum, x) => sum + x * x, 0))))
    const mean = updates.length > 1 ? sumPlainly({ settings, model }, updates) : updates[0].delta
    if (round === rounds - 1 && aRound > 1 && !flags['no-protocol'])
      await tellProtocol(name, { round, model, settings }, updates, mean)
    const pace = Math.max(0.05, 1 - round / rounds)
    const optimiser = { ...FED_ADAM, rate: pace * rate, ownRate: pace * ownRate }
    ;({ model, moments } = moveModel(model, mean, optimiser, moments))
    if (round % 10 === 9) {
      const { ndcg } = judge(adapterOf(model, items.vectors), few)
      norms.sort((a, b) => a - b)
      console.log(
        `${name}  round ${round + 1}  ${since(started).toFixed(0)} s  loss ${loss.toFixed(3)}  NDCG@10 ${ndcg} of ${few.length} users  norms ${norms[norms.length >> 1].toFixed(3)} median, ${norms[norms.length - 1].toFixed(3)} most`,
      )
      loss = 0
    }
  }
  const { ndcg, recall } = judge(adapterOf(model, items.vectors))
  console.log(
    `${name}  NDCG@10 ${ndcg}  Recall@10 ${recall}  of ${judges.length} users; ${rounds} rounds of ${Math.min(aRound, parts.length)} of ${parts.length} clients, ${since(started).toFixed(0)} s`,
  )
  return ndcg
}

async function tellProtocol(name, invitation, updates, mean) {
  const played = await playProtocol(invitation, updates)
  const same = played.mean.every((x, i) => x === mean[i])
  console.log(
    `${name}  a round through the protocol: ${played.clients} clients, ${played.seconds.toFixed(1)} s (${(1000 * played.client).toFixed(0)} ms a client), sum ${same ? 'the same' : 'ANOTHER'}; bytes a client and round: ${played.up} up (update ${played.masked}), ${played.down} down (model ${4 * mean.length})`,
  )
}

/** What a client of each kind does in a round: together they see as many samples as the central training. */
const KINDS = {
  central: { aRound: 1, settings: { batch: 1600, negatives: 512, clip: 1e6 } },
  shops: { aRound: 100, settings: { batch: 64, negatives: 512 } },
  users: { aRound: 200, settings: { batch: 40, negatives: 64, mostWeight: 10 } },
}

sayMachine()
const rate = Number(flags.rate ?? FED_ADAM.rate)
const { ownRate: usual } = /** @type {Extract<Optimiser, { kind: 'adam' }>} */ (FED_ADAM)
const ownRate = Number(flags['own-rate'] ?? usual)
const rounds = Number(flags.rounds ?? 100)
const clientsOf = {
  central: () => [packLists(clients)],
  shops: () => deal(Number(flags.shops ?? 100)),
  users: () => clients.map((rows) => packLists([rows])),
}
const found = {}
for (const [kind, { aRound, settings }] of Object.entries(KINDS)) {
  if (!only.includes(kind)) continue
  const own = kind === 'central' ? {} : JSON.parse(flags.settings ?? '{}')
  found[kind] = await train(kind, clientsOf[kind](), {
    aRound: kind === 'central' ? 1 : Number(flags['a-round'] ?? aRound),
    settings: { ...ROUND_SETTINGS, ...settings, ...own },
  })
}
if (only.includes('full')) {
  const started = performance.now()
  const trained = await trainAdapter({
    vectors: items.vectors,
    histories: lists,
    random: createRandom(seed),
    measure: async (adapter) => judge(adapter, few).ndcg,
    pause: async () => {},
  })
  found.full = judge(must(trained, 'ONNX Runtime').adapter).ndcg
  console.log(`train's own adapter  NDCG@10 ${found.full}, ${since(started).toFixed(0)} s`)
}
for (const kind of ['shops', 'users']) {
  if (found[kind] && found.central)
    console.log(`${kind} against central: ${((100 * found[kind]) / found.central - 100).toFixed(1)} %`)
}
