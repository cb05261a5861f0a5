import { MODALITIES } from '../columns.js'
import { InterestMineError, quote } from '../errors.js'
import type { Model } from '../model/model.js'
import { badOption } from '../options.js'
import type { Store } from '../store/store.js'
import { nearMatches } from '../text.js'
import type { Medium } from '../types/answers.js'
import type { Where } from '../types/items.js'
import { rowOf } from '../vectors/matrix.js'
import { readRow } from '../vectors/precision.js'
import type { Loaded } from './generation.js'
import { parseWhere } from './where.js'

/**
 * The filter of a request as a test of catalogue rows; null where there are no conditions. All items are read once.
 * Rejects with BAD_OPTION where a condition cannot be read (`parseWhere`).
 */
export async function allowRows(
  store: Store,
  { rowOfKey }: Loaded,
  where: Where | undefined,
): Promise<((row: number) => boolean) | null> {
  const test = parseWhere(where)
  if (!test) return null
  const rows = new Set(Array.from(await store.itemsWhere(test), rowOfKey))
  return (row) => rows.has(row)
}

/**
 * Catalogue rows of items, in the order of their ids. `gone`: also finds items that left the catalogue, and leaves out
 * those that the loaded catalogue does not hold. Rejects with UNKNOWN_ITEM for ids that are not found; its details name
 * them all and ids that are similar to the first.
 */
export async function findRows(
  store: Store,
  { rowOfKey }: Loaded,
  ids: readonly string[],
  options: { gone?: boolean } = {},
): Promise<number[]> {
  const rows: number[] = []
  const unknown = new Set<string>()
  for (const [i, key] of (await store.findItems(ids, options)).entries()) {
    const row = key === null ? -1 : rowOfKey(key)
    if (key === null || (row < 0 && !options.gone)) unknown.add(ids[i])
    if (row >= 0) rows.push(row)
  }
  if (unknown.size > 0) throw await unknownItems(store, [...unknown])
  return rows
}

/** Unknown ids that the message of an error names; its details have all of them. */
const NAMED_UNKNOWN = 3

async function unknownItems(store: Store, ids: string[]): Promise<InterestMineError> {
  const known: string[] = []
  for await (const one of store.itemIds()) known.push(one)
  const named = ids.slice(0, NAMED_UNKNOWN).map((id) => ({ id, near: nearMatches(id, known) }))
  const hints = named.map(({ id, near }) =>
    near.length === 0 ? quote(id) : `${quote(id)} (near: ${near.map((one) => quote(one)).join(', ')})`,
  )
  const more = ids.length > named.length ? ` and ${ids.length - named.length} more` : ''
  const what = ids.length === 1 ? 'no item' : 'no items'
  return new InterestMineError('UNKNOWN_ITEM', `${what} ${hints.join(', ')}${more} in the catalogue`, {
    item: ids[0],
    items: ids,
    near: named[0].near,
  })
}

/**
 * Reads the option `by`: the medium that similarity is measured in, by default 'text'. Throws BAD_OPTION where it is no
 * medium, or where no item of the store has a vector of it.
 */
export function readMedium({ modalities }: Pick<Model, 'modalities'>, by: unknown = 'text'): Medium {
  if (by === 'text') return by
  const modality = MODALITIES.find((name) => name === by)
  if (!modality) throw badOption('by', by, `is not one of text, ${MODALITIES.join(', ')}`)
  if (modalities.some(({ name }) => name === modality)) return modality
  const known = ['text', ...modalities.map(({ name }) => name)].join(', ')
  throw badOption('by', by, `cannot be compared: no item of this store has a vector of it (it has: ${known})`)
}

/**
 * The centred unit vector of an item in one medium, of those that the model has. `item`: its id, for the message.
 * Throws BAD_OPTION where the item has no such vector.
 */
export function vectorOf({ vectors, modalities }: Model, by: Medium, row: number, item: string): Float32Array {
  if (by === 'text') return readRow(vectors, row)
  const own = modalities.find(({ name }) => name === by)!
  if (own.has[row] === 1) return rowOf(own.vectors, row)
  throw badOption('by', by, `cannot be compared: item ${quote(item)} has none; ask by text`)
}
