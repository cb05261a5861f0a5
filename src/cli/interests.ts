import type { InterestsAnswer, Language, LineageEntry, UserBaseAnswer } from '../index.js'
import { type Call, CliError, defineCommand } from './command.js'
import { drawUserBase } from './crowd.js'
import { compact } from './filters.js'
import { narrateLineage } from './lineage.js'
import { narrateInterests } from './narrate.js'
import { demand, LANGUAGE, readWhole, USER } from './options.js'
import { flag, type View } from './table.js'

interface Options {
  user?: string
  history?: true
  all?: true
  minUsers?: number
  limit?: number
  domain?: string
  lang?: Language
}

type UserAnswer = InterestsAnswer & { lineage?: LineageEntry[] }

export default defineCommand<Options, UserAnswer | UserBaseAnswer>({
  options: [
    USER,
    { flags: '--history', help: 'with --user: also what became of the interests since the index was first built' },
    { flags: '--all', help: 'the interests of the whole user base, with sizes and growth' },
    {
      flags: '--min-users <k>',
      help: 'with --all: only count what fewer users hold (default: 5)',
      read: readWhole(1, 1_000_000_000),
    },
    { flags: '-n, --limit <n>', help: 'with --all: how many (default: 20)', read: readWhole(1, 10_000) },
    { flags: '--domain <name>', help: 'with --all: only interests of this domain' },
    LANGUAGE,
  ],
  examples: [
    'interests --user u1',
    'interests --user u1 --history',
    'interests --all',
    'interests --all --domain Tea --min-users 20 -n 50 --json',
  ],
  async run(call) {
    const { options, open, watch } = call
    if (!options.all) return ofUser(call)
    const unfit = options.user !== undefined ? '--user' : options.history ? '--history' : null
    if (unfit) throw new CliError('BAD_OPTION', `${unfit} does not go with --all`, { option: unfit })
    const miner = await open({ mustExist: true })
    const { minUsers, limit, domain, now } = options
    return watch((hooks) => miner.userBase({ ...compact({ minUsers, limit, domain, now }), ...hooks }))
  },
  show: (answer, view) => ('user' in answer ? showUser(answer, view) : drawUserBase(answer, view)),
})

async function ofUser({ options, open }: Call<Options>): Promise<UserAnswer> {
  const alone = (['minUsers', 'limit', 'domain'] as const).find((name) => options[name] !== undefined)
  if (alone) throw new CliError('BAD_OPTION', `--${alone === 'minUsers' ? 'min-users' : alone} goes with --all only`)
  const user = demand(options.user, '--user', 'whose interests? (--all: those of the whole user base)')
  const miner = await open({ mustExist: true, workers: 0 })
  const answer = await miner.interests(user, compact({ now: options.now, language: options.lang }))
  return options.history ? { ...answer, ...(await miner.lineage(user, compact({ now: options.now }))) } : answer
}

function showUser(answer: UserAnswer, view: View): string {
  const [first] = answer.interests
  const history = answer.lineage ? `\n\n${narrateLineage(answer.lineage, answer.events > 0, view)}` : ''
  const text = narrateInterests(answer, view) + history
  if (view.quiet || !first) return text
  const user = flag('--user', answer.user)
  const mute = view.suggest('edit', ...user, ...flag('--interest', first.id), '--mute')
  return `${text}\n\nNext: ${view.suggest('recommend', ...user)}\n      ${mute}`
}
