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

/** A training, and the generation that it is for. */
export interface TrainGenerationOptions extends TrainOptions {
  store: Store
  /** The generation in use, which is trained; it must hold all items and events of the store. */
  info: GenerationInfo
  /** Whether the generation was only made to be trained. It is then replaced by the trained one, not kept beside it. */
  fresh: boolean
  pool: Pool
  /** Seed of everything random, a whole number. */
  seed: number
  /** Time of the training, milliseconds since 1970. */
  clock: number
  /**
   * Charges the cost of a private training to the privacy budget before it begins; an error that it throws is passed
   * on.
   */
  spend?: Spend
}

/**
 * Trains scorer and adapter of the generation in use, and stores its artefacts with these as a new generation. Fails
 * with LIMIT where there is too little behaviour, BAD_OPTION, BAD_INPUT and ENCODER_MISMATCH for an adapter that cannot
 * be used, BUDGET_SPENT, INTERRUPTED, and STORE_BUSY where another generation came into use, or a user was forgotten,
 * meanwhile. Where it is stopped, nothing is changed, but a finished adapter is stored, and the next training of the
 * same generation with the same seed goes on from there.
 */
export async function trainGeneration(options: TrainGenerationOptions): Promise<TrainReport> {
  const { store, info } = options
  const elapsed = startTimer()
  const { forgets } = await store.stamp()
  const loaded = unpackArtefacts<Artefacts>(await store.loadArtefacts(info.id))
  // A scorer that depends on a user who was forgotten must not stay, however well it ranks.
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
  const guarantee = plan ? { epsilon: plan.epsilon, delta: plan.delta } : undefined
  const next = { ...rest, builtAt, scorerStale: false, trainedAt: info.events, privacy: guarantee }
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

/**
 * Learns without privacy: with the adapter that was given, else from the adapter that a stopped training left
 * (`resumed`), else from the start. A newly trained adapter is stored at once, in case this training is stopped too.
 */
async function learnOrResume(
  { store, info, pool, seed, adapter, ablate = false, signal, onProgress }: TrainGenerationOptions,
  fitted: Artefacts,
  histories: readonly History[],
  forgets: number,
): Promise<{ outcome: TrainOutcome; resumed: boolean }> {
  // The generation's id is enough: only forgetting a user changes a generation, and that drops the checkpoint.
  const key = JSON.stringify({ generation: info.id, seed, format: ARTEFACTS_FORMAT, adapter: ADAPTER_OPTIONS })
  const given = adapter ? { adapter: adoptAdapter(adapter, fitted, info.encoder), curve: [] } : null
  const stored = given ? null : await store.loadCheckpoint(key)
  const kept = given ?? (stored && unpackArtefacts<TrainedAdapter>(stored))
  let saved = stored !== null
  const keep = async (trained: TrainedAdapter) => {
    // A busy store is no reason to throw away what was learnt: the adapter is also written with the generation.
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
