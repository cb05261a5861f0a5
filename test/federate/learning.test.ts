import { describe, expect, it } from 'vitest'
import { decodeSum, encodeUpdate } from '../../src/federate/fixed-point.js'
import { addGradient } from '../../src/federate/gradient.js'
import {
  adapterOf,
  createModel,
  FED_ADAM,
  FED_AVG,
  type FederatedModel,
  historiesOf,
  moveModel,
  type Optimiser,
  ROUND_SETTINGS,
  scoreHistory,
  trainLocally,
} from '../../src/federate/index.js'
import { countParameters, viewParameters } from '../../src/federate/parameters.js'
import { createRandom } from '../../src/random.js'
import { crypto, items, playRound, walk } from './clients.js'

const { vectors } = items
const settings = { ...ROUND_SETTINGS, negatives: 20, leastClients: 3, bits: 32, range: 1 }
const CLIENTS = 20

/** Clients of ten users each. */
const clients = Array.from({ length: CLIENTS }, (_, client) =>
  historiesOf(
    items,
    Array.from({ length: 10 }, (_, k) => walk(10 * client + k)),
  ),
)
const pooled = historiesOf(
  items,
  Array.from({ length: 10 * CLIENTS }, (_, k) => walk(k)),
)

/** How often what comes next is the best, of users that took no part. */
function nextIsBest(model: FederatedModel): number {
  const adapter = adapterOf(model, vectors)
  let hits = 0
  for (let user = 0; user < 100; user++) {
    const [, ...rows] = historiesOf(items, [walk(5000 + user)]).values
    const logits = scoreHistory(adapter, rows.slice(0, 3))
    for (const row of rows.slice(0, 3)) logits[row] = -Infinity
    hits += Number(logits.indexOf(Math.max(...logits)) === rows[3])
  }
  return hits / 100
}

async function learn(parts: typeof clients, rounds: number, optimiser: Optimiser, more: Partial<typeof settings> = {}) {
  let model = await createModel(crypto, items, { dims: 16, idDims: 8, seed: 1 })
  let moments = null
  for (let round = 0; round < rounds; round++) {
    const invitation = { round, model, settings: { ...settings, ...more } }
    const updates = parts.map((part, client) => trainLocally(invitation, vectors, part, 100 * round + client))
    const total = updates.reduce((sum, { weight }) => sum + weight, 0)
    const mean = model.values.map((_, i) => updates.reduce((sum, one) => sum + (one.delta[i] * one.weight) / total, 0))
    ;({ model, moments } = moveModel(model, mean, optimiser, moments))
  }
  return model
}

describe('the gradient', () => {
  it('is that of the loss, in every part of the model', async () => {
    const { shape, values } = await createModel(crypto, items, { dims: 6, idDims: 3, window: 4 })
    const batch = {
      contexts: Int32Array.of(3, 2, 1, -1, 12, -1, -1, -1, 25, 23, 21, 20),
      targets: Int32Array.of(4, 13, 26),
      negatives: Int32Array.of(7, 4, 33, 40, 26, 58),
      logChances: Float32Array.of(0.1, -0.4, 0, 0.6, -1, 0.2),
    }
    const zeros = () => viewParameters(shape, new Float32Array(countParameters(shape)))
    const lossAt = (at: number, by: number) => {
      const moved = values.slice()
      moved[at] += by
      return addGradient(shape, viewParameters(shape, moved), vectors, batch, zeros())
    }
    const gradient = zeros()
    addGradient(shape, viewParameters(shape, values), vectors, batch, gradient)
    const { values: all, ...parts } = gradient
    expect(Object.keys(parts).length).toBeGreaterThan(3)
    for (const part of Object.values(parts)) {
      // The largest of each part, where differences are least lost in rounding.
      const from = (part.byteOffset - all.byteOffset) / 4
      const at = from + part.reduce((best, g, i) => (Math.abs(g) > Math.abs(part[best]) ? i : best), 0)
      expect(Math.abs(all[at])).toBeGreaterThan(1e-3)
      expect((lossAt(at, 0.01) - lossAt(at, -0.01)) / 0.02 / all[at]).toBeCloseTo(1, 1)
    }
  })
})

describe('learning', () => {
  it('by many clients comes near learning from all events in one place, with FedAdam and FedAvg', async () => {
    const before = nextIsBest(await createModel(crypto, items, { dims: 16, idDims: 8, seed: 1 }))
    const central = nextIsBest(await learn([pooled], 40, FED_ADAM, { batch: 400 }))
    const adam = nextIsBest(await learn(clients, 40, FED_ADAM))
    const average = nextIsBest(await learn(clients, 40, FED_AVG, { steps: 8, batch: 20, rate: 2, clip: 10 }))
    expect(before).toBeLessThan(0.4)
    expect(central).toBeGreaterThan(0.6)
    expect(adam).toBeGreaterThan(0.95 * central)
    expect(average).toBeGreaterThan(0.6)
  }, 60_000)

  it('moves the model by a round as the mean of its clients would', async () => {
    const model = await createModel(crypto, items, { dims: 8, seed: 1 })
    const invitation = { round: 0, model, settings }
    const updates = clients.slice(0, 6).map((part, client) => trainLocally(invitation, vectors, part, client))
    const { mean } = await playRound(invitation, updates)
    const moved = moveModel(model, mean, FED_AVG)
    const total = updates.reduce((sum, { weight }) => sum + weight, 0)
    for (let i = 0; i < mean.length; i += 100) {
      const wanted = updates.reduce((sum, { delta, weight }) => sum + (delta[i] * weight) / total, model.values[i])
      expect(moved.model.values[i]).toBeCloseTo(wanted, 5)
    }
  })
})

describe('an update', () => {
  it('is clipped, weighs as many samples as it may, and is the same for the same seed', async () => {
    const model = await createModel(crypto, items, { dims: 8 })
    const train = (clip: number, seed: number) =>
      trainLocally({ model, settings: { ...settings, clip, mostWeight: 15 } }, vectors, clients[0], seed)
    const long = train(1e6, 1)
    const short = train(0.01, 1)
    const length = (delta: Float32Array) => Math.sqrt(delta.reduce((sum, x) => sum + x * x, 0))
    expect(length(long.delta)).toBeGreaterThan(0.1)
    expect(length(short.delta)).toBeCloseTo(0.01, 6)
    expect([long.weight, short.weight]).toEqual([15, 15])
    expect(train(1e6, 1)).toEqual(long)
    expect(train(1e6, 2).delta).not.toEqual(long.delta)
  })

  it('of a client with nothing to foretell is nothing', async () => {
    const model = await createModel(crypto, items)
    for (const users of [[], [[]], [['p1']], [['gone', 'p1']]]) {
      const { delta, weight } = trainLocally({ model, settings }, vectors, historiesOf(items, users), 1)
      expect(weight).toBe(0)
      expect(delta).toHaveLength(model.values.length)
      expect(delta.every((x) => x === 0)).toBe(true)
    }
  })

  it('is refused where vectors or rows are not those of the model', async () => {
    const model = await createModel(crypto, items)
    const rows = { offsets: Uint32Array.of(0, 2), values: Int32Array.of(0, 60) }
    expect(() => trainLocally({ model, settings }, vectors, rows, 1)).toThrow(
      'holds a row that is none of the 60 items',
    )
    const fewer = { ...vectors, rows: 59 }
    expect(() => trainLocally({ model, settings }, fewer, clients[0], 1)).toThrow('these are 59 vectors of 24 numbers')
    expect(() => moveModel(model, new Float32Array(3), FED_AVG)).toThrow('has 3 numbers, the model has')
  })
})

describe('rounding to 16 bits', () => {
  it('is true on average', () => {
    const delta = Float32Array.from({ length: 2000 }, () => 0.0003)
    const narrow = { ...settings, bits: 16, range: 0.1 }
    const words = encodeUpdate({ delta, weight: 1000 }, narrow, 100, createRandom(1))
    const { sum } = decodeSum(words, narrow, 100)
    expect(new Set(sum).size).toBe(2)
    expect(sum.reduce((total, x) => total + x, 0) / 2000).toBeCloseTo(0.0003, 5)
  })

  it('leaves many clients of little weight what they weigh together', () => {
    // A step of weight is 1 / 32 among a thousand: each alone weighs less than half of one.
    const narrow = { ...settings, bits: 16, mostWeight: 1000 }
    const weights = Array.from({ length: 1000 }, (_, client) => {
      const words = encodeUpdate({ delta: new Float32Array(1), weight: 10 }, narrow, 1000, createRandom(client))
      return decodeSum(words, narrow, 1000).weight
    })
    const together = weights.reduce((total, weight) => total + weight, 0)
    expect(together).toBeGreaterThan(7)
    expect(together).toBeLessThan(13)
  })
})
