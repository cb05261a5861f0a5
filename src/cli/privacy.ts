import type { PrivacyLedger } from '../index.js'
import { CliError, defineCommand } from './command.js'
import { formatEpsilon } from './crowd.js'
import { compact } from './filters.js'
import { readNumber } from './options.js'
import { drawPairs, drawTable } from './table.js'

export default defineCommand<{ budget?: number; delta?: number }, PrivacyLedger>({
  options: [
    {
      flags: '--budget <epsilon>',
      help: 'set what all answers with noise may cost together, those that were given included',
      read: readNumber(0, 1000),
    },
    {
      flags: '--delta <d>',
      help: 'with --budget: what Gaussian noise may fail by, over all answers (default: 1e-6)',
      read: readNumber(1e-15, 0.01),
    },
  ],
  examples: ['privacy', 'privacy --budget 5', 'privacy --budget 5 --delta 1e-7 --json'],
  remarks:
    'Answers with noise ("interests --all --epsilon", "audience --epsilon") are paid for from the budget and refused when it\n' +
    'is spent. The same question has one answer in a generation, and costs once. docs/privacy.md says what that promises.',
  async run({ options: { budget, delta }, open }) {
    if (budget === undefined && delta !== undefined) {
      throw new CliError('BAD_OPTION', '--delta goes with --budget only', { option: '--delta' })
    }
    const miner = await open({ mustExist: true, workers: 0 })
    return budget === undefined
      ? miner.privacyLedger()
      : miner.setPrivacyBudget({ epsilon: budget, ...compact({ delta }) })
  },
  async show({ budget, spent, left, spendings }, view) {
    const next = view.quiet ? '' : `Set one: ${view.suggest('privacy', '--budget', '5')}`
    if (budget === null)
      return ['No privacy budget is set: nothing is answered with noise.', next].filter(Boolean).join('\n')
    const pairs = drawPairs(
      [
        ['budget', `epsilon ${formatEpsilon(budget.epsilon)} at delta ${budget.delta}`],
        ['spent', `epsilon ${formatEpsilon(spent)}`],
        ['left', `epsilon ${formatEpsilon(left)}`],
      ],
      view,
    )
    if (spendings.length === 0) return pairs
    const table = await drawTable(
      [
        { head: 'When' },
        { head: 'Epsilon', align: 'right' },
        { head: 'Delta', align: 'right' },
        { head: 'Question', flexible: true },
      ],
      spendings.map(({ at, question, epsilon, delta }) => [
        at.slice(0, 16).replace('T', ' '),
        String(epsilon),
        String(delta),
        question,
      ]),
      view,
    )
    return `${pairs}\n\n${table}`
  },
})
