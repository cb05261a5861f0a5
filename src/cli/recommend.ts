import type { RecommendAnswer } from '../index.js'
import { CliError, defineCommand } from './command.js'
import { compact, readFilters, readGuestFlags } from './filters.js'
import { narrateRecommendations } from './narrate.js'
import { ENCODER, FILTERS, type FilterOptions, LIMIT, USER } from './options.js'
import { flag } from './table.js'

interface Options extends FilterOptions {
  user?: string
  items?: string[]
  like?: string
  encoder?: string
}

/** The command `recommend`: recommends items to a user or a guest. */
export default defineCommand<Options, RecommendAnswer>({
  options: [
    USER,
    { flags: '--items <ids>', help: 'for a guest who looked at these items; nothing is stored', many: true },
    { flags: '--like <phrase>', help: 'for a guest who wants this; alone or with --items' },
    LIMIT,
    ...FILTERS,
    ENCODER,
  ],
  examples: [
    'recommend --user u1 -n 5',
    'recommend --user u1 --where category=Tea --without p1,p2',
    'recommend --items p1,p4 --like "something for the garden"',
  ],
  remarks:
    'Ids may be comma-separated or the option repeated; a repeated value, and one that is a known id as it\n' +
    'stands, is taken whole. --without and --mute ask what if; nothing is written.',
  async run({ options, open }) {
    const { user, items, like } = options
    checkUserOrGuest(options)
    const miner = await open(compact({ mustExist: true, workers: 0, encoder: options.encoder }))
    if (user === undefined) return miner.recommend(await readGuestFlags(miner, { ...options, items, like }))
    return miner.recommend(user, await readFilters(miner, user, options))
  },
  show(answer, view) {
    const text = narrateRecommendations(answer, view)
    const [first] = answer.recommendations
    if (view.quiet || !first) return text
    const more =
      answer.user === null
        ? view.suggest('similar', ...flag('--item', first.item))
        : view.suggest('explain', ...flag('--user', answer.user), ...flag('--item', first.item))
    return `${text}\n\nNext: ${more}`
  },
})

function checkUserOrGuest({ user, items, like }: Options): void {
  if (user === undefined && items === undefined && like === undefined) {
    throw new CliError('BAD_OPTION', 'for whom? Give --user ID, or --items IDS and --like PHRASE for a guest', {
      option: '--user',
    })
  }
  if (user !== undefined && (items !== undefined || like !== undefined)) {
    const option = items !== undefined ? '--items' : '--like'
    throw new CliError('BAD_OPTION', `--user and ${option} exclude each other: ${option} is for a guest`, { option })
  }
}
