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

/** Where pictures and sounds may be taken from. */
export interface MediaOptions {
  /** Folders that paths are relative to and must stay in, best first. */
  folders: readonly string[]
  /** Where bytes lie that came with items. */
  kept: string | null
  /** Whether addresses of the network are followed, … */
  fetch: boolean
  /** … and which hosts may have a private one. */
  allowHosts: readonly string[]
  /** Parts that are encoded at once. */
  threads: number
  signal?: AbortSignal
  onProgress?: (progress: Progress) => void
}

/** One row an item: the unit vector of its picture or sound; zero, and `has` 0, where it has none. */
export interface EncodedModality {
  vectors: Matrix
  has: Uint8Array
  report: ModalityReport
}

const FETCH_MS = 20_000
/** Files that a thread takes at a time. */
const PART = 4
/** Vectors are written to the store at least this often, so that an interrupted run loses little. */
const SAVE_EVERY = 64
const EXAMPLES = 20

/** What came of a reference: a vector, encoded now or before, or why there is none. */
type Outcome = { vector: Float32Array; fresh: boolean } | { why: SetAside }

/**
 * Vectors of the pictures or sounds that items refer to, from the store's cache where the same bytes, or the same address
 * of the network, were encoded before. What cannot be read or decoded is set aside and counted.
 */
export async function encodeModality(
  store: Store,
  items: readonly Pick<StoredItem, 'item'>[],
  modality: Modality,
  tower: Tower,
  options: MediaOptions,
): Promise<EncodedModality> {
  const { threads, signal, onProgress } = options
  const references = [...new Set(items.flatMap(({ item }) => writtenOf(item, modality) ?? []))]
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

/** What comes of some references, in their order. */
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

/** In a store every picture and sound is a reference. */
function writtenOf(item: Item, modality: Modality): string | undefined {
  const written = item[modality]
  return typeof written === 'string' ? written : undefined
}

type VectorCache = ReturnType<typeof openCache>

/** The vectors of a tower in the store: under what the bytes are, or where they lie. */
function openCache(store: Store, tower: Tower) {
  const name = `${tower.id}#${tower.modality}`
  const hashOf = (source: string) => hashText(`${tower.key} ${source}`)
  let waiting: { hash: Uint8Array; bytes: Uint8Array }[] = []
  return {
    async find(source: string): Promise<Float32Array | null> {
      const [bytes] = await store.cachedVectors(name, 32, [hashOf(source)])
      return bytes && readVector(bytes, 32, tower.dims)
    },
    /** Keeps a vector with the next `save`, and returns it as it will be read. */
    keep(source: string, vector: Float32Array): Float32Array {
      const bytes = writeVector(vector, 32)
      waiting.push({ hash: hashOf(source), bytes })
      return readVector(bytes, 32, tower.dims)
    },
    /** Writes what waits, if it is as much as that. */
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

/** What is kept of a reference, or its bytes and what their vector is to be kept under. */
async function openReference(
  written: string,
  modality: Modality,
  cache: VectorCache,
  options: MediaOptions,
): Promise<Outcome | { bytes: Uint8Array; source: string }> {
  const reference = readReference(written)
  const told = reference && sourceOf(reference)
  const known = told && (await cache.find(told))
  if (known) return { vector: known, fresh: false }
  const bytes = await readBytes(reference, modality, options)
  if (typeof bytes === 'string') return { why: bytes }
  const source = told ?? checksumOf(bytes)
  const vector = told === null ? await cache.find(source) : null
  return vector ? { vector, fresh: false } : { bytes, source }
}

/** What a vector is kept under, where that is known before a byte is read. */
function sourceOf(reference: Reference): string | null {
  if (reference.kind === 'kept') return reference.checksum
  return reference.kind === 'url' ? reference.url.href : null
}

/** Bytes that a reference leads to, or why there are none. */
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
    const written = writtenOf(item, modality)
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
