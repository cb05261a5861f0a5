import { carryAdapter } from '../adapt/adapter.js'
import type { Catalogue, EventColumns, Strings } from '../columns.js'
import { packCatalogue } from '../ingest/catalogue.js'
import { changePhrases } from '../mine/names/fit-phrases.js'
import { placeVector } from '../mine/space/space.js'
import { changeTopics } from '../mine/topics/place-in-topics.js'
import { changeStatistics, openStatistics, type Statistics } from '../retrieve/statistics.js'
import type { Item, Modality } from '../types/items.js'
import { centreVector } from '../vectors/centre.js'
import { createMatrix, rowOf, stack } from '../vectors/matrix.js'
import { pickRows, writeRow } from '../vectors/precision.js'
import { listAt, packLists } from '../vectors/sparse.js'
import { packStrings, unpackStrings } from '../vectors/strings.js'
import { type BehaviourRules, positivesOf, type RowLookup, readHistory } from './histories.js'
import { changeModality, changeSpacePart } from './media-vectors.js'
import type { Artefacts } from './model.js'

/** An item that was added, changed or removed after the artefacts were fitted. */
export interface ChangedItem {
  /** Store key. */
  key: number
  /** False where the item left the catalogue. */
  live: boolean
  item: Item
  /**
   * Unit vectors of the full and short text by the encoder; null where they are not encoded yet. Without both, a new
   * item is not added and a changed one keeps its old values.
   */
  full: Float32Array | null
  short: Float32Array | null
  /** Unit vectors of its picture and sound, those that it has. */
  modalities: Partial<Record<Modality, Float32Array>>
}

/**
 * Artefacts with changed items: changed ones replaced in their rows, new ones appended, removed ones marked. Nothing is
 * fitted again, and the given artefacts are not changed. `rowOfKey`: the rows of the fitted catalogue. Returns the new
 * artefacts, and in `loose` the rows that were replaced or appended, ascending.
 */
export function changeItems(
  fitted: Artefacts,
  changed: readonly ChangedItem[],
  rowOfKey: RowLookup,
): { artefacts: Artefacts; loose: Int32Array } {
  const removed = fitted.catalogue.removed.slice()
  const replaced: { row: number; change: ChangedItem }[] = []
  const added: ChangedItem[] = []
  for (const change of changed) {
    const row = rowOfKey(change.key)
    if (row >= 0) removed[row] = change.live ? 0 : 1
    if (!change.live || !change.full || !change.short) continue
    if (row >= 0) replaced.push({ row, change })
    else added.push(change)
  }
  if (replaced.length + added.length === 0)
    return { artefacts: { ...fitted, catalogue: { ...fitted.catalogue, removed } }, loose: new Int32Array(0) }
  const size = fitted.catalogue.size
  const at = [...replaced.map(({ row }) => row), ...added.map((_, i) => size + i)]
  const changes = [...replaced.map(({ change }) => change), ...added]
  const catalogue = changeCatalogue({ ...fitted.catalogue, removed }, at, changes)
  const kept = keptRows(size, catalogue.size, at)
  const vectors = pickRows(fitted.vectors, kept)
  const space = { ...fitted.space, z: stack(fitted.space.z, createMatrix(added.length, fitted.space.dims)) }
  const shorts = createMatrix(changes.length, fitted.phrases.items.dims)
  changes.forEach(({ full, short }, i) => {
    rowOf(shorts, i).set(short!)
    const row = at[i]
    writeRow(vectors, row, centreVector(Float32Array.from(full!), fitted.centre))
    rowOf(space.z, row).set(placeVector(fitted.space, short!))
  })
  const vectorsOf = (name: Modality) =>
    changes.map(({ modalities }, i) => ({ row: at[i], vector: modalities[name] ?? null }))
  const artefacts: Artefacts = {
    ...fitted,
    catalogue,
    vectors,
    modalities: fitted.modalities.map((one) => changeModality(one, vectorsOf(one.name), catalogue.size)),
    space: { ...space, parts: space.parts.map((part) => changeSpacePart(part, vectorsOf(part.name), catalogue.size)) },
    phrases: changePhrases(
      fitted.phrases,
      at,
      changes.map(({ item }) => item),
      shorts,
    ),
    topics: changeTopics(fitted.topics, catalogue, space.z, at),
    ...openStatistics(fitted, catalogue),
    adapter: fitted.adapter && carryAdapter(fitted.adapter, vectors, kept),
  }
  return { artefacts, loose: Int32Array.from(at).sort() }
}

/** For each row of the new catalogue the same row of the old one, or -1 where it is new or changed. */
function keptRows(before: number, after: number, changed: readonly number[]): Int32Array {
  const rows = Int32Array.from({ length: after }, (_, row) => (row < before ? row : -1))
  for (const row of changed) rows[row] = -1
  return rows
}

function changeCatalogue(base: Catalogue, at: readonly number[], changes: readonly ChangedItem[]): Catalogue {
  const fresh = packCatalogue(
    changes.map(({ item }) => item),
    changes.map(({ key }) => key),
    { kind: base.categoryKind, language: base.language },
  )
  const size = Math.max(base.size, ...at.map((row) => row + 1))
  const brands = mergeNames(base.brandNames, fresh.brandNames, (name) => name.toLowerCase())
  const categories = mergeNames(base.categoryNames, fresh.categoryNames, (name) => name)
  const ids = unpackStrings(base.ids)
  const titles = unpackStrings(base.titles)
  const categoryRows: ArrayLike<number>[] = ids.map((_, row) => listAt(base.categories, row))
  const widen = <T extends Int32Array | Float32Array | Uint8Array>(old: T): T => {
    const wide = new (old.constructor as { new (n: number): T })(size)
    wide.set(old)
    return wide
  }
  const next: Catalogue = {
    ...base,
    size,
    keys: widen(base.keys),
    removed: widen(base.removed),
    brands: widen(base.brands),
    prices: widen(base.prices),
    readingSeconds: widen(base.readingSeconds),
    brandNames: brands.names,
    categoryNames: categories.names,
  }
  at.forEach((row, i) => {
    const { item, key } = changes[i]
    ids[row] = item.id
    titles[row] = item.title
    next.keys[row] = key
    next.removed[row] = 0
    next.brands[row] = fresh.brands[i] < 0 ? -1 : brands.index[fresh.brands[i]]
    next.prices[row] = fresh.prices[i]
    // A changed item keeps the reading time of its old text, by which its events were weighed, until the next fit.
    if (row >= base.size) next.readingSeconds[row] = fresh.readingSeconds[i]
    categoryRows[row] = listAt(fresh.categories, i).map((name) => categories.index[name])
  })
  return { ...next, ids: packStrings(ids), titles: packStrings(titles), categories: packLists(categoryRows) }
}

/**
 * The names of `first`, in place, then those of `second` that have a key of their own. `index[i]`: position of name i
 * of `second` in the result.
 */
function mergeNames(
  first: Strings,
  second: Strings,
  keyOf: (name: string) => string,
): { names: Strings; index: Int32Array } {
  const names = unpackStrings(first)
  const known = new Map(names.map((name, i) => [keyOf(name), i]))
  const index = Int32Array.from(unpackStrings(second), (name) => {
    let i = known.get(keyOf(name))
    if (i === undefined) {
      i = names.push(name) - 1
      known.set(keyOf(name), i)
    }
    return i
  })
  return { names: packStrings(names), index }
}

/** All events of one user, as they were when the statistics last counted them (`before`) and as they are (`after`). */
export interface ChangedUser {
  before: EventColumns
  after: EventColumns
}

/**
 * Updates opened statistics (`openStatistics`), in place, for users whose events changed. Exact: equal to counting all
 * users again. `rowOfKey`: the rows of `catalogue`; `rules`: how events become histories.
 */
export function changeUsers(
  statistics: Statistics,
  users: readonly ChangedUser[],
  catalogue: Catalogue,
  rowOfKey: RowLookup,
  rules: BehaviourRules,
): void {
  const likedIn = (events: EventColumns) =>
    positivesOf(readHistory(events, 0, events.items.length, catalogue, rowOfKey, rules))
  changeStatistics(
    statistics,
    users.map(({ before, after }) => ({ before: likedIn(before), after: likedIn(after) })),
  )
}
