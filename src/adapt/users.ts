import { LEAST_SQUARE, type Side, unitGradient } from './sides.js'
import type { State } from './state.js'

/**
 * What places a user by the items of a window: how many items and numbers, and the logarithms of the weights by age.
 */
type Window = { options: Pick<State['options'], 'dims' | 'window'>; ages: Pick<State['ages'], 'values'> }

/** Users of a batch, one a sample, placed by the items of their windows. */
export interface PlacedUsers {
  /** `dims` numbers a user: unit vectors. */
  units: Float32Array
  /** Lengths of these before they were scaled to 1. */
  lengths: Float32Array
  /** `window` numbers a user: the weight of each item over the sum of weights, 0 where there is no item. */
  shares: Float32Array
}

/**
 * Places `size` users at the weighted means of their items. `input`: vectors of the batch's items; `places`: `window`
 * positions in it a user, newest first, -1 for none.
 */
export function placeUsers(
  { options, ages }: Window,
  input: Pick<Side, 'units'>,
  places: Int32Array,
  size: number,
): PlacedUsers {
  const { dims, window } = options
  const weights = ages.values.map(Math.exp)
  const units = new Float32Array(size * dims)
  const lengths = new Float32Array(size)
  const shares = new Float32Array(size * window)
  for (let s = 0; s < size; s++) {
    let total = 1e-6
    for (let age = 0; age < window; age++) if (places[s * window + age] >= 0) total += weights[age]
    for (let age = 0; age < window; age++) {
      const place = places[s * window + age]
      if (place < 0) continue
      const share = weights[age] / total
      shares[s * window + age] = share
      for (let k = 0; k < dims; k++) units[s * dims + k] += share * input.units.data[place * dims + k]
    }
    let square = LEAST_SQUARE
    for (let k = s * dims; k < (s + 1) * dims; k++) square += units[k] * units[k]
    lengths[s] = Math.sqrt(square)
    for (let k = s * dims; k < (s + 1) * dims; k++) units[k] /= lengths[s]
  }
  return { units, lengths, shares }
}

/**
 * Carries the gradient by the users' unit vectors (`gradient`, overwritten) back to the items of their windows (added
 * to `input.gradient`). Returns the gradient by the logarithms of the weights by age.
 */
export function placeUsersGradient(
  { options }: Pick<Window, 'options'>,
  input: Pick<Side, 'units' | 'gradient'>,
  places: Int32Array,
  users: PlacedUsers,
  gradient: Float32Array,
  size: number,
): Float32Array {
  const { dims, window } = options
  const ages = new Float32Array(window)
  const byAge = new Float64Array(window)
  for (let s = 0; s < size; s++) {
    unitGradient(users.units, gradient, s * dims, dims, users.lengths[s])
    let mean = 0
    for (let age = 0; age < window; age++) {
      const place = places[s * window + age]
      byAge[age] = 0
      if (place < 0) continue
      const share = users.shares[s * window + age]
      const from = place * dims
      let along = 0
      for (let k = 0; k < dims; k++) {
        const g = gradient[s * dims + k]
        along += g * input.units.data[from + k]
        input.gradient[from + k] += share * g
      }
      byAge[age] = along
      mean += share * along
    }
    for (let age = 0; age < window; age++) ages[age] += users.shares[s * window + age] * (byAge[age] - mean)
  }
  return ages
}
