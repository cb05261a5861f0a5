import type { EncodeOptions, Encoder, Matrix } from '../columns.js'
import { fullText, shortText } from '../encode/item-text.js'
import { hashText } from '../hash.js'
import { createCataloguePacker } from '../ingest/catalogue.js'
import type { CollectedPhrases } from '../mine/names/collect.js'
import { averagePhraseVectors } from '../mine/names/fit-phrases.js'
import type { FitColumns } from '../model/fit.js'
import type { Store, StoredItem } from '../store/store.js'
import { estimate, stopIfAborted, withStop } from '../threads/run.js'
import { createSharedMatrix, shareArrays } from '../threads/shared.js'
import { startTimer } from '../threads/timer.js'
import type { Item } from '../types/items.js'
import type { Progress } from '../types/options.js'
import { createMatrix, normalise, rowOf, rowsOf } from '../vectors/matrix.js'
import { foldMatrix } from '../vectors/reduce.js'
import { createStringPacker } from '../vectors/strings.js'
import { type Bits, PHRASE_BITS, readVector, TEXT_BITS, writeVector } from '../vectors/vector-bytes.js'
import { gatherModalities, type ModalityReports, takeMedia } from './media-files.js'
import type { RefitOptions } from './refit-options.js'

/** After so many encoded texts their vectors are written to the store, so that an interrupted run loses little. */
const SAVE_EVERY = 256

/** The inputs of a fit that come from the catalogue, not from events. */
export type TextColumns = Pick<FitColumns, 'catalogue' | 'full' | 'short' | 'phrases' | 'phraseVectors' | 'precision'> &
  Required<Pick<FitColumns, 'modalities'>>

/**
 * Items that are read and encoded at a time, so that the texts of a large catalogue are never in memory all at once.
 */
const BATCH = 2048

/**
 * Packs the items of a store for a fit, with the vectors of their texts, phrases, pictures and sounds; what is not
 * encoded yet is encoded and stored. Also returns the number of items, and of distinct texts, that were encoded now.
 * Fails with INTERRUPTED.
 */
export async function encodeCatalogue(
  options: Pick<RefitOptions, 'store' | 'encoder' | 'media' | 'precision' | 'pool' | 'signal' | 'onProgress'>,
): Promise<{ text: TextColumns; encodedItems: number; texts: number; reports: ModalityReports }> {
  const { store, encoder, precision, pool, signal } = options
  const packer = createCataloguePacker()
  const texts = createStringPacker()
  const media: Pick<StoredItem, 'item'>[] = []
  const gone: number[] = []
  const { items, missing } = await store.countItems(encoder?.id ?? '', TEXT_BITS)
  const reader = encoder ? createTextReader(options, encoder, items, missing) : createVectorReader(items)
  let row = 0
  for await (const batch of store.itemBatches(BATCH)) {
    await reader.take(
      batch.map(({ item }) => item),
      row,
    )
    for (const { item, key, live } of batch) {
      packer.add(item, key)
      texts.add(item.text ?? '')
      media.push(takeMedia(item))
      if (!live) gone.push(row)
      row++
    }
    stopIfAborted(signal)
  }
  const catalogue = packer.finish()
  for (const one of gone) catalogue.removed[one] = 1
  const shared = shareArrays({ catalogue, texts: texts.finish() })
  const { full, short, ...encoded } = reader.finish()
  const phrases = await withStop(signal, (stop) => pool.run<CollectedPhrases>('phrases', { ...shared, stop }))
  const { vectors, texts: phraseTexts } = encoder
    ? await encodePhrases(options, encoder, phrases.texts)
    : { vectors: averagePhraseVectors(phrases, short), texts: 0 }
  const { modalities, reports } = await gatherModalities(options, media)
  return {
    text: { catalogue: shared.catalogue, full, short, modalities, phrases, phraseVectors: vectors, precision },
    encodedItems: encoded.items,
    texts: encoded.texts + phraseTexts,
    reports,
  }
}

interface EncodingOptions extends Pick<RefitOptions, 'signal' | 'onProgress'> {
  /** Store that caches vectors by their texts; null: they are not cached. */
  store: Store | null
}

/** Does not cache the vectors of a quick encoder: those of a whole catalogue would only fill the store. */
function skipCacheIfQuick(options: EncodingOptions, encoder: Encoder): EncodingOptions {
  return encoder.quick ? { ...options, store: null } : options
}

/** Vectors of all items. */
interface EncodedItems {
  /** Vectors of the full texts, one row an item, in shared memory. */
  full: Matrix
  /** Vectors of the short texts, likewise. */
  short: Matrix
  /** Number of items with a text that was encoded now. */
  items: number
  /** Number of texts that were encoded now. */
  texts: number
}

/** Collects the vectors of items that are read in batches. */
interface VectorReader {
  /** Takes the next items; the first of them has the row `from`. */
  take(items: readonly Item[], from: number): Promise<void>
  finish(): EncodedItems
}

/** Encodes the texts of items. `missing`: number of texts to encode, for progress. */
function createTextReader(options: EncodingOptions, encoder: Encoder, rows: number, missing: number): VectorReader {
  const full = createSharedMatrix(rows, encoder.dims)
  const short = createSharedMatrix(rows, encoder.dims)
  const progress: EncodingProgress = { done: 0, total: missing, elapsed: startTimer() }
  const own = skipCacheIfQuick(options, encoder)
  let encodedItems = 0
  return {
    async take(items, from) {
      const fulls = items.map(fullText)
      const shorts = items.map(shortText)
      const n = items.length
      const texts = [...fulls, ...shorts]
      const { matrix, fresh } = await encodeCached(own, encoder, texts, 'encode', TEXT_BITS, progress)
      full.data.set(rowsOf(matrix, 0, n).data, from * full.dims)
      short.data.set(rowsOf(matrix, n, 2 * n).data, from * short.dims)
      progress.done += fresh.size
      for (let i = 0; i < n; i++) encodedItems += Number(fresh.has(fulls[i]) || fresh.has(shorts[i]))
    },
    finish: () => ({ full, short, items: encodedItems, texts: progress.done }),
  }
}

/** Collects the vectors that items bring. */
function createVectorReader(rows: number): VectorReader {
  let full = createSharedMatrix(rows, 0)
  return {
    async take(items, from) {
      if (from === 0) full = createSharedMatrix(rows, items[0]?.vector?.length ?? 0)
      items.forEach(({ vector }, i) => {
        if (vector) rowOf(full, from + i).set(normalise(Float32Array.from(vector)))
      })
    },
    finish: () => ({ full, short: foldMatrix(full), items: 0, texts: 0 }),
  }
}

async function encodePhrases(
  options: EncodingOptions,
  encoder: Encoder,
  texts: string[],
): Promise<{ vectors: Matrix; texts: number }> {
  const { matrix, fresh } = await encodeCached(
    skipCacheIfQuick(options, encoder),
    encoder,
    texts,
    'phrases',
    PHRASE_BITS,
  )
  return { vectors: matrix, texts: fresh.size }
}

/** How far the encoding of a catalogue has come. */
interface EncodingProgress {
  /** Texts encoded so far. */
  done: number
  /** Texts to encode in all. */
  total: number
  /** Seconds since the start. */
  elapsed: () => number
}

/**
 * Vectors of texts, one row a text, from the store's cache; missing ones are encoded, and cached as they come. `bits`:
 * the precision of the cache, to which new vectors are rounded too. `progress`: the state of the whole, where these
 * texts are a part of it. `fresh`: the texts that were encoded now. Fails with INTERRUPTED and with the encoder's
 * errors; what was encoded until then is cached.
 */
export async function encodeCached(
  { store, signal, onProgress }: EncodingOptions,
  encoder: Encoder,
  texts: readonly string[],
  stage: Progress['stage'],
  bits: Bits,
  progress?: EncodingProgress,
): Promise<{ matrix: Matrix; fresh: Set<string> }> {
  const positions = new Map<string, number[]>()
  texts.forEach((text, i) => {
    const known = positions.get(text)
    if (known) known.push(i)
    else positions.set(text, [i])
  })
  const distinct = [...positions.keys()]
  const hashes = store ? distinct.map(hashText) : []
  const cached = store ? await store.cachedVectors(encoder.id, bits, hashes) : distinct.map(() => null)
  const matrix = createMatrix(texts.length, encoder.dims)
  const place = (d: number, bytes: Uint8Array) => {
    const vector = readVector(bytes, bits, encoder.dims)
    for (const i of positions.get(distinct[d])!) rowOf(matrix, i).set(vector)
  }
  const missing: number[] = []
  cached.forEach((bytes, d) => {
    if (bytes) place(d, bytes)
    else missing.push(d)
  })
  let waiting: { d: number; bytes: Uint8Array }[] = []
  let saving: Promise<void> | null = null
  const save = async () => {
    const batch = waiting
    await store?.saveVectors(
      encoder.id,
      bits,
      batch.map(({ d }) => hashes[d]),
      batch.map(({ bytes }) => bytes),
    )
    waiting = waiting.slice(batch.length)
  }
  /** Where the store is busy, it is tried again with the next part, and at the end. */
  const saveSome = () => {
    saving ??= save()
      .catch(() => undefined)
      .finally(() => {
        saving = null
      })
  }
  const { done: before, total, elapsed } = progress ?? { done: 0, total: missing.length, elapsed: startTimer() }
  const encodeOptions: EncodeOptions = {
    signal,
    onPart(parts, vectors) {
      for (let i = 0; i < parts.length; i++) {
        const bytes = writeVector(rowOf(vectors, i), bits)
        place(missing[parts[i]], bytes)
        if (store) waiting.push({ d: missing[parts[i]], bytes })
      }
      if (waiting.length >= SAVE_EVERY) saveSome()
    },
    onProgress(now, secondsLeft) {
      const done = before + now
      const seconds = elapsed()
      // The encoder's own estimate knows the lengths of these texts, but nothing of those in later batches.
      const left = missing.length < total ? estimate(done, total, seconds).secondsLeft : secondsLeft
      onProgress?.({ stage, done, total, rate: done / seconds, secondsLeft: left })
    },
  }
  try {
    if (missing.length > 0)
      await encoder.encode(
        missing.map((d) => distinct[d]),
        encodeOptions,
      )
  } finally {
    await saving
    await save()
  }
  return { matrix, fresh: new Set(missing.map((d) => distinct[d])) }
}
