import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { lookupRows } from '../behaviour.js'
import { chooseEncoder, takeRows, type Workshop } from '../building.js'
import { readHistories } from '../deltas.js'
import { type LoadedEncoder, loadEncoder } from '../encode/encoder.js'
import { InterestMineError } from '../errors.js'
import { rulesOf } from '../loading.js'
import { encodeCatalogue } from '../refit.js'
import { openSqliteStore } from '../store/sqlite-store.js'
import type { History } from '../types.js'
import { countThreads, createPool, type Pool } from '../vectors/workers.js'
import { evaluateHistories } from './course.js'
import { type EvaluateOptions, type EvaluateSettings, readSettings, type Settings } from './options.js'
import type { EvaluateReport } from './report.js'
import { createEvaluationTasks } from './tasks.js'
import type { Workplace } from './workplace.js'

/**
 * How well events that are held back are foretold, by the code that serves, beside known methods: docs/evaluation.md.
 * Needs no store and touches none; rows are read as `build` reads them. Fails with BAD_OPTION, with BAD_INPUT where rows
 * cannot be read or the split by time finds no times, with LIMIT where there is nothing to ask, with INTERRUPTED.
 */
export async function evaluate(options: EvaluateOptions): Promise<EvaluateReport> {
  if (typeof options !== 'object' || options === null || !options.items || !options.events) {
    const message = 'an evaluation needs items and events: evaluate({ items, events })'
    throw new InterestMineError('BAD_OPTION', message, { option: options?.items ? 'events' : 'items' })
  }
  const settings = readSettings(options)
  const started = performance.now()
  const { encoder: named, signal, onProgress } = options
  const pool = openThreads(options.workers)
  // Read by the same code as any store, into one that nobody else sees and that leaves no file.
  const store = await openSqliteStore(':memory:')
  let encoder: Promise<LoadedEncoder> | null = null
  try {
    const shop: EvaluationShop = {
      store,
      options: { encoder: named },
      openEncoder(name) {
        encoder ??= loadEncoder(name, { pool })
        return encoder
      },
    }
    const { items, events, weights } = options
    const rows = { items, events, weights, prune: true, signal, onProgress }
    const taken = await takeRows({ ...shop, clock: () => Date.now() }, rows)
    const notes = [...taken.notes, ...(taken.items?.notes ?? []), ...(taken.events?.notes ?? [])]
    const rejected = (taken.itemCounts?.rejected ?? 0) + (taken.eventCounts?.rejected ?? 0)
    if (rejected > 0) notes.push(`${rejected} rows could not be used; build-index says which and why`)
    return await evaluateWith(shop, settings, { pool, notes, started, signal, onProgress })
  } catch (error) {
    throw tellStopped(error)
  } finally {
    await (encoder as Promise<LoadedEncoder> | null)?.then(
      (open) => open.close(),
      () => undefined,
    )
    await pool?.close()
    await store.close()
  }
}

type EvaluationShop = Pick<Workshop, 'store' | 'options' | 'openEncoder'>

/** The same on the rows of a store, with vectors it has; what is not encoded yet is, and kept there. */
export async function evaluateStore(
  shop: EvaluationShop,
  settings: EvaluateSettings,
  workers: number | undefined,
): Promise<EvaluateReport> {
  const { signal, onProgress } = settings
  const asked = readSettings(settings, shop.options.seed)
  const started = performance.now()
  // Threads of its own: what they hold of an evaluation goes with them.
  const pool = openThreads(workers)
  try {
    return await evaluateWith(shop, asked, { pool, notes: [], started, signal, onProgress })
  } catch (error) {
    throw tellStopped(error)
  } finally {
    await pool?.close()
  }
}

/** A build that is stopped goes on later; an evaluation does not. */
function tellStopped(error: unknown): unknown {
  const isStop = error instanceof InterestMineError && error.code === 'INTERRUPTED'
  return isStop ? new InterestMineError('INTERRUPTED', 'the evaluation was stopped; the next one starts anew') : error
}

interface Surroundings extends Omit<Workplace, 'graphFile' | 'tasks'> {
  notes: readonly string[]
  /** When it began, on the clock of `performance`. */
  started: number
}

async function evaluateWith(
  shop: EvaluationShop,
  settings: Settings,
  { pool, notes, started, signal, onProgress }: Surroundings,
): Promise<EvaluateReport> {
  const { store } = shop
  const stamp = await store.stamp()
  const { lastSeq } = await store.tally()
  const choice = await chooseEncoder(shop)
  const encoder = choice.name === null ? null : await shop.openEncoder(choice.name)
  const { text } = await encodeCatalogue({ store, encoder, pool, signal, onProgress })
  const { catalogue } = text
  const rules = await rulesOf(store, stamp)
  const histories: History[] = []
  for await (const history of readHistories(store.allEvents(lastSeq), catalogue, lookupRows(catalogue), rules)) {
    histories.push(history)
  }
  const folder = mkdtempSync(join(tmpdir(), 'interest-mine-evaluate-'))
  try {
    const workplace = {
      pool,
      graphFile: join(folder, 'graph.hnsw'),
      signal,
      onProgress,
      tasks: createEvaluationTasks(),
    }
    const grounds = { text, histories, encoderId: choice.id, notes }
    const found = await evaluateHistories(grounds, settings, workplace)
    return {
      ...found,
      seconds: Math.round(performance.now() - started) / 1000,
      peakMB: Math.round(process.resourceUsage().maxRSS / 1024),
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function openThreads(workers: number | undefined): Pool | null {
  if (workers !== undefined && !(Number.isInteger(workers) && workers >= 0)) {
    throw new InterestMineError('BAD_OPTION', `workers ${workers} must be a whole number, 0 or more`, {
      option: 'workers',
      value: workers,
    })
  }
  const size = countThreads(workers)
  return size === 0 ? null : createPool(new URL('../worker.js', import.meta.url), size)
}
