import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { basename } from 'node:path'
import { countLost } from '../build/kept-media.js'
import type { Loaded } from '../load/generation.js'
import { keptSize } from '../media/kept.js'
import { type BehaviourRules, gatherHistories, lookupRows } from '../model/histories.js'
import { type Artefacts, packArtefacts, unpackArtefacts } from '../model/model.js'
import { countStatistics } from '../retrieve/statistics.js'
import { sidecarsOf } from '../store/sidecars.js'
import type { GenerationInfo, Store, StoredEdit } from '../store/store.js'
import type { EditRecord } from '../types/answers.js'
import type { DoctorAnswer, ExportAnswer, StatusAnswer } from '../types/reports.js'
import { type GraphSeal, graphBytes, graphIsSound } from '../vectors/hnsw-index.js'
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

/**
 * Looks for damage in the files of a store. `loads`: whether the artefacts of the generation in use can be read. Damage
 * is returned, not thrown.
 */
export async function findProblems(store: Store): Promise<{ problems: DoctorAnswer['problems']; loads: boolean }> {
  const where = basename(store.name)
  const sidecars = sidecarsOf(store)
  const problems = (await store.check()).map((what) => ({ what, where, repaired: false }))
  // Where the tables are damaged, items may be unreadable; that is reported already.
  const lost = problems.length > 0 ? 0 : await countLost(store)
  if (lost > 0) {
    const what = `of the pictures and sounds that came as bytes, ${lost} are missing or damaged; build-index with the catalogue brings them back`
    problems.push({ what, where: basename(sidecars.media ?? where), repaired: false })
  }
  const info = await store.generation()
  if (!info) {
    const { hasItems } = await store.tally()
    if (hasItems) problems.push({ what: 'the index was never finished', where, repaired: false })
    return { problems, loads: false }
  }
  let loads = true
  try {
    unpackArtefacts(await store.loadArtefacts(info.id))
  } catch (error) {
    loads = false
    // A checksum that does not match is reported already.
    if (!problems.some(({ what }) => what.includes('checksum'))) {
      problems.push({ what: (error as Error).message, where, repaired: false })
    }
  }
  const seal = info.graph as GraphSeal | null
  if (seal && sidecars.graph !== null && !graphIsSound(sidecars.graph, seal)) {
    problems.push({ what: 'the index file is missing or damaged', where: basename(sidecars.graph), repaired: false })
  }
  return { problems, loads }
}

/**
 * All rows of a store about a user, for `ExportAnswer`. `edits`: all edits of the user; the caller adds interests and
 * wishes.
 */
export async function exportRows(
  store: Store,
  user: string,
  edits: readonly (StoredEdit & Pick<EditRecord, 'contrary'>)[],
): Promise<Omit<ExportAnswer, 'interests' | 'wishes'>> {
  const key = await store.findUser(user)
  if (key === null) return { user, events: [], edits: [], replies: [], mined: [], lineage: [] }
  const columns = await store.userEvents(key)
  const items = await store.itemsByKey([...new Set(columns.items)])
  const orNull = (value: number) => (Number.isNaN(value) ? null : value)
  return {
    user,
    events: Array.from(columns.items, (item, i) => ({
      item: items.get(item)?.id ?? '',
      type: columns.kinds[i],
      at: Number.isNaN(columns.at[i]) ? null : new Date(columns.at[i]).toISOString(),
      value: orNull(columns.values[i]),
      dwell: orNull(columns.dwells[i]),
      quantity: orNull(columns.quantities[i]),
    })),
    edits: edits.map((edit) => ({
      ...showEdit(edit),
      undone: edit.undone,
      evidence: edit.evidence.items,
    })),
    replies: await store.replies(key),
    mined: await readMined(store, key),
    lineage: await store.lineage(key, true),
  }
}

/** A user's interests in each generation that is kept; generations that have none of the user are left out. */
async function readMined(store: Store, user: number): Promise<ExportAnswer['mined']> {
  const mined: ExportAnswer['mined'] = []
  for (const { id: generation, builtAt } of await store.generations()) {
    const interests = await store.minedOf(generation, user)
    if (interests.length === 0) continue
    const items = await store.itemsByKey(interests.flatMap((interest) => interest.items))
    mined.push({
      generation,
      builtAt,
      interests: interests.map(({ id, level, label, items: keys }) => {
        return { id, level, label, evidence: keys.flatMap((one) => items.get(one)?.id ?? []) }
      }),
    })
  }
  return mined
}

/** The public part of a stored edit. */
export function showEdit({ at, interest, label, action, value, contrary }: EditRecord): EditRecord {
  return { at, interest, label, action, value, contrary }
}

/**
 * Removes a user's rows, and the user's part of all counts, in one transaction: afterwards the counts equal those of a
 * store that never had the user. What was fitted is marked stale. Then the files are written anew, so that free space
 * holds no deleted rows, also where an earlier call could not do that. Returns the number of events removed; null where
 * the user is unknown. Fails with STORE_BUSY where another process uses the store after the rows are gone.
 */
export async function forgetUser(store: Store, user: string): Promise<number | null> {
  const key = await store.findUser(user)
  let events: number | null = null
  // A generation written while the other users were counted depends on the user again, so they are counted once more.
  while (key !== null && events === null) {
    const info = await store.generation()
    events = await store.forget(key, info && (await countWithout(store, info, key)))
  }
  forgetRejections(sidecarsOf(store).rejected, user)
  await store.compact()
  return events
}

/**
 * Removes lines with a user's id from the file of rejected rows. Lines have no values of the rows, but the name of a
 * file may hold the id.
 */
function forgetRejections(file: string | null, user: string): void {
  if (file === null || !existsSync(file)) return
  const id = JSON.stringify(user).slice(1, -1)
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n')
  const kept = lines.filter((line) => !holdsWord(line, id))
  if (kept.length === lines.length) return
  if (kept.length === 0) rmSync(file)
  else {
    const temporary = `${file}.${process.pid}.tmp`
    writeFileSync(temporary, `${kept.join('\n')}\n`)
    renameSync(temporary, file)
  }
}

/** Whether a text holds a word with no letter or digit right before or after it. */
function holdsWord(text: string, word: string): boolean {
  const isPart = (character: string | undefined) => character !== undefined && /[\p{L}\p{N}]/u.test(character)
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) {
    if (!isPart(text[at - 1]) && !isPart(text[at + word.length])) return true
  }
  return false
}

/** The info and the counted artefacts of a generation as they would be without one user. */
async function countWithout(
  store: Store,
  info: GenerationInfo,
  user: number,
): Promise<{ info: GenerationInfo; artefacts: Record<string, Uint8Array> }> {
  const fitted = unpackArtefacts<Artefacts>(await store.loadArtefacts(info.id))
  const { catalogue } = fitted
  const rules = { ...(info.rules as BehaviourRules), ratingMax: await store.ratingMaxWithout(user) }
  const others = store.allEvents(info.eventsSeq, user)
  const { lists, at } = await gatherHistories(others, catalogue, lookupRows(catalogue), rules)
  const statistics = countStatistics(lists, at, catalogue)
  const packed = packArtefacts({ ...fitted, ...statistics })
  const recounted = Object.keys(statistics)
  const counted = Object.entries(packed).filter(
    ([name]) => name === 'json' || recounted.includes(name.slice(0, name.indexOf('.'))),
  )
  const events = info.events - (await store.userEventsUntil(user, info.eventsSeq)).items.length
  const trainedAt = Math.min(info.trainedAt, events)
  return {
    info: { ...info, rules, events, trainedAt, stale: true, scorerStale: fitted.scorer.calibrated },
    artefacts: Object.fromEntries(counted),
  }
}
