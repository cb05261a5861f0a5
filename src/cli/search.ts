import type { SimilarAnswer } from '../index.js'
import { CliError, defineCommand } from './command.js'
import { compact } from './filters.js'
import { ENCODER, LIMIT, WHERE } from './options.js'
import { showSimilar } from './similar.js'

/** The command `search`: finds items by a phrase. */
export default defineCommand<{ limit?: number; where?: string[]; encoder?: string }, SimilarAnswer>({
  operand: { name: 'phrase', help: 'what to look for, in quotes', free: true },
  options: [LIMIT, WHERE, ENCODER],
  examples: ['search "a teapot for two"', 'search "garden tools" -n 3 --json'],
  remarks: 'A phrase that reads like an option goes behind "--": interest-mine search -- --json',
  async run({ operand, options, open }) {
    if (operand.trim() === '')
      throw new CliError('BAD_OPTION', 'the phrase to search for is empty', { option: 'phrase' })
    const miner = await open(compact({ mustExist: true, workers: 0, encoder: options.encoder }))
    return miner.search(operand, compact({ limit: options.limit, where: options.where }))
  },
  show: showSimilar,
})
