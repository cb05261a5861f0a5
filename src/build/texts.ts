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

/** Encoded texts are written to the store at least this often, so that an interrupted run loses little. */
const SAVE_EVERY = 256

/** What a fit takes of the catalogue alone. */
export type TextColumns = Pick<FitColumns, 'catalogue' | 'full' | 'short' | 'phrases' | 'phraseVectors' | 'precision'> &
  Required<Pick<FitColumns, 'modalities'>>

/** Items that are read, and whose texts are encoded, at a time: never does the whole catalogue stand in memory as text. */
const BATCH = 2048

/** Encodes what the store's items say, as far as it is not encoded yet, and packs them. */
export async function encodeCatalogue(
  options: Pick<RefitOptions, 'store' | 'encoder' | 'media' | 'precision' | 'pool' | 'signal' | 'onProgress'>,
): Promise<{ text: TextColumns; encodedItems: number; texts: number; reports: ModalityReports }> {
  const { store, encoder, precision, pool, signal } = options
  const packer = createCataloguePacker()
  const texts = createStringPacker()
  const media: Pick<StoredItem, 'item'>[] = []
  const gone: number[] = []
  const { items, missing } = await store.countItems(encoder?.id ?? '', TEXT_BITS)
  const reader = encoder ? readTexts(options, encoder, items, missing) : readVectors(items)
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
  /** Where vectors are kept by text; null: nowhere. */
  store: Store | null
}

/** Whole catalogues of a quick encoder would only fill the store. */
function catalogueOf(options: EncodingOptions, encoder: Encoder): EncodingOptions {
  return encoder.quick ? { ...options, store: null } : options
}

interface EncodedItems {
  full: Matrix
  short: Matrix
  items: number
  texts: number
}

/** Takes items as they are read, from a row on, and gives the vectors of all in shared memory. */
interface VectorReader {
  take(items: readonly Item[], from: number): Promise<void>
  finish(): EncodedItems
}

/** Encodes what items say. `missing`: texts that are to be encoded, for progress. */
function readTexts(options: EncodingOptions, encoder: Encoder, rows: number, missing: number): VectorReader {
  const full = createSharedMatrix(rows, encoder.dims)
  const short = createSharedMatrix(rows, encoder.dims)
  const course: Course = { done: 0, total: missing, elapsed: startTimer() }
  const own = catalogueOf(options, encoder)
  let encodedItems = 0
  return {
    async take(items, from) {
      const fulls = items.map(fullText)
      const shorts = items.map(shortText)
      const n = items.length
      const texts = [...fulls, ...shorts]
      const { matrix, fresh } = await encodeCached(own, encoder, texts, 'encode', TEXT_BITS, course)
      full.data.set(rowsOf(matrix, 0, n).data, from * full.dims)
      short.data.set(rowsOf(matrix, n, 2 * n).data, from * short.dims)
      course.done += fresh.size
      for (let i = 0; i < n; i++) encodedItems += Number(fresh.has(fulls[i]) || fresh.has(shorts[i]))
    },
    finish: () => ({ full, short, items: encodedItems, texts: course.done }),
  }
}

/** Takes the vectors that items bring. */
function readVectors(rows: number): VectorReader {
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
  const { matrix, fresh } = await encodeCached(catalogueOf(options, encoder), encoder, texts, 'phrases', PHRASE_BITS)
  return { vectors: matrix, texts: fresh.size }
}

/** How far the encoding of all texts is, of which those at hand are a part. */
interface Course {
  done: number
  total: number
  /** On the clock of `performance`. */
  /** Seconds since it began. */
  elapsed: () => number
}

/**
 * Vectors of texts from the store's cache, the missing ones encoded and kept there as they come. `course`: what they are
 * a part of, where they are not all.
 */
export async function encodeCached(
  { store, signal, onProgress }: EncodingOptions,
  encoder: Encoder,
  texts: readonly string[],
  stage: Progress['stage'],
  bits: Bits,
  course?: Course,
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
  /** A store that is busy just now is tried again with the next part, and at the end. */
  const saveSome = () => {
    saving ??= save()
      .catch(() => undefined)
      .finally(() => {
        saving = null
      })
  }
  const { done: before, total, elapsed } = course ?? { done: 0, total: missing.length, elapsed: startTimer() }
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
      // The encoder knows how long the texts at hand are, and nothing of those that are still to come.
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
