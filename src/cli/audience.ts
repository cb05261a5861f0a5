import type { AudienceAnswer } from '../index.js'
import { defineCommand } from './command.js'
import { narrateAudience } from './crowd.js'
import { compact } from './filters.js'
import { readWhole } from './options.js'

export default defineCommand<{ interest?: string; like?: string; limit?: number }, AudienceAnswer>({
  options: [
    { flags: '--interest <id>', help: 'an interest of the user base, by its id or its name (interests --all)' },
    { flags: '--like <phrase>', help: 'whoever has an interest that is like this phrase' },
    { flags: '-n, --limit <n>', help: 'how many (default: 20)', read: readWhole(1, 10_000) },
  ],
  examples: ['audience --interest TOPIC', 'audience --like "a pot for green tea" -n 50 --json'],
  remarks:
    'Strongest first: by the chance that their next pick is one of it. Interests that a user muted do not count.\n' +
    'This names users and is not k-anonymous: an interest that "interests --all" holds back is answered here too.',
  async run({ options, open, watch }) {
    const miner = await open({ mustExist: true })
    const { interest, like, limit, now } = options
    return watch((hooks) => miner.audience({ ...compact({ interest, like, limit, now }), ...hooks }))
  },
  show: narrateAudience,
})
