import { type BehaviourRules, lookupRows } from './behaviour.js'
import { readHistories } from './deltas.js'
import { InterestMineError } from './errors.js'
import { learn } from './learning.js'
import { type Artefacts, packArtefacts, unpackArtefacts } from './model.js'
import { countKept } from './refit.js'
import type { GenerationInfo, Store } from './store/store.js'
import type { History, Progress, TrainReport } from './types.js'
import type { Pool } from './vectors/workers.js'

export interface RetrainOptions {
  store: Store
  /** The generation to train; nothing may be pending. */
  info: GenerationInfo
  /** Whether the generation was only made to be trained, and need not be kept. */
  fresh: boolean
  pool: Pool | null
  seed: number
  clock: number
  signal?: AbortSignal
  onProgress?: (progress: Progress) => void
}

/** Trains the scorer of the generation in use and stores the same artefacts with it as a new one. */
export async function retrain(options: RetrainOptions): Promise<TrainReport> {
  const { store, info, signal } = options
  const started = performance.now()
  const { forgets } = await store.stamp()
  const fitted = unpackArtefacts<Artefacts>(await store.loadArtefacts(info.id))
  const rules = info.rules as BehaviourRules
  const histories: History[] = []
  for await (const history of readHistories(
    store.allEvents(info.eventsSeq),
    fitted.catalogue,
    lookupRows(fitted.catalogue),
    rules,
  )) {
    histories.push(history)
  }
  const { pool, seed, onProgress } = options
  const { outcome: found } = await learn(fitted, histories, { pool, seed, signal, onProgress })
  const { scorer, adapter, ...outcome } = found
  const { id: _, ...rest } = info
  const builtAt = new Date(options.clock).toISOString()
  const artefacts = packArtefacts({ ...fitted, scorer, adapter })
  const next = { ...rest, builtAt, scorerStale: false, trainedAt: info.events }
  const saved = await store.saveGeneration(next, artefacts, {
    keep: countKept(info, next),
    forgets,
    ...(options.fresh ? { replaces: info.id } : {}),
  })
  if (saved === null) {
    const message = 'a user was forgotten while the scorer was trained, so it was not kept; train again'
    throw new InterestMineError('STORE_BUSY', message, { file: store.path })
  }
  const { id, trainedOn, calibrated } = scorer
  return { scorer: { id, trainedOn, calibrated }, ...outcome, seconds: Math.round(performance.now() - started) / 1000 }
}
