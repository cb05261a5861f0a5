import type { Matrix, Tower } from '../columns.js'
import { hashText } from '../hash.js'
import { fetchBytes } from '../media/fetch.js'
import { readWithin } from '../media/files.js'
import { checksumOf, readKept } from '../media/kept.js'
import { MOST_BYTES, type Reference, readReference } from '../media/references.js'
import type { Store, StoredItem } from '../store/store.js'
import { estimate, stopIfAborted } from '../threads/run.js'
import { startTimer } from '../threads/timer.js'
import type { Item, Modality } from '../types/items.js'
import type { Progress } from '../types/options.js'
import type { ModalityReport, SetAside } from '../types/reports.js'
import { createMatrix, rowOf } from '../vectors/matrix.js'
import { readVector, writeVector } from '../vectors/vector-bytes.js'

/** Where pictures and sounds may be read from, and how they are encoded. */
export interface MediaOptions {
  /** Folders that paths are relative to and must stay in; the first that has the file is taken. */
  folders: readonly string[]
  /** Folder of the bytes that came with items; null: there is none. */
  kept: string | null
  /** Whether http(s) addresses are fetched. */
  fetch: boolean
  /** Hosts that may have a private address or another port. */
  allowHosts: readonly string[]
  /** Number of parts that are encoded at the same time. */
  threads: number
  signal?: AbortSignal
  onProgress?: (progress: Progress) => void
}

/** The pictures, or the sounds, of items as vectors. */
export interface EncodedModality {
  /** One row an item, of unit length; zero where it has none. */
  vectors: Matrix
  /** 1 where the item has a vector, else 0. */
  has: Uint8Array
  report: ModalityReport
}

/** Milliseconds to fetch one address. */
const FETCH_MS = 20_000
/** Files that are encoded in one call of the tower. */
const PART = 4
/** After so many encoded files their vectors are written to the store, so that an interrupted run loses little. */
const SAVE_EVERY = 64
/** Most entries of `ModalityReport.examples`. */
const EXAMPLES = 20

/** What came of a reference: a vector, encoded now (`fresh`) or before, or why there is none. */
type Outcome = { vector: Float32Array; fresh: boolean } | { why: SetAside }

/**
 * Encodes the pictures or sounds that items refer to. Vectors are taken from the store's cache where the same bytes, or
 * the same http(s) address, were encoded before; new ones are cached as they come. What cannot be read or decoded is
 * set aside and counted. Fails with INTERRUPTED, and with NO_RUNTIME where the tower cannot run.
 */
export async function encodeModality(
  store: Store,
  items: readonly Pick<StoredItem, 'item'>[],
  modality: Modality,
  tower: Tower,
  options: MediaOptions,
): Promise<EncodedModality> {
  const { threads, signal, onProgress } = options
  const references = [...new Set(items.flatMap(({ item }) => referenceOf(item, modality) ?? []))]
  const outcomes = new Map<string, Outcome>()
  const cache = openCache(store, tower)
  const elapsed = startTimer()
  let next = 0
  const take = async (): Promise<void> => {
    while (next < references.length && !signal?.aborted) {
      const part = references.slice(next, next + PART)
      next += part.length
      const found = await encodePart(part, tower, cache, options)
      for (const [i, outcome] of found.entries()) outcomes.set(part[i], outcome)
      await cache.save(SAVE_EVERY)
      const [done, total] = [outcomes.size, references.length]
      onProgress?.({ stage: modality, done, total, ...estimate(done, total, elapsed()) })
    }
  }
  try {
    await Promise.all(Array.from({ length: threads || 1 }, take))
  } finally {
    await cache.save(1)
  }
  stopIfAborted(signal)
  return gather(items, modality, tower, outcomes)
}

/** The outcomes of some references, in their order. */
async function encodePart(
  part: readonly string[],
  tower: Tower,
  cache: VectorCache,
  options: MediaOptions,
): Promise<Outcome[]> {
  const opened = await Promise.all(part.map((written) => openReference(written, tower.modality, cache, options)))
  const files = opened.filter((one) => 'bytes' in one)
  const bytes = files.map((file) => file.bytes)
  const made = files.length > 0 ? await tower.encode(bytes, options.signal) : { vectors: null, why: [] }
  return opened.map((one) => {
    if (!('bytes' in one)) return one
    const i = files.indexOf(one)
    const why = made.why[i]
    return why === null ? { vector: cache.keep(one.source, rowOf(made.vectors!, i)), fresh: true } : { why }
  })
}

/** An item's reference to its picture or sound, as it is written in the store; undefined where there is none. */
function referenceOf(item: Item, modality: Modality): string | undefined {
  const written = item[modality]
  return typeof written === 'string' ? written : undefined
}

type VectorCache = ReturnType<typeof openCache>

/** The store's cache of the vectors of a tower. `source`: checksum of the bytes, or the address that they come from. */
function openCache(store: Store, tower: Tower) {
  const name = `${tower.id}#${tower.modality}`
  const hashOf = (source: string) => hashText(`${tower.key} ${source}`)
  let waiting: { hash: Uint8Array; bytes: Uint8Array }[] = []
  return {
    async find(source: string): Promise<Float32Array | null> {
      const [bytes] = await store.cachedVectors(name, 32, [hashOf(source)])
      return bytes && readVector(bytes, 32, tower.dims)
    },
    /** Adds a vector, to be written by the next `save`, and returns it as it will be read. */
    keep(source: string, vector: Float32Array): Float32Array {
      const bytes = writeVector(vector, 32)
      waiting.push({ hash: hashOf(source), bytes })
      return readVector(bytes, 32, tower.dims)
    },
    /** Writes the vectors that were added since, if there are at least so many. */
    async save(least: number): Promise<void> {
      if (waiting.length < least) return
      const batch = waiting
      waiting = []
      const hashes = batch.map(({ hash }) => hash)
      await store.saveVectors(
        name,
        32,
        hashes,
        batch.map(({ bytes }) => bytes),
      )
    },
  }
}

/**
 * The cached outcome of a reference, or why there is none; else its bytes, and the source to cache their vector under.
 */
async function openReference(
  written: string,
  modality: Modality,
  cache: VectorCache,
  options: MediaOptions,
): Promise<Outcome | { bytes: Uint8Array; source: string }> {
  const reference = readReference(written)
  const knownSource = reference && sourceOf(reference)
  const known = knownSource && (await cache.find(knownSource))
  if (known) return { vector: known, fresh: false }
  const bytes = await readBytes(reference, modality, options)
  if (typeof bytes === 'string') return { why: bytes }
  const source = knownSource ?? checksumOf(bytes)
  const vector = knownSource === null ? await cache.find(source) : null
  return vector ? { vector, fresh: false } : { bytes, source }
}

/** The source that a vector is cached under, where that is known before the bytes are read; else null. */
function sourceOf(reference: Reference): string | null {
  if (reference.kind === 'kept') return reference.checksum
  return reference.kind === 'url' ? reference.url.href : null
}

/** Reads the bytes that a reference leads to, or says why there are none. */
async function readBytes(
  reference: Reference | null,
  modality: Modality,
  { folders, kept, fetch, allowHosts, signal }: MediaOptions,
): Promise<Uint8Array | SetAside> {
  if (reference === null) return 'bad-reference'
  const most = MOST_BYTES[modality]
  if (reference.kind === 'kept') return readKept(kept, reference.checksum)
  if (reference.kind === 'file') return readWithin(folders, reference.path, most)
  if (!fetch) return 'not-fetched'
  return fetchBytes(reference.url, modality, { bytes: most, time: FETCH_MS, allowHosts }, signal)
}

function gather(
  items: readonly Pick<StoredItem, 'item'>[],
  modality: Modality,
  tower: Tower,
  outcomes: ReadonlyMap<string, Outcome>,
): EncodedModality {
  const vectors = createMatrix(items.length, tower.dims)
  const has = new Uint8Array(items.length)
  const counts = { items: 0, encoded: 0, cached: 0 }
  const report: ModalityReport = { encoder: tower.id, dims: tower.dims, ...counts, setAside: {}, examples: [] }
  items.forEach(({ item }, row) => {
    const written = referenceOf(item, modality)
    if (written === undefined) return
    const outcome = outcomes.get(written)!
    report.items++
    if ('why' in outcome) {
      const { why } = outcome
      report.setAside[why] = (report.setAside[why] ?? 0) + 1
      if (report.examples.length < EXAMPLES) report.examples.push({ item: item.id, why })
      return
    }
    rowOf(vectors, row).set(outcome.vector)
    has[row] = 1
    report[outcome.fresh ? 'encoded' : 'cached']++
  })
  return { vectors, has, report }
}
