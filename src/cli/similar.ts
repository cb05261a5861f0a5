import type { SimilarAnswer } from '../index.js'
import { defineCommand } from './command.js'
import { compact } from './filters.js'
import { demand, LIMIT, WHERE } from './options.js'
import { drawTable, type View } from './table.js'

export default defineCommand<{ item?: string; limit?: number; where?: string[] }, SimilarAnswer>({
  options: [{ flags: '--item <id>', help: 'like which item?' }, LIMIT, WHERE],
  examples: ['similar --item p1', 'similar --item p1 -n 3 --where category=Tea'],
  async run({ options, open }) {
    const item = demand(options.item, '--item', 'similar to which item?')
    const miner = await open({ mustExist: true, workers: 0 })
    return miner.similar(item, compact({ limit: options.limit, where: options.where }))
  },
  show: showSimilar,
})

/** The table of similar and of search. */
export function showSimilar({ results }: SimilarAnswer, view: View): string | Promise<string> {
  if (results.length === 0) return 'Nothing found.'
  return drawTable(
    [
      { head: '#', align: 'right' },
      { head: 'Title', flexible: true },
      { head: 'Item', flexible: true },
      { head: 'Similarity', align: 'right' },
    ],
    results.map(({ item, title, similarity }, k) => [String(k + 1), title, item, similarity.toFixed(3)]),
    view,
  )
}
