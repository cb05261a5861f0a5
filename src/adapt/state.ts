import type { Vectors } from '../columns.js'
import type { Random } from '../random.js'
import { drawParameter, type Parameter, parameterOf, type RowParameter, rowParameterOf } from '../vectors/adam.js'
import type { AdapterOptions } from './options.js'
import type { Samples } from './samples.js'

/** All that a training of the adapter changes, and what it draws negatives by. */
export interface State {
  options: AdapterOptions
  /** Encoder vectors, one row an item. */
  vectors: Vectors
  /** W transposed: dims x encoder's dims. */
  inputMap: Parameter
  /** W2 transposed, likewise. */
  outputMap: Parameter
  /** Id vectors of the history's side, one row an item. */
  inputIds: RowParameter
  /** Id vectors of the candidate's side. */
  outputIds: RowParameter
  /** One number an item. */
  bias: RowParameter
  /** Logarithms of the weights by age, newest first. */
  ages: Parameter
  /** Logarithm of the scale: one number. */
  scale: Parameter
  /** How often each item is a target of the samples. */
  counts: Float64Array
  /** Running sums over items of the chance to be drawn as a negative. */
  cumulative: Float64Array
  /** ln(negatives * chance) of each item, which is taken from its logit as a negative. */
  logChances: Float32Array
  /** Steps taken so far. */
  steps: number
  /** Item -> its position in the current batch, -1 where it is not in it. */
  places: Int32Array
}

/**
 * The state before the first step. Maps and ids are drawn at random; biases start from the counts of targets
 * (docs/scoring.md, "The adapter").
 */
export function createState(vectors: Vectors, samples: Samples, options: AdapterOptions, random: Random): State {
  const n = vectors.rows
  const counts = new Float64Array(n)
  for (const target of samples.targets) counts[target]++
  const roots = counts.map(Math.sqrt)
  const total = roots.reduce((sum, root) => sum + root, 0)
  const chances = roots.map((root) => 0.5 * (root / total) + 0.5 / n)
  let sum = 0
  return {
    options,
    vectors,
    inputMap: drawParameter(options.dims * vectors.dims, 0.08, random),
    outputMap: drawParameter(options.dims * vectors.dims, 0.08, random),
    inputIds: rowParameterOf(drawParameter(n * options.dims, 0.02, random), n),
    outputIds: rowParameterOf(drawParameter(n * options.dims, 0.02, random), n),
    bias: rowParameterOf(parameterOf(Float32Array.from(counts, (count) => 0.3 * Math.log1p(count))), n),
    ages: parameterOf(Float32Array.from({ length: options.window }, (_, age) => -0.35 * age)),
    scale: parameterOf(Float32Array.of(Math.log(10))),
    counts,
    cumulative: chances.map((chance) => {
      sum += chance
      return sum
    }),
    logChances: Float32Array.from(chances, (chance) => Math.log(options.negatives * chance)),
    steps: 0,
    places: new Int32Array(n).fill(-1),
  }
}
