import type { MinedUser } from '../columns.js'
import { hashVectors } from '../hash.js'
import type { FitColumns } from '../model/fit.js'
import { gatherHistories, lookupRows } from '../model/histories.js'
import { ARTEFACTS_FORMAT, type Artefacts, packArtefacts, unpackArtefacts } from '../model/model.js'
import type { FitResult, FitTask } from '../model/tasks.js'
import { DEFAULT_SCORER } from '../rank/default-scorer.js'
import type { GenerationInfo, KnownModality, Store } from '../store/store.js'
import { withStop } from '../threads/run.js'
import { shareArrays } from '../threads/shared.js'
import { startTimer } from '../threads/timer.js'
import { readEverybody } from '../users/everybody.js'
import { CELLS_FROM } from '../vectors/cells.js'
import { createMatrix } from '../vectors/matrix.js'
import { TEXT_BITS } from '../vectors/vector-bytes.js'
import type { ModalityReports } from './media-files.js'
import type { RefitOptions } from './refit-options.js'
import { encodeCatalogue } from './texts.js'

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
  const elapsed = startTimer()
  const { text, encodedItems, texts, reports } = await encodeCatalogue(options)
  const { catalogue } = text
  const { dims } = text.full
  const histories = await gatherHistories(store.allEvents(lastSeq), catalogue, lookupRows(catalogue), options.rules)
  const encodeSeconds = elapsed()
  options.onProgress?.({ stage: 'fit', done: 0, total: null, rate: null, secondsLeft: null })
  const fitTime = startTimer()
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
    return options.pool.run<FitResult>('fit', task)
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
  const mined = (
    await readEverybody<object, MinedUser[]>(everybody, 'mine', () => ({ model, rules: options.rules }))
  ).flat()
  const packed = packArtefacts(artefacts)
  const id = await store.saveGeneration(info, packed, { keep, forgets: stamp.forgets, mined })
  // Somebody was forgotten meanwhile: what was fitted still knows them. Texts stay encoded, so this is the fit alone.
  if (id === null) return refit(options)
  return {
    encodedItems,
    texts,
    encodeSeconds,
    fitSeconds: fitTime(),
    generation: { ...info, id } as GenerationInfo,
    modalities: reports,
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
