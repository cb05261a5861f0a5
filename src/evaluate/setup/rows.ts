import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chooseEncoder, openKnownMedia } from '../../build/choose.js'
import { takeRows } from '../../build/take.js'
import { encodeCatalogue, type TextColumns } from '../../build/texts.js'
import type { Encoder, History } from '../../columns.js'
import { type LoadedEncoder, loadEncoder } from '../../encode/encoder.js'
import { InterestMineError } from '../../errors.js'
import type { Host } from '../../host.js'
import { rulesOf } from '../../load/generation.js'
import { openTemporaryStore } from '../../load/open-store.js'
import { lookupRows, readHistories } from '../../model/histories.js'
import { tellStopped } from '../../threads/run.js'
import { roundSeconds, startTimer } from '../../threads/timer.js'
import { openThreads } from '../../threads/workers.js'
import type { Item } from '../../types/items.js'
import { DEFAULT_PRECISION } from '../../vectors/precision.js'
import type { RowOptions, RunHooks } from './options.js'
import type { RunContext } from './run-context.js'

const WORKER = new URL('../../worker.js', import.meta.url)

/** What is evaluated: an encoded catalogue, and the history of every user. */
export interface EvaluationData {
  /** One a row of the catalogue. */
  items: Item[]
  /** The packed catalogue and the vectors of its texts, by row. */
  text: TextColumns
  /** One a user, complete. */
  histories: readonly History[]
  /** Null where the items bring vectors of their own. */
  encoder: Encoder | null
  /** Id of the encoder, or `caller:DIMENSIONS` where the items bring their own vectors. */
  encoderId: string
  /** What a person should know about how the rows were read. */
  notes: readonly string[]
}

/** What an evaluation took. */
export interface ResourceUse {
  /** Wall-clock seconds of the whole evaluation, reading included. */
  seconds: number
  /** The largest resident memory of the process so far, MiB. */
  peakMB: number
}

/** An evaluation proper: gives its report, less what is measured around it. */
type Evaluation<R> = (data: EvaluationData, context: RunContext) => Promise<R>

/**
 * Runs an evaluation on items and events. They are read as `build` reads them, into a store in memory that is private
 * to the run; no file is left behind.
 *
 * Fails with BAD_OPTION where items or events are missing or an option is wrong, with BAD_INPUT where rows cannot be
 * read, with INTERRUPTED, and with what `work` fails with.
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
  const elapsed = startTimer()
  const pool = openThreads(WORKER, options.workers)
  const store = await openTemporaryStore()
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
    return await runEvaluation(host, work, { pool, notes, elapsed, signal, onProgress })
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

/** Towers of pictures and sounds are used on a store only: rows that are read into memory are evaluated by text. */
type EvaluationHost = Pick<Host, 'store' | 'options' | 'openEncoder'> & Partial<Pick<Host, 'openTower' | 'openPool'>>

/**
 * Runs an evaluation on the rows of a store, with the vectors that the store has; texts that are not encoded yet are
 * encoded, and their vectors kept in the store. `workers`: threads, 0 for none; undefined: cores, at most 4. Fails with
 * INTERRUPTED, and with what `work` fails with.
 */
export async function evaluateHost<R extends object>(
  host: EvaluationHost,
  { signal, onProgress }: RunHooks,
  workers: number | undefined,
  work: Evaluation<R>,
): Promise<R & ResourceUse> {
  const elapsed = startTimer()
  // Not the store's threads: those of the evaluation keep a model in memory, which is freed as they end.
  const pool = openThreads(WORKER, workers)
  try {
    return await runEvaluation(host, work, { pool, notes: [], elapsed, signal, onProgress })
  } catch (error) {
    throw tellStopped(error, STOPPED)
  } finally {
    await pool.close()
  }
}

/** Replaces the message of a stopped build, which promises that the next one resumes: an evaluation does not. */
const STOPPED = 'the evaluation was stopped; the next one starts anew'

/** What is known of a run before its rows are encoded. */
interface StartedRun extends Omit<RunContext, 'graphFile'> {
  notes: readonly string[]
  /** Seconds since it began. */
  elapsed: () => number
}

/** Encodes the rows of a host's store, reads the histories, and runs the evaluation with a folder for the index. */
async function runEvaluation<R extends object>(
  host: EvaluationHost,
  work: Evaluation<R>,
  { pool, notes, elapsed, signal, onProgress }: StartedRun,
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
      seconds: roundSeconds(elapsed()),
      peakMB: Math.round(process.resourceUsage().maxRSS / 1024),
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
