import type { Random } from '../random.js'

/** A parameter of a model that Adam trains: its numbers and the two moments of their gradients, all of one length. */
export interface Parameter {
  values: Float32Array
  /** Running mean of the gradient (first moment). */
  first: Float32Array
  /** Running mean of the squared gradient (second moment). */
  second: Float32Array
}

/**
 * A parameter that is a matrix with one row an item. A batch changes few of its rows; `catchUp` makes up for the others
 * later.
 */
export interface RowParameter extends Parameter {
  /** Numbers of a row. */
  dims: number
  /** One entry a row: how many steps its values and moments include. */
  lastStep: Int32Array
}

/** Makes a parameter of `values`, which is not copied; both moments start at 0. */
export function parameterOf(values: Float32Array): Parameter {
  return { values, first: new Float32Array(values.length), second: new Float32Array(values.length) }
}

/**
 * Makes a parameter of `length` normally distributed numbers with mean 0 and standard deviation `deviation` (Box and
 * Muller 1958).
 */
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

/** Views a parameter as a matrix of `rows` rows of equal length. Memory is shared, not copied. */
export function rowParameterOf(parameter: Parameter, rows: number): RowParameter {
  return { ...parameter, dims: parameter.values.length / rows, lastStep: new Int32Array(rows) }
}

/**
 * Takes one Adam step (Kingma and Ba 2015) on values[from .. from + n], in place; their gradient is gradient[at .. at +
 * n].
 */
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

/**
 * Takes one Adam step on some rows of a matrix. Row i of `gradient` is the gradient of row rows[i]; each row is named
 * at most once.
 */
export function adamRows(parameter: RowParameter, rows: Int32Array, gradient: Float32Array, step: AdamStep): void {
  const { dims, lastStep } = parameter
  for (let i = 0; i < rows.length; i++) {
    adam(parameter, rows[i] * dims, gradient, i * dims, dims, step)
    lastStep[rows[i]]++
  }
}

/** What Adam needs to know of one step, the same for all parameters: made by `stepOf`. */
export interface AdamStep {
  /** How many steps were taken before this one. */
  number: number
  /** Learning rate divided by 1 - .9^t, where t counts steps from 1: the bias correction of the first moment. */
  rate: number
  /** 1 / (1 - .999^t): the bias correction of the second moment. */
  unbias: number
}

/** The step that follows after `steps` steps, at learning rate `rate`. */
export function stepOf({ steps }: { steps: number }, rate: number): AdamStep {
  const t = steps + 1
  return { number: steps, rate: rate / (1 - FIRST_DECAY ** t), unbias: 1 / (1 - SECOND_DECAY ** t) }
}

/** Share of the first moment that Adam keeps at each step. */
export const FIRST_DECAY = 0.9
/** Share of the second moment that Adam keeps at each step. */
export const SECOND_DECAY = 0.999
/** Factor from one step to the next by which momentum moves a value whose gradient stays 0. */
export const CARRY_DECAY = FIRST_DECAY / Math.sqrt(SECOND_DECAY)

/**
 * Applies to rows the steps that they missed while no batch contained them: momentum carries each value on, as dense
 * Adam would with a gradient of 0. Called before the rows are read; afterwards they are at step `step`.
 */
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
