import { describe, expect, it } from 'vitest'
import { type Adapter, carryAdapter, placeUser, scoreItems } from '../../src/adapt/adapter.js'
import { trainAdapter } from '../../src/adapt/train.js'
import { createRandom } from '../../src/random.js'
import { normalise } from '../../src/vectors/matrix.js'
import { listAt, packLists } from '../../src/vectors/sparse.js'

const DIMS = 24
const ITEMS = 60

/** Themes of ten items, whose texts tell the theme; every item is followed by the next of its theme. */
function makeData(users: number) {
  const random = createRandom(4)
  const data = Float32Array.from({ length: ITEMS * DIMS }, (_, i) => {
    const row = Math.floor(i / DIMS)
    return (i % DIMS === Math.floor(row / 10) ? 2 : 0) + random.unit() - 0.5
  })
  for (let row = 0; row < ITEMS; row++) normalise(data.subarray(row * DIMS, (row + 1) * DIMS))
  const histories = packLists(
    Array.from({ length: users }, () => {
      const theme = 10 * random.below(ITEMS / 10)
      const from = random.below(5)
      return Array.from({ length: 5 }, (_, k) => theme + from + k)
    }),
  )
  return { vectors: { data, rows: ITEMS, dims: DIMS }, histories }
}

const options = { dims: 16, batch: 64, negatives: 32, fewestPasses: 6, mostPasses: 6 }
const train = (measure: (adapter: Adapter) => Promise<number>, seed = 1) =>
  trainAdapter({ ...makeData(400), random: createRandom(seed), options, measure, pause: async () => {} })

/** How often the item that comes next is the best by the adapter. */
async function nextIsBest(adapter: Adapter): Promise<number> {
  const { histories } = makeData(400)
  let hits = 0
  for (let user = 0; user < 100; user++) {
    const rows = listAt(histories, user)
    const logits = scoreItems(adapter, placeUser(adapter, rows.subarray(0, 4)))
    for (const row of rows.subarray(0, 4)) logits[row] = -Infinity
    hits += Number(logits.indexOf(Math.max(...logits)) === rows[4])
  }
  return hits / 100
}

describe('the adapter', () => {
  it('learns what comes next, better with every pass, and keeps the best', async () => {
    const trained = (await train(nextIsBest))!
    const measures = trained.curve.map(({ measure }) => measure)
    expect(trained.curve.at(-1)!.loss).toBeLessThan(trained.curve[0].loss)
    expect(Math.max(...measures)).toBeGreaterThan(0.6)
    expect(await nextIsBest(trained.adapter)).toBe(Math.max(...measures))
  })

  it('stops where the measure no longer grows', async () => {
    let passes = 0
    const trained = await train(async () => [1, 2, 1, 1, 5, 6][passes++])
    expect(trained!.curve.map(({ measure }) => measure)).toEqual([1, 2, 1, 1])
  })

  it('is the same to the byte for the same seed, and another for another', async () => {
    const adapters = await Promise.all([1, 1, 2].map(async (seed) => (await train(async () => 0, seed))!.adapter))
    expect(adapters[0]).toEqual(adapters[1])
    expect(adapters[0].outputs.data).not.toEqual(adapters[2].outputs.data)
  })

  it('places new items by their text: nearest to their theme', async () => {
    const { adapter } = (await train(nextIsBest))!
    const { vectors } = makeData(400)
    const wider = {
      data: Float32Array.of(...vectors.data, ...vectors.data.subarray(23 * DIMS, 24 * DIMS)),
      rows: 61,
      dims: DIMS,
    }
    const carried = carryAdapter(
      adapter,
      wider,
      Int32Array.from({ length: 61 }, (_, row) => (row < ITEMS ? row : -1)),
    )
    expect(carried.outputs.data.subarray(0, ITEMS * 16)).toEqual(adapter.outputs.data)
    expect(carried.bias[60]).toBeCloseTo(adapter.coldBias, 6)
    const user = placeUser(carried, Int32Array.of(20, 21, 22))
    const logits = scoreItems(carried, user)
    const others = [0, 1, 2, 3, 4].map(
      (theme) =>
        logits[(theme < 2 ? theme : theme + 1) * 10 + 3] - carried.bias[(theme < 2 ? theme : theme + 1) * 10 + 3],
    )
    expect(logits[60] - carried.bias[60]).toBeGreaterThan(Math.max(...others))
  })

  it('places nobody nowhere', async () => {
    const { adapter } = (await train(nextIsBest))!
    expect(placeUser(adapter, [])).toEqual(new Float32Array(16))
  })
})
