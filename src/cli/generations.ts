import type { Generation, GenerationsAnswer } from '../index.js'
import { defineCommand } from './command.js'
import { parseWhole } from './options.js'
import { drawTable, formatCount, formatMegabytes } from './table.js'

/** The command `generations`: lists the generations that are kept, or goes back to another one. */
export default defineCommand<{ use?: number }, GenerationsAnswer>({
  options: [
    {
      flags: '--use <n>',
      help: 'answer from this generation from now on',
      read: parseWhole(1, Number.MAX_SAFE_INTEGER),
    },
  ],
  examples: ['generations', 'generations --use 1', 'generations --json'],
  remarks:
    'A generation is what was fitted from items and events at one time; the one in use and the one before it are kept.\n' +
    'Going back loses nothing: what came since holds as before. The next build-index that finds a change makes a new one.',
  async run({ options, open }) {
    const miner = await open({ mustExist: true })
    return options.use === undefined ? miner.generations() : miner.useGeneration(options.use)
  },
  async show({ generations }, view, { options }) {
    if (generations.length === 0) return `No index yet. Next: ${view.suggest('build-index', 'CATALOG')}`
    const table = await drawTable(
      [
        { head: 'Generation', align: 'right' },
        { head: 'In use' },
        { head: 'Built' },
        { head: 'Items', align: 'right' },
        { head: 'Events', align: 'right' },
        { head: 'Encoder', flexible: true },
        { head: 'Scorer', flexible: true },
        { head: 'Size', align: 'right' },
      ],
      generations.map((one) => [
        String(one.id),
        one.inUse ? 'yes' : '',
        one.builtAt.slice(0, 16).replace('T', ' '),
        formatCount(one.items),
        formatCount(one.events),
        one.encoder.id,
        sayScorer(one),
        formatMegabytes(one.bytes),
      ]),
      view,
    )
    const other = generations.find(({ inUse }) => !inUse)
    const heading = options.use === undefined ? '' : `Generation ${options.use} is in use.`
    const hint =
      other === undefined || view.quiet
        ? ''
        : `Use the other one: ${view.suggest('generations', '--use', String(other.id))}`
    return [heading, table, hint].filter(Boolean).join('\n\n')
  },
})

function sayScorer({ scorer }: Generation): string {
  if (scorer === null) return 'cannot be read: run doctor'
  return `${scorer.id}${scorer.calibrated ? ', calibrated' : ''}`
}
