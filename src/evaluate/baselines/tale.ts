import type { History, Sparse } from '../../columns.js'
import { createMatrix, rowOf } from '../../vectors/matrix.js'
import { packLists } from '../../vectors/sparse.js'
import { type Baseline, scoreEach, type TrainingData } from './baseline.js'
import { numberRows } from './numbering.js'
import { invertMatrix, whyNotInvert } from './solve.js'

/** Options of `createTale`. */
export interface TaleOptions {
  /** Weight of the identity that is added to the Gram matrix, above 0. */
  lambda: number
  /** The weight of a source item is exp(-days / tauDays), days being the time between it and the target. */
  tauDays: number
  /** Where either time is unknown the weight is exp(-steps / tauSteps), steps being the items between them. */
  tauSteps: number
  /** No weight is below this. */
  floor: number
}

/** Chosen on the validation questions of amazon-beauty, but for `tauSteps`: there all times are known. */
const DEFAULTS: TaleOptions = { lambda: 100, tauDays: 30, tauSteps: 5, floor: 0.3 }
/** Source items of one target at most: the nearest before it. */
const LONGEST = 50
const DAY = 86_400_000

/**
 * TALE (Park et al., WSDM 2025) without its trend-aware normalisation: a linear item-to-item model of what comes next,
 * in closed form, B = (S'S + lambda I)^-1 S'T. Each item of a training list but the first makes one row of S and T
 * (single-target augmentation): T holds the item itself, S those before it, weighed by the time between them. A history
 * is scored as one more row of S, weighed by the time to its newest item.
 */
export function createTale(options: Partial<TaleOptions> = {}): Baseline {
  const settings = { ...DEFAULTS, ...options }
  return {
    name: 'TALE form',
    source: `Park et al., "Temporal linear item-item model for sequential recommendation", WSDM 2025, less its trend-aware normalisation; lambda ${settings.lambda}`,
    dense: true,
    async fit(data) {
      const { rows, numbers } = numberRows(data.train, data.items)
      const n = rows.length
      const reason = whyNotInvert(n, data.product, data.memory)
      if (reason) return { score: null, reason }
      const model = createMatrix(n, n)
      const next = await addSamples(model.data, data, numbers, n, settings)
      for (let i = 0; i < n; i++) model.data[i * n + i] += settings.lambda
      await invertMatrix(model, data.product, data.pause)
      // A row of B replaces the row of the inverse when it is first needed, so that only one matrix is held.
      const made = new Uint8Array(n)
      const effectsOf = (number: number) => {
        const row = rowOf(model, number)
        if (made[number] === 0) row.set(multiplySparse(row, next))
        made[number] = 1
        return row
      }
      return {
        score: scoreEach(data, ({ history }, scores) => {
          const sum = new Float32Array(n)
          for (const { row, weight } of weighSource(history, settings)) {
            if (numbers[row] < 0) continue
            const effects = effectsOf(numbers[row])
            for (let j = 0; j < n; j++) sum[j] += weight * effects[j]
          }
          for (let j = 0; j < n; j++) scores[rows[j]] = sum[j]
        }),
      }
    },
  }
}

/** Adds S'S to the lower triangle of `gram` and gives S'T. Both are over the n items that occur, by their numbers. */
async function addSamples(
  gram: Float32Array,
  { train, trainAt, pause }: TrainingData,
  numbers: Int32Array,
  n: number,
  settings: TaleOptions,
): Promise<Sparse> {
  const targets: number[][] = Array.from({ length: n }, () => [])
  const weights: number[][] = Array.from({ length: n }, () => [])
  for (let u = 0; u < train.offsets.length - 1; u++) {
    if (u % 64 === 0) await pause()
    const from = train.offsets[u]
    const list = train.values.subarray(from, train.offsets[u + 1]).map((row) => numbers[row])
    const at = trainAt.subarray(from, train.offsets[u + 1])
    for (let t = 1; t < list.length; t++) {
      const start = Math.max(0, t - LONGEST)
      const source = list.subarray(start, t)
      const w = Float64Array.from(source, (_, i) => weigh(at[start + i], at[t], t - start - i, settings))
      for (let i = 0; i < source.length; i++) {
        targets[source[i]].push(list[t])
        weights[source[i]].push(w[i])
        for (let j = 0; j < source.length; j++)
          if (source[j] <= source[i]) gram[source[i] * n + source[j]] += w[i] * w[j]
      }
    }
  }
  return packSums(targets, weights)
}

/** Sparse rows from lists of columns and values, the values of equal columns added up. */
function packSums(columns: readonly number[][], values: readonly number[][]): Sparse {
  const n = columns.length
  const sums = new Float32Array(n)
  const packed = packLists(columns.map((list) => Int32Array.from(new Set(list)).sort()))
  const sparse = { offsets: packed.offsets, columns: packed.values, values: new Float32Array(packed.values.length) }
  columns.forEach((list, i) => {
    list.forEach((column, k) => {
      sums[column] += values[i][k]
    })
    for (let at = sparse.offsets[i]; at < sparse.offsets[i + 1]; at++) sparse.values[at] = sums[sparse.columns[at]]
    for (const column of list) sums[column] = 0
  })
  return sparse
}

/** Weight of an item that lies `steps` items before another; `at` and `until` are their times, ms, NaN unknown. */
function weigh(at: number, until: number, steps: number, { tauDays, tauSteps, floor }: TaleOptions): number {
  const days = (until - at) / DAY
  return Math.max(floor, Math.exp(Number.isNaN(days) ? -steps / tauSteps : -days / tauDays))
}

/** The last positive items of a history, weighed by their time before the newest of them, which counts 1. */
function weighSource(history: History, settings: TaleOptions): { row: number; weight: number }[] {
  const positions = [...history.rows.keys()].filter((i) => history.strong[i] === 1).slice(-LONGEST)
  const newest = history.lastAt[positions.at(-1) ?? -1]
  return positions.map((i, k) => ({
    row: history.rows[i],
    weight: weigh(history.lastAt[i], newest, positions.length - 1 - k, settings),
  }))
}

/** A dense row times a sparse matrix. */
function multiplySparse(row: Float32Array, { offsets, columns, values }: Sparse): Float32Array {
  const result = new Float32Array(offsets.length - 1)
  for (let k = 0; k < row.length; k++) {
    const factor = row[k]
    for (let at = offsets[k]; at < offsets[k + 1]; at++) result[columns[at]] += factor * values[at]
  }
  return result
}
