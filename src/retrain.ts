import { type BehaviourRules, lookupRows } from './behaviour.js'
import { readHistories } from './deltas.js'
import { InterestMineError } from './errors.js'
import { type Artefacts, packArtefacts, unpackArtefacts } from './model.js'
import { countKept } from './refit.js'
import type { GenerationInfo, Store } from './store/store.js'
import { inPool, runTraining, type TrainTask, withStop } from './tasks.js'
import type { TrainOutcome } from './training.js'
import type { History, Progress, TrainReport } from './types.js'
import type { Pool } from './vectors/workers.js'

export interface RetrainOptions {
  store: Store
  /** The generation to train; nothing may be pending. */
  info: GenerationInfo
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
  options.onProgress?.({ stage: 'train', done: 0, total: null, rate: null, secondsLeft: null })
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
  const { scorer, ...outcome } = await withStop(signal, (stop) => {
    const task: TrainTask = { fitted, histories, seed: options.seed, stop }
    return inPool<TrainOutcome>(options.pool, 'train', task, runTraining)
  })
  const { id: _, ...rest } = info
  const builtAt = new Date(options.clock).toISOString()
  const artefacts = packArtefacts({ ...fitted, scorer })
  const next = { ...rest, builtAt, scorerStale: false }
  const saved = await store.saveGeneration(next, artefacts, { keep: countKept(info, next), forgets })
  if (saved === null) {
    const message = 'a user was forgotten while the scorer was trained, so it was not kept; train again'
    throw new InterestMineError('STORE_BUSY', message, { file: store.path })
  }
  const { id, trainedOn, calibrated } = scorer
  return { scorer: { id, trainedOn, calibrated }, ...outcome, seconds: Math.round(performance.now() - started) / 1000 }
}
