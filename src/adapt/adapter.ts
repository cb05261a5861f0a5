import type { Matrix, Vectors } from '../columns.js'
import type { Precision } from '../types/options.js'
import { addRow, dotRows, dotVector, normalise } from '../vectors/matrix.js'
import { keepAs, pickRows, readRow, writeRow } from '../vectors/precision.js'
import { scanRows } from '../vectors/scan.js'

/**
 * The encoder's vectors, trained on behaviour: the history's side z_i = unit(E_i W + id_i), the candidate's side
 * o_j = unit(E_j W2 + od_j), u = unit(sum over the newest items of a_age z_i), and
 * logit(u, j) = scale u . o_j + bias_j. e(u) and e(p) of R(u, p) = sigmoid(W [e(u), e(p)]) are u and o (docs/scoring.md).
 */
export interface Adapter {
  /** z, one unit row an item. */
  inputs: Vectors
  /** o, one unit row an item. */
  outputs: Vectors
  bias: Float32Array
  /** Weight of the newest item, the one before, ...; not normalised. */
  ages: Float32Array
  scale: number
  /** W and W2, transposed (adapter dims x encoder dims): they place items that came later, which have no id. */
  inputMap: Matrix
  outputMap: Matrix
  /** Bias of an item that nobody has seen yet. */
  coldBias: number
}

/** u of a history (rows, oldest first), a unit vector; zero where the history is empty. */
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

/** Logits of the given items, or of all, for a user placed at `u`, one number a row. */
export function scoreItems({ outputs, bias, scale }: Adapter, u: Float32Array, rows?: Int32Array): Float32Array {
  const logits = scanRows(outputs, u, rows)
  for (let i = 0; i < logits.length; i++) logits[i] = scale * logits[i] + bias[rows ? rows[i] : i]
  return logits
}

/** How much of u . o_row goes back to each item of a history, oldest first, what speaks against left out; sums to 1 or 0. */
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
 * The adapter for other items: row i of the new catalogue stands where row from[i] stood, and where from[i] is -1 is
 * placed by its encoder vector alone.
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

/** The same with both sides kept as asked. */
export function keepAdapterAs(adapter: Adapter, precision: Precision): Adapter {
  return { ...adapter, inputs: keepAs(adapter.inputs, precision), outputs: keepAs(adapter.outputs, precision) }
}
