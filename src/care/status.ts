import type { Loaded } from '../load/generation.js'
import { keptSize } from '../media/kept.js'
import { sidecarsOf } from '../store/sidecars.js'
import type { Store } from '../store/store.js'
import type { StatusAnswer } from '../types/reports.js'
import { graphBytes } from '../vectors/hnsw-index.js'
import { listParts } from './sizes.js'

/** Describes what a store holds. `load` is called only where there is a generation; its errors are passed on. */
export async function describeStore(store: Store, load: () => Promise<Loaded>): Promise<StatusAnswer> {
  const { items, users, events, bytes, version } = await store.counts()
  const sidecars = sidecarsOf(store)
  const graph = graphBytes(sidecars.graph)
  const media = keptSize(sidecars.media)
  const file = { bytes: bytes + graph + media, version, path: store.name }
  const sizes = await store.sizes()
  if (!(await store.generation())) {
    const index = { kind: 'exact' as const, items: 0, ok: false }
    const parts = listParts(sizes, { file: bytes, graph, media }, null)
    const scorer = { id: 'none', trainedOn: null, calibrated: false }
    const none = { encoder: null, generation: null, language: 'en' as const, modalities: [] }
    return { items, users, events, index, scorer, store: file, parts, ...none }
  }
  const { model, stamp, info } = await load()
  const { id, trainedOn, calibrated } = model.scorer
  return {
    items,
    users,
    events,
    encoder: { id: info.encoder, dims: info.dims, precision: info.precision },
    index: { kind: model.index.kind, items: model.catalogue.removed.reduce((n, gone) => n + 1 - gone, 0), ok: true },
    scorer: { id, trainedOn, calibrated },
    store: file,
    parts: listParts(sizes, { file: bytes, graph, media }, model),
    generation: {
      id: info.id,
      builtAt: info.builtAt,
      items: info.items,
      events: info.events,
      pendingItems: stamp.items === info.itemsChange ? 0 : model.loose.length,
      pendingEvents: Math.max(0, events - info.events),
      stale: info.stale || info.scorerStale,
    },
    language: model.catalogue.language,
    modalities: model.modalities.map(({ name, vectors, has }) => ({
      name,
      items: has.reduce((n, one, row) => n + (model.catalogue.removed[row] ? 0 : one), 0),
      dims: vectors.dims,
      encoder: info.modalities.find((one) => one.name === name)?.encoder ?? '',
    })),
  }
}
