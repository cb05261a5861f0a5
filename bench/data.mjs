// Where the measuring data lies, and a store built from it once and kept in the temporary folder between benches.
import { existsSync, mkdirSync, statSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openMiner } from '../dist/index.js'
import { unpackArtefacts } from '../dist/model/model.js'
import { openSqliteStore } from '../dist/store/sqlite/sqlite-store.js'

/**
 * @import { Precision } from '../dist/index.js'
 * @import { Artefacts } from '../dist/model/model.js'
 */

/** An option of parseArgs with a value. @type {{ type: 'string' }} */
export const TEXT = { type: 'string' }
/** One without. @type {{ type: 'boolean' }} */
export const FLAG = { type: 'boolean' }

export const DATA = process.env.INTEREST_MINE_DATA ?? fileURLToPath(new URL('../../shared/data', import.meta.url))

export function pathsOf(name) {
  const folder = join(DATA, name)
  if (!existsSync(folder)) throw new Error(`no data set ${folder}; set INTEREST_MINE_DATA to the folder that holds it`)
  return { items: { file: join(folder, 'catalog.jsonl.gz') }, events: { file: join(folder, 'events.csv.gz') } }
}

/**
 * A store of the data set, built where it is missing; as built it is not trained, for most benches train themselves.
 * @param {string} name
 * @param {{ train?: boolean, precision?: Precision }} [how]
 */
export async function storeOf(name, { train = false, precision } = {}) {
  const folder = join(tmpdir(), 'interest-mine-bench')
  mkdirSync(folder, { recursive: true })
  const store = join(folder, `${name}${train ? '-trained' : ''}${precision ? `-${precision}` : ''}.db`)
  if (!existsSync(store) || statSync(store).size === 0) {
    const miner = await openMiner({ store })
    await miner.build({ ...pathsOf(name), prune: true, train, precision })
    await miner.close()
  }
  return store
}

/**
 * What is fitted of a store.
 * @param {string} path
 */
export async function artefactsOf(path) {
  const store = await openSqliteStore(path, { mustExist: true })
  /** @type {Artefacts} */
  const fitted = unpackArtefacts(await store.loadArtefacts(must(await store.generation(), 'index').id))
  await store.close()
  return fitted
}

export function sayMachine() {
  console.log(`machine: ${cpus().length} x ${cpus()[0].model.trim()}, Node ${process.version}`)
}

/**
 * What must be there.
 * @template T
 * @param {T | null | undefined} value
 * @param {string} what
 * @returns {T}
 */
export function must(value, what) {
  if (value === null || value === undefined) throw new Error(`there is no ${what}`)
  return value
}

/**
 * The q-quantile of numbers.
 * @param {Iterable<number>} values
 * @param {number} q
 */
export function quantile(values, q) {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))]
}
