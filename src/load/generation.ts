import { fullText, shortText } from '../encode/item-text.js'
import { InterestMineError } from '../errors.js'
import { hashText } from '../hash.js'
import { WEIGHT_PRESETS } from '../ingest/weights.js'
import { type BehaviourRules, lookupRows, type RowLookup } from '../model/histories.js'
import { type ChangedItem, type ChangedUser, changeItems, changeUsers } from '../model/lay-over.js'
import { ARTEFACTS_FORMAT, type Artefacts, type Model, orderByPopularity, unpackArtefacts } from '../model/model.js'
import { openModel } from '../model/open.js'
import { openStatistics } from '../retrieve/statistics.js'
import { sidecarsOf } from '../store/sidecars.js'
import type { GenerationInfo, Stamp, Store, StoredItem } from '../store/store.js'
import { yieldThread } from '../threads/timer.js'
import { buildGraph, type GraphSeal } from '../vectors/hnsw-index.js'
import { normalise } from '../vectors/matrix.js'
import { foldVector } from '../vectors/reduce.js'
import { readVector, TEXT_BITS } from '../vectors/vector-bytes.js'

/** A generation as loaded, and what was laid over it since. */
export interface Loaded {
  stamp: Stamp
  info: GenerationInfo
  fitted: Artefacts
  model: Model
  rowOfKey: RowLookup
  /** The last event that is counted. */
  appliedSeq: number
}

/**
 * The generation in use with all that came since; `old` is built on as far as it still holds. Calls on one store must
 * follow one another: counts are changed in place.
 */
export async function loadModel(store: Store, old: Loaded | null, encoder: string | undefined): Promise<Loaded> {
  const stamp = await store.stamp()
  if (old && old.stamp.generation === stamp.generation && old.stamp.forgets === stamp.forgets) {
    if (old.stamp.items === stamp.items && old.stamp.events === stamp.events) return old
    return layOver(store, old, stamp, old.stamp.items !== stamp.items)
  }
  const info = await store.generation()
  if (!info) throw noIndex(store)
  await checkGeneration(store, info, encoder)
  const fitted = unpackArtefacts<Artefacts>(await store.loadArtefacts(info.id))
  const model = await openStored(store, fitted, info, new Int32Array(0))
  const base = { stamp, info, fitted, model, rowOfKey: lookupRows(fitted.catalogue), appliedSeq: info.eventsSeq }
  return layOver(store, base, stamp, stamp.items !== info.itemsChange)
}

export function noIndex({ name }: Store): InterestMineError {
  const message = `no index in ${name} yet: run "interest-mine build-index CATALOG --db ${name}"`
  return new InterestMineError('NO_STORE', message, { file: name })
}

/** Fails where this version, or the encoder that was asked for, cannot answer from a generation. */
export async function checkGeneration(store: Store, info: GenerationInfo, encoder: string | undefined): Promise<void> {
  if (info.format !== ARTEFACTS_FORMAT) {
    throw new InterestMineError(
      'STORE_DAMAGED',
      `generation ${info.id} in ${store.name} was made by another version of interest-mine; run build-index again, items and events are kept`,
      { file: store.name, format: info.format },
    )
  }
  if (encoder !== undefined && !info.encoder.startsWith('caller:')) await checkEncoder(info, encoder)
}

async function checkEncoder(info: GenerationInfo, encoder: string): Promise<void> {
  // Loaded when needed: most commands never look at a model.
  const { findModel, readManifest } = await import('../encode/manifest.js')
  const { id } = await readManifest(findModel(encoder))
  if (id === info.encoder) return
  throw new InterestMineError(
    'ENCODER_MISMATCH',
    `the index was built with ${info.encoder}, not ${id}; leave --encoder out, or run build-index with it`,
    { built: info.encoder, asked: id },
  )
}

export async function rulesOf(store: Store, stamp: Stamp): Promise<BehaviourRules> {
  const table = await store.getMeta('weights')
  return { table: table === null ? WEIGHT_PRESETS.shop : JSON.parse(table), ratingMax: stamp.ratingMax }
}

/** Lays items and events that came after the generation over it. */
async function layOver(store: Store, loaded: Loaded, stamp: Stamp, itemsChanged: boolean): Promise<Loaded> {
  const { info, fitted } = loaded
  let { model, rowOfKey } = loaded
  if (itemsChanged) {
    const changed = await store.readItems(info.itemsChange)
    const { artefacts, loose } = changeItems(
      fitted,
      await withVectors(store, changed, info),
      lookupRows(fitted.catalogue),
    )
    rowOfKey = lookupRows(artefacts.catalogue)
    model = await openStored(store, artefacts, info, loose)
  }
  // What was laid over before is built on; after a change of items everything since the generation is laid anew.
  const from = itemsChanged ? info.eventsSeq : loaded.appliedSeq
  const { lastSeq } = await store.tally()
  const users: ChangedUser[] = []
  for (const user of lastSeq > from ? await store.usersSince(from) : []) {
    users.push({ before: await store.userEventsUntil(user, from), after: await store.userEventsUntil(user, lastSeq) })
  }
  if (users.length > 0) {
    const opened = model.covisits.overlay ? model : { ...model, ...openStatistics(model, model.catalogue) }
    changeUsers(opened, users, model.catalogue, rowOfKey, info.rules as BehaviourRules)
    model = { ...opened, byPopularity: orderByPopularity(model.catalogue, opened.covisits.users) }
  }
  return { ...loaded, stamp, rowOfKey, model, appliedSeq: lastSeq }
}

async function withVectors(store: Store, changed: StoredItem[], info: GenerationInfo): Promise<ChangedItem[]> {
  const modalities = changed.map((one) => unitVectors(one, info))
  if (info.encoder.startsWith('caller:')) {
    return changed.map((one, i) => {
      const vector = one.item.vector ? normalise(Float32Array.from(one.item.vector)) : null
      return { ...one, full: vector, short: vector && foldVector(vector), modalities: modalities[i] }
    })
  }
  const hashes = changed.flatMap(({ item }) => [hashText(fullText(item)), hashText(shortText(item))])
  const cached = await store.cachedVectors(info.encoder, TEXT_BITS, hashes)
  const vectorAt = (i: number) => (cached[i] ? readVector(cached[i], TEXT_BITS, info.dims) : null)
  return changed.map((one, i) => {
    return { ...one, full: vectorAt(2 * i), short: vectorAt(2 * i + 1), modalities: modalities[i] }
  })
}

/** Vectors of an item's picture and sound, by what made those of the generation. */
function unitVectors({ item, encoded }: StoredItem, { modalities }: GenerationInfo): ChangedItem['modalities'] {
  return Object.fromEntries(
    modalities.flatMap(({ name, tower }) => {
      const vector = (tower === null ? item.vectors : encoded)?.[name]
      return vector ? [[name, normalise(Float32Array.from(vector))]] : []
    }),
  )
}

/**
 * The model of a generation. Its graph lies beside the store; where that file is missing, or is not what the store says,
 * it is made anew, the same to the byte.
 */
async function openStored(store: Store, artefacts: Artefacts, info: GenerationInfo, loose: Int32Array): Promise<Model> {
  const file = sidecarsOf(store).graph
  const seal = info.graph as GraphSeal | null
  const graph = file !== null && seal ? { file, seal } : null
  const model = openModel(artefacts, { loose, graph })
  const { vectors, axes } = artefacts
  // Rows that came since stand beside the graph: without them the vectors are those that it was built from.
  if (!graph || !axes || model.index.kind !== 'exact' || loose.length > 0) return model
  const rebuilt = await buildGraph({ vectors, axes }, graph.file, yieldThread)
  return rebuilt ? openModel(artefacts, { loose, graph: { ...graph, seal: rebuilt } }) : model
}
