import type { Matrix } from '../../columns.js'
import { createMatrix, plainProduct, rowsOf } from '../../vectors/matrix.js'
import type { Product } from '../../vectors/onnx-runtime.js'
import { formatBytes } from './baseline.js'

/** Columns swept at once, of a large matrix and of the blocks on its diagonal. */
const BLOCK = 1024
const SMALL_BLOCK = 64
/** Rows changed by one product. */
const STRIPE = 512
/** Above this many rows, loops in JavaScript would take minutes. */
const PLAIN_LIMIT = 3000

/** Bytes that `invertMatrix` holds at once for a matrix of n rows, the matrix itself included. */
export function bytesOfInverse(n: number): number {
  return 4 * n * (n + 2 * BLOCK + 2 * STRIPE)
}

/**
 * Why a matrix of n rows cannot be inverted, in words: it would need more than `memory` bytes, or too long without
 * native products. Null where it can.
 */
export function whyNotInvert(n: number, product: Product | null, memory: number): string | null {
  if (!product && n > PLAIN_LIMIT) return `${n} rows cannot be inverted without ONNX Runtime in reasonable time`
  const bytes = bytesOfInverse(n)
  if (bytes <= memory) return null
  return `inverting ${n} rows takes ${formatBytes(bytes)}, the limit is ${formatBytes(memory)}`
}

/**
 * Replaces a symmetric positive definite matrix by its inverse. Only the lower triangle is read; both triangles are
 * written. In single precision: meant for ridge problems, where the condition number is some thousands.
 *
 * By the symmetric sweep operator (Goodnight 1979) in blocks: with K the swept block of columns, D = A_KK and C = A_.K,
 * A -= C D^-1 C', A_.K = C D^-1, A_KK = -D^-1; after all blocks A is minus its inverse. That takes n^3 operations,
 * nearly all in products of the form a b' that run in native code, and no second matrix of the size.
 *
 * @param product Null: products are computed in JavaScript.
 * @param pause Awaited between products; may throw to stop.
 */
export async function invertMatrix(matrix: Matrix, product: Product | null, pause: () => Promise<void>): Promise<void> {
  const multiply: Product = product ?? (async (a, b) => plainProduct(a, b))
  await sweep(matrix, BLOCK, multiply, pause)
  const { data, rows: n } = matrix
  for (let i = 0; i < n; i++) {
    if (i % STRIPE === 0) await pause()
    for (let j = 0; j <= i; j++) {
      const value = -data[i * n + j]
      data[i * n + j] = value
      data[j * n + i] = value
    }
  }
}

/** Sweeps all columns of the lower triangle in place: afterwards it holds minus the inverse. */
async function sweep(matrix: Matrix, block: number, multiply: Product, pause: () => Promise<void>): Promise<void> {
  if (matrix.rows <= SMALL_BLOCK) {
    sweepPlainly(matrix)
    return
  }
  const { data, rows: n } = matrix
  for (let start = 0; start < n; start += block) {
    const end = Math.min(n, start + block)
    const corner = takeCorner(matrix, start, end)
    await sweep(corner, SMALL_BLOCK, multiply, pause)
    const panel = takePanel(matrix, start, end)
    // The corner is now -D^-1 in its lower triangle; `solved` is C D^-1.
    const solved = { data: await multiply(panel, mirrorNegated(corner)), rows: n, dims: end - start }
    for (let from = 0; from < n; from += STRIPE) {
      await pause()
      const to = Math.min(n, from + STRIPE)
      const change = await multiply(rowsOf(solved, from, to), rowsOf(panel, 0, to))
      for (let i = from; i < to; i++)
        for (let j = 0, at = i * n, other = (i - from) * to; j <= i; j++) data[at + j] -= change[other + j]
    }
    putPanel(matrix, start, end, corner, solved)
  }
}

/** As `sweep`, by single columns in double precision, for the smallest blocks. */
function sweepPlainly({ data, rows: n }: Matrix): void {
  const a = Float64Array.from(data)
  const at = (i: number, j: number) => (i >= j ? i * n + j : j * n + i)
  const column = new Float64Array(n)
  for (let k = 0; k < n; k++) {
    const pivot = a[at(k, k)]
    for (let i = 0; i < n; i++) column[i] = i === k ? 0 : a[at(i, k)]
    for (let i = 0; i < n; i++) for (let j = 0; j <= i; j++) a[i * n + j] -= (column[i] * column[j]) / pivot
    for (let i = 0; i < n; i++) a[at(i, k)] = i === k ? -1 / pivot : column[i] / pivot
  }
  data.set(a)
}

/** Rows and columns start..end, as a matrix of their own. */
function takeCorner({ data, rows: n }: Matrix, start: number, end: number): Matrix {
  const corner = createMatrix(end - start, end - start)
  for (let i = start; i < end; i++)
    corner.data.set(data.subarray(i * n + start, i * n + end), (i - start) * corner.dims)
  return corner
}

/** Columns start..end of all rows, read from the lower triangle, with zeros in rows start..end. */
function takePanel({ data, rows: n }: Matrix, start: number, end: number): Matrix {
  const panel = createMatrix(n, end - start)
  for (let k = start; k < end; k++) {
    const row = k * n
    for (let i = 0; i < start; i++) panel.data[i * panel.dims + k - start] = data[row + i]
  }
  for (let i = end; i < n; i++) panel.data.set(data.subarray(i * n + start, i * n + end), i * panel.dims)
  return panel
}

/** Writes back a swept block: the corner, and the panel of columns start..end of all other rows. */
function putPanel({ data, rows: n }: Matrix, start: number, end: number, corner: Matrix, panel: Matrix): void {
  for (let k = start; k < end; k++) {
    const row = k * n
    for (let i = 0; i < start; i++) data[row + i] = panel.data[i * panel.dims + k - start]
    for (let i = start; i <= k; i++) data[row + i] = corner.data[(k - start) * corner.dims + i - start]
  }
  for (let i = end; i < n; i++) data.set(panel.data.subarray(i * panel.dims, (i + 1) * panel.dims), i * n + start)
}

/** Minus a symmetric matrix that is given by its lower triangle. */
function mirrorNegated({ data, rows: n }: Matrix): Matrix {
  const whole = createMatrix(n, n)
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) whole.data[i * n + j] = -(i >= j ? data[i * n + j] : data[j * n + i])
  return whole
}
