import { hashText } from '../../src/hash.js'
import type { Store } from '../../src/store/store.js'
import type { Interaction, Item } from '../../src/types/items.js'

export const scarf = { id: 'a', title: 'red wool scarf' }
export const teapot = { id: 'b', title: 'ceramic teapot' }
export const spade = { id: 'c', title: 'garden spade' }

export const REPLY = {
  prompt: 'name-interest@1',
  model: 'm',
  items: ['a', 'b'],
  value: { label: 'Scarfs' },
  refused: null,
}

/** What a generation says of itself, as far as a store reads it. */
export const INFO = {
  builtAt: '2024-01-01T00:00:00.000Z',
  format: 1,
  encoder: 'e',
  encoderName: 'e',
  dims: 2,
  modalities: [],
  precision: 'int8' as const,
  itemsChange: 0,
  eventsSeq: 0,
  items: 0,
  events: 0,
  stale: false,
  scorerStale: false,
  trainedAt: 0,
}

/** Items as rows on their way in. */
export const rowsOf = (items: readonly Item[]) =>
  items.map((item, i) => ({
    line: i + 1,
    item,
    hash: hashText(JSON.stringify(item)),
    fullHash: hashText(item.title),
    shortHash: hashText(item.title),
  }))

/** Puts a whole catalogue in; with `prune` off, some items of one. */
export async function putItems(store: Store, items: readonly Item[], prune = true) {
  await store.beginStaging()
  await store.stageItems(rowsOf(items))
  return store.mergeItems({ prune, limit: 1 })
}

export async function putEvents(store: Store, events: readonly Interaction[]) {
  await store.beginStaging()
  await store.stageEvents(
    events.map((event, i) => ({
      line: i + 1,
      event: { ...event, type: event.type ?? 'view', at: (event.at ?? null) as number | null },
    })),
  )
  return store.mergeEvents('events.csv')
}
