import type { Random } from '../random.js'
import { drawParameter } from '../vectors/adam.js'

/** Sizes of a federated adapter (docs/federate.md, "What is learnt"). Known to the server and every client. */
export interface Shape {
  /** Number of public items. */
  items: number
  /** Length of their encoder vectors. */
  encoderDims: number
  /** Length of the adapter's vectors. */
  dims: number
  /**
   * Length of an item's id vector, which is added to the first numbers of its adapter vector; 0: its text alone places
   * it.
   */
  idDims: number
  /** Items of a history that place a user: the newest so many. */
  window: number
}

/** The parts of a model, as views into one array, in this order. */
export interface Parameters {
  /** All of them. */
  values: Float32Array
  /** Map of the history's side, dims x encoderDims. */
  inputMap: Float32Array
  /** Map of the candidate's side, dims x encoderDims. */
  outputMap: Float32Array
  /** Id vectors of the history's side, items x idDims. */
  inputIds: Float32Array
  /** Id vectors of the candidate's side, items x idDims. */
  outputIds: Float32Array
  /** One number an item. */
  bias: Float32Array
  /** Logarithms of the weights by age, newest first. */
  ages: Float32Array
  /** Logarithm of the scale: one number. */
  scale: Float32Array
}

/** How many numbers a model of this shape has. */
export function countParameters({ items, encoderDims, dims, idDims, window }: Shape): number {
  return 2 * dims * encoderDims + items * (2 * idDims + 1) + window + 1
}

/** Where the numbers of single items lie in a model: ids and biases. */
export function ownRange({ items, encoderDims, dims, idDims }: Shape): { from: number; to: number } {
  const from = 2 * dims * encoderDims
  return { from, to: from + items * (2 * idDims + 1) }
}

/** Views `values` as the parts of a model; memory is shared. */
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
 * Values to start from. Both sides start with the same random map, which roughly keeps cosines (Johnson and
 * Lindenstrauss 1984), so that before any training items score by how alike their texts are. Counts of items are not
 * known here, so biases are 0.
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
