import type { Lists, Vectors } from '../columns.js'
import { drawOrder, type Random } from '../random.js'
import { catchUp, type Parameter, type RowParameter, stepOf } from '../vectors/adam.js'
import { createMatrix } from '../vectors/matrix.js'
import { precisionOf } from '../vectors/precision.js'
import { type Adapter, carryAdapter, keepAdapterAs } from './adapter.js'
import { learnBatch } from './batch.js'
import { type Kernels, openKernels } from './kernels.js'
import { ADAPTER_OPTIONS, type AdapterOptions } from './options.js'
import { collectSamples } from './samples.js'
import { placeSide } from './sides.js'
import { createState, type State } from './state.js'

/** Passes in a row that may measure no better than the best one before training stops. */
const PATIENCE = 2

/** Input of `trainAdapter`. */
export interface TrainAdapterInput {
  /** Encoder vectors, one row an item. The adapter's vectors get the same precision. */
  vectors: Vectors
  /** Liked rows of each user, oldest first. */
  histories: Lists
  /** Draws the start, the order of samples, dropout and negatives. */
  random: Random
  /** How well an adapter ranks what it does not learn from; larger is better. Called after each pass. */
  measure: (adapter: Adapter) => Promise<number>
  /** Awaited after every batch, with how many of all batches are done; throws to stop. */
  pause: (done: number, total: number) => Promise<void>
  /** Settings in place of those of `ADAPTER_OPTIONS`. */
  options?: Partial<AdapterOptions>
}

/** A trained adapter. */
export interface TrainedAdapter {
  adapter: Adapter
  /** Mean loss and measure after each pass, in order; of a private training, at some of its rounds. */
  curve: { loss: number; measure: number }[]
}

/**
 * Trains an adapter by sampled softmax over each user's next liked item, with Adam (docs/scoring.md, "The adapter").
 * Ids of items are only updated when the item is in a batch, and caught up later. The pass that measured best is
 * returned. Null where ONNX Runtime is missing or there is nothing to learn from. The same input and seed give the same
 * adapter.
 */
export async function trainAdapter(input: TrainAdapterInput): Promise<TrainedAdapter | null> {
  const options = { ...ADAPTER_OPTIONS, ...input.options }
  const { vectors, histories, random } = input
  const samples = collectSamples(histories, options)
  const kernels = await openKernels()
  if (!kernels || samples.count === 0) return null
  const batches = Math.ceil(samples.count / options.batch)
  const passes = Math.min(options.mostPasses, Math.max(options.fewestPasses, Math.round(options.steps / batches)))
  const state = createState(vectors, samples, options, random)
  const curve: TrainedAdapter['curve'] = []
  let best: { adapter: Adapter; measure: number } | null = null
  let passesWithoutGain = 0
  for (let pass = 0; pass < passes; pass++) {
    const order = drawOrder(samples.count, random)
    let loss = 0
    let rate = options.rate
    for (let b = 0; b < batches; b++) {
      const chosen = order.subarray(b * options.batch, (b + 1) * options.batch)
      rate = options.rate * (1 - (pass * batches + b) / (passes * batches)) + 1e-5
      loss += await learnBatch(state, kernels, samples, chosen, rate, random)
      await input.pause(pass * batches + b + 1, passes * batches)
    }
    const everyRow = Int32Array.from({ length: vectors.rows }, (_, row) => row)
    for (const one of [state.inputIds, state.outputIds, state.bias]) catchUp(one, everyRow, stepOf(state, rate))
    const adapter = await exportAdapter(state, kernels)
    const measure = await input.measure(adapter)
    curve.push({ loss: loss / batches, measure })
    if (!best || measure > best.measure) {
      best = { adapter, measure }
      passesWithoutGain = 0
    } else if (++passesWithoutGain === PATIENCE) break
  }
  return { adapter: keepAdapterAs(best!.adapter, precisionOf(vectors)), curve }
}

/** Rows placed at once when the adapter is exported. */
const BLOCK = 4096

async function exportAdapter(state: State, kernels: Kernels): Promise<Adapter> {
  const { options, vectors, counts } = state
  const place = async (map: Parameter, ids: RowParameter) => {
    const placed = createMatrix(vectors.rows, options.dims)
    for (let from = 0; from < vectors.rows; from += BLOCK) {
      const rows = Int32Array.from({ length: Math.min(BLOCK, vectors.rows - from) }, (_, i) => from + i)
      const { units } = await placeSide(state, kernels, rows, map, ids)
      placed.data.set(units.data, from * options.dims)
    }
    return placed
  }
  const copyMap = (map: Parameter) => ({ data: map.values.slice(), rows: options.dims, dims: vectors.dims })
  const bias = state.bias.values.slice()
  const unseen = bias.filter((_, row) => counts[row] === 0)
  const coldBias =
    unseen.length > 0 ? unseen.reduce((sum, b) => sum + b, 0) / unseen.length : bias.slice().sort()[bias.length >> 4]
  const trained = {
    inputs: await place(state.inputMap, state.inputIds),
    outputs: await place(state.outputMap, state.outputIds),
    bias,
    ages: state.ages.values.map(Math.exp),
    scale: Math.exp(state.scale.values[0]),
    inputMap: copyMap(state.inputMap),
    outputMap: copyMap(state.outputMap),
    coldBias,
  }
  // An item that is no sample's target was only ever trained as a negative: its text says more about it.
  return carryAdapter(
    trained,
    vectors,
    Int32Array.from(counts, (count, row) => (count > 0 ? row : -1)),
  )
}
