import type { StatusAnswer } from '../index.js'
import { defineCommand } from './command.js'
import { LANGUAGE_NAMES } from './report.js'
import { drawPairs, drawTable, formatCount, formatMany, formatMegabytes } from './table.js'

/** Parts with fewer bytes are printed with --json only. */
const SHOWN_BYTES = 50_000
const PLURALS = { image: 'pictures', audio: 'sounds' }

/** The command `status`: prints what the store holds. */
export default defineCommand<unknown, StatusAnswer>({
  options: [],
  examples: ['status', 'status --db interest-mine.db --json'],
  run: async ({ open }) => (await open({ mustExist: true, workers: 0 })).status(),
  async show(status, view) {
    const { encoder, index, scorer, store, generation } = status
    const trained =
      scorer.trainedOn === null ? 'not trained on this store' : `trained on ${formatMany(scorer.trainedOn, 'event')}`
    const pairs = drawPairs(
      [
        ['store', `${store.path}, ${formatMegabytes(store.bytes)}, version ${store.version}`],
        ['items', formatCount(status.items)],
        ['users', formatCount(status.users)],
        ['events', formatCount(status.events)],
        ['language', LANGUAGE_NAMES[status.language] ?? status.language],
        ['encoder', encoder && `${encoder.id}, ${encoder.dims} dimensions, kept as ${encoder.precision}`],
        ...status.modalities.map(({ name, items, dims, encoder }): [string, string] => [
          PLURALS[name],
          `${formatMany(items, 'item')}, ${dims} dimensions, ${encoder}`,
        ]),
        [
          'index',
          `${index.kind}, ${formatMany(index.items, 'item')}, ${index.ok ? 'sound' : 'damaged: run doctor --repair'}`,
        ],
        ['scorer', `${scorer.id}, ${trained}, scores ${scorer.calibrated ? 'calibrated' : 'not calibrated'}`],
        ['built', generation && `${generation.builtAt} (generation ${generation.id}: ${describe(generation)})`],
      ],
      view,
    )
    const parts = status.parts.filter(({ disk, memory }) => Math.max(disk, memory) >= SHOWN_BYTES)
    if (parts.length === 0) return pairs
    const table = await drawTable(
      [{ head: 'Part' }, { head: 'On disk', align: 'right' }, { head: 'In memory', align: 'right' }],
      parts.map(({ name, disk, memory }) => [name, formatMegabytes(disk), formatMegabytes(memory)]),
      view,
    )
    return `${pairs}\n\n${table}`
  },
})

function describe({ items, events, pendingItems, pendingEvents }: NonNullable<StatusAnswer['generation']>): string {
  const pending = [
    pendingItems > 0 && formatMany(pendingItems, 'item'),
    pendingEvents > 0 && formatMany(pendingEvents, 'event'),
  ]
  const since = pending.filter(Boolean).join(' and ')
  return `${formatMany(items, 'item')}, ${formatMany(events, 'event')}${since === '' ? '' : `; ${since} since`}`
}
