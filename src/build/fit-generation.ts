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
import { runForAllUsers } from '../users/all-users.js'
import { CELLS_FROM } from '../vectors/cells.js'
import { createMatrix } from '../vectors/matrix.js'
import { TEXT_BITS } from '../vectors/vector-bytes.js'
import type { ModalityReports } from './media-files.js'
import type { RefitOptions } from './refit-options.js'
import { encodeCatalogue } from './texts.js'

/** What a refit did. */
export interface RefitReport {
  /** Number of items with a text that was encoded now. */
  encodedItems: number
  /** Number of distinct texts that were encoded now. */
  texts: number
  encodeSeconds: number
  fitSeconds: number
  /** The new generation. */
  generation: GenerationInfo
  /** Pictures and sounds that a tower encoded. */
  modalities: ModalityReports
}

/**
 * Encodes what is not encoded yet, fits everything, mines the interests of all users, and stores it as a new
 * generation, which is then in use. Where a user is forgotten meanwhile, everything is fitted again. Fails with
 * INTERRUPTED; vectors that were encoded until then are stored.
 */
export async function refit(options: RefitOptions): Promise<RefitReport> {
  const { store, encoderId, precision, signal } = options
  // Stores of earlier versions have vectors of texts as float32.
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
  // Scorer and adapter of the generation before are taken over; a new training replaces them.
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
    // `spend`: the fit may overwrite the vectors. Not where items bring them, for then they are also the short ones;
    // and not where there are no cells, for native products then take all rows at once, which cannot be in shared
    // memory.
    const spend = text.full.data !== text.short.data && text.full.rows >= CELLS_FROM
    const task: FitTask = { columns, spend, seed: options.seed, graphFile: options.graphFile, stop }
    return options.pool.run<FitResult>('fit', task)
  })
  // These matrices are no longer needed and are the largest, and what follows needs the memory.
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
    // Kept, so that no build replaces a private scorer by one that is not private (`trainIfDue`).
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
    await runForAllUsers<object, MinedUser[]>(everybody, 'mine', () => ({ model, rules: options.rules }))
  ).flat()
  const packed = packArtefacts(artefacts)
  const id = await store.saveGeneration(info, packed, { keep, forgets: stamp.forgets, mined })
  // A user was forgotten meanwhile, and what was fitted depends on them. Texts are encoded already, so only the fit is
  // repeated.
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
 * The number of generations to keep when a new one (`next`) is written: 2, with the one before it, so that one can go
 * back; 1 where the one before depends on a user who was forgotten and the new one does not.
 */
export function countKept(before: Staleness | null, next: Staleness): number {
  const traced = before !== null && ((before.stale && !next.stale) || (before.scorerStale && !next.scorerStale))
  return traced ? 1 : 2
}

/**
 * What is taken over from the generation before: its topics, unless they were found with a user who was forgotten, and,
 * with `keepsScorer`, scorer and adapter. Where there is no such generation, or it cannot be read, the default scorer
 * and nothing else. `keys`: store keys of the items of the new catalogue, by row.
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
