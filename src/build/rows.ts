import { MODALITIES } from '../columns.js'
import { fullText, shortText } from '../encode/item-text.js'
import { InterestMineError, quote } from '../errors.js'
import { hashItem, hashText } from '../hash.js'
import { clipDwell, createBurstCheck, eventColumns, parseEvent, recogniseEventColumns } from '../ingest/events.js'
import { itemColumns, itemIdOf, parseItem, recogniseItemColumns } from '../ingest/items.js'
import { openRows, type RawRow, type RowReader } from '../ingest/rows.js'
import { kindWeight, WEIGHT_PRESETS } from '../ingest/weights.js'
import { keepBytes } from '../media/kept.js'
import { keptReference, MOST_BYTES } from '../media/references.js'
import { sidecarsOf } from '../store/sidecars.js'
import type { EventRow, ItemRow, Store } from '../store/store.js'
import { nearMatches, readingSeconds } from '../text.js'
import { stopIfAborted } from '../threads/run.js'
import { startTimer, yieldThread } from '../threads/timer.js'
import type { Interaction, Item, Modality } from '../types/items.js'
import type { Progress, Source } from '../types/options.js'
import type { RecognisedColumn, Rejection } from '../types/reports.js'

/** Rows handed to the store at a time. */
const BATCH = 1000

/** What came of reading one source of rows. */
export interface SourceReport {
  /** Base name of the file; "items" or "events" for rows from memory. */
  name: string
  /** Number of rows read. */
  read: number
  /** Number of rows rejected. */
  rejected: number
  /** What the columns were read as. */
  columns: RecognisedColumn[]
  /** What a person should know, as in `BuildReport.notes`. */
  notes: string[]
}

/** Options of reading a source. Aborting fails with INTERRUPTED. */
export interface SourceOptions {
  signal?: AbortSignal
  onProgress?: (progress: Progress) => void
}

/** Lengths that the vectors of items must have. */
export interface VectorDims {
  /** Of vectors of texts; 0: items bring none; null: not known yet, the first item decides. */
  vector: number | null
  /** Of vectors of pictures and sounds; where one is missing, the first such vector decides. */
  modalities: Partial<Record<Modality, number>>
}

/**
 * Reads a catalogue into the store's staging area. Every row is staged, or rejected with its reason. `vectorDims`:
 * lengths that are known from earlier builds; those that are known afterwards are returned. Fails with BAD_OPTION where
 * the source or its mapping cannot be used, BAD_INPUT where a file cannot be read, INTERRUPTED.
 */
export async function takeItems(
  store: Store,
  source: Source<Item>,
  vectorDims: VectorDims,
  options: SourceOptions,
): Promise<SourceReport & { vectorDims: VectorDims }> {
  return withSource(source, 'items', options.signal, (reader) => takeItemRows(store, reader, vectorDims, options))
}

const NOT_READ = 'could not be read and were left out'
const NO_VECTOR = 'were left out: no list of finite numbers, all zero, or of another length than the first'
const UNUSABLE: Record<string, string> = { imageVector: NO_VECTOR, audioVector: NO_VECTOR }

async function takeItemRows(
  store: Store,
  reader: OpenSource,
  vectorDims: VectorDims,
  options: SourceOptions,
): Promise<SourceReport & { vectorDims: VectorDims }> {
  const { mapping } = recogniseItemColumns(reader.header ?? [], reader.map, reader.name)
  const dropped = new Map<string, number>()
  const dims: VectorDims = { ...vectorDims, modalities: { ...vectorDims.modalities } }
  const report = await takeStaged<ItemRow>(store, reader, 'read', options, {
    parse(row) {
      if ('reason' in row)
        return {
          reason: row.reason,
          field: row.field,
          id: row.record ? (itemIdOf(row.record, mapping) ?? undefined) : undefined,
        }
      const parsed = parseItem(row.record, mapping, { ...dims, vector: dims.vector || null })
      if (!('item' in parsed)) return parsed
      const { item } = parsed
      const length = item.vector?.length ?? 0
      dims.vector ??= length
      if (dims.vector > 0 && length === 0) return { reason: 'no vector', field: 'vector', id: item.id }
      if (dims.vector === 0) delete item.vector
      for (const name of MODALITIES) dims.modalities[name] ??= item.vectors?.[name]?.length
      parsed.dropped.push(...keepMedia(sidecarsOf(store).media, item))
      for (const field of parsed.dropped) dropped.set(field, (dropped.get(field) ?? 0) + 1)
      const { vector, vectors, ...rest } = item
      return {
        line: row.line,
        item,
        hash: hashItem(JSON.stringify(rest), vector ?? null, vectors),
        fullHash: hashText(fullText(item)),
        shortHash: hashText(shortText(item)),
      }
    },
    async stage(rows) {
      const again = new Set(await store.stageItems(rows))
      return rows
        .filter((row) => again.has(row.line))
        .map((row) => ({ line: row.line, reason: 'duplicate id', field: 'id', id: row.item.id }))
    },
    kept: (ids) => store.stageKept(ids),
  })
  for (const [field, n] of dropped) report.notes.push(`${n} ${field} values ${UNUSABLE[field] ?? NOT_READ}`)
  noteUnseen(report, reader.map, mapping.claims)
  return { ...report, columns: itemColumns(mapping), vectorDims: dims }
}

/**
 * Writes pictures and sounds that came as bytes beside the store, and replaces them in the item by references. Those
 * that are too large, or have no place because the store is in memory, are removed from the item; returns their
 * modalities.
 */
function keepMedia(folder: string | null, item: Item): Modality[] {
  return MODALITIES.filter((modality) => {
    const bytes = item[modality]
    if (!(bytes instanceof Uint8Array)) return false
    const keeps = folder !== null && bytes.length <= MOST_BYTES[modality]
    if (keeps) item[modality] = keptReference(keepBytes(folder, bytes))
    else delete item[modality]
    return !keeps
  })
}

/**
 * Reads events into the store's staging area; those on unknown items are only rejected when they are merged. `clock`:
 * the time now, milliseconds since 1970. Fails as `takeItems` does.
 */
export async function takeEvents(
  store: Store,
  source: Source<Interaction>,
  clock: number,
  options: SourceOptions,
): Promise<SourceReport> {
  return withSource(source, 'events', options.signal, (reader) => takeEventRows(store, reader, clock, options))
}

async function takeEventRows(
  store: Store,
  reader: OpenSource,
  clock: number,
  options: SourceOptions,
): Promise<SourceReport> {
  let mapping: ReturnType<typeof recogniseEventColumns>['mapping'] | undefined = reader.header
    ? recogniseEventColumns(reader.header, reader.map, reader.name).mapping
    : undefined
  const isBurst = createBurstCheck()
  const unknownKinds = new Map<string, number>()
  let clipped = 0
  const report = await takeStaged<EventRow>(store, reader, 'events', options, {
    parse(row) {
      if ('reason' in row) return row
      // JSON has no header: columns are recognised from the keys of the first row, and those of later rows are added.
      mapping ??= recogniseEventColumns([row.record], reader.map, reader.name).mapping
      const parsed = parseEvent(row.record, mapping, { clock })
      if (!('event' in parsed)) return parsed
      const { event } = parsed
      if (isBurst(event.user, event.at)) return { reason: 'burst', field: 'at' }
      if (!Object.hasOwn(WEIGHT_PRESETS.shop, event.type))
        unknownKinds.set(event.type, (unknownKinds.get(event.type) ?? 0) + 1)
      if (event.dwell !== null) {
        const { dwell, clipped: cut } = clipDwell(event.dwell, LONGEST_READING_SECONDS)
        event.dwell = dwell
        clipped += Number(cut)
      }
      return { line: row.line, event }
    },
    async stage(rows) {
      await store.stageEvents(rows)
      return []
    },
  })
  const kinds = [...unknownKinds].sort((a, b) => b[1] - a[1]).slice(0, 8)
  if (kinds.length > 0) {
    const { weight } = kindWeight({}, '')
    report.notes.push(
      `unknown event kinds count as positive with weight ${weight}: ${kinds.map(([kind, n]) => `${kind} (${n})`).join(', ')}`,
    )
  }
  if (clipped > 0) report.notes.push(`${clipped} dwell times were clipped: nobody reads that long`)
  noteUnseen(report, reader.map, mapping?.claims)
  return { ...report, columns: mapping ? eventColumns(mapping) : [] }
}

/** Dwell is clipped before its item is known, so it is clipped at the expected reading time of the longest text. */
const LONGEST_READING_SECONDS = readingSeconds('word '.repeat(4000))

type ParsedRow<R> = R | { reason: string; field: string | null; id?: string }

interface RowHandler<R> {
  /** A row to stage, or why it is rejected. */
  parse: (row: RawRow) => ParsedRow<R>
  /** Stages rows; returns those that the store does not take. */
  stage: (rows: R[]) => Promise<Omit<Rejection, 'file'>[]>
  /** Called with the ids of rejected rows. */
  kept?: (ids: string[]) => Promise<void>
}

async function takeStaged<R extends object>(
  store: Store,
  reader: OpenSource,
  stage: Progress['stage'],
  options: SourceOptions,
  handler: RowHandler<R>,
): Promise<SourceReport> {
  const report: SourceReport = { name: reader.name, read: 0, rejected: 0, columns: [], notes: [] }
  let rows: R[] = []
  let rejections: Rejection[] = []
  const elapsed = startTimer()
  const flush = async () => {
    for (const rejection of await handler.stage(rows)) rejections.push({ file: reader.name, ...rejection })
    const ids = rejections.flatMap((rejection) => rejection.id ?? [])
    if (ids.length > 0) await handler.kept?.(ids)
    await store.stageRejections(rejections)
    report.rejected += rejections.length
    rows = []
    rejections = []
    stopIfAborted(options.signal)
    const seconds = elapsed()
    options.onProgress?.({
      stage,
      done: report.read,
      total: null,
      rate: seconds > 0.2 ? report.read / seconds : null,
      secondsLeft: null,
    })
    // Lets other work of the thread run: signals, requests, timers.
    await yieldThread()
  }
  for await (const row of reader.rows) {
    report.read++
    const parsedRow = handler.parse(row)
    if ('reason' in parsedRow) {
      const { reason, field, id } = parsedRow
      rejections.push({ file: reader.name, line: row.line, reason, field, ...(id === undefined ? {} : { id }) })
    } else rows.push(parsedRow)
    if (rows.length + rejections.length >= BATCH) await flush()
  }
  await flush()
  report.notes.push(...reader.notes)
  return report
}

/**
 * Adds a note for each mapped column that no row had. JSON rows name their columns one by one, so this is only known
 * after the last row.
 */
function noteUnseen(
  report: SourceReport,
  map: Record<string, string>,
  seen: ReadonlyMap<string, unknown> = new Map(),
): void {
  for (const [column, field] of Object.entries(map)) {
    if (seen.has(column) || seen.has(field)) continue
    const near = nearMatches(column, seen.keys())
    const hint = near.length > 0 ? `; near: ${near.join(', ')}` : ''
    report.notes.push(`--map ${column}=${field}: no row has a column ${quote(column)}${hint}`)
  }
}

type OpenSource = Pick<RowReader, 'name' | 'header' | 'map' | 'rows' | 'notes' | 'close'>

async function openSource(source: Source<unknown>, name: string, signal?: AbortSignal): Promise<OpenSource> {
  if (typeof source !== 'object' || source === null) {
    throw new InterestMineError('BAD_OPTION', `${name} must be a list, an iterable or { file }, not ${quote(source)}`, {
      option: name,
    })
  }
  if ('file' in source) return openRows(source.file, { map: source.map, signal })
  return { name, header: null, map: {}, notes: [], rows: numberRows(source), close: async () => undefined }
}

/** Opens a source, works with it and closes it, also where the work fails. */
async function withSource<R>(
  source: Source<unknown>,
  name: string,
  signal: AbortSignal | undefined,
  work: (reader: OpenSource) => Promise<R>,
): Promise<R> {
  const reader = await openSource(source, name, signal)
  try {
    return await work(reader)
  } finally {
    await reader.close()
  }
}

async function* numberRows(rows: Iterable<unknown> | AsyncIterable<unknown>): AsyncIterable<RawRow> {
  let line = 0
  for await (const value of rows) {
    line++
    if (value === null || typeof value !== 'object' || Array.isArray(value))
      yield { line, reason: 'not an object', field: null }
    else
      yield {
        line,
        record: Object.fromEntries(Object.entries(value).map(([key, v]) => [key, v instanceof Date ? v.getTime() : v])),
      }
  }
}
