import { type BehaviourRules, lookupRows } from './behaviour.js'
import { gatherHistories } from './deltas.js'
import { fullText, shortText } from './encode/item-text.js'
import { encodeModality, type MediaOptions } from './encoding-media.js'
import { readEverybody } from './everybody.js'
import { hashText } from './hash.js'
import { packCatalogue } from './ingest/catalogue.js'
import { stopIfAborted } from './intake.js'
import type { CollectedPhrases } from './mine/phrases.js'
import { MODALITIES } from './modalities.js'
import { takeModalities } from './modality-vectors.js'
import { ARTEFACTS_FORMAT, type Artefacts, packArtefacts, unpackArtefacts } from './model.js'
import type { FitColumns } from './pipeline.js'
import { DEFAULT_SCORER } from './rank/default-scorer.js'
import type { ChosenTowers, GenerationInfo, KnownModality, Store, StoredItem } from './store/store.js'
import { collectFrom, type FitResult, type FitTask, inPool, runFit, runMine, withStop } from './tasks.js'
import type {
  EncodeOptions,
  Encoder,
  Matrix,
  Modality,
  ModalityReport,
  ModalityVectors,
  Progress,
  Tower,
} from './types.js'
import { createMatrix, normalise, rowOf } from './vectors/matrix.js'
import { foldMatrix } from './vectors/reduce.js'
import { shareArrays } from './vectors/shared.js'
import { readVector, writeVector } from './vectors/vector-bytes.js'
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
  seed: number
  clock: number
  signal?: AbortSignal
  onProgress?: (progress: Progress) => void
}

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

export type ModalityReports = Partial<Record<Modality, ModalityReport>>

/** Encodes what is not encoded yet, fits everything, and stores it as a new generation. */
export async function refit(options: RefitOptions): Promise<RefitReport> {
  const { store, encoderId, signal } = options
  const stamp = await store.stamp()
  const { lastSeq } = await store.tally()
  const { events } = await store.counts()
  const started = performance.now()
  const { text, encodedItems, texts, reports } = await encodeCatalogue(options)
  const { catalogue } = text
  const histories = await gatherHistories(store.allEvents(lastSeq), catalogue, lookupRows(catalogue), options.rules)
  const encodeSeconds = (performance.now() - started) / 1000
  options.onProgress?.({ stage: 'fit', done: 0, total: null, rate: null, secondsLeft: null })
  const fitting = performance.now()
  // What was learnt of how features speak stays; a new training replaces it.
  const previous = await store.generation()
  const before = previous?.format === ARTEFACTS_FORMAT ? previous : null
  const columns: FitColumns = {
    ...text,
    histories: histories.lists,
    at: histories.at,
    ...(await carryOver(store, before, encoderId, catalogue.keys)),
  }
  const result = await withStop(signal, (stop) => {
    const task: FitTask = { columns, seed: options.seed, graphFile: options.graphFile, stop }
    return inPool<FitResult>(options.pool, 'fit', task, runFit)
  })
  const info = {
    builtAt: new Date(options.clock).toISOString(),
    format: ARTEFACTS_FORMAT,
    encoder: encoderId,
    encoderName: options.encoderName,
    dims: text.full.dims,
    modalities: text.modalities.map(({ name, vectors }): KnownModality => {
      const tower = reports[name] ? options.chosen[name] : undefined
      return { name, encoder: tower?.id ?? `caller:${vectors.dims}`, tower: tower?.name ?? null }
    }),
    towers: options.media ? options.chosen : undefined,
    itemsChange: stamp.items,
    eventsSeq: lastSeq,
    items: catalogue.size,
    events,
    stale: false,
    scorerStale: before?.scorerStale ?? false,
    trainedAt: before?.encoder === encoderId ? before.trainedAt : 0,
    rules: options.rules,
    graph: result.graph,
  }
  const keep = countKept(previous, info)
  const { space, phrases, topics } = result.artefacts
  const shared = { model: shareArrays({ catalogue, space, phrases, topics }), rules: options.rules }
  const everybody = { ...options, until: lastSeq, generation: previous?.id ?? null }
  const mined = (await readEverybody(everybody, 'mine', () => shared, runMine)).flat()
  const packed = packArtefacts(result.artefacts)
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
export type TextColumns = Pick<FitColumns, 'catalogue' | 'full' | 'short' | 'phrases' | 'phraseVectors'> &
  Required<Pick<FitColumns, 'modalities'>>

/** Encodes what the store's items say, as far as it is not encoded yet, and packs them. */
export async function encodeCatalogue(
  options: Pick<RefitOptions, 'store' | 'encoder' | 'media' | 'pool' | 'signal' | 'onProgress'>,
): Promise<{ text: TextColumns; encodedItems: number; texts: number; reports: ModalityReports }> {
  const { store, encoder, pool, signal } = options
  const items = await store.readItems()
  const { full, short, ...encoded } = encoder ? await encodeItems(options, encoder, items) : takeVectors(items)
  const catalogue = packCatalogue(
    items.map(({ item }) => item),
    items.map(({ key }) => key),
  )
  items.forEach(({ live }, row) => {
    catalogue.removed[row] = live ? 0 : 1
  })
  stopIfAborted(signal)
  const phrases = await inPool<CollectedPhrases>(
    pool,
    'phrases',
    { items: items.map(({ item }) => item), catalogue },
    collectFrom,
  )
  stopIfAborted(signal)
  const { vectors, texts } = encoder
    ? await encodePhrases(options, encoder, phrases.texts)
    : { vectors: averagePostings(phrases, short), texts: 0 }
  const { modalities, reports } = await gatherModalities(options, items)
  return {
    text: {
      catalogue,
      full,
      short,
      modalities,
      phrases,
      phraseVectors: vectors,
    },
    encodedItems: encoded.items,
    texts: encoded.texts + texts,
    reports,
  }
}

/** Vectors of pictures and sounds: those that callers brought; where these bring none of a kind, what its tower makes. */
export async function gatherModalities(
  { store, media }: Pick<RefitOptions, 'store' | 'media'>,
  items: readonly Pick<StoredItem, 'item'>[],
): Promise<{ modalities: ModalityVectors[]; reports: ModalityReports }> {
  const modalities = takeModalities(items.map(({ item }) => item))
  const reports: ModalityReports = {}
  for (const tower of media?.towers ?? []) {
    const name = tower.modality
    if (modalities.some((one) => one.name === name)) continue
    const { vectors, has, report } = await encodeModality(store, items, name, tower, media!.options)
    reports[name] = report
    if (has.includes(1)) modalities.push({ name, vectors, has })
  }
  const place = ({ name }: ModalityVectors) => MODALITIES.indexOf(name)
  return { modalities: modalities.sort((a, b) => place(a) - place(b)), reports }
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
 * What goes on from the generation before: topics, and scorer and adapter where these were learnt on vectors of the same
 * encoder. The default and none where there is none, or it cannot be read.
 */
async function carryOver(
  store: Store,
  before: GenerationInfo | null,
  encoderId: string,
  keys: Int32Array,
): Promise<Pick<FitColumns, 'scorer' | 'trained' | 'topics'>> {
  const nothing = { scorer: DEFAULT_SCORER, trained: null, topics: null }
  if (!before) return nothing
  try {
    const old = unpackArtefacts<Artefacts>(await store.loadArtefacts(before.id))
    const from = Int32Array.from(keys, lookupRows(old.catalogue))
    const topics = { topics: old.topics, from }
    if (before.encoder !== encoderId) return { ...nothing, topics }
    return { scorer: old.scorer, trained: old.adapter && { adapter: old.adapter, from }, topics }
  } catch {
    return nothing
  }
}

type EncodingOptions = Pick<RefitOptions, 'store' | 'signal' | 'onProgress'>

interface EncodedItems {
  full: Matrix
  short: Matrix
  items: number
  texts: number
}

async function encodeItems(
  options: EncodingOptions,
  encoder: Encoder,
  items: readonly StoredItem[],
): Promise<EncodedItems> {
  const fulls = items.map(({ item }) => fullText(item))
  const shorts = items.map(({ item }) => shortText(item))
  const { matrix, fresh } = await encodeCached(options, encoder, [...fulls, ...shorts], 'encode', 32)
  const n = items.length
  const part = (from: number): Matrix => ({
    data: matrix.data.slice(from * matrix.dims, (from + n) * matrix.dims),
    rows: n,
    dims: matrix.dims,
  })
  let encodedItems = 0
  for (let i = 0; i < n; i++) encodedItems += Number(fresh.has(fulls[i]) || fresh.has(shorts[i]))
  return { full: part(0), short: part(n), items: encodedItems, texts: fresh.size }
}

async function encodePhrases(
  options: EncodingOptions,
  encoder: Encoder,
  texts: string[],
): Promise<{ vectors: Matrix; texts: number }> {
  const { matrix, fresh } = await encodeCached(options, encoder, texts, 'phrases', 8)
  return { vectors: matrix, texts: fresh.size }
}

/** Vectors of texts from the store's cache, the missing ones encoded and kept there as they come. */
export async function encodeCached(
  { store, signal, onProgress }: EncodingOptions,
  encoder: Encoder,
  texts: readonly string[],
  stage: Progress['stage'],
  precision: 32 | 8,
): Promise<{ matrix: Matrix; fresh: Set<string> }> {
  const positions = new Map<string, number[]>()
  texts.forEach((text, i) => {
    const known = positions.get(text)
    if (known) known.push(i)
    else positions.set(text, [i])
  })
  const distinct = [...positions.keys()]
  const hashes = distinct.map(hashText)
  const cached = await store.cachedVectors(encoder.id, precision, hashes)
  const matrix = createMatrix(texts.length, encoder.dims)
  const place = (d: number, bytes: Uint8Array) => {
    const vector = readVector(bytes, precision, encoder.dims)
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
    await store.saveVectors(
      encoder.id,
      precision,
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
  const started = performance.now()
  const encodeOptions: EncodeOptions = {
    signal,
    onPart(parts, vectors) {
      for (let i = 0; i < parts.length; i++) {
        const bytes = writeVector(rowOf(vectors, i), precision)
        place(missing[parts[i]], bytes)
        waiting.push({ d: missing[parts[i]], bytes })
      }
      if (waiting.length >= SAVE_EVERY) saveSome()
    },
    onProgress(done, secondsLeft) {
      onProgress?.({
        stage,
        done,
        total: missing.length,
        rate: (1000 * done) / (performance.now() - started),
        secondsLeft,
      })
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

function takeVectors(items: readonly StoredItem[]): EncodedItems {
  const dims = items[0]?.item.vector?.length ?? 0
  const full = createMatrix(items.length, dims)
  items.forEach(({ item }, row) => {
    if (item.vector) rowOf(full, row).set(normalise(Float32Array.from(item.vector)))
  })
  return { full, short: foldMatrix(full), items: 0, texts: 0 }
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
