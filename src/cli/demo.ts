import type { BuildReport, ExplainUserAnswer } from '../index.js'
import { defineCommand } from './command.js'
import { showUser } from './explain.js'
import { compact } from './filters.js'
import { USER } from './options.js'
import { clean, flag, formatMany, formatSeconds, type View } from './table.js'

const FIXTURE = 'fixtures/shop'
const DEMO_STORE = 'interest-mine-demo.db'
const DEMO_LIMIT = 5

/** The command `demo`: builds a small shop that comes with the package and explains one of its users. */
export default defineCommand<{ user?: string }, { build: BuildReport; explain: ExplainUserAnswer }>({
  store: DEMO_STORE,
  options: [{ ...USER, help: 'whose interests to show (default: one of the demo)' }],
  examples: ['demo', 'demo --db my-demo.db --json'],
  remarks: `Builds ${DEMO_STORE} from a small shop that comes with the package (or the store named by --db).`,
  async run({ options, open, watch, locate, readFile }) {
    const user = options.user ?? firstUser(readFile(locate(`${FIXTURE}/expected.json`), 'the demo'))
    const miner = await open()
    const report = await watch((hooks) =>
      miner.build({
        ...hooks,
        items: { file: locate(`${FIXTURE}/catalog.jsonl`) },
        events: { file: locate(`${FIXTURE}/events.csv`) },
        prune: true,
      }),
    )
    const explain = await miner.explain(user, compact({ limit: DEMO_LIMIT, effects: true, now: options.now }))
    return { build: report, explain }
  },
  show({ build, explain }, view, { db }) {
    const { items, events } = build
    const size = `${formatMany(items?.read ?? 0, 'item')} and ${formatMany(events?.read ?? 0, 'event')}`
    return [
      `A small shop of ${size}, built in ${formatSeconds(build.seconds.total)}: ${clean(db)}`,
      showUser(explain, { ...view, quiet: true }),
      view.quiet ? '' : `Try next:\n${suggest(explain, view).join('\n')}`,
    ]
      .filter((part) => part !== '')
      .join('\n\n')
  },
})

function suggest({ user, interests, recommendations }: ExplainUserAnswer, view: View): string[] {
  const who = flag('--user', user)
  const [interest] = interests
  const [item] = recommendations
  return [
    ...(item ? [['explain', ...who, ...flag('--item', item.item)]] : []),
    ...(interest ? [['edit', ...who, ...flag('--interest', interest.id), '--mute']] : []),
    ['recommend', ...who, '--diversity', '0'],
    ...(item ? [['similar', ...flag('--item', item.item), '-n', '5']] : []),
    ['search', interest ? interest.head : 'a present for a friend', '-n', '5'],
  ].map((words) => `  ${view.suggest(...words)}`)
}

/** The first user that expected.json names. */
function firstUser(json: string): string {
  const { users } = JSON.parse(json)
  const [first] = Array.isArray(users) ? users : Object.keys(users)
  return typeof first === 'string' ? first : first.user
}
