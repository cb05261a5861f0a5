import { type BehaviourRules, lookupRows } from './behaviour.js'
import { gatherHistories } from './deltas.js'
import { fullText, shortText } from './encode/item-text.js'
import type { MediaOptions } from './encoding-media.js'
import { readEverybody } from './everybody.js'
import { gatherModalities, type ModalityReports, takeMedia } from './gathering-media.js'
import { hashText, hashVectors } from './hash.js'
import { createCataloguePacker } from './ingest/catalogue.js'
import { stopIfAborted } from './intake.js'
import type { CollectedPhrases } from './mine/phrases.js'
import { ARTEFACTS_FORMAT, type Artefacts, packArtefacts, unpackArtefacts } from './model.js'
import type { FitColumns } from './pipeline.js'
import { DEFAULT_SCORER } from './rank/default-scorer.js'
import type { ChosenTowers, GenerationInfo, KnownModality, Store, StoredItem } from './store/store.js'
import { collectFrom, estimate, type FitResult, type FitTask, inPool, runFit, runMine, withStop } from './tasks.js'
import type { EncodeOptions, Encoder, Item, Matrix, Precision, Progress, Tower } from './types.js'
import { CELLS_FROM } from './vectors/cells.js'
import { createMatrix, normalise, rowOf, rowsOf } from './vectors/matrix.js'
import { foldMatrix } from './vectors/reduce.js'
import { createSharedMatrix, shareArrays } from './vectors/shared.js'
import { createStringPacker } from './vectors/strings.js'
import { type Bits, PHRASE_BITS, readVector, TEXT_BITS, writeVector } from './vectors/vector-bytes.js'
import type { Pool } from './vectors/workers.js'

/** Encoded texts are written to the store at least this often, so that an interrupted run loses little. */
const SAVE_EVERY = 256

export interface RefitOptions {
  store: Store
  /** Null where the caller brings vectors. */
  encoder: Encoder | null
  /** `caller:<dims>` or the encoder's. */
  encoderId: string
  /** Bundled name or directory of the encoder. */
  encoderName: string | null
  /** The towers of pictures and sounds, … */
  chosen: ChosenTowers
  /** … opened, and where pictures and sounds lie; null where there are no towers. */
  media: { towers: readonly Tower[]; options: MediaOptions } | null
  pool: Pool | null
  graphFile: string
  rules: BehaviourRules
  /** What may not go on from the generation before. */
  drop: Dropped
  /** How vectors and adapter are kept. */
  precision: Precision
  seed: number
  clock: number
  signal?: AbortSignal
  onProgress?: (progress: Progress) => void
}

/**
 * `traces`: scorer and adapter that were trained with somebody who is forgotten; `all`: everything, so that what is
 * fitted follows from rows alone. Topics and interests found with somebody who is forgotten never go on.
 */
export type Dropped = 'none' | 'traces' | 'all'

export interface RefitReport {
  /** Items with a text that was encoded now. */
  encodedItems: number
  texts: number
  encodeSeconds: number
  fitSeconds: number
  generation: GenerationInfo
  /** Of pictures and sounds that a tower looked at. */
  modalities: ModalityReports
}

/** Encodes what is not encoded yet, fits everything, and stores it as a new generation. */
export async function refit(options: RefitOptions): Promise<RefitReport> {
  const { store, encoderId, precision, signal } = options
  // Stores of earlier versions have them as float32.
  await store.roundVectors(encoderId, TEXT_BITS)
  const stamp = await store.stamp()
  const { lastSeq } = await store.tally()
  const { events } = await store.counts()
  const started = performance.now()
  const { text, encodedItems, texts, reports } = await encodeCatalogue(options)
  const { catalogue } = text
  const { dims } = text.full
  const histories = await gatherHistories(store.allEvents(lastSeq), catalogue, lookupRows(catalogue), options.rules)
  const encodeSeconds = (performance.now() - started) / 1000
  options.onProgress?.({ stage: 'fit', done: 0, total: null, rate: null, secondsLeft: null })
  const fitting = performance.now()
  // What was learnt of how features speak stays; a new training replaces it.
  const previous = await store.generation()
  const before = previous?.format === ARTEFACTS_FORMAT && options.drop !== 'all' ? previous : null
  const keepsScorer = before?.encoder === encoderId && !(before.scorerStale && options.drop === 'traces')
  const columns: FitColumns = {
    ...text,
    histories: histories.lists,
    at: histories.at,
    ...(await carryOver(store, before, keepsScorer, catalogue.keys)),
  }
  const result = await withStop(signal, (stop) => {
    // Vectors that items bring are both full and short; and where there are no cells, native products take all rows at
    // once, but none from shared memory.
    const spend = text.full.data !== text.short.data && text.full.rows >= CELLS_FROM
    const task: FitTask = { columns, spend, seed: options.seed, graphFile: options.graphFile, stop }
    return inPool<FitResult>(options.pool, 'fit', task, runFit)
  })
  // Spent, and the largest there is: what follows needs the room.
  columns.full = columns.short = text.full = text.short = createMatrix(0, dims)
  const info = {
    builtAt: new Date(options.clock).toISOString(),
    format: ARTEFACTS_FORMAT,
    encoder: encoderId,
    encoderName: options.encoderName,
    dims,
    modalities: text.modalities.map(({ name, vectors }): KnownModality => {
      const tower = reports[name] ? options.chosen[name] : undefined
      return { name, encoder: tower?.id ?? `caller:${vectors.dims}`, tower: tower?.name ?? null }
    }),
    towers: options.media ? options.chosen : undefined,
    media: hashVectors(text.modalities.filter(({ name }) => reports[name])),
    precision,
    itemsChange: stamp.items,
    eventsSeq: lastSeq,
    items: catalogue.size,
    events,
    stale: false,
    scorerStale: keepsScorer && before.scorerStale,
    trainedAt: keepsScorer ? before.trainedAt : 0,
    // Who trained privately does not want a scorer that hides nobody in its place.
    privacy: previous?.privacy,
    rules: options.rules,
    graph: result.graph,
  }
  const keep = countKept(previous, info)
  const { space, phrases, topics } = result.artefacts
  const fitted = { catalogue, space, phrases, topics }
  const model = histories.lists.values.length > 0 ? shareArrays(fitted) : fitted
  const artefacts: Artefacts = { ...result.artefacts, ...model }
  const isKnown = previous !== null && !previous.stale && options.drop !== 'all'
  const everybody = { ...options, until: lastSeq, generation: isKnown ? previous.id : null }
  const mined = (await readEverybody(everybody, 'mine', () => ({ model, rules: options.rules }), runMine)).flat()
  const packed = packArtefacts(artefacts)
  const id = await store.saveGeneration(info, packed, { keep, forgets: stamp.forgets, mined })
  // Somebody was forgotten meanwhile: what was fitted still knows them. Texts stay encoded, so this is the fit alone.
  if (id === null) return refit(options)
  return {
    encodedItems,
    texts,
    encodeSeconds,
    fitSeconds: (performance.now() - fitting) / 1000,
    generation: { ...info, id } as GenerationInfo,
    modalities: reports,
  }
}

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
  const phrases = await withStop(signal, (stop) =>
    inPool<CollectedPhrases>(pool, 'phrases', { ...shared, stop }, collectFrom),
  )
  const { vectors, texts: phraseTexts } = encoder
    ? await encodePhrases(options, encoder, phrases.texts)
    : { vectors: averagePostings(phrases, short), texts: 0 }
  const { modalities, reports } = await gatherModalities(options, media)
  return {
    text: { catalogue: shared.catalogue, full, short, modalities, phrases, phraseVectors: vectors, precision },
    encodedItems: encoded.items,
    texts: encoded.texts + phraseTexts,
    reports,
  }
}

type Staleness = Pick<GenerationInfo, 'stale' | 'scorerStale'>

/**
 * Generations to keep with a new one: the one before it as well, so that one can go back, unless that bears a trace of
 * a forgotten user that the new one is free of.
 */
export function countKept(before: Staleness | null, next: Staleness): number {
  const traced = before !== null && ((before.stale && !next.stale) || (before.scorerStale && !next.scorerStale))
  return traced ? 1 : 2
}

/**
 * What goes on from the generation before: topics found without anybody who is forgotten, and scorer and adapter where
 * these are wanted. The default and none where there is none, or it cannot be read.
 */
async function carryOver(
  store: Store,
  before: GenerationInfo | null,
  keepsScorer: boolean,
  keys: Int32Array,
): Promise<Pick<FitColumns, 'scorer' | 'trained' | 'topics'>> {
  const nothing = { scorer: DEFAULT_SCORER, trained: null, topics: null }
  if (!before) return nothing
  try {
    const old = unpackArtefacts<Artefacts>(await store.loadArtefacts(before.id))
    const from = Int32Array.from(keys, lookupRows(old.catalogue))
    const topics = before.stale ? null : { topics: old.topics, from }
    if (!keepsScorer) return { ...nothing, topics }
    return { scorer: old.scorer, trained: old.adapter && { adapter: old.adapter, from }, topics }
  } catch {
    return nothing
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
  const course: Course = { done: 0, total: missing, started: performance.now() }
  let encodedItems = 0
  return {
    async take(items, from) {
      const fulls = items.map(fullText)
      const shorts = items.map(shortText)
      const n = items.length
      const texts = [...fulls, ...shorts]
      const { matrix, fresh } = await encodeCached(
        catalogueOf(options, encoder),
        encoder,
        texts,
        'encode',
        TEXT_BITS,
        course,
      )
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
  started: number
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
  const { done: before, total, started } = course ?? { done: 0, total: missing.length, started: performance.now() }
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
      const seconds = (performance.now() - started) / 1000
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

/** Where only the caller can encode, a phrase stands for the mean of the items that say it. */
function averagePostings({ texts, postings }: CollectedPhrases, vectors: Matrix): Matrix {
  const sums = createMatrix(texts.length, vectors.dims)
  for (let row = 0; row < vectors.rows; row++) {
    for (let at = postings.offsets[row]; at < postings.offsets[row + 1]; at++) {
      const sum = rowOf(sums, postings.values[at])
      const vector = rowOf(vectors, row)
      for (let k = 0; k < sum.length; k++) sum[k] += vector[k]
    }
  }
  for (let i = 0; i < sums.rows; i++) normalise(rowOf(sums, i))
  return sums
}
