import { encodePending } from '../build/pending.js'
import { InterestMineError } from '../errors.js'
import type { Host } from '../host.js'
import { checkGeneration, noIndex } from '../load/generation.js'
import { type Artefacts, unpackArtefacts, unpackScorer } from '../model/model.js'
import type { KeptGeneration, Store } from '../store/store.js'
import type { Generation, GenerationsAnswer } from '../types/reports.js'

/** The generations that are kept, newest first. */
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

/** Null where it cannot be read: damaged, or gone since. */
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
 * Takes a kept generation into use; all that came since it was built is laid over it, as over any other. Nothing is
 * changed where it cannot serve: BAD_OPTION where it is not kept, STORE_DAMAGED where it cannot be read.
 */
export async function useGeneration(host: Host, id: number): Promise<void> {
  const { store } = host
  const kept = await store.generations()
  const wanted = kept.find((one) => one.id === id)
  if (!wanted) throw notKept(store, id, kept)
  await checkGeneration(store, wanted, host.options.encoder)
  unpackArtefacts<Artefacts>(await store.loadArtefacts(id))
  // What came since was encoded with the encoder in use then.
  const current = kept.find(({ inUse }) => inUse)
  if (current?.encoder !== wanted.encoder) await encodePending(host, wanted, {})
  if (!(await store.useGeneration(id))) throw notKept(store, id, await store.generations())
  // Also makes the file of the index match, if it is another generation's.
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
