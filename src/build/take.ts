import { MODALITIES } from '../columns.js'
import { findModel, readManifest } from '../encode/manifest.js'
import { InterestMineError, quote } from '../errors.js'
import type { Host } from '../host.js'
import { parseWeightTable, WEIGHT_PRESETS } from '../ingest/weights.js'
import type { Store } from '../store/store.js'
import { nearMatches } from '../text.js'
import { stopIfAborted } from '../threads/run.js'
import { roundSeconds, startTimer } from '../threads/timer.js'
import type { OwnWeights, WeightPreset, WeightTable } from '../types/items.js'
import type { BuildOptions } from '../types/options.js'
import type { BuildReport } from '../types/reports.js'
import { choosePrecision } from './choose.js'
import { type SourceReport, takeEvents, takeItems, type VectorDims } from './rows.js'
import { checkMedia, chooseTowers } from './towers.js'

/** `prune` may remove this share of the catalogue without `yes`. */
const PRUNE_LIMIT = 0.2

/** What came of reading items and events into a store. Null where there were none to read. */
export interface TakenRows {
  items: SourceReport | null
  events: SourceReport | null
  itemCounts: BuildReport['items']
  eventCounts: BuildReport['events']
  notes: string[]
  /** Seconds for the items. */
  readSeconds: number
  /** Seconds for the events. */
  eventSeconds: number
}

/**
 * Reads the items and events of a build into the store. All items are written or none, and all events or none. Rows
 * that cannot be used are rejected and counted. Fails with BAD_OPTION, BAD_INPUT, BAD_MODEL, INTERRUPTED, and with
 * LIMIT where `prune` would remove too much.
 */
export async function takeRows(
  host: Pick<Host, 'store' | 'options' | 'clock'>,
  options: BuildOptions,
): Promise<TakenRows> {
  const { store } = host
  const notes: string[] = []
  // Checked first, so that a model that cannot be read is reported before any row is written.
  if (host.options.encoder !== undefined) await readManifest(findModel(host.options.encoder))
  await chooseTowers(host.options)
  checkMedia(options)
  await store.beginStaging()
  const weights = options.weights === undefined ? null : readWeights(options.weights)
  choosePrecision(null, options)

  let elapsed = startTimer()
  let items: SourceReport | null = null
  let itemCounts: BuildReport['items'] = null
  if (options.items) {
    const known = await readDims(store)
    const taken = await takeItems(store, options.items, known, options)
    items = taken
    if (options.prune && taken.read === taken.rejected) throw nothingToIndex(host, taken)
    const merged = await store.mergeItems({ prune: options.prune ?? false, limit: options.yes ? 1 : PRUNE_LIMIT })
    itemCounts = { read: taken.read, ...merged, rejected: taken.rejected }
    await keepDims(store, known, taken.vectorDims)
    if (taken.read > 0 && taken.read === taken.rejected) notes.push('no row of the catalogue could be used')
  }
  const readSeconds = roundSeconds(elapsed())

  elapsed = startTimer()
  let events: SourceReport | null = null
  let eventCounts: BuildReport['events'] = null
  if (options.events) {
    events = await takeEvents(store, options.events, host.clock(), options)
    const merged = await store.mergeEvents(events.name)
    eventCounts = { read: events.read, ...merged, rejected: events.rejected + merged.rejected }
  }
  const eventSeconds = roundSeconds(elapsed())
  stopIfAborted(options.signal)
  if (weights) await store.setMeta('weights', JSON.stringify(weights))
  return { items, events, itemCounts, eventCounts, notes, readSeconds, eventSeconds }
}

async function readDims(store: Store): Promise<VectorDims> {
  const known = async (key: string) => {
    const value = await store.getMeta(key)
    return value === null ? null : Number(value)
  }
  const modalities: VectorDims['modalities'] = {}
  for (const name of MODALITIES) modalities[name] = (await known(`${name}VectorDims`)) ?? undefined
  return { vector: await known('vectorDims'), modalities }
}

async function keepDims(store: Store, known: VectorDims, taken: VectorDims): Promise<void> {
  const keep = async (key: string, before: number | null | undefined, now: number | null | undefined) => {
    if (before == null && now != null) await store.setMeta(key, String(now))
  }
  await keep('vectorDims', known.vector, taken.vector)
  for (const name of MODALITIES) await keep(`${name}VectorDims`, known.modalities[name], taken.modalities[name])
}

/**
 * The error for a build or training without any item: BAD_INPUT where rows were read (`items`) but all were rejected,
 * NO_STORE where the store is empty.
 */
export function nothingToIndex(host: Pick<Host, 'store'>, items: SourceReport | null): InterestMineError {
  if (items)
    return new InterestMineError(
      'BAD_INPUT',
      `${quote(items.name)} has no item that can be used (${items.rejected} of ${items.read} rows rejected)`,
      { file: items.name },
    )
  return new InterestMineError(
    'NO_STORE',
    `no items in ${host.store.name} yet: run "interest-mine build-index CATALOG" first`,
    { file: host.store.name },
  )
}

function readWeights(weights: WeightPreset | OwnWeights): WeightTable {
  if (typeof weights === 'string' && !Object.hasOwn(WEIGHT_PRESETS, weights)) {
    const names = Object.keys(WEIGHT_PRESETS)
    throw new InterestMineError('BAD_OPTION', `no weights ${quote(weights)}; use ${names.join(', ')} or a JSON file`, {
      option: 'weights',
      value: weights,
      near: nearMatches(weights, names),
    })
  }
  return typeof weights === 'string' ? WEIGHT_PRESETS[weights] : parseWeightTable(weights)
}
