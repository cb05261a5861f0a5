import type { Lists, Matrix } from '../columns.js'
import { createRandom, sampleBelow } from '../random.js'
import { createMatrix, gatherRows, normalise, plainProduct, rowOf } from './matrix.js'
import type { Product } from './onnx-runtime.js'
import { topOf } from './top-k.js'

/** Rows grouped by nearness: a search for near rows looks through a few groups instead of all rows. */
export interface Cells {
  /** One row a cell, unit length. */
  centroids: Matrix
  /** The rows of each cell, ascending; a cell may have none. */
  members: Lists
}

/**
 * From this many rows on, neighbours are found and answers looked up by cells. Comparing every row with every other
 * grows with the square, and a graph of 200,000 rows takes a minute and a quarter of a gigabyte to build.
 */
export const CELLS_FROM = 40_000
/** Rows a cell in the sample that the centroids are fitted to. */
const SAMPLE_A_CELL = 60
/** Rounds of k-means. */
const ROUNDS = 6
/** Rows compared with all centroids between two pauses. */
const BLOCK = 512
const SEED = 1

/**
 * Spherical k-means: sorts unit rows into about as many cells as a cell has rows, sqrt(rows). Always gives the same
 * cells for the same rows. `product`: dense products by ONNX Runtime, null for plain loops. `pause` is awaited between
 * blocks and may throw to stop the work.
 */
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

/**
 * The `most` cells nearest to each row (fewer where there are fewer cells), nearest first, by inner product with the
 * centroids. Returns one list of equal length a row, joined.
 */
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

/** Rows `from` up to `to`, copied into memory of their own: native products accept no shared memory. */
function copyRows({ data, dims }: Matrix, from: number, to: number): Matrix {
  return { data: data.slice(from * dims, to * dims), rows: to - from, dims }
}

/**
 * Inverts `nearestCells`: `named` holds `width` cells a row; returns for each of `count` cells the rows that name it,
 * ascending.
 */
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

/** Moves each centroid to the mean direction of its rows. A centroid without rows stays where it is. */
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
