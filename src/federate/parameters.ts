import type { Random } from '../random.js'
import { drawParameter } from '../vectors/adam.js'

/** What a federated adapter is made of (docs/federate.md). Known to every client and the server. */
export interface Shape {
  /** Items of the public list, and the length of their encoder vectors. */
  items: number
  encoderDims: number
  /** Length of the adapter's vectors. */
  dims: number
  /** An item's own vector, added to the first so many of these; 0: its text alone places it. */
  idDims: number
  /** Newest items of a history that place a user. */
  window: number
}

/** The parts of a model, as views into one array in this order. */
export interface Parameters {
  values: Float32Array
  /** Maps of the history's and of the candidate's side, dims x encoderDims. */
  inputMap: Float32Array
  outputMap: Float32Array
  /** Items' own vectors on both sides, items x idDims. */
  inputIds: Float32Array
  outputIds: Float32Array
  /** One number an item. */
  bias: Float32Array
  /** Logarithms of the weights by age, newest first, and of the scale. */
  ages: Float32Array
  scale: Float32Array
}

export function countParameters({ items, encoderDims, dims, idDims, window }: Shape): number {
  return 2 * dims * encoderDims + items * (2 * idDims + 1) + window + 1
}

/** Where what each item has of its own lies: ids and bias. */
export function ownRange({ items, encoderDims, dims, idDims }: Shape): { from: number; to: number } {
  const from = 2 * dims * encoderDims
  return { from, to: from + items * (2 * idDims + 1) }
}

/** The parts of `values`, which they share. */
export function viewParameters(shape: Shape, values: Float32Array): Parameters {
  const { items, encoderDims, dims, idDims, window } = shape
  let end = 0
  const take = (length: number) => {
    end += length
    return values.subarray(end - length, end)
  }
  return {
    values,
    inputMap: take(dims * encoderDims),
    outputMap: take(dims * encoderDims),
    inputIds: take(items * idDims),
    outputIds: take(items * idDims),
    bias: take(items),
    ages: take(window),
    scale: take(1),
  }
}

/**
 * Values to start from. Both sides start with one random map, which keeps cosines of texts (Johnson and Lindenstrauss
 * 1984): before anything is learnt, what is next is what reads alike. No counts of items are known, so biases are 0.
 */
export function drawParameters(shape: Shape, random: Random): Float32Array {
  const parameters = viewParameters(shape, new Float32Array(countParameters(shape)))
  const draw = (part: Float32Array, deviation: number) => part.set(drawParameter(part.length, deviation, random).values)
  draw(parameters.inputMap, 0.08)
  parameters.outputMap.set(parameters.inputMap)
  draw(parameters.inputIds, 0.02)
  draw(parameters.outputIds, 0.02)
  parameters.ages.forEach((_, age) => {
    parameters.ages[age] = -0.35 * age
  })
  parameters.scale[0] = Math.log(10)
  return parameters.values
}
