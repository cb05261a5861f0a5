import { encodePending } from '../build/pending.js'
import { InterestMineError } from '../errors.js'
import type { Host } from '../host.js'
import { checkGeneration, noIndex } from '../load/generation.js'
import { type Artefacts, unpackArtefacts, unpackScorer } from '../model/model.js'
import type { KeptGeneration, Store } from '../store/store.js'
import type { Generation, GenerationsAnswer } from '../types/reports.js'

/** Lists the generations that a store keeps, newest first. */
export async function listGenerations(store: Store): Promise<GenerationsAnswer> {
  const generations: Generation[] = []
  for (const {
    id,
    builtAt,
    inUse,
    items,
    events,
    encoder,
    dims,
    bytes,
    stale,
    scorerStale,
  } of await store.generations()) {
    generations.push({
      id,
      builtAt,
      inUse,
      items,
      events,
      encoder: { id: encoder, dims },
      scorer: await readScorer(store, id),
      bytes,
      stale: stale || scorerStale,
    })
  }
  return { generations }
}

/** The scorer of a generation; null where it cannot be read, because it is damaged or was dropped meanwhile. */
async function readScorer(store: Store, generation: number): Promise<Generation['scorer']> {
  try {
    const { id, trainedOn, calibrated } = unpackScorer(await store.loadArtefacts(generation, ['json']))
    return { id, trainedOn, calibrated }
  } catch (error) {
    if (error instanceof InterestMineError && error.code !== 'STORE_DAMAGED') throw error
    return null
  }
}

/**
 * Takes a kept generation into use. Items and events that came since it was built are added to its answers, as for any
 * generation. Fails, and changes nothing, with NO_STORE where there is no generation, BAD_OPTION where this one is not
 * kept, STORE_DAMAGED where it cannot be read, ENCODER_MISMATCH where the miner was opened with another encoder.
 */
export async function useGeneration(host: Host, id: number): Promise<void> {
  const { store } = host
  const kept = await store.generations()
  const wanted = kept.find((one) => one.id === id)
  if (!wanted) throw notKept(store, id, kept)
  await checkGeneration(store, wanted, host.options.encoder)
  unpackArtefacts<Artefacts>(await store.loadArtefacts(id))
  // Items that came since were encoded with the encoder of the generation in use.
  const current = kept.find(({ inUse }) => inUse)
  if (current?.encoder !== wanted.encoder) await encodePending(host, wanted, {})
  if (!(await store.useGeneration(id))) throw notKept(store, id, await store.generations())
  // Loading also rebuilds the index file where it belongs to another generation.
  await host.load()
}

function notKept(store: Store, id: number, kept: readonly KeptGeneration[]): InterestMineError {
  if (kept.length === 0) return noIndex(store)
  const names = kept.map((one) => (one.inUse ? `${one.id} (in use)` : String(one.id))).join(' and ')
  return new InterestMineError('BAD_OPTION', `generation ${id} is not kept; there is ${names}`, {
    option: 'use',
    value: id,
    kept: kept.map((one) => one.id),
  })
}
