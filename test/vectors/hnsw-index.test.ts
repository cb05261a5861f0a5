import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Matrix } from '../../src/columns.js'
import { createRandom } from '../../src/random.js'
import { findGraphAxes } from '../../src/vectors/axes.js'
import { createExactIndex } from '../../src/vectors/exact-index.js'
import { buildGraph, type GraphSeal, loadHnswLibrary, openGraph } from '../../src/vectors/hnsw-index.js'
import { createMatrix, normaliseRows, rowOf } from '../../src/vectors/matrix.js'

const ROWS = 4200
const none = new Uint8Array(ROWS)
const noPause = async () => undefined

function randomVectors(rows: number, dims: number, seed: number): Matrix {
  const random = createRandom(seed)
  const matrix = createMatrix(rows, dims)
  for (let i = 0; i < matrix.data.length; i++) matrix.data[i] = random.unit() - 0.5
  return normaliseRows(matrix)
}

describe.runIf(loadHnswLibrary())('the graph beside the store', () => {
  const vectors = randomVectors(ROWS, 32, 7)
  const file = join(mkdtempSync(join(tmpdir(), 'graph-')), 'a.hnsw')
  let axes: Matrix
  let seal: GraphSeal
  beforeAll(async () => {
    axes = await findGraphAxes(vectors, 1, noPause)
    seal = (await buildGraph({ vectors, axes }, file, noPause))!
  })
  const open = (removed = none, loose = new Int32Array(0)) => openGraph(file, seal, { vectors, axes }, removed, loose)!

  it('finds what exact search finds', () => {
    const exact = createExactIndex(vectors)
    const index = open()
    let agreed = 0
    for (let row = 0; row < 100; row++) {
      const wanted = new Set(exact.search(rowOf(vectors, row), 10).rows)
      agreed += index.search(rowOf(vectors, row), 10).rows.filter((found) => wanted.has(found)).length
    }
    expect(agreed / 1000).toBeGreaterThanOrEqual(0.99)
  })

  it('gives n results through any filter that lets n pass, exactly as a scan would', () => {
    const exact = createExactIndex(vectors)
    const index = open()
    for (const every of [2, 50, 1000]) {
      const allow = (row: number) => row % every === 1
      const found = index.search(rowOf(vectors, 3), 4, allow)
      expect(found.rows).toHaveLength(4)
      expect(found.rows.every(allow)).toBe(true)
      if (every > 2) expect([...found.rows]).toEqual([...exact.search(rowOf(vectors, 3), 4, allow).rows])
    }
  })

  it('never returns removed rows and sees changed ones as they are now', () => {
    const removed = none.slice()
    const query = rowOf(vectors, 10)
    const [nearest] = open().search(query, 1).rows
    removed[nearest] = 1
    expect(open(removed).search(query, 5).rows).not.toContain(nearest)
    const changed = { ...vectors, data: vectors.data.slice() }
    rowOf(changed, 20).set(query)
    const index = openGraph(file, seal, { vectors: changed, axes }, none, Int32Array.of(20))!
    expect([...index.search(query, 2).rows].sort()).toEqual([10, 20])
  })

  it('builds the same bytes from the same vectors', async () => {
    const again = await buildGraph({ vectors, axes }, `${file}.again`, noPause)
    expect(again).toEqual(seal)
    expect(readFileSync(`${file}.again`).equals(readFileSync(file))).toBe(true)
  })

  it('refuses a file that is not the one that was built, before the native loader sees it', () => {
    for (const [name, bytes] of [
      ['cut', readFileSync(file).subarray(0, 5000)],
      ['text', Buffer.alloc(seal.bytes, 0x41)],
      ['empty', Buffer.alloc(0)],
    ] as const) {
      writeFileSync(`${file}.${name}`, bytes)
      expect(openGraph(`${file}.${name}`, seal, { vectors, axes }, none, new Int32Array(0))).toBeNull()
    }
    expect(openGraph(`${file}.missing`, seal, { vectors, axes }, none, new Int32Array(0))).toBeNull()
    expect(openGraph(file, { ...seal, dims: 16 }, { vectors, axes }, none, new Int32Array(0))).toBeNull()
  })
})
