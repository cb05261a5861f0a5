import type { Matrix, Vectors } from '../columns.js'
import type { Precision } from '../types/options.js'
import { addRow, dotRows, dotVector, normalise } from '../vectors/matrix.js'
import { keepAs, pickRows, readRow, writeRow } from '../vectors/precision.js'
import { scanRows } from '../vectors/scan.js'

/**
 * Vectors of the encoder, trained on behaviour. Of item i with encoder vector E_i: z_i = unit(E_i W + id_i) stands for
 * it in a history, o_i = unit(E_i W2 + od_i) as a candidate. A user is placed at u = unit(sum of ages[a] z over the
 * newest items), and logit(u, j) = scale u . o_j + bias_j. In R(u, p) = sigmoid(W [e(u), e(p)]), u is e(u) and o is
 * e(p) (docs/scoring.md, "The adapter").
 */
export interface Adapter {
  /** z: history's side, one unit row an item. */
  inputs: Vectors
  /** o: candidate's side, one unit row an item. */
  outputs: Vectors
  /** One number an item, added to its logit. */
  bias: Float32Array
  /** Weights of the newest item, the one before it, and so on; they need not sum to 1. As many as items are read. */
  ages: Float32Array
  /** Factor of the inner product. */
  scale: number
  /**
   * W transposed (adapter's dims x encoder's dims). It alone places items without an id vector: those that nobody had
   * liked in the training, or that came after it.
   */
  inputMap: Matrix
  /** W2 transposed, likewise. */
  outputMap: Matrix
  /** Bias of an item that nobody had liked in the training, or that came after it. */
  coldBias: number
}

/** u of a history, a unit vector. `rows`: its items, oldest first. Zero where it is empty. */
export function placeUser(adapter: Adapter, rows: ArrayLike<number>): Float32Array {
  const { inputs, ages } = adapter
  const { dims } = inputs
  const u = new Float64Array(dims)
  for (let age = 0; age < Math.min(ages.length, rows.length); age++) {
    addRow(inputs, rows[rows.length - 1 - age], ages[age], u)
  }
  let square = 0
  for (let k = 0; k < dims; k++) square += u[k] * u[k]
  const length = Math.sqrt(square)
  return Float32Array.from(u, (x) => (length > 0 ? x / length : 0))
}

/** Logits of the given rows, in order, or of all, for a user placed at `u` (see `placeUser`). */
export function scoreItems({ outputs, bias, scale }: Adapter, u: Float32Array, rows?: Int32Array): Float32Array {
  const logits = scanRows(outputs, u, rows)
  for (let i = 0; i < logits.length; i++) logits[i] = scale * logits[i] + bias[rows ? rows[i] : i]
  return logits
}

/**
 * How much each item of a history contributes to u . o of row `row`. `rows`: the history, oldest first. Returns one
 * share an item; they sum to 1, or are all 0. Items that speak against the row, or are too old to be read, have share
 * 0.
 */
export function shareOfAges({ inputs, outputs, ages }: Adapter, rows: ArrayLike<number>, row: number): Float64Array {
  const shares = new Float64Array(rows.length)
  let sum = 0
  for (let age = 0; age < Math.min(ages.length, rows.length); age++) {
    const i = rows.length - 1 - age
    shares[i] = Math.max(0, ages[age] * dotRows(inputs, rows[i], outputs, row))
    sum += shares[i]
  }
  return sum > 0 ? shares.map((share) => share / sum) : shares
}

/**
 * The adapter for another catalogue. Row i takes what row from[i] had; where from[i] is -1 it is placed by its encoder
 * vector (row i of `vectors`) alone and gets `coldBias`.
 */
export function carryAdapter(adapter: Adapter, vectors: Vectors, from: Int32Array): Adapter {
  const inputs = pickRows(adapter.inputs, from)
  const outputs = pickRows(adapter.outputs, from)
  const bias = Float32Array.from(from, (old) => (old >= 0 ? adapter.bias[old] : adapter.coldBias))
  from.forEach((old, row) => {
    if (old >= 0) return
    const vector = readRow(vectors, row)
    writeRow(inputs, row, placeBy(adapter.inputMap, vector))
    writeRow(outputs, row, placeBy(adapter.outputMap, vector))
  })
  return { ...adapter, inputs, outputs, bias }
}

function placeBy(map: Matrix, vector: Float32Array): Float32Array {
  return normalise(Float32Array.from({ length: map.rows }, (_, k) => dotVector(map, k, vector)))
}

/** The same adapter with the vectors of both sides in the given precision. */
export function keepAdapterAs(adapter: Adapter, precision: Precision): Adapter {
  return { ...adapter, inputs: keepAs(adapter.inputs, precision), outputs: keepAs(adapter.outputs, precision) }
}
