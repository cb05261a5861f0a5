import type { Random } from '../random.js'
import type { Lists, Matrix } from '../types.js'
import { createMatrix, gatherRows } from '../vectors/matrix.js'
import type { Graph } from '../vectors/onnx-graph.js'
import { type Kernel, openKernel, openProduct, type Product, tensorOf } from '../vectors/onnx-runtime.js'
import { countUpTo } from '../vectors/sorted.js'
import { listAt } from '../vectors/sparse.js'
import { type Adapter, carryAdapter } from './adapter.js'

/** docs/scoring.md, "Adapter". */
export interface AdapterOptions {
  dims: number
  /** Newest items that place a user. */
  window: number
  batch: number
  negatives: number
  /** Chance that an item of a history is left out of a sample. */
  dropout: number
  rate: number
  /** Steps to take, in as many passes over the samples as that needs; few samples need more passes, not as many more. */
  steps: number
  fewestPasses: number
  mostPasses: number
  /** A user gives at most so many samples, the newest. */
  mostSamples: number
}

/** Passes in a row that may measure no better than the best before training stops. */
const PATIENCE = 2

export const ADAPTER_OPTIONS: AdapterOptions = {
  dims: 128,
  window: 10,
  batch: 512,
  negatives: 1024,
  dropout: 0.3,
  rate: 3e-3,
  steps: 400,
  fewestPasses: 2,
  mostPasses: 6,
  mostSamples: 40,
}

/** Positives to foretell: what came before each (newest first, -1 where there is no more) and what came next. */
interface Samples {
  count: number
  befores: Int32Array
  targets: Int32Array
}

export interface TrainAdapterInput {
  /** Encoder vectors, one row an item. */
  vectors: Matrix
  /** Liked rows of each user, oldest first. */
  histories: Lists
  random: Random
  /** How well an adapter does on what it may not learn from; training stops where it no longer grows. */
  measure: (adapter: Adapter) => Promise<number>
  /** Awaited after every batch; throws to stop. `done` of `total` batches. */
  pause: (done: number, total: number) => Promise<void>
  options?: Partial<AdapterOptions>
}

export interface TrainedAdapter {
  adapter: Adapter
  /** Mean loss and measure after each pass, for the learning curve. */
  curve: { loss: number; measure: number }[]
}

/**
 * Sampled softmax over what came next (docs/scoring.md, "Adapter"), Adam, moments of an item's id only moved when the
 * item is in the batch. The pass that measured best is kept. Null where ONNX Runtime is missing or there is nothing to
 * learn from. The same input and seed give the same adapter.
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
  let worse = 0
  for (let pass = 0; pass < passes; pass++) {
    const order = shuffle(samples.count, random)
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
      worse = 0
    } else if (++worse === PATIENCE) break
  }
  return { adapter: best!.adapter, curve }
}

function collectSamples(histories: Lists, { window, mostSamples }: AdapterOptions): Samples {
  const befores: number[] = []
  const targets: number[] = []
  for (let u = 0; u + 1 < histories.offsets.length; u++) {
    const rows = listAt(histories, u)
    for (let at = Math.max(1, rows.length - mostSamples); at < rows.length; at++) {
      for (let age = 0; age < window; age++) befores.push(rows[at - 1 - age] ?? -1)
      targets.push(rows[at])
    }
  }
  return { count: targets.length, befores: Int32Array.from(befores), targets: Int32Array.from(targets) }
}

// ---------------------------------------------------------------- parameters

/** A parameter with its Adam moments. */
interface Parameter {
  values: Float32Array
  first: Float32Array
  second: Float32Array
}

/** A parameter with one row an item, of which a batch touches few. */
interface RowParameter extends Parameter {
  dims: number
  /** The step that each row was last brought up to. */
  seen: Int32Array
}

interface State {
  options: AdapterOptions
  vectors: Matrix
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

function createState(vectors: Matrix, samples: Samples, options: AdapterOptions, random: Random): State {
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
    inputIds: rowsOf(drawParameter(n * options.dims, 0.02, random), n),
    outputIds: rowsOf(drawParameter(n * options.dims, 0.02, random), n),
    bias: rowsOf(parameterOf(Float32Array.from(counts, (count) => 0.3 * Math.log1p(count))), n),
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

function parameterOf(values: Float32Array): Parameter {
  return { values, first: new Float32Array(values.length), second: new Float32Array(values.length) }
}

/** Normal numbers of the given deviation (Box & Muller 1958). */
function drawParameter(length: number, deviation: number, random: Random): Parameter {
  const values = new Float32Array(length)
  for (let i = 0; i < length; i += 2) {
    const radius = deviation * Math.sqrt(-2 * Math.log(1 - random.unit()))
    const angle = 2 * Math.PI * random.unit()
    values[i] = radius * Math.cos(angle)
    if (i + 1 < length) values[i + 1] = radius * Math.sin(angle)
  }
  return parameterOf(values)
}

function rowsOf(parameter: Parameter, rows: number): RowParameter {
  return { ...parameter, dims: parameter.values.length / rows, seen: new Int32Array(rows) }
}

/** Adam (Kingma & Ba 2015) on values[from .. from + n] with their gradient at gradient[at ..]. */
function adam(parameter: Parameter, from: number, gradient: Float32Array, at: number, n: number, step: AdamStep): void {
  const { values, first, second } = parameter
  for (let k = 0; k < n; k++) {
    const g = gradient[at + k]
    const i = from + k
    first[i] += (1 - FIRST_DECAY) * (g - first[i])
    second[i] += (1 - SECOND_DECAY) * (g * g - second[i])
    values[i] -= (step.rate * first[i]) / (Math.sqrt(second[i] * step.unbias) + 1e-8)
  }
}

function adamRows(parameter: RowParameter, rows: Int32Array, gradient: Float32Array, step: AdamStep): void {
  const { dims, seen } = parameter
  for (let i = 0; i < rows.length; i++) {
    adam(parameter, rows[i] * dims, gradient, i * dims, dims, step)
    seen[rows[i]]++
  }
}

interface AdamStep {
  /** Steps taken before this one. */
  number: number
  /** Learning rate over 1 - .9^t, and 1 / (1 - .999^t). */
  rate: number
  unbias: number
}

/** Adam's decays of the two moments, and of the pace at which the first, left alone, still carries a value on. */
const FIRST_DECAY = 0.9
const SECOND_DECAY = 0.999
const PACE_DECAY = FIRST_DECAY / Math.sqrt(SECOND_DECAY)

/** The steps that a row missed while no batch touched it: its momentum carries it on, as if all rows moved each time. */
function catchUp(parameter: RowParameter, rows: Int32Array, step: AdamStep): void {
  const { values, first, second, seen, dims } = parameter
  for (const row of rows) {
    const missed = step.number - seen[row]
    seen[row] = step.number
    if (missed === 0) continue
    const distance = (step.rate * PACE_DECAY * (1 - PACE_DECAY ** missed)) / (1 - PACE_DECAY)
    const fade = FIRST_DECAY ** missed
    const sink = SECOND_DECAY ** missed
    for (let i = row * dims; i < (row + 1) * dims; i++) {
      values[i] -= (distance * first[i]) / (Math.sqrt(second[i] * step.unbias) + 1e-8)
      first[i] *= fade
      second[i] *= sink
    }
  }
}

function shuffle(n: number, random: Random): Int32Array {
  const order = Int32Array.from({ length: n }, (_, i) => i)
  for (let i = n - 1; i > 0; i--) {
    const j = random.below(i + 1)
    const swap = order[i]
    order[i] = order[j]
    order[j] = swap
  }
  return order
}

// ---------------------------------------------------------------- products

interface Kernels {
  /** a b^T, a^T b. */
  timesTransposed: Product
  transposedTimes: Product
  softmax: Kernel
}

/**
 * Softmax of each sample's target (logit p) against shared negatives (o, offsets c), those equal to the target masked,
 * and its gradient, all but the target's own part: first = p(target), du, do, dc and dt (by the logarithm of the scale).
 */
const SOFTMAX: Graph = {
  inputs: { u: 2, o: 2, c: 2, y: 2, n: 2, p: 2, t: 2, low: 2 },
  outputs: { first: 2, du: 2, do: 2, dc: 2, dt: 2 },
  constants: { zero: [0], one: [1], end: [2 ** 31 - 1] },
  nodes: [
    { op: 'Gemm', inputs: ['u', 'o'], output: 'cosines', attributes: { transB: 1 } },
    { op: 'Mul', inputs: ['cosines', 't'], output: 'scaled' },
    { op: 'Add', inputs: ['scaled', 'c'], output: 'logits' },
    { op: 'Equal', inputs: ['y', 'n'], output: 'same' },
    { op: 'Where', inputs: ['same', 'low', 'logits'], output: 'masked' },
    { op: 'Concat', inputs: ['p', 'masked'], output: 'all', attributes: { axis: 1 } },
    { op: 'Softmax', inputs: ['all'], output: 'chances', attributes: { axis: 1 } },
    { op: 'Slice', inputs: ['chances', 'zero', 'one', 'one'], output: 'first' },
    { op: 'Slice', inputs: ['chances', 'one', 'end', 'one'], output: 'g' },
    { op: 'Gemm', inputs: ['g', 'o'], output: 'du' },
    { op: 'Gemm', inputs: ['g', 'u'], output: 'do', attributes: { transA: 1 } },
    { op: 'ReduceSum', inputs: ['g', 'zero'], output: 'dc' },
    { op: 'Mul', inputs: ['g', 'scaled'], output: 'h' },
    { op: 'ReduceSum', inputs: ['h'], output: 'dt' },
  ],
}

async function openKernels(): Promise<Kernels | null> {
  const timesTransposed = await openProduct('second')
  const transposedTimes = await openProduct('first')
  const softmax = await openKernel(SOFTMAX)
  return timesTransposed && transposedTimes && softmax ? { timesTransposed, transposedTimes, softmax } : null
}

// ---------------------------------------------------------------- one batch

/** Items of a batch as placed by one side of the adapter. */
interface Side {
  rows: Int32Array
  encoded: Matrix
  /** Unit vectors, and the lengths that they had. */
  units: Matrix
  lengths: Float32Array
  /** Gradient by the unit vectors, filled by the batch. */
  gradient: Float32Array
}

async function placeSide(
  state: State,
  kernels: Kernels,
  rows: Int32Array,
  map: Parameter,
  ids: RowParameter,
): Promise<Side> {
  const { dims } = state.options
  const { vectors } = state
  const encoded = gatherRows(vectors, rows)
  const y = await kernels.timesTransposed(encoded, { data: map.values, rows: dims, dims: vectors.dims })
  const lengths = new Float32Array(rows.length)
  for (let i = 0; i < rows.length; i++) {
    const id = rows[i] * dims
    let square = LEAST_SQUARE
    for (let k = i * dims, j = id; j < id + dims; k++, j++) {
      y[k] += ids.values[j]
      square += y[k] * y[k]
    }
    lengths[i] = Math.sqrt(square)
    for (let k = i * dims; k < (i + 1) * dims; k++) y[k] /= lengths[i]
  }
  const units = { data: y, rows: rows.length, dims }
  return { rows, encoded, units, lengths, gradient: new Float32Array(y.length) }
}

/** Keeps a vector of length 0 from dividing by it. */
const LEAST_SQUARE = 1e-6

/** Carries a side's gradient back to its map and ids, and moves them. */
async function learnSide(
  kernels: Kernels,
  side: Side,
  map: Parameter,
  ids: RowParameter,
  step: AdamStep,
): Promise<void> {
  const { units, lengths, gradient, encoded, rows } = side
  const { dims } = units
  for (let i = 0; i < rows.length; i++) unitGradient(units.data, gradient, i * dims, dims, lengths[i])
  const y = await kernels.transposedTimes({ data: gradient, rows: rows.length, dims }, encoded)
  adam(map, 0, y, 0, y.length, step)
  adamRows(ids, rows, gradient, step)
}

/** From the gradient by x / |x| to that by x, in place. */
function unitGradient(units: Float32Array, gradient: Float32Array, from: number, dims: number, length: number): void {
  let along = 0
  for (let k = from; k < from + dims; k++) along += gradient[k] * units[k]
  for (let k = from; k < from + dims; k++) gradient[k] = (gradient[k] - along * units[k]) / length
}

/** One step on the chosen samples; returns their mean loss. */
async function learnBatch(
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
  const befores = dropOut(samples, chosen, options, random)
  const inputRows = distinctOf(places, befores)
  const placesIn = Int32Array.from(befores, (row) => (row < 0 ? -1 : places[row]))
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
  await learnSide(kernels, input, state.inputMap, state.inputIds, step)
  await learnSide(kernels, output, state.outputMap, state.outputIds, step)
  adamRows(bias, outputRows, gradients.bias, step)
  adam(state.ages, 0, ageGradient, 0, window, step)
  adam(state.scale, 0, Float32Array.of(scaleGradient), 0, 1, step)
  return loss
}

function stepOf({ steps }: State, rate: number): AdamStep {
  const t = steps + 1
  return { number: steps, rate: rate / (1 - FIRST_DECAY ** t), unbias: 1 / (1 - SECOND_DECAY ** t) }
}

/** What came before each chosen sample, items left out by chance; where all would go, all stay. */
function dropOut(
  samples: Samples,
  chosen: Int32Array,
  { window, dropout }: AdapterOptions,
  random: Random,
): Int32Array {
  const befores = new Int32Array(chosen.length * window)
  chosen.forEach((sample, s) => {
    const before = samples.befores.subarray(sample * window, (sample + 1) * window)
    let kept = 0
    for (let age = 0; age < window; age++) {
      const stays = random.unit() >= dropout
      befores[s * window + age] = stays ? before[age] : -1
      if (stays && before[age] >= 0) kept++
    }
    if (kept === 0) befores.set(before, s * window)
  })
  return befores
}

/** Distinct rows in order of appearance; `places` says where each stands. Rows below 0 are none. */
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

/** An item by its chance: the first whose running sum passes a random number. */
function draw(cumulative: Float64Array, random: Random): number {
  return countUpTo(cumulative, random.unit() * cumulative[cumulative.length - 1])
}

interface PlacedUsers {
  units: Float32Array
  lengths: Float32Array
  /** Share of each item of the window, 0 where there is none. */
  shares: Float32Array
}

function placeUsers({ options, ages }: State, input: Side, places: Int32Array, size: number): PlacedUsers {
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

/** Carries the users' gradient back to the items of their windows; returns that of the ages. */
function placeUsersGradient(
  { options }: State,
  input: Side,
  places: Int32Array,
  users: PlacedUsers,
  gradient: Float32Array,
  size: number,
): Float32Array {
  const { dims, window } = options
  const ages = new Float32Array(window)
  const by = new Float64Array(window)
  for (let s = 0; s < size; s++) {
    unitGradient(users.units, gradient, s * dims, dims, users.lengths[s])
    let mean = 0
    for (let age = 0; age < window; age++) {
      const place = places[s * window + age]
      by[age] = 0
      if (place < 0) continue
      const share = users.shares[s * window + age]
      const from = place * dims
      let along = 0
      for (let k = 0; k < dims; k++) {
        const g = gradient[s * dims + k]
        along += g * input.units.data[from + k]
        input.gradient[from + k] += share * g
      }
      by[age] = along
      mean += share * along
    }
    for (let age = 0; age < window; age++) ages[age] += users.shares[s * window + age] * (by[age] - mean)
  }
  return ages
}

// ---------------------------------------------------------------- result

/** Rows placed at once when the adapter is written out. */
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
  // What nobody foretold has learnt only to be none of the others: its text says more.
  return carryAdapter(
    trained,
    vectors,
    Int32Array.from(counts, (count, row) => (count > 0 ? row : -1)),
  )
}
