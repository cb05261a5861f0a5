import type { PrivacyLedger } from '../index.js'
import { CliError, defineCommand } from './command.js'
import { compact } from './filters.js'
import { inRange } from './options.js'
import { clean, cut, drawPairs, drawTable, formatDay } from './table.js'
import { formatEpsilon } from './user-base.js'

/** The command `privacy`: shows or sets the budget of answers with noise. */
export default defineCommand<{ budget?: number; delta?: number }, PrivacyLedger>({
  options: [
    {
      flags: '--budget <epsilon>',
      help: 'set what all answers with noise and private trainings may cost together, past ones included',
      read: inRange('budget'),
    },
    {
      flags: '--delta <d>',
      help: 'with --budget: what Gaussian noise may fail by, over all answers and trainings (default: 1e-6)',
      read: inRange('budgetDelta'),
    },
  ],
  examples: ['privacy', 'privacy --budget 5', 'privacy --budget 5 --delta 1e-7 --json'],
  remarks:
    'Answers with noise ("interests --all --epsilon", "audience --epsilon") and private trainings ("train --dp-epsilon") are\n' +
    'paid for from the budget and refused when it is spent; without one, trainings are only written down. The same question\n' +
    'has one answer in a generation, and costs once; a training costs each time. The delta must reach for those of all\n' +
    'trainings (1e-5 each, unless told otherwise). docs/privacy.md says what that promises.',
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
    const next = budget === null && !view.quiet ? `Set one: ${view.suggest('privacy', '--budget', '5')}` : ''
    const none = 'No privacy budget is set: nothing is answered with noise.'
    if (budget === null && spendings.length === 0) return [none, next].filter(Boolean).join('\n')
    const pairs = drawPairs(
      [
        ['budget', budget && `epsilon ${formatEpsilon(budget.epsilon)} at delta ${budget.delta}`],
        [
          'spent',
          spent === null ? 'more than this delta reaches for; set a larger --delta' : `epsilon ${formatEpsilon(spent)}`,
        ],
        ['left', budget && `epsilon ${formatEpsilon(left)}`],
      ],
      view,
    )
    if (spendings.length === 0) return pairs
    const table = await drawTable(
      [
        { head: 'When' },
        { head: 'Epsilon', align: 'right' },
        { head: 'Delta', align: 'right' },
        { head: 'Paid for', flexible: true },
      ],
      spendings.map(({ at, question, epsilon, delta }) => [
        at.slice(0, 16).replace('T', ' '),
        String(epsilon),
        String(delta),
        sayQuestion(JSON.parse(question)),
      ]),
      view,
    )
    return [budget === null ? none : '', pairs, table, next].filter(Boolean).join('\n\n')
  },
})

interface Question {
  what: string
  interest?: string
  like?: string | null
  until?: number | null
}

/** A question of the ledger, in the words of the command line. */
function sayQuestion({ what, interest, like, until }: Question): string {
  const about = like != null ? ` --like "${cut(clean(like), 40)}"` : interest ? ` --interest ${interest}` : ''
  const day = until == null ? '' : ` --now ${formatDay(new Date(until).toISOString())}`
  return `${what}${what === 'interests' ? ' --all' : ''}${about}${day}`
}
