import { collectSamples, dropOut } from '../adapt/samples.js'
import type { Lists, Matrix } from '../columns.js'
import { InterestMineError } from '../errors.js'
import { createRandom, drawOrder, type Random } from '../random.js'
import { countUpTo } from '../vectors/sorted.js'
import { addGradient } from './gradient.js'
import type { FederatedModel } from './model.js'
import { countParameters, viewParameters } from './parameters.js'
import type { LocalSettings } from './settings.js'

/** What a client's training changed in the model. */
export interface LocalUpdate {
  /** Change of each of the model's numbers; at most `clip` long (L2 norm). */
  delta: Float32Array
  /** Number of samples, at most `mostWeight`; 0 where there is nothing to learn from, and then `delta` is 0. */
  weight: number
  /** Mean loss over the steps; NaN where there were none. */
  loss: number
}

/**
 * Trains the model on a client's own histories and returns what changed. `vectors`: encoder vectors of the public
 * items, one row an item; `histories`: liked rows of each of the client's users, oldest first (`historiesOf`). The same
 * input and seed give the same update. Fails with BAD_INPUT where vectors or rows do not fit the model.
 */
export function trainLocally(
  { model: { shape, values }, settings }: { model: Pick<FederatedModel, 'shape' | 'values'>; settings: LocalSettings },
  vectors: Matrix,
  histories: Lists,
  seed: number,
): LocalUpdate {
  if (vectors.rows !== shape.items || vectors.dims !== shape.encoderDims) {
    const found = `${vectors.rows} vectors of ${vectors.dims} numbers`
    const message = `the model is for ${shape.items} vectors of ${shape.encoderDims} numbers, these are ${found}`
    throw new InterestMineError('BAD_INPUT', message, { field: 'vectors' })
  }
  if (histories.values.some((row) => row < 0 || row >= shape.items)) {
    throw new InterestMineError('BAD_INPUT', `a history holds a row that is none of the ${shape.items} items`, {
      field: 'histories',
    })
  }
  const random = createRandom(seed)
  const samples = collectSamples(histories, { window: shape.window, mostSamples: settings.mostSamples })
  const own = viewParameters(shape, values.slice())
  const gradient = viewParameters(shape, new Float32Array(countParameters(shape)))
  const steps = samples.count > 0 ? settings.steps : 0
  let loss = 0
  let order = drawOrder(samples.count, random)
  let at = 0
  for (let step = 0; step < steps; step++) {
    if (at >= order.length) {
      order = drawOrder(samples.count, random)
      at = 0
    }
    const chosen = order.subarray(at, at + settings.batch)
    at += settings.batch
    const batch = {
      contexts: dropOut(samples, chosen, { window: shape.window, dropout: settings.dropout }, random),
      targets: chosen.map((s) => samples.targets[s]),
      ...drawNegatives(own.bias, settings.negatives, random),
    }
    gradient.values.fill(0)
    loss += addGradient(shape, own, vectors, batch, gradient) / steps
    for (let i = 0; i < values.length; i++) own.values[i] -= settings.rate * gradient.values[i]
  }
  const delta = own.values
  for (let i = 0; i < values.length; i++) delta[i] -= values[i]
  return {
    delta: clipTo(delta, settings.clip),
    weight: steps > 0 ? Math.min(samples.count, settings.mostWeight) : 0,
    loss: steps > 0 ? loss : Number.NaN,
  }
}

/** Scales a vector down to length `most`, in place. */
function clipTo(vector: Float32Array, most: number): Float32Array {
  let square = 0
  for (let i = 0; i < vector.length; i++) square += vector[i] * vector[i]
  const scale = Math.min(1, most / Math.sqrt(square))
  if (scale < 1) for (let i = 0; i < vector.length; i++) vector[i] *= scale
  return vector
}

/**
 * Draws negatives: every second one evenly, the others by exp(bias), which is what the model says of items apart from
 * any history, so that items that are often liked are also compared with each other.
 */
function drawNegatives(
  bias: Float32Array,
  count: number,
  random: Random,
): { negatives: Int32Array; logChances: Float32Array } {
  let total = 0
  const running = Float64Array.from(bias, (b) => {
    total += Math.exp(b)
    return total
  })
  const negatives = Int32Array.from({ length: count }, (_, i) =>
    i % 2 === 0 ? random.below(bias.length) : Math.min(bias.length - 1, countUpTo(running, random.unit() * total)),
  )
  const logChances = Float32Array.from(negatives, (row) =>
    Math.log(count * (0.5 / bias.length + (0.5 * Math.exp(bias[row])) / total)),
  )
  return { negatives, logChances }
}
