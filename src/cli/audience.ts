import type { AudienceAnswer, AudienceSize } from '../index.js'
import { RANGES } from '../options.js'
import { CliError, defineCommand } from './command.js'
import { compact } from './filters.js'
import { inRange, privateOptions } from './options.js'
import { narrateAudience, narrateSize } from './user-base.js'

interface Options {
  interest?: string
  like?: string
  limit?: number
  count?: true
  minUsers?: number
  epsilon?: number
  delta?: number
}

/** The command `audience`: finds the users who hold an interest, or counts them. */
export default defineCommand<Options, AudienceAnswer | AudienceSize>({
  options: [
    { flags: '--interest <id>', help: 'an interest of the user base, by its id or its name (interests --all)' },
    { flags: '--like <phrase>', help: 'whoever has an interest that is like this phrase' },
    {
      flags: '-n, --limit <n>',
      help: `how many (default: ${RANGES.userBaseLimit.usual})`,
      read: inRange('userBaseLimit'),
    },
    { flags: '--count', help: 'only how many, and nobody where they are few' },
    {
      flags: '--min-users <k>',
      help: 'with --count or --epsilon: do not tell fewer (default: 5)',
      read: inRange('minUsers'),
    },
    ...privateOptions('only how many'),
  ],
  examples: [
    'audience --interest TOPIC',
    'audience --like "a pot for green tea" -n 50 --json',
    'audience --interest TOPIC --count',
    'audience --like "a pot for green tea" --epsilon 0.5',
  ],
  remarks:
    'Strongest first: by the chance that their next pick is one of it. Interests that a user muted do not count.\n' +
    'This names users and is not k-anonymous: an interest that "interests --all" holds back is answered here too. For\n' +
    'figures that go to others: --count, or --epsilon.',
  async run({ options, open, watch }) {
    const { interest, like, limit, now, count, minUsers, epsilon, delta } = options
    const sized = count || epsilon !== undefined
    if (sized && limit !== undefined) {
      throw new CliError('BAD_OPTION', '--limit is for users that are named; leave it out, or --count and --epsilon')
    }
    if (!sized && (minUsers ?? delta) !== undefined) {
      throw new CliError('BAD_OPTION', '--min-users goes with --count or --epsilon, --delta with --epsilon')
    }
    const miner = await open({ mustExist: true })
    const asked = compact({ interest, like, now })
    if (sized)
      return watch((hooks) => miner.audienceSize({ ...asked, ...compact({ minUsers, epsilon, delta }), ...hooks }))
    return watch((hooks) => miner.audience({ ...asked, ...compact({ limit }), ...hooks }))
  },
  show: (answer, view) => ('users' in answer ? narrateAudience(answer, view) : narrateSize(answer, view)),
})
