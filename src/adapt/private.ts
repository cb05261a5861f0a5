import type { Matrix } from '../columns.js'
import type { Random } from '../random.js'
import { createMatrix, normaliseRows } from '../vectors/matrix.js'
import { floatsOf } from '../vectors/precision.js'
import type { Rounds } from '../vectors/rounds.js'
import { type Adapter, carryAdapter } from './adapter.js'
import { openPrivateKernels, type PrivateKernels } from './private-kernels.js'
import { PRIVATE_ADAPTER_OPTIONS, type PrivateAdapterOptions } from './private-options.js'
import { addUserGradients, collectUserSamples } from './private-round.js'
import type { TrainAdapterInput, TrainedAdapter } from './train.js'
import { whiten } from './whiten.js'

/** Input of `trainPrivateAdapter`. */
export interface PrivateAdapterInput extends Pick<TrainAdapterInput, 'vectors' | 'histories' | 'measure' | 'pause'> {
  /** Draws the negatives, which are the same for all users. */
  random: Random
  /** Draws who takes part, limits contributions and adds noise: the only way to what is learnt of users. */
  rounds: Rounds
  options?: Partial<PrivateAdapterOptions>
}

/** Users whose samples are in memory at once. */
const BLOCK = 1024
/** How often the adapter is measured, the end included. */
const MEASUREMENTS = 4
/** Share of the rounds, at the end, whose matrices are averaged, so that noise evens out. */
const AVERAGED = 0.5

/**
 * Trains an adapter by noisy sums over users (docs/scoring.md, "Private training"). Items lie at their whitened encoder
 * vectors x, a user at the weighted mean u of their newest items, and one matrix B is learnt, from the identity on:
 * logit = scale u' B x / |B x|. Vectors and biases of single items are not learnt: they would drown in noise, and
 * without them nothing here depends on counts. `measure` fills the curve and decides nothing. Null where ONNX Runtime
 * is missing or there are no items.
 */
export async function trainPrivateAdapter(input: PrivateAdapterInput): Promise<TrainedAdapter | null> {
  const options = { ...PRIVATE_ADAPTER_OPTIONS, ...input.options }
  const { histories, rounds, random, measure, pause } = input
  const vectors = floatsOf(input.vectors)
  const kernels = await openPrivateKernels()
  if (!kernels || vectors.rows === 0) return null
  const axes = await whiten(vectors, options.dims, kernels.transposedTimes)
  const dims = axes.rows
  const items = normaliseRows({ data: await kernels.timesTransposed(vectors, axes), rows: vectors.rows, dims })
  const users = histories.offsets.length - 1
  const expected = Math.max(1, rounds.sampleRate * users)
  // With few users or much noise the matrix stays near its start, which depends on no user.
  const noise = (rounds.noiseMultiplier * rounds.clip * Math.sqrt(dims)) / expected
  const rate = Math.min(options.rate, options.mostMovement / noise)
  const matrix = createMatrix(dims, dims)
  for (let k = 0; k < dims; k++) matrix.data[k * dims + k] = 1
  const moved = new Float64Array(dims * dims)
  const mean = createMatrix(dims, dims)
  const firstAveraged = Math.floor((1 - AVERAGED) * rounds.steps)
  const curve: TrainedAdapter['curve'] = []
  for (let round = 0; round < rounds.steps; round++) {
    const negatives = Int32Array.from({ length: options.negatives }, () => random.below(items.rows))
    const sum = new Float64Array(dims * dims)
    const participants = rounds.takePart(users)
    let loss = 0
    let samples = 0
    for (let from = 0; from < participants.length; from += BLOCK) {
      const block = collectUserSamples(participants.subarray(from, from + BLOCK), histories, items, options)
      const { clip } = rounds
      loss += await addUserGradients(block, { items, matrix, negatives, clip, scale: options.scale }, kernels, sum)
      samples += block.targets.length
      await pause(round, rounds.steps)
    }
    rounds.disturb(sum)
    for (let i = 0; i < sum.length; i++) {
      moved[i] = options.momentum * moved[i] + sum[i] / expected
      matrix.data[i] += rate * moved[i]
      if (round >= firstAveraged) mean.data[i] += matrix.data[i] / (rounds.steps - firstAveraged)
    }
    const last = round + 1 === rounds.steps
    if (last || (round + 1) % Math.ceil(rounds.steps / MEASUREMENTS) === 0) {
      const adapter = await placeAll(last ? mean : matrix, axes, vectors, options, kernels)
      curve.push({ loss: loss / Math.max(1, samples), measure: await measure(adapter) })
      if (last) return { adapter, curve }
    }
  }
  return null
}

/** An adapter with every item placed by its encoder vector. */
async function placeAll(
  matrix: Matrix,
  axes: Matrix,
  vectors: Matrix,
  { window, ageDecay, scale }: PrivateAdapterOptions,
  { transposedTimes }: PrivateKernels,
): Promise<Adapter> {
  const transposed = createMatrix(matrix.dims, matrix.rows)
  for (let i = 0; i < matrix.rows; i++) {
    for (let k = 0; k < matrix.dims; k++) transposed.data[k * matrix.rows + i] = matrix.data[i * matrix.dims + k]
  }
  const empty = createMatrix(0, axes.rows)
  const maps: Adapter = {
    inputs: empty,
    outputs: empty,
    bias: new Float32Array(0),
    ages: Float32Array.from({ length: window }, (_, age) => Math.exp(-ageDecay * age)),
    scale,
    inputMap: axes,
    outputMap: { ...axes, data: await transposedTimes(transposed, axes) },
    coldBias: 0,
  }
  return carryAdapter(maps, vectors, new Int32Array(vectors.rows).fill(-1))
}
