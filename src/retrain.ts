import { ADAPTER_OPTIONS } from './adapt/options.js'
import type { TrainedAdapter } from './adapt/train.js'
import { type BehaviourRules, lookupRows } from './behaviour.js'
import { readHistories } from './deltas.js'
import { InterestMineError } from './errors.js'
import { learn } from './learning.js'
import { ARTEFACTS_FORMAT, type Artefacts, packArtefacts, unpackArtefacts } from './model.js'
import { type PrivacyPlan, planPrivacy, tellPrivacy } from './privacy/plan.js'
import { DEFAULT_SCORER } from './rank/default-scorer.js'
import { countKept } from './refit.js'
import type { GenerationInfo, Store } from './store/store.js'
import type { TrainOutcome } from './training.js'
import type { History, TrainOptions, TrainReport, TriedEpsilon } from './types.js'
import type { Pool } from './vectors/workers.js'

export interface RetrainOptions extends TrainOptions {
  store: Store
  /** The generation to train; nothing may be pending. */
  info: GenerationInfo
  /** Whether the generation was only made to be trained, and need not be kept. */
  fresh: boolean
  pool: Pool | null
  seed: number
  clock: number
  /** Told what a private training is going to give away; what it throws refuses that. */
  spend?: (what: 'train', epsilon: number, delta: number) => Promise<void>
}

/**
 * Trains the scorer of the generation in use and stores the same artefacts with it as a new one. Stopped, it changes
 * nothing but that a finished adapter is kept: the next training of the same generation by the same seed goes on there.
 */
export async function retrain(options: RetrainOptions): Promise<TrainReport> {
  const { store, info } = options
  const started = performance.now()
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
  const privacy = planPrivacy(options, histories.length)
  if (privacy) await options.spend?.('train', privacy.epsilon, privacy.delta)
  const { outcome: found, resumed } = privacy
    ? { outcome: await learnApart(options, fitted, histories, privacy), resumed: false }
    : await learnOrResume(options, fitted, histories, forgets)
  const { scorer: learnt, adapter, ...outcome } = found
  const scorer = privacy ? { ...learnt, privacy: { epsilon: privacy.epsilon, delta: privacy.delta } } : learnt
  const tried = privacy && (await tryEpsilons(options, fitted, histories, found, privacy))
  const { id: _, ...rest } = info
  const builtAt = new Date(options.clock).toISOString()
  const artefacts = packArtefacts({ ...fitted, scorer, adapter })
  const next = { ...rest, builtAt, scorerStale: false, trainedAt: info.events }
  const generation = await store.saveGeneration(next, artefacts, {
    keep: countKept(info, next),
    forgets,
    basedOn: info.id,
    ...(options.fresh ? { replaces: info.id } : {}),
  })
  if (generation === null) {
    const message =
      'the index was built anew, or a user forgotten, while the scorer was trained, so it was not kept; train again'
    throw new InterestMineError('STORE_BUSY', message, { file: store.path })
  }
  const { id, trainedOn, calibrated } = scorer
  const seconds = Math.round(performance.now() - started) / 1000
  const told = { generation, scorer: { id, trainedOn, calibrated }, ...outcome, resumed, seconds }
  return { ...told, privacy: privacy && tellPrivacy(privacy, tried) }
}

/** Learns and keeps nothing of it for a later training: noise that is drawn twice hides less. */
async function learnApart(
  { pool, seed, ablate = false, signal, onProgress }: RetrainOptions,
  fitted: Artefacts,
  histories: readonly History[],
  privacy: PrivacyPlan | null,
): Promise<TrainOutcome> {
  const learning = { pool, seed, privacy, ablate, kept: null, keep: async () => {}, signal, onProgress }
  return (await learn(fitted, histories, learning)).outcome
}

/** How well trainings at other epsilons do, beside the one there is; null where none is asked for. */
async function tryEpsilons(
  options: RetrainOptions,
  fitted: Artefacts,
  histories: readonly History[],
  own: TrainOutcome,
  { epsilon: ownEpsilon, delta }: PrivacyPlan,
): Promise<TriedEpsilon[] | null> {
  if (!options.tryEpsilons) return null
  const tried = [tellTried(ownEpsilon, own)]
  for (const epsilon of new Set(options.tryEpsilons)) {
    if (epsilon === ownEpsilon) continue
    const plan = epsilon === null ? null : planPrivacy({ dpEpsilon: epsilon, dpDelta: delta }, histories.length)
    tried.push(tellTried(epsilon, await learnApart({ ...options, ablate: false }, fitted, histories, plan)))
  }
  return tried.sort((a, b) => (a.epsilon ?? Infinity) - (b.epsilon ?? Infinity))
}

function tellTried(epsilon: number | null, { ndcg }: TrainOutcome): TriedEpsilon {
  return { epsilon, ndcg: ndcg.after, ...ndcg.intervals.after }
}

/** Goes on from the adapter of a training that was stopped; keeps the adapter for the next one, should this be. */
async function learnOrResume(
  { store, info, pool, seed, ablate = false, signal, onProgress }: RetrainOptions,
  fitted: Artefacts,
  histories: readonly History[],
  forgets: number,
): Promise<{ outcome: TrainOutcome; resumed: boolean }> {
  // A generation never changes, but by forgetting, which drops what is kept.
  const key = JSON.stringify({ generation: info.id, seed, format: ARTEFACTS_FORMAT, adapter: ADAPTER_OPTIONS })
  const stored = await store.loadCheckpoint(key)
  const kept = stored && unpackArtefacts<TrainedAdapter>(stored)
  let saved = kept !== null
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
    return { outcome, resumed: kept !== null }
  } catch (error) {
    if (!(error instanceof InterestMineError) || error.code !== 'INTERRUPTED') throw error
    const rest = saved
      ? 'its adapter is kept, and the next training resumes there'
      : 'it had finished nothing that could be resumed'
    throw new InterestMineError('INTERRUPTED', `training stopped: the scorer in use stays; ${rest}`)
  }
}
