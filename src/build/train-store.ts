import { InterestMineError } from '../errors.js'
import type { Host } from '../host.js'
import { LEAST_USERS } from '../learn/plan.js'
import type { GenerationInfo } from '../store/store.js'
import type { BuildOptions, TrainOptions } from '../types/options.js'
import type { ForgetAnswer, TrainReport } from '../types/reports.js'
import { chargeTraining } from '../users/ledger.js'
import { chooseEncoder, mustRefit, refitStore } from './choose.js'
import { nothingToIndex } from './take.js'
import { trainGeneration } from './train-generation.js'

/** Training is due again where there are so many times as many events as at the last one. */
const TRAIN_GROWTH = 1.1

/**
 * Trains after a build if it is asked for, the first time that there are enough users, and again where the number of
 * events has grown by a tenth since. Never where the last training was private, because its scorer would be replaced by
 * one that is not. Returns the seconds it took and a note for the report; null where training was not due, or there is
 * too little behaviour and it was not asked for. `fresh`: the build made a new generation. Fails as `retrain` does.
 */
export async function trainIfDue(
  host: Host,
  options: BuildOptions,
  fresh: boolean,
): Promise<{ seconds: number; note: string } | null> {
  const info = await host.store.generation()
  const asked = options.train === true
  if (!info || options.train === false) return null
  const due = info.scorerStale || info.events >= TRAIN_GROWTH * Math.max(1, info.trainedAt)
  if (!asked && !due) return null
  const { users } = await host.store.counts()
  if (!asked && users < LEAST_USERS) return null
  if (info.privacy) return { seconds: 0, note: untrainedNote(info.privacy) }
  try {
    const { installed, ndcg, seconds, lists } = await trainWith(host, info, options, fresh)
    const change = `NDCG@10 of users kept aside ${ndcg.before.toFixed(3)} before, ${ndcg.after.toFixed(3)} with it`
    const note = installed
      ? `trained on what users did next (${lists} events; ${change})`
      : `training gave no better ranking (${change}), so the scorer in use stays`
    return { seconds, note }
  } catch (error) {
    if (!(error instanceof InterestMineError)) throw error
    if (!asked && error.code === 'LIMIT') return null
    if (!asked && error.code === 'STORE_BUSY') return { seconds: 0, note: error.message }
    const { code, message, details } = error
    throw new InterestMineError(code, `the index is built and in use, but not trained: ${message}`, details, error)
  }
}

function untrainedNote({ epsilon }: NonNullable<GenerationInfo['privacy']>): string {
  return `not trained, for the last training was private; to train so again: interest-mine train --dp-epsilon ${epsilon}`
}

/**
 * Fits everything anew from the rows of the store alone, and trains if a scorer was trained before, privately if that
 * was: answers then depend on nothing that was in the store earlier. Where too little behaviour, or too little of the
 * privacy budget, is left for a training, the default scorer is used, and `note` says so. Null where there is nothing
 * to fit.
 */
export async function refitFromRows(
  host: Host,
  options: Pick<BuildOptions, 'signal' | 'onProgress'>,
): Promise<ForgetAnswer['retrained']> {
  const { store } = host
  const before = await store.generation()
  if (!before || !(await store.tally()).hasItems) return null
  const { generation } = await refitStore(host, await chooseEncoder(host), 'all', options)
  const { id, privacy } = generation
  if (before.trainedAt === 0) return { generation: id, trained: false, note: privacy ? untrainedNote(privacy) : null }
  const training = { ...options, dpEpsilon: privacy?.epsilon, dpDelta: privacy?.delta }
  try {
    const { generation: trained } = await trainWith(host, generation, training, true)
    return { generation: trained, trained: true, note: null }
  } catch (error) {
    if (!(error instanceof InterestMineError) || !['LIMIT', 'BUDGET_SPENT'].includes(error.code)) throw error
    return { generation: id, trained: false, note: `not trained: ${error.message}` }
  }
}

/**
 * Trains the scorer of a store. Where items or events are pending, a new generation is fitted first. Fails with
 * NO_STORE where there are no items, and as `retrain` does.
 */
export async function trainStore(host: Host, options: TrainOptions): Promise<TrainReport> {
  if (!(await host.store.tally()).hasItems) throw nothingToIndex(host, null)
  const choice = await chooseEncoder(host)
  const due = await mustRefit(host, choice.id, true, 'traces')
  if (due) await refitStore(host, choice, 'traces', options)
  const info = await host.store.generation()
  if (!info) throw nothingToIndex(host, null)
  return trainWith(host, info, options, due)
}

function trainWith(
  host: Host,
  info: GenerationInfo,
  { adapter, ablate, dpEpsilon, dpDelta, tryEpsilons, signal, onProgress }: TrainOptions,
  fresh: boolean,
): Promise<TrainReport> {
  return trainGeneration({
    store: host.store,
    info,
    fresh,
    pool: host.openPool(),
    seed: host.options.seed ?? 1,
    clock: host.clock(),
    adapter,
    ablate,
    dpEpsilon,
    dpDelta,
    tryEpsilons,
    spend: (epsilon, delta) => chargeTraining(host.store, new Date(host.clock()).toISOString(), epsilon, delta),
    signal,
    onProgress,
  })
}
