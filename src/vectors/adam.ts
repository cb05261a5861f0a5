import type { Random } from '../random.js'

/** A parameter with its Adam moments. */
export interface Parameter {
  values: Float32Array
  first: Float32Array
  second: Float32Array
}

/** A parameter with one row an item, of which a batch touches few. */
export interface RowParameter extends Parameter {
  dims: number
  /** The step that each row was last brought up to. */
  lastStep: Int32Array
}

export function parameterOf(values: Float32Array): Parameter {
  return { values, first: new Float32Array(values.length), second: new Float32Array(values.length) }
}

/** Normal numbers of the given deviation (Box & Muller 1958). */
export function drawParameter(length: number, deviation: number, random: Random): Parameter {
  const values = new Float32Array(length)
  for (let i = 0; i < length; i += 2) {
    const radius = deviation * Math.sqrt(-2 * Math.log(1 - random.unit()))
    const angle = 2 * Math.PI * random.unit()
    values[i] = radius * Math.cos(angle)
    if (i + 1 < length) values[i + 1] = radius * Math.sin(angle)
  }
  return parameterOf(values)
}

export function rowParameterOf(parameter: Parameter, rows: number): RowParameter {
  return { ...parameter, dims: parameter.values.length / rows, lastStep: new Int32Array(rows) }
}

/** Adam (Kingma & Ba 2015) on values[from .. from + n] with their gradient at gradient[at ..]. */
export function adam(
  parameter: Parameter,
  from: number,
  gradient: Float32Array,
  at: number,
  n: number,
  step: AdamStep,
): void {
  const { values, first, second } = parameter
  for (let k = 0; k < n; k++) {
    const g = gradient[at + k]
    const i = from + k
    first[i] += (1 - FIRST_DECAY) * (g - first[i])
    second[i] += (1 - SECOND_DECAY) * (g * g - second[i])
    values[i] -= (step.rate * first[i]) / (Math.sqrt(second[i] * step.unbias) + 1e-8)
  }
}

export function adamRows(parameter: RowParameter, rows: Int32Array, gradient: Float32Array, step: AdamStep): void {
  const { dims, lastStep } = parameter
  for (let i = 0; i < rows.length; i++) {
    adam(parameter, rows[i] * dims, gradient, i * dims, dims, step)
    lastStep[rows[i]]++
  }
}

export interface AdamStep {
  /** Steps taken before this one. */
  number: number
  /** Learning rate over 1 - .9^t, and 1 / (1 - .999^t). */
  rate: number
  unbias: number
}

/** The step that comes after so many, at this learning rate. */
export function stepOf({ steps }: { steps: number }, rate: number): AdamStep {
  const t = steps + 1
  return { number: steps, rate: rate / (1 - FIRST_DECAY ** t), unbias: 1 / (1 - SECOND_DECAY ** t) }
}

/** Adam's decays of the two moments, and of the pace at which the first, left alone, still carries a value on. */
export const FIRST_DECAY = 0.9
export const SECOND_DECAY = 0.999
export const CARRY_DECAY = FIRST_DECAY / Math.sqrt(SECOND_DECAY)

/** The steps that a row missed while no batch touched it: its momentum carries it on, as if all rows moved each time. */
export function catchUp(parameter: RowParameter, rows: Int32Array, step: AdamStep): void {
  const { values, first, second, lastStep, dims } = parameter
  for (const row of rows) {
    const missed = step.number - lastStep[row]
    lastStep[row] = step.number
    if (missed === 0) continue
    const distance = (step.rate * CARRY_DECAY * (1 - CARRY_DECAY ** missed)) / (1 - CARRY_DECAY)
    const firstFactor = FIRST_DECAY ** missed
    const secondFactor = SECOND_DECAY ** missed
    for (let i = row * dims; i < (row + 1) * dims; i++) {
      values[i] -= (distance * first[i]) / (Math.sqrt(second[i] * step.unbias) + 1e-8)
      first[i] *= firstFactor
      second[i] *= secondFactor
    }
  }
}
