import type { StatusAnswer } from '../index.js'
import { defineCommand } from './command.js'
import { drawPairs, formatCount, formatMany, formatMegabytes } from './table.js'

const LANGUAGES = { en: 'English', zh: 'Chinese' }

const PLURALS = { image: 'pictures', audio: 'sounds' }

export default defineCommand<unknown, StatusAnswer>({
  options: [],
  examples: ['status', 'status --db interest-mine.db --json'],
  run: async ({ open }) => (await open({ mustExist: true, workers: 0 })).status(),
  show(status, view) {
    const { encoder, index, scorer, store, generation } = status
    const trained =
      scorer.trainedOn === null ? 'not trained on this store' : `trained on ${formatMany(scorer.trainedOn, 'event')}`
    return drawPairs(
      [
        ['store', `${store.path}, ${formatMegabytes(store.bytes)}, version ${store.version}`],
        ['items', formatCount(status.items)],
        ['users', formatCount(status.users)],
        ['events', formatCount(status.events)],
        ['language', LANGUAGES[status.language] ?? status.language],
        ['encoder', encoder && `${encoder.id}, ${encoder.dims} dimensions`],
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
