import { InterestMineError } from '../errors.js'
import type { FederatedModel } from './model.js'
import { ownRange } from './parameters.js'

/**
 * How the server moves the model by a round's mean update. `average` (FedAvg, McMahan et al. 2017) adds it, times
 * `rate`. `adam` (FedAdam, Reddi et al. 2021) takes it for a gradient: `decay` and `squareDecay` of the two moments,
 * `floor` keeps numbers that hardly move from moving far, `ownRate` is for what each item has of its own: few clients
 * move it, and it has further to go.
 */
export type Optimiser =
  | { kind: 'average'; rate: number }
  | { kind: 'adam'; rate: number; ownRate: number; decay: number; squareDecay: number; floor: number }

export const FED_AVG: Optimiser = { kind: 'average', rate: 1 }
export const FED_ADAM: Optimiser = {
  kind: 'adam',
  rate: 0.001,
  ownRate: 0.02,
  decay: 0.9,
  squareDecay: 0.999,
  floor: 1e-8,
}

/** What the optimiser remembers between rounds; null before the first, and always with `average`. */
export interface OptimiserState {
  steps: number
  first: Float32Array
  second: Float32Array
}

/** The model moved by a round; the one given stays as it is. Fails with BAD_INPUT where the update is of another shape. */
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
