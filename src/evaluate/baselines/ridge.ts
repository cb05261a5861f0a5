import type { Lists } from '../../columns.js'
import { createMatrix, rowOf } from '../../vectors/matrix.js'
import type { Product } from '../../vectors/onnx-runtime.js'
import { listAt, packLists } from '../../vectors/sparse.js'
import { transposeLists } from './cooccurrence.js'
import { invertMatrix, whyNotInvert } from './solve.js'

/** A sparse vector: positions and values. */
export type Weighted = readonly { row: number; weight: number }[]

/** P = (X'X + lambda I)^-1 for a binary users x items matrix X. */
export interface RidgeInverse {
  /** Diagonal of P, one entry an item. */
  diagonal: Float32Array
  /** x P for a sparse x, as a dense vector over items. */
  multiply(x: Weighted): Float32Array
}

/** Options of `invertRidge`; the last three as in `TrainingData`. */
export interface RidgeOptions {
  /** Weight of the identity that is added to the Gram matrix, above 0. */
  lambda: number
  product: Product | null
  pause: () => Promise<void>
  memory: number
}

/**
 * Computes P = (X'X + lambda I)^-1 by inverting the smaller of two matrices: items by items; or, where there are fewer
 * users, users by users, by the identity of Woodbury P = (I - X' (X X' + lambda I)^-1 X) / lambda, of which only the
 * inner inverse is held.
 *
 * @param lists The columns of X that are 1, distinct, one list a user.
 * @param items Number of columns of X.
 * @returns The inverse; or the reason, in words, where it does not fit in memory or would take too long.
 */
export async function invertRidge(lists: Lists, items: number, options: RidgeOptions): Promise<RidgeInverse | string> {
  const filled = packLists(
    Array.from({ length: lists.offsets.length - 1 }, (_, u) => listAt(lists, u)).filter((list) => list.length > 0),
  )
  const users = filled.offsets.length - 1
  const reason = whyNotInvert(Math.min(users, items), options.product, options.memory)
  if (reason) return reason
  return users < items ? invertOverUsers(filled, items, options) : invertOverItems(filled, items, options)
}

async function invertOverItems(
  lists: Lists,
  items: number,
  { lambda, product, pause }: RidgeOptions,
): Promise<RidgeInverse> {
  const inverse = createMatrix(items, items)
  addGram(inverse.data, lists, items, lambda)
  await invertMatrix(inverse, product, pause)
  return {
    diagonal: Float32Array.from({ length: items }, (_, i) => inverse.data[i * items + i]),
    multiply(x) {
      const result = new Float32Array(items)
      for (const { row, weight } of x) {
        const other = rowOf(inverse, row)
        for (let j = 0; j < items; j++) result[j] += weight * other[j]
      }
      return result
    },
  }
}

async function invertOverUsers(
  lists: Lists,
  items: number,
  { lambda, product, pause }: RidgeOptions,
): Promise<RidgeInverse> {
  const n = lists.offsets.length - 1
  const users = transposeLists(lists, items)
  const inner = createMatrix(n, n)
  addGram(inner.data, users, n, lambda)
  await invertMatrix(inner, product, pause)
  const diagonal = new Float32Array(items)
  for (let j = 0; j < items; j++) {
    const having = listAt(users, j)
    let sum = 0
    for (const u of having) for (const v of having) sum += inner.data[u * n + v]
    diagonal[j] = (1 - sum) / lambda
  }
  return {
    diagonal,
    multiply(x) {
      const having = new Float32Array(n)
      for (const { row, weight } of x) for (const u of listAt(users, row)) having[u] += weight
      const fromUsers = new Float32Array(n)
      for (let u = 0; u < n; u++) {
        if (having[u] === 0) continue
        const other = rowOf(inner, u)
        for (let v = 0; v < n; v++) fromUsers[v] += having[u] * other[v]
      }
      const result = new Float32Array(items)
      for (let v = 0; v < n; v++) for (const j of listAt(lists, v)) result[j] -= fromUsers[v] / lambda
      for (const { row, weight } of x) result[row] += weight / lambda
      return result
    },
  }
}

/** Adds the Gram matrix of binary rows to the lower triangle of `gram`, and lambda to its diagonal. */
function addGram(gram: Float32Array, lists: Lists, n: number, lambda: number): void {
  for (let u = 0; u < lists.offsets.length - 1; u++) {
    const list = listAt(lists, u)
    for (const i of list) for (const j of list) if (j <= i) gram[i * n + j]++
  }
  for (let i = 0; i < n; i++) gram[i * n + i] += lambda
}
