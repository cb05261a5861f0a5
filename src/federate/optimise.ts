import { InterestMineError } from '../errors.js'
import type { FederatedModel } from './model.js'
import { ownRange } from './parameters.js'

/**
 * How the server moves the model by a round's mean update. `average` (FedAvg, McMahan et al. 2017) adds it, times
 * `rate`. `adam` (FedAdam, Reddi et al. 2021) treats it as a gradient: `decay` and `squareDecay` are those of the two
 * moments, `floor` is added to the root of the second one so that numbers that hardly change do not jump, and `ownRate`
 * is the rate for ids and biases of items: few clients change those, and they have further to go.
 */
export type Optimiser =
  | { kind: 'average'; rate: number }
  | { kind: 'adam'; rate: number; ownRate: number; decay: number; squareDecay: number; floor: number }

/** FedAvg with rate 1. */
export const FED_AVG: Optimiser = { kind: 'average', rate: 1 }
/** FedAdam with default rates and decays. */
export const FED_ADAM: Optimiser = {
  kind: 'adam',
  rate: 0.001,
  ownRate: 0.02,
  decay: 0.9,
  squareDecay: 0.999,
  floor: 1e-8,
}

/** What the optimiser keeps between rounds; null before the first, and always with `average`. */
export interface OptimiserState {
  /** Rounds so far. */
  steps: number
  /** Running mean of the update (first moment). */
  first: Float32Array
  /** Running mean of the squared update (second moment). */
  second: Float32Array
}

/**
 * Moves the model by a round's mean update and returns it as a new one. `moments`: what the call before returned. Fails
 * with BAD_INPUT where `mean` has another length than the model's values.
 */
export function moveModel(
  model: FederatedModel,
  mean: Float32Array,
  optimiser: Optimiser,
  moments: OptimiserState | null = null,
): { model: FederatedModel; moments: OptimiserState | null } {
  const { length } = model.values
  if (mean.length !== length) {
    throw new InterestMineError('BAD_INPUT', `the update has ${mean.length} numbers, the model has ${length}`, {
      field: 'mean',
    })
  }
  if (optimiser.kind === 'average') {
    return { model: { ...model, values: model.values.map((x, i) => x + optimiser.rate * mean[i]) }, moments: null }
  }
  const { rate, ownRate, decay, squareDecay, floor } = optimiser
  const steps = (moments?.steps ?? 0) + 1
  const first = moments ? moments.first.slice() : new Float32Array(length)
  const second = moments ? moments.second.slice() : new Float32Array(length)
  const values = model.values.slice()
  const own = ownRange(model.shape)
  const speed = 1 / (1 - decay ** steps)
  const unbias = 1 / (1 - squareDecay ** steps)
  for (let i = 0; i < length; i++) {
    first[i] += (1 - decay) * (mean[i] - first[i])
    second[i] += (1 - squareDecay) * (mean[i] * mean[i] - second[i])
    const pace = speed * (i >= own.from && i < own.to ? ownRate : rate)
    values[i] += (pace * first[i]) / (Math.sqrt(second[i] * unbias) + floor)
  }
  return { model: { ...model, values }, moments: { steps, first, second } }
}
