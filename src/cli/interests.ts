import type { InterestsAnswer, Language, LineageEntry, PrivateUserBaseAnswer, UserBaseAnswer } from '../index.js'
import { RANGES } from '../options.js'
import { type Call, CliError, defineCommand } from './command.js'
import { compact } from './filters.js'
import { narrateLineage } from './lineage.js'
import { narrateInterests } from './narrate.js'
import { inRange, LANGUAGE, privateOptions, requireOption, USER } from './options.js'
import { flag, type View } from './table.js'
import { drawPrivateUserBase, drawUserBase } from './user-base.js'

interface Options {
  user?: string
  history?: true
  all?: true
  minUsers?: number
  limit?: number
  domain?: string
  epsilon?: number
  delta?: number
  lang?: Language
}

type UserAnswer = InterestsAnswer & { lineage?: LineageEntry[] }

/** The command `interests`: shows the interests of a user, or of the whole user base. */
export default defineCommand<Options, UserAnswer | UserBaseAnswer | PrivateUserBaseAnswer>({
  options: [
    USER,
    { flags: '--history', help: 'with --user: also what became of the interests since the index was first built' },
    { flags: '--all', help: 'the interests of the whole user base, with sizes and growth' },
    {
      flags: '--min-users <k>',
      help: 'with --all: only count what fewer users hold (default: 5)',
      read: inRange('minUsers'),
    },
    {
      flags: '-n, --limit <n>',
      help: `with --all: how many (default: ${RANGES.userBaseLimit.usual})`,
      read: inRange('userBaseLimit'),
    },
    { flags: '--domain <name>', help: 'with --all: only interests of this domain' },
    ...privateOptions('with --all'),
    LANGUAGE,
  ],
  examples: [
    'interests --user u1',
    'interests --user u1 --history',
    'interests --all',
    'interests --all --domain Tea --min-users 20 -n 50 --json',
    'interests --all --epsilon 1',
  ],
  async run(call) {
    const { options, open, watch } = call
    if (!options.all) return answerUser(call)
    const misplaced = options.user !== undefined ? '--user' : options.history ? '--history' : null
    if (misplaced) throw new CliError('BAD_OPTION', `${misplaced} does not go with --all`, { option: misplaced })
    const miner = await open({ mustExist: true })
    const { minUsers, limit, domain, now, epsilon, delta } = options
    const asked = compact({ minUsers, limit, domain, now })
    if (epsilon !== undefined) {
      return watch(({ signal }) => miner.privateUserBase({ ...asked, ...compact({ delta }), epsilon, signal }))
    }
    if (delta !== undefined) throw new CliError('BAD_OPTION', '--delta goes with --epsilon only', { option: '--delta' })
    return watch((hooks) => miner.userBase({ ...asked, ...hooks }))
  },
  show(answer, view) {
    if ('user' in answer) return showUser(answer, view)
    return 'privacy' in answer ? drawPrivateUserBase(answer, view) : drawUserBase(answer, view)
  },
})

async function answerUser({ options, open }: Call<Options>): Promise<UserAnswer> {
  const misplaced = (['minUsers', 'limit', 'domain', 'epsilon', 'delta'] as const).find(
    (name) => options[name] !== undefined,
  )
  if (misplaced)
    throw new CliError('BAD_OPTION', `--${misplaced === 'minUsers' ? 'min-users' : misplaced} goes with --all only`)
  const user = requireOption(options.user, '--user', 'whose interests? (--all: those of the whole user base)')
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
