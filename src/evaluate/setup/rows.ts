import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chooseEncoder, openKnownMedia } from '../../build/choose.js'
import { takeRows } from '../../build/take.js'
import { encodeCatalogue, type TextColumns } from '../../build/texts.js'
import { type LoadedEncoder, loadEncoder } from '../../encode/encoder.js'
import { InterestMineError } from '../../errors.js'
import type { Host } from '../../host.js'
import { rulesOf } from '../../load/generation.js'
import { lookupRows, readHistories } from '../../model/histories.js'
import { openSqliteStore } from '../../store/sqlite/sqlite-store.js'
import { tellStopped } from '../../threads/run.js'
import { openThreads } from '../../threads/workers.js'
import type { Encoder, History, Item } from '../../types.js'
import { DEFAULT_PRECISION } from '../../vectors/precision.js'
import type { RowOptions, RunHooks } from './options.js'
import type { RunContext } from './run-context.js'

const WORKER = new URL('../../worker.js', import.meta.url)

/** What is evaluated: a catalogue, encoded, and what every user did. */
export interface EvaluationData {
  /** One a row of the catalogue. */
  items: Item[]
  text: TextColumns
  histories: readonly History[]
  /** Null where the items bring vectors of their own. */
  encoder: Encoder | null
  encoderId: string
  /** What a person should know of how it was read. */
  notes: readonly string[]
}

/** What an evaluation took. */
export interface ResourceUse {
  /** In all. */
  seconds: number
  peakMB: number
}

type Evaluation<R> = (data: EvaluationData, context: RunContext) => Promise<R>

/**
 * Reads items and events as `build` reads them, into a store in memory that nobody else sees and that leaves no file.
 * Fails with BAD_OPTION, BAD_INPUT, INTERRUPTED.
 */
export async function evaluateRows<R extends object>(
  options: RowOptions & RunHooks,
  work: Evaluation<R>,
): Promise<R & ResourceUse> {
  if (typeof options !== 'object' || options === null || !options.items || !options.events) {
    const message = 'an evaluation needs items and events: evaluate({ items, events })'
    throw new InterestMineError('BAD_OPTION', message, { option: options?.items ? 'events' : 'items' })
  }
  const { items, events, weights, encoder: named, signal, onProgress } = options
  const started = performance.now()
  const pool = openThreads(WORKER, options.workers)
  const store = await openSqliteStore(':memory:')
  let encoder: Promise<LoadedEncoder> | null = null
  try {
    const host: EvaluationHost = {
      store,
      options: { encoder: named },
      openEncoder(name) {
        encoder ??= loadEncoder(name, { pool })
        return encoder
      },
    }
    const rows = { items, events, weights, prune: true, signal, onProgress }
    const taken = await takeRows({ ...host, clock: () => Date.now() }, rows)
    const notes = [...taken.notes, ...(taken.items?.notes ?? []), ...(taken.events?.notes ?? [])]
    const rejected = (taken.itemCounts?.rejected ?? 0) + (taken.eventCounts?.rejected ?? 0)
    if (rejected > 0) notes.push(`${rejected} rows could not be used; build-index says which and why`)
    return await runEvaluation(host, work, { pool, notes, started, signal, onProgress })
  } catch (error) {
    throw tellStopped(error, STOPPED)
  } finally {
    await (encoder as Promise<LoadedEncoder> | null)?.then(
      (open) => open.close(),
      () => undefined,
    )
    await pool.close()
    await store.close()
  }
}

/** Rows that are read into memory have no towers. */
type EvaluationHost = Pick<Host, 'store' | 'options' | 'openEncoder'> & Partial<Pick<Host, 'openTower' | 'openPool'>>

/** The same on the rows of a store, with vectors it has; what is not encoded yet is, and kept there. */
export async function evaluateHost<R extends object>(
  host: EvaluationHost,
  { signal, onProgress }: RunHooks,
  workers: number | undefined,
  work: Evaluation<R>,
): Promise<R & ResourceUse> {
  const started = performance.now()
  // Threads of its own: what they hold of an evaluation goes with them.
  const pool = openThreads(WORKER, workers)
  try {
    return await runEvaluation(host, work, { pool, notes: [], started, signal, onProgress })
  } catch (error) {
    throw tellStopped(error, STOPPED)
  } finally {
    await pool.close()
  }
}

/** A build that is stopped goes on later; an evaluation does not. */
const STOPPED = 'the evaluation was stopped; the next one starts anew'

interface StartedRun extends Omit<RunContext, 'graphFile'> {
  notes: readonly string[]
  /** When it began, on the clock of `performance`. */
  started: number
}

async function runEvaluation<R extends object>(
  host: EvaluationHost,
  work: Evaluation<R>,
  { pool, notes, started, signal, onProgress }: StartedRun,
): Promise<R & ResourceUse> {
  const { store } = host
  const stamp = await store.stamp()
  const { lastSeq } = await store.tally()
  const choice = await chooseEncoder(host)
  const encoder = choice.name === null ? null : await host.openEncoder(choice.name)
  const info = await store.generation()
  const { openTower, openPool } = host
  const media =
    info && openTower && openPool
      ? await openKnownMedia({ store, openTower, openPool }, info, { signal, onProgress })
      : null
  const precision = info?.precision ?? DEFAULT_PRECISION
  const { text } = await encodeCatalogue({ store, encoder, media, precision, pool, signal, onProgress })
  const { catalogue } = text
  const items = (await store.readItems()).map(({ item }) => item)
  const rules = await rulesOf(store, stamp)
  const histories: History[] = []
  for await (const history of readHistories(store.allEvents(lastSeq), catalogue, lookupRows(catalogue), rules)) {
    histories.push(history)
  }
  const folder = mkdtempSync(join(tmpdir(), 'interest-mine-evaluate-'))
  try {
    const context: RunContext = {
      pool,
      graphFile: join(folder, 'graph.hnsw'),
      signal,
      onProgress,
    }
    const found = await work({ items, text, histories, encoder, encoderId: choice.id, notes }, context)
    return {
      ...found,
      seconds: Math.round(performance.now() - started) / 1000,
      peakMB: Math.round(process.resourceUsage().maxRSS / 1024),
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
