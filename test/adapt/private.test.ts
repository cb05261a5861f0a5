import { describe, expect, it } from 'vitest'
import { type Adapter, carryAdapter, placeUser, scoreItems } from '../../src/adapt/adapter.js'
import { trainPrivateAdapter } from '../../src/adapt/private.js'
import type { Lists } from '../../src/columns.js'
import { openRounds } from '../../src/privacy/rounds.js'
import { createRandom } from '../../src/random.js'
import { normalise } from '../../src/vectors/matrix.js'
import type { Rounds } from '../../src/vectors/rounds.js'
import { listAt, packLists } from '../../src/vectors/sparse.js'

const DIMS = 16
const THEMES = 8
const ITEMS = 10 * THEMES

/** Themes of ten items; people who like one theme go on to the next one, which no text tells. */
function makeData(users: number) {
  const random = createRandom(4)
  const data = Float32Array.from({ length: ITEMS * DIMS }, (_, i) => {
    const theme = Math.floor(i / DIMS / 10)
    return (i % DIMS === theme ? 2 : 0) + random.unit() - 0.5
  })
  for (let row = 0; row < ITEMS; row++) normalise(data.subarray(row * DIMS, (row + 1) * DIMS))
  const histories = Array.from({ length: users }, () => {
    const theme = random.below(THEMES)
    const itemOf = (t: number) => 10 * (t % THEMES) + random.below(10)
    return [itemOf(theme), itemOf(theme + 1)]
  })
  return { vectors: { data, rows: ITEMS, dims: DIMS }, histories: packLists(histories) }
}

const plan = { sampleRate: 0.5, steps: 30, clip: 1 }
const train = (histories: Lists, rounds: Rounds, measure: (adapter: Adapter) => Promise<number> = async () => 0) =>
  trainPrivateAdapter({
    vectors: makeData(0).vectors,
    histories,
    random: createRandom(1),
    rounds,
    measure,
    pause: async () => {},
    options: { negatives: 64, rate: 1, mostMovement: 0.01 },
  })

/** How often the best item for who liked one theme is of the next. */
function nextTheme(adapter: Adapter): number {
  let hits = 0
  for (let row = 0; row < ITEMS; row++) {
    const logits = scoreItems(adapter, placeUser(adapter, [row]))
    const best = logits.indexOf(Math.max(...logits))
    hits += Number(Math.floor(best / 10) === (Math.floor(row / 10) + 1) % THEMES)
  }
  return hits / ITEMS
}

describe('the private adapter', () => {
  const { vectors, histories } = makeData(3000)

  it('learns through noise what many do, and from few only noise', async () => {
    const learn = async (users: number) => {
      const { offsets, values } = histories
      const some = { offsets: offsets.slice(0, users + 1), values: values.slice(0, offsets[users]) }
      const rounds = openRounds({ ...plan, noiseMultiplier: 4 }, createRandom(7))
      return nextTheme((await train(some, rounds))!.adapter)
    }
    expect(await learn(3000)).toBeGreaterThan(0.9)
    expect(await learn(60)).toBeLessThan(0.5)
  })

  it('places every item by its text alone, and new ones as the others', async () => {
    const rounds = openRounds({ ...plan, noiseMultiplier: 1 }, createRandom(7))
    const { adapter, curve } = (await train(histories, rounds, async (found) => nextTheme(found)))!
    expect(adapter.bias).toHaveLength(ITEMS)
    expect(adapter.bias.every((b) => b === 0)).toBe(true)
    const again = carryAdapter(adapter, vectors, new Int32Array(ITEMS).fill(-1))
    expect(again.outputs.data).toEqual(adapter.outputs.data)
    expect(curve.at(-1)!.measure).toBe(nextTheme(adapter))
    expect(curve.at(-1)!.loss).toBeLessThan(curve[0].loss)
  })

  it('sums of users with and without one differ by the clip at most, and by nothing but that user', async () => {
    const sumsOf = async (lists: Lists) => {
      const sums: Float64Array[] = []
      const participants = Int32Array.from({ length: 40 }, (_, i) => i)
      const rounds = { ...plan, steps: 1, noiseMultiplier: 0 }
      await train(lists, {
        ...rounds,
        drawParticipants: () => participants,
        addNoiseTo: (sum) => sums.push(sum.slice()),
      })
      return sums[0]
    }
    const users = Array.from({ length: 40 }, (_, user) => Array.from(listAt(histories, user)))
    // Says the same thing time and again: without the clip, as much as six others.
    const loud = [0, 45, 0, 45, 0, 45, 0, 45]
    const without = await sumsOf(packLists([...users.slice(0, 39), []]))
    const withOne = await sumsOf(packLists([...users.slice(0, 39), loud]))
    const moved = Math.hypot(...without.map((x, k) => x - withOne[k]))
    expect(moved).toBeLessThanOrEqual(1 + 1e-5)
    expect(moved).toBeGreaterThan(0.9)
  })
})
