import type { Matrix } from '../types.js'
import { dotAt } from '../vectors/matrix.js'

/**
 * The encoder's vectors, trained on behaviour: the history's side z_i = unit(E_i W + id_i), the candidate's side
 * o_j = unit(E_j W2 + od_j), u = unit(sum over the newest items of a_age z_i), and
 * logit(u, j) = scale u . o_j + bias_j. e(u) and e(p) of R(u, p) = sigmoid(W [e(u), e(p)]) are u and o (docs/scoring.md).
 */
export interface Adapter {
  /** z, one unit row an item. */
  inputs: Matrix
  /** o, one unit row an item. */
  outputs: Matrix
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
    const from = rows[rows.length - 1 - age] * dims
    for (let k = 0; k < dims; k++) u[k] += ages[age] * inputs.data[from + k]
  }
  let square = 0
  for (let k = 0; k < dims; k++) square += u[k] * u[k]
  const length = Math.sqrt(square)
  return Float32Array.from(u, (x) => (length > 0 ? x / length : 0))
}

/** Logit of every item for a user placed at `u`, one number a row. */
export function scoreItems({ outputs, bias, scale }: Adapter, u: Float32Array): Float32Array {
  const { data, dims, rows } = outputs
  const logits = new Float32Array(rows)
  for (let row = 0; row < rows; row++) logits[row] = scale * dotAt(data, row * dims, u, 0, dims) + bias[row]
  return logits
}
