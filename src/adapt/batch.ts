import type { Random } from '../random.js'
import { adam, adamRows, catchUp, stepOf } from '../vectors/adam.js'
import { gatherRows } from '../vectors/matrix.js'
import { tensorOf } from '../vectors/onnx-runtime.js'
import { countUpTo } from '../vectors/sorted.js'
import type { Kernels } from './kernels.js'
import { dropOut, type Samples } from './samples.js'
import { placeSide, updateSide } from './sides.js'
import type { State } from './state.js'
import { placeUsers, placeUsersGradient } from './users.js'

/**
 * Takes one training step on the samples named by `chosen` and changes `state`. `rate`: the learning rate. Returns the
 * mean loss of these samples before the step.
 */
export async function learnBatch(
  state: State,
  kernels: Kernels,
  samples: Samples,
  chosen: Int32Array,
  rate: number,
  random: Random,
): Promise<number> {
  const { options, places, cumulative, logChances, bias } = state
  const { dims, window } = options
  const size = chosen.length
  const contexts = dropOut(samples, chosen, options, random)
  const inputRows = distinctOf(places, contexts)
  const placesIn = Int32Array.from(contexts, (row) => (row < 0 ? -1 : places[row]))
  clear(places, inputRows)
  const negatives = Int32Array.from({ length: options.negatives }, () => draw(cumulative, random))
  const targets = Int32Array.from(chosen, (s) => samples.targets[s])
  const outputRows = distinctOf(places, negatives, targets)
  const placesOut = (rows: Int32Array) => rows.map((row) => places[row])
  const negativePlaces = placesOut(negatives)
  const targetPlaces = placesOut(targets)
  clear(places, outputRows)
  const step = stepOf(state, rate)
  catchUp(state.inputIds, inputRows, step)
  catchUp(state.outputIds, outputRows, step)
  catchUp(bias, outputRows, step)
  const input = await placeSide(state, kernels, inputRows, state.inputMap, state.inputIds)
  const output = await placeSide(state, kernels, outputRows, state.outputMap, state.outputIds)
  const users = placeUsers(state, input, placesIn, size)
  const scale = Math.exp(state.scale.values[0])
  const positives = new Float32Array(size)
  for (let s = 0; s < size; s++) {
    let cosine = 0
    for (let k = 0, o = targetPlaces[s] * dims; k < dims; k++)
      cosine += users.units[s * dims + k] * output.units.data[o + k]
    positives[s] = scale * cosine + bias.values[targets[s]]
  }
  const found = await kernels.softmax({
    u: { data: users.units, dims: [size, dims] },
    o: tensorOf(gatherRows(output.units, negativePlaces)),
    c: { data: Float32Array.from(negatives, (row) => bias.values[row] - logChances[row]), dims: [1, negatives.length] },
    y: { data: Float32Array.from(targets), dims: [size, 1] },
    n: { data: Float32Array.from(negatives), dims: [1, negatives.length] },
    p: { data: positives, dims: [size, 1] },
    t: { data: Float32Array.of(scale), dims: [1, 1] },
    low: { data: Float32Array.of(-1e9), dims: [1, 1] },
  })
  const gradients = { users: new Float32Array(size * dims), bias: new Float32Array(outputRows.length) }
  let scaleGradient = found.dt[0] / size
  let loss = 0
  for (let s = 0; s < size; s++) {
    const rest = (found.first[s] - 1) / size
    loss -= Math.log(Math.max(found.first[s], 1e-30)) / size
    const o = targetPlaces[s] * dims
    for (let k = 0; k < dims; k++) {
      gradients.users[s * dims + k] = scale * (found.du[s * dims + k] / size + rest * output.units.data[o + k])
      output.gradient[o + k] += scale * rest * users.units[s * dims + k]
    }
    gradients.bias[targetPlaces[s]] += rest
    scaleGradient += rest * (positives[s] - bias.values[targets[s]])
  }
  for (let n = 0; n < negatives.length; n++) {
    const o = negativePlaces[n] * dims
    for (let k = 0; k < dims; k++) output.gradient[o + k] += (scale * found.do[n * dims + k]) / size
    gradients.bias[negativePlaces[n]] += found.dc[n] / size
  }
  const ageGradient = placeUsersGradient(state, input, placesIn, users, gradients.users, size)
  state.steps++
  await updateSide(kernels, input, state.inputMap, state.inputIds, step)
  await updateSide(kernels, output, state.outputMap, state.outputIds, step)
  adamRows(bias, outputRows, gradients.bias, step)
  adam(state.ages, 0, ageGradient, 0, window, step)
  adam(state.scale, 0, Float32Array.of(scaleGradient), 0, 1, step)
  return loss
}

/**
 * Distinct rows of the lists in order of appearance; writes into `places` where each stands. Rows below 0 are skipped.
 */
function distinctOf(places: Int32Array, ...lists: Int32Array[]): Int32Array {
  const found: number[] = []
  for (const list of lists) {
    for (const row of list) {
      if (row >= 0 && places[row] < 0) places[row] = found.push(row) - 1
    }
  }
  return Int32Array.from(found)
}

function clear(places: Int32Array, rows: Int32Array): void {
  for (const row of rows) places[row] = -1
}

/** Draws an item by its chance: the first whose running sum passes a random number. */
function draw(cumulative: Float64Array, random: Random): number {
  return countUpTo(cumulative, random.unit() * cumulative[cumulative.length - 1])
}
