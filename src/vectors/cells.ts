import type { Lists, Matrix } from '../columns.js'
import { createRandom, sampleBelow } from '../random.js'
import { createMatrix, gatherRows, normalise, plainProduct, rowOf } from './matrix.js'
import type { Product } from './onnx-runtime.js'
import { topOf } from './top-k.js'

/** Groups of rows that lie together: who looks for near rows looks through a few of them instead of all rows. */
export interface Cells {
  /** Unit vectors, one row a cell. */
  centroids: Matrix
  /** Cell -> its rows, ascending; a cell may have none. */
  members: Lists
}

/**
 * From so many rows on neighbours are found, and answers looked up, by cells: comparing every row with every other
 * grows with the square, and a graph of 200,000 rows takes a minute and a quarter of a gigabyte to build.
 */
export const CELLS_FROM = 40_000
/** Rows that the places of each centroid are found on, and how often these are moved. */
const SAMPLE_A_CELL = 60
const ROUNDS = 6
/** Rows compared with all centroids between two pauses. */
const BLOCK = 512
const SEED = 1

/** k-means on the sphere, as many cells as rows a cell. Deterministic. `vectors`: unit rows. */
export async function formCells(vectors: Matrix, product: Product | null, pause: () => Promise<void>): Promise<Cells> {
  const random = createRandom(SEED)
  const count = Math.max(1, Math.round(Math.sqrt(vectors.rows)))
  const sample = gatherRows(vectors, sampleBelow(random, vectors.rows, count * SAMPLE_A_CELL))
  const centroids = gatherRows(sample, sampleBelow(random, sample.rows, count))
  for (let round = 0; round < ROUNDS; round++) {
    moveCentroids(centroids, sample, await nearestCells(sample, centroids, 1, product, pause))
  }
  return { centroids, members: invertLists(await nearestCells(vectors, centroids, 1, product, pause), 1, count) }
}

/** The `most` cells nearest to each row, one row's after another's, nearest first. */
export async function nearestCells(
  vectors: Matrix,
  centroids: Matrix,
  most: number,
  product: Product | null,
  pause: () => Promise<void>,
): Promise<Int32Array> {
  const multiply = product ?? plainProduct
  const width = Math.min(most, centroids.rows)
  const nearest = new Int32Array(vectors.rows * width)
  for (let from = 0; from < vectors.rows; from += BLOCK) {
    await pause()
    const block = copyRows(vectors, from, Math.min(vectors.rows, from + BLOCK))
    const similarities = await multiply(block, centroids)
    for (let i = 0; i < block.rows; i++) {
      const own = similarities.subarray(i * centroids.rows, (i + 1) * centroids.rows)
      nearest.set(topOf(own, width).rows, (from + i) * width)
    }
  }
  return nearest
}

/** Rows `from`..`to`, in memory of their own: native products take none that is shared. */
function copyRows({ data, dims }: Matrix, from: number, to: number): Matrix {
  return { data: data.slice(from * dims, to * dims), rows: to - from, dims }
}

/** Which rows named each of `count` cells, ascending; each row names `width` of them. */
export function invertLists(named: Int32Array, width: number, count: number): Lists {
  const offsets = new Uint32Array(count + 1)
  for (const cell of named) offsets[cell + 1]++
  for (let cell = 0; cell < count; cell++) offsets[cell + 1] += offsets[cell]
  const next = offsets.slice()
  const values = new Int32Array(named.length)
  named.forEach((cell, i) => {
    values[next[cell]++] = Math.floor(i / width)
  })
  return { offsets, values }
}

/** An empty cell keeps its place. */
function moveCentroids(centroids: Matrix, rows: Matrix, cellOf: Int32Array): void {
  const sums = createMatrix(centroids.rows, centroids.dims)
  const counts = new Int32Array(centroids.rows)
  cellOf.forEach((cell, row) => {
    counts[cell]++
    const sum = rowOf(sums, cell)
    const from = row * rows.dims
    for (let k = 0; k < sum.length; k++) sum[k] += rows.data[from + k]
  })
  for (let cell = 0; cell < centroids.rows; cell++) {
    if (counts[cell] > 0) rowOf(centroids, cell).set(normalise(rowOf(sums, cell)))
  }
}
