import { describe, expect, it } from 'vitest'
import type { Matrix } from '../../src/columns.js'
import { findAxes, project } from '../../src/distill/axes.js'
import type { DistillColumns } from '../../src/distill/columns.js'
import { distillTable } from '../../src/distill/distill.js'
import { createInitialTable } from '../../src/distill/initial-table.js'
import { createRandom } from '../../src/random.js'
import { createMatrix, dotRows, normalise, rowOf } from '../../src/vectors/matrix.js'
import { listAt, packLists } from '../../src/vectors/sparse.js'

const pause = async () => {}
const DIMS = 24
const TOKENS = 80
const ITEMS = 300
const options = { dims: 16, seed: 1, around: [0], product: null, pause }

/**
 * A teacher whose texts are weighted sums of hidden token vectors, in 12 of 24 dimensions, and who says of a token by
 * itself something that is only like it.
 */
function makeColumns(): DistillColumns {
  const random = createRandom(5)
  const number = () => random.unit() - 0.5
  const hidden = createMatrix(TOKENS, DIMS)
  const tokens = createMatrix(TOKENS, DIMS)
  for (let token = 0; token < TOKENS; token++) {
    for (let k = 0; k < 12; k++) rowOf(hidden, token)[k] = (token % 7 === 0 ? 0.2 : 1) * number()
    for (let k = 0; k < DIMS; k++) rowOf(tokens, token)[k] = rowOf(hidden, token)[k] + 0.2 * number()
    normalise(rowOf(tokens, token))
  }
  const texts = packLists(
    Array.from({ length: ITEMS }, () => [0, ...Array.from({ length: 7 }, () => random.below(TOKENS))]),
  )
  const vectors = createMatrix(ITEMS, DIMS)
  for (let text = 0; text < ITEMS; text++) {
    for (const token of listAt(texts, text)) {
      for (let k = 0; k < DIMS; k++) rowOf(vectors, text)[k] += rowOf(hidden, token)[k]
    }
    normalise(rowOf(vectors, text))
  }
  return { tokens, texts, vectors, owners: Int32Array.from({ length: ITEMS }, (_, text) => text) }
}

const columns = makeColumns()

/** Mean cosine of a table's sums to the teacher. */
async function nearness(table: Matrix): Promise<number> {
  const targets = await project(
    columns.vectors,
    await findAxes(columns.vectors, columns.tokens, table.dims, pause),
    null,
    pause,
  )
  const sums = createMatrix(ITEMS, table.dims)
  for (let text = 0; text < ITEMS; text++) {
    for (const token of listAt(columns.texts, text)) {
      for (let k = 0; k < table.dims; k++) rowOf(sums, text)[k] += rowOf(table, token)[k]
    }
    normalise(rowOf(sums, text))
  }
  return Array.from({ length: ITEMS }, (_, text) => dotRows(sums, text, targets, text)).reduce((a, b) => a + b) / ITEMS
}

describe('a student', () => {
  it('comes near its teacher, on items that it never saw too', async () => {
    const { table, heldOut, cosine, passes } = await distillTable(columns, options)
    expect([table.rows, table.dims]).toEqual([TOKENS, 16])
    expect(passes).toBeGreaterThan(0)
    expect(heldOut!.texts).toBeGreaterThan(15)
    expect(heldOut!.cosine).toBeGreaterThan(0.97)
    expect(cosine).toBeCloseTo(await nearness(table), 5)
    const untaught = await distillTable({ ...columns, texts: packLists([]), owners: new Int32Array(0) }, options)
    expect(cosine!).toBeGreaterThan((await nearness(untaught.table)) + 0.05)
  })

  it('is the same to the byte with the same seed, and another with another', async () => {
    const [one, same, other] = await Promise.all([1, 1, 2].map((seed) => distillTable(columns, { ...options, seed })))
    expect(same).toEqual(one)
    expect(other.table.data).not.toEqual(one.table.data)
  })

  it('of few items is fitted all the same, and says that nothing was held out', async () => {
    const few = {
      ...columns,
      texts: packLists([
        [0, 1, 2],
        [0, 3],
      ]),
      vectors: createMatrix(2, DIMS),
      owners: Int32Array.of(0, 1),
    }
    few.vectors.data.set(columns.vectors.data.subarray(0, 2 * DIMS))
    const { heldOut, cosine } = await distillTable(few, options)
    expect(heldOut).toBeNull()
    expect(cosine).toBeGreaterThan(0.95)
  })

  it('stops where its pause throws', async () => {
    let pauses = 0
    const stopping = async () => {
      if (++pauses > 20) throw new Error('stopped')
    }
    await expect(distillTable(columns, { ...options, pause: stopping })).rejects.toThrow('stopped')
  })
})

describe('axes', () => {
  it('are orthonormal and lose nothing of vectors that lie in so many dimensions', async () => {
    const axes = await findAxes(columns.vectors, columns.tokens, 12, pause)
    for (let i = 0; i < 12; i++) {
      for (let j = 0; j <= i; j++) expect(dotRows(axes, i, axes, j)).toBeCloseTo(i === j ? 1 : 0, 5)
    }
    const placed = await project(columns.vectors, axes, null, pause)
    // The tokens, which lie in all dimensions, turn the axes a little.
    for (let text = 0; text < 20; text++) expect(dotRows(placed, text, placed, text)).toBeGreaterThan(0.98)
  })
})

describe('the table before it is fitted', () => {
  const lengthOf = (table: Matrix, row: number) => Math.sqrt(dotRows(table, row, table, row))

  it('makes common tokens weigh less', () => {
    const table = createInitialTable(columns.tokens, columns.texts, [0])
    expect(lengthOf(table, 0)).toBeLessThan(lengthOf(table, 1) / 5)
  })

  it('takes tokens for rarer the later they are numbered, where there are no texts', () => {
    const table = createInitialTable(columns.tokens, packLists([]), [70])
    expect(lengthOf(table, 1)).toBeLessThan(lengthOf(table, 60))
    expect(lengthOf(table, 70)).toBeLessThan(lengthOf(table, 1))
  })
})
