import { ADAPTER_OPTIONS } from '../adapt/options.js'
import type { TrainedAdapter } from '../adapt/train.js'
import type { History } from '../columns.js'
import { InterestMineError } from '../errors.js'
import { adoptAdapter } from '../learn/adopt.js'
import { learn } from '../learn/learn.js'
import type { TrainOutcome } from '../learn/plan.js'
import { learnPrivately, type Spend, stoppedTraining } from '../learn/private.js'
import { type BehaviourRules, lookupRows, readHistories } from '../model/histories.js'
import { ARTEFACTS_FORMAT, type Artefacts, packArtefacts, unpackArtefacts } from '../model/model.js'
import { planPrivacy } from '../privacy/plan.js'
import { DEFAULT_SCORER } from '../rank/default-scorer.js'
import type { GenerationInfo, Store } from '../store/store.js'
import { tellStopped } from '../threads/run.js'
import { roundSeconds, startTimer } from '../threads/timer.js'
import type { Pool } from '../threads/workers.js'
import type { TrainOptions } from '../types/options.js'
import type { TrainReport } from '../types/reports.js'
import { countKept } from './fit-generation.js'

export interface RetrainOptions extends TrainOptions {
  store: Store
  /** The generation to train; nothing may be pending. */
  info: GenerationInfo
  /** Whether the generation was only made to be trained, and need not be kept. */
  fresh: boolean
  pool: Pool
  seed: number
  clock: number
  spend?: Spend
}

/**
 * Trains the scorer of the generation in use and stores the same artefacts with it as a new one. Stopped, it changes
 * nothing but that a finished adapter is kept: the next training of the same generation by the same seed goes on there.
 */
export async function retrain(options: RetrainOptions): Promise<TrainReport> {
  const { store, info } = options
  const elapsed = startTimer()
  const { forgets } = await store.stamp()
  const loaded = unpackArtefacts<Artefacts>(await store.loadArtefacts(info.id))
  // What still knows a forgotten user must not stay, however well it ranks.
  const fitted = info.scorerStale ? { ...loaded, scorer: DEFAULT_SCORER, adapter: null } : loaded
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
  const plan = planPrivacy(options, histories.length)
  if (plan && options.adapter) {
    const message = 'a private training learns its own adapter: give dpEpsilon or an adapter, not both'
    throw new InterestMineError('BAD_OPTION', message, { option: 'adapter' })
  }
  const {
    outcome: found,
    resumed,
    privacy,
  } = plan
    ? { ...(await learnPrivately(options, fitted, histories, plan)), resumed: false }
    : { ...(await learnOrResume(options, fitted, histories, forgets)), privacy: null }
  const { scorer, adapter, ...outcome } = found
  const { id: _, ...rest } = info
  const builtAt = new Date(options.clock).toISOString()
  const artefacts = packArtefacts({ ...fitted, scorer, adapter })
  const promise = plan ? { epsilon: plan.epsilon, delta: plan.delta } : undefined
  const next = { ...rest, builtAt, scorerStale: false, trainedAt: info.events, privacy: promise }
  const generation = await store.saveGeneration(next, artefacts, {
    keep: countKept(info, next),
    forgets,
    basedOn: info.id,
    ...(options.fresh ? { replaces: info.id } : {}),
  })
  if (generation === null) {
    const message =
      'the index was built anew, or a user forgotten, while the scorer was trained, so it was not kept; train again'
    throw new InterestMineError('STORE_BUSY', message, { file: store.name })
  }
  const { id, trainedOn, calibrated } = scorer
  const seconds = roundSeconds(elapsed())
  return { generation, scorer: { id, trainedOn, calibrated }, ...outcome, resumed, privacy, seconds }
}

/** Goes on from the adapter of a training that was stopped; keeps the adapter for the next one, should this be. */
async function learnOrResume(
  { store, info, pool, seed, adapter, ablate = false, signal, onProgress }: RetrainOptions,
  fitted: Artefacts,
  histories: readonly History[],
  forgets: number,
): Promise<{ outcome: TrainOutcome; resumed: boolean }> {
  // A generation never changes, but by forgetting, which drops what is kept.
  const key = JSON.stringify({ generation: info.id, seed, format: ARTEFACTS_FORMAT, adapter: ADAPTER_OPTIONS })
  const given = adapter ? { adapter: adoptAdapter(adapter, fitted, info.encoder), curve: [] } : null
  const stored = given ? null : await store.loadCheckpoint(key)
  const kept = given ?? (stored && unpackArtefacts<TrainedAdapter>(stored))
  let saved = stored !== null
  const keep = async (trained: TrainedAdapter) => {
    // A store that is busy just now is no reason to throw away what is learnt: it is written at the end.
    saved = await store.saveCheckpoint(key, packArtefacts(trained), forgets).catch(() => false)
  }
  try {
    const { outcome } = await learn(fitted, histories, {
      pool,
      seed,
      privacy: null,
      ablate,
      kept,
      keep,
      signal,
      onProgress,
    })
    return { outcome, resumed: stored !== null }
  } catch (error) {
    const rest = saved
      ? 'its adapter is kept, and the next training resumes there'
      : 'it had finished nothing that could be resumed'
    throw tellStopped(error, stoppedTraining(rest))
  }
}
