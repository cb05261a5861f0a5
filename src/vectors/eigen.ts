/** Awaited between parts of long work: it lets other work of the thread run, and may throw to stop. */
export type Pause = () => Promise<void>

/** Multiplications between two pauses: some 30 ms of work. */
export const PAUSE_WORK = 15_000_000

/** QL converges in two or three steps a value; where it takes this many, the matrix is not finite. */
const MAX_STEPS = 60

/** Eigenvalues in falling order. Row i of `vectors` (n x n, row after row) is the unit eigenvector of values[i]. */
export interface Eigen {
  values: Float64Array
  vectors: Float64Array
}

/**
 * All eigenvalues and eigenvectors of a symmetric n x n matrix (row after row; overwritten): Householder reduction to
 * tridiagonal form, then implicit QL (Golub and Van Loan, Matrix Computations, 8.3). n = 384 takes about half a second.
 * The sign of each vector is fixed: its largest entry by size is positive.
 */
export async function decomposeSymmetric(matrix: Float64Array, n: number, pause?: Pause): Promise<Eigen> {
  const { diagonal, offDiagonal, rotation } = await reduceToTridiagonal(matrix, n, pause)
  await diagonalise(diagonal, offDiagonal, rotation, n, pause)
  const order = Int32Array.from({ length: n }, (_, i) => i).sort((a, b) => diagonal[b] - diagonal[a] || a - b)
  const vectors = new Float64Array(n * n)
  order.forEach((from, to) => {
    const vector = rotation.subarray(from * n, (from + 1) * n)
    let largest = 0
    for (let k = 1; k < n; k++) if (Math.abs(vector[k]) > Math.abs(vector[largest])) largest = k
    const sign = vector[largest] < 0 ? -1 : 1
    for (let k = 0; k < n; k++) vectors[to * n + k] = sign * vector[k]
  })
  return { values: Float64Array.from(order, (i) => diagonal[i]), vectors }
}

/** A = Q T Q'. Returns T as its diagonal and the entries next to it, and Q transposed as `rotation`. Overwrites `a`. */
async function reduceToTridiagonal(a: Float64Array, n: number, pause?: Pause) {
  const diagonal = new Float64Array(n)
  const offDiagonal = new Float64Array(n)
  const factors = new Float64Array(n)
  const product = new Float64Array(n)
  let work = 0
  for (let k = 0; k < n - 2; k++) {
    const row = k * n
    let norm = 0
    for (let j = k + 1; j < n; j++) norm += a[row + j] * a[row + j]
    norm = Math.sqrt(norm)
    if (norm === 0) continue
    // The reflection of a[k, k+1..] onto the first axis; its vector is kept in the row for `accumulate`.
    const target = a[row + k + 1] > 0 ? -norm : norm
    const factor = 1 / (norm * norm - a[row + k + 1] * target)
    a[row + k + 1] -= target
    offDiagonal[k] = target
    factors[k] = factor
    let overlap = 0
    for (let i = k + 1; i < n; i++) {
      let sum = 0
      const at = i * n
      for (let j = k + 1; j < n; j++) sum += a[at + j] * a[row + j]
      product[i] = factor * sum
      overlap += product[i] * a[row + i]
    }
    const half = (factor * overlap) / 2
    for (let i = k + 1; i < n; i++) product[i] -= half * a[row + i]
    for (let i = k + 1; i < n; i++) {
      const at = i * n
      const vi = a[row + i]
      const pi = product[i]
      for (let j = k + 1; j < n; j++) a[at + j] -= vi * product[j] + pi * a[row + j]
    }
    work += 3 * (n - k) ** 2
    if (pause && work > PAUSE_WORK) {
      work = 0
      await pause()
    }
  }
  for (let k = 0; k < n; k++) diagonal[k] = a[k * n + k]
  if (n > 1) offDiagonal[n - 2] = a[(n - 2) * n + n - 1]
  const rotation = await accumulate(a, factors, n, pause)
  return { diagonal, offDiagonal, rotation }
}

/** The product of the reflections, transposed: row i belongs to axis i of the tridiagonal matrix. */
async function accumulate(a: Float64Array, factors: Float64Array, n: number, pause?: Pause): Promise<Float64Array> {
  const q = new Float64Array(n * n)
  for (let i = 0; i < n; i++) q[i * n + i] = 1
  let work = 0
  for (let k = n - 3; k >= 0; k--) {
    if (factors[k] === 0) continue
    const v = a.subarray(k * n, (k + 1) * n)
    for (let i = k + 1; i < n; i++) {
      // Row i of the transposed product times the reflection.
      const at = i * n
      let sum = 0
      for (let j = k + 1; j < n; j++) sum += q[at + j] * v[j]
      sum *= factors[k]
      for (let j = k + 1; j < n; j++) q[at + j] -= sum * v[j]
    }
    work += 2 * (n - k) ** 2
    if (pause && work > PAUSE_WORK) {
      work = 0
      await pause()
    }
  }
  return q
}

/**
 * Implicit QL on the tridiagonal matrix (`d` the diagonal, `e` the entries next to it); its rotations are applied to
 * the rows of `vectors`.
 */
async function diagonalise(
  d: Float64Array,
  e: Float64Array,
  vectors: Float64Array,
  n: number,
  pause?: Pause,
): Promise<void> {
  let work = 0
  for (let first = 0; first < n; first++) {
    for (let step = 0; step < MAX_STEPS; step++) {
      let last = first
      while (last < n - 1 && Math.abs(e[last]) > Number.EPSILON * (Math.abs(d[last]) + Math.abs(d[last + 1]))) last++
      if (last === first) break
      stepQl(d, e, vectors, n, first, last)
      work += 4 * n * (last - first)
      if (pause && work > PAUSE_WORK) {
        work = 0
        await pause()
      }
    }
  }
}

/** One QL step on rows first..last with Wilkinson's shift. */
function stepQl(d: Float64Array, e: Float64Array, vectors: Float64Array, n: number, first: number, last: number): void {
  const slope = (d[first + 1] - d[first]) / (2 * e[first])
  let g = d[last] - d[first] + e[first] / (slope + (slope < 0 ? -1 : 1) * Math.hypot(slope, 1))
  let sine = 1
  let cosine = 1
  let shift = 0
  for (let i = last - 1; i >= first; i--) {
    const f = sine * e[i]
    const b = cosine * e[i]
    const r = Math.sqrt(f * f + g * g)
    e[i + 1] = r
    if (r === 0) {
      d[i + 1] -= shift
      e[last] = 0
      return
    }
    sine = f / r
    cosine = g / r
    g = d[i + 1] - shift
    const s = (d[i] - g) * sine + 2 * cosine * b
    shift = sine * s
    d[i + 1] = g + shift
    g = cosine * s - b
    for (let k = 0, low = i * n, high = (i + 1) * n; k < n; k++) {
      const up = vectors[high + k]
      const down = vectors[low + k]
      vectors[high + k] = sine * down + cosine * up
      vectors[low + k] = cosine * down - sine * up
    }
  }
  d[first] -= shift
  e[first] = g
  e[last] = 0
}
