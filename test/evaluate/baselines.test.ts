import { describe, expect, it } from 'vitest'
import type { Baseline, TrainingData } from '../../src/evaluate/baselines/baseline.js'
import { countCooccurrences } from '../../src/evaluate/baselines/cooccurrence.js'
import { createEase } from '../../src/evaluate/baselines/ease.js'
import { BASELINES } from '../../src/evaluate/baselines/index.js'
import { createItemKnn } from '../../src/evaluate/baselines/item-knn.js'
import { createTale } from '../../src/evaluate/baselines/tale.js'
import { createTgh } from '../../src/evaluate/baselines/tgh.js'
import type { Question } from '../../src/evaluate/questions/split.js'
import { normaliseRows } from '../../src/vectors/matrix.js'
import { openProduct } from '../../src/vectors/onnx-runtime.js'
import { packLists } from '../../src/vectors/sparse.js'
import { historyOf } from './histories.js'

const DAY = 86_400_000
const ITEMS = 8
/**
 * Two groups of items that no user mixes, {0, 1, 2} and {3, 4, 5}; 6 belongs to the second, 7 is new. 2 and 5 come
 * last.
 */
const TRAIN = [[0, 1, 2], [0, 1, 2], [1, 0, 2], [0, 1], [3, 4, 5], [3, 4, 5], [3, 4], [4, 5, 6], [5], [5], []]

function dataOf(changes: Partial<TrainingData> = {}): TrainingData {
  const train = packLists(TRAIN)
  const vectors = normaliseRows({
    // 7 reads like 0, 6 like 3.
    data: Float32Array.from(
      [
        [5, 0, 1, 0],
        [5, 0, 0, 1],
        [5, 0, 0, -1],
        [0, 5, 1, 0],
        [0, 5, 0, 1],
        [0, 5, 0, -1],
        [0, 5, 2, 0],
        [5, 0, 2, 0],
      ].flat(),
    ),
    rows: ITEMS,
    dims: 4,
  })
  return {
    train,
    // A day between the events of a user.
    trainAt: Float64Array.from(TRAIN.flatMap((list) => list.map((_, i) => i * DAY))),
    items: ITEMS,
    vectors,
    product: null,
    pause: async () => {},
    memory: 1e9,
    ...changes,
  }
}

function ask(rows: number[], at = (i: number) => i * DAY): Question {
  return { user: 0, history: historyOf(rows.map((row, i) => [row, at(i)])), target: -1, at: Number.NaN }
}

async function scoresOf(baseline: Baseline, questions: Question[], data = dataOf()): Promise<number[][]> {
  const { score } = await baseline.fit(data)
  const block = await score!(questions)
  expect(block).toHaveLength(questions.length * ITEMS)
  return questions.map((_, q) => [...block.subarray(q * ITEMS, (q + 1) * ITEMS)])
}

/** The best item that is not in the history, for each history. */
async function bestOf(baseline: Baseline, histories: number[][], data?: TrainingData): Promise<number[]> {
  const scores = await scoresOf(
    baseline,
    histories.map((rows) => ask(rows)),
    data,
  )
  return scores.map((one, q) => {
    const left = one.map((score, row) => (histories[q].includes(row) ? -Infinity : score))
    return left.indexOf(Math.max(...left))
  })
}

const named = (name: string) => BASELINES.find((baseline) => baseline.name === name)!

describe('baselines', () => {
  it('have names of their own and say where they come from', () => {
    expect(new Set(BASELINES.map(({ name }) => name)).size).toBe(BASELINES.length)
    for (const { source } of BASELINES) expect(source.length).toBeGreaterThan(10)
  })

  it.each(BASELINES.filter(({ name }) => name !== 'popularity' && name !== 'text-kNN').map((one) => [one.name, one]))(
    '%s goes on in the group of items that the history is from',
    async (_, baseline) => {
      expect(
        await bestOf(baseline as Baseline, [
          [0, 1],
          [3, 4],
        ]),
      ).toEqual([2, 5])
    },
  )

  it.each(BASELINES.map((one) => [one.name, one]))('%s is the same on native code', async (_, baseline) => {
    const questions = [ask([0, 1]), ask([3]), ask([])]
    const plain = await scoresOf(baseline as Baseline, questions)
    const native = await scoresOf(baseline as Baseline, questions, dataOf({ product: await openProduct() }))
    expect(plain.map((scores) => scores.length)).toEqual([ITEMS, ITEMS, ITEMS])
    plain.forEach((scores, q) => {
      scores.forEach((score, row) => {
        expect(native[q][row]).toBeCloseTo(score, 5)
      })
    })
  })

  it('of popularity counts users', async () => {
    expect(await scoresOf(named('popularity'), [ask([0])])).toEqual([[4, 4, 3, 3, 4, 5, 1, 0]])
  })

  it('of text find what reads alike, new or not, newer items first', async () => {
    expect(await bestOf(named('text-kNN'), [[0], [3], [3, 0], [0, 3]])).toEqual([7, 6, 7, 6])
    const [scores] = await scoresOf(named('text-kNN'), [ask([3, 0])])
    expect(scores[0]).toBeCloseTo(1 + 0.7 / 26, 5)
  })

  it('of behaviour and text fall back on text for an item that nobody has', async () => {
    expect(await bestOf(named('item-kNN'), [[7, 0]])).toEqual([1])
    expect(await bestOf(named('item-kNN + text'), [[7]])).toEqual([0])
  })

  it('item-kNN is the binary cosine, decayed or not', async () => {
    const cosine = (both: number, a: number, b: number) => both / Math.sqrt(a * b)
    const [decayed] = await scoresOf(createItemKnn(), [ask([0, 1])])
    expect(decayed[2]).toBeCloseTo(cosine(3, 4, 3) * 1.7, 5)
    expect(decayed[0]).toBeCloseTo(cosine(4, 4, 4), 5)
    const [even] = await scoresOf(createItemKnn({ decay: 1 }), [ask([0, 1])])
    expect(even[2]).toBeCloseTo(2 * cosine(3, 4, 3), 5)
    const together = await countCooccurrences(packLists([[0, 1, 2], [2, 1], [3]]), 4, async () => {})
    expect(together.offsets).toEqual(Uint32Array.of(0, 2, 4, 6, 6))
    expect(together.columns).toEqual(Int32Array.of(1, 2, 0, 2, 0, 1))
    expect(together.values).toEqual(Int32Array.of(1, 1, 1, 2, 1, 2))
  })

  it('co-visits know what comes after what', async () => {
    const [first, last] = await scoresOf(named('co-visits'), [ask([4]), ask([5])])
    expect(first[5]).toBeGreaterThan(last[4])
  })

  it('EASE restores an item from the others, never from itself', async () => {
    const lambda = 3
    const [one, both] = await scoresOf(createEase({ lambda }), [ask([0]), ask([0, 1])])
    expect(one[0]).toBeCloseTo(0, 6)
    expect(one[7]).toBe(0)
    expect(both[2]).toBeGreaterThan(one[2])
    // B_0j = -P_0j / P_jj, worked by hand on the items 0, 1, 2 alone: G = [[4,4,3],[4,4,3],[3,3,3]] + 3 I.
    const minors = { p01: 3 * 3 - 4 * 6, p11: 7 * 6 - 3 * 3 }
    expect(one[1]).toBeCloseTo(-minors.p01 / minors.p11, 5)
  })

  it('TALE weighs by time, by order where there is none, and learns what comes next', async () => {
    const tale = createTale({ lambda: 0.5, tauDays: 2, tauSteps: 2, floor: 0 })
    const near = (i: number) => i * DAY
    const far = (i: number) => i * 1000 * DAY
    const undated = () => Number.NaN
    const [close, apart, order, alone] = await scoresOf(tale, [
      ask([3, 1], near),
      ask([3, 1], far),
      ask([3, 1], undated),
      ask([1], near),
    ])
    // A very old event weighs nothing; one step weighs as much as one day here.
    apart.forEach((score, row) => {
      expect(score).toBeCloseTo(alone[row], 6)
      expect(order[row]).toBeCloseTo(close[row], 5)
    })
    expect(close[4]).toBeGreaterThan(apart[4] + 0.01)
    expect(await bestOf(tale, [[3], [4]])).toEqual([4, 5])
  })

  it('TGH needs transitions and alike texts, and asks the last two items only', async () => {
    const [scores] = await scoresOf(createTgh({ second: 0 }), [ask([3, 0])])
    expect(scores.indexOf(Math.max(...scores.slice(1)))).toBe(1)
    const [two, three] = await scoresOf(createTgh(), [ask([0, 1]), ask([4, 0, 1])])
    expect(three).toEqual(two)
    const bare = { leastTransition: 0, leastText: 0, transitionPower: 1, second: 0 }
    const [product] = await scoresOf(createTgh(bare), [ask([4])])
    // 4 -> 5 by three users at one step forward; 4 -> 3 by three backward; 4 -> 6 by one at two steps: 3, 1.5, .5.
    expect(product[5]).toBeCloseTo((3 / 5) * (24 / 26), 5)
    expect(product[3]).toBeCloseTo((1.5 / 5) * (25 / 26), 5)
    expect(product[0]).toBe(0)
  })

  it('say why where the memory does not suffice', async () => {
    for (const name of ['item-kNN', 'item-kNN + text', 'EASE', 'TALE form']) {
      const fitted = await named(name).fit(dataOf({ memory: 10 }))
      expect(fitted).toEqual({ score: null, reason: expect.stringMatching(/limit/) })
    }
  })
})
