import type { Vectors } from '../columns.js'
import type { Random } from '../random.js'
import { drawParameter, type Parameter, parameterOf, type RowParameter, rowParameterOf } from '../vectors/adam.js'
import type { AdapterOptions } from './options.js'
import type { Samples } from './samples.js'

/** Everything that training moves, and what it draws negatives by. */
export interface State {
  options: AdapterOptions
  vectors: Vectors
  /** W and W2 transposed, ids, bias, ages (logarithms) and the logarithm of the scale. */
  inputMap: Parameter
  outputMap: Parameter
  inputIds: RowParameter
  outputIds: RowParameter
  bias: RowParameter
  ages: Parameter
  scale: Parameter
  counts: Float64Array
  /** Negatives: running sums of the chance of each item to be drawn, and ln(negatives * chance). */
  cumulative: Float64Array
  logChances: Float32Array
  steps: number
  /** Item -> place in the batch at hand, -1 elsewhere. */
  places: Int32Array
}

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
