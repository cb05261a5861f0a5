import type { Medium, SimilarAnswer } from '../index.js'
import { defineCommand } from './command.js'
import { compact } from './filters.js'
import { LIMIT, parseChoice, requireOption, WHERE } from './options.js'
import { drawTable, type View } from './table.js'

/** The command `similar`: finds items that are like an item. */
export default defineCommand<{ item?: string; limit?: number; where?: string[]; by?: Medium }, SimilarAnswer>({
  options: [
    { flags: '--item <id>', help: 'like which item?' },
    {
      flags: '--by <medium>',
      help: 'what is to be alike: text, image or audio (default: text)',
      read: parseChoice('text', 'image', 'audio'),
    },
    LIMIT,
    WHERE,
  ],
  examples: ['similar --item p1', 'similar --item p1 -n 3 --where category=Tea', 'similar --item p1 --by image'],
  async run({ options, open }) {
    const item = requireOption(options.item, '--item', 'similar to which item?')
    const miner = await open({ mustExist: true, workers: 0 })
    return miner.similar(item, compact({ by: options.by, limit: options.limit, where: options.where }))
  },
  show: showSimilar,
})

/** The table that `similar` and `search` print. */
export function showSimilar({ results }: SimilarAnswer, view: View): string | Promise<string> {
  if (results.length === 0) return 'Nothing found.'
  const media = results.some(({ by }) => by !== undefined)
  return drawTable(
    [
      { head: '#', align: 'right' },
      { head: 'Title', flexible: true },
      { head: 'Item', flexible: true },
      { head: 'Similarity', align: 'right' },
      ...(media ? [{ head: 'By' }] : []),
    ],
    results.map(({ item, title, similarity, by }, k) => [
      String(k + 1),
      title,
      item,
      similarity.toFixed(3),
      ...(media ? [by ?? ''] : []),
    ]),
    view,
  )
}
