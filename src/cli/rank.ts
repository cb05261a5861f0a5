import type { RecommendAnswer } from '../index.js'
import { CliError, defineCommand } from './command.js'
import { compact, readFilters } from './filters.js'
import { narrateEntries } from './narrate.js'
import { ENCODER, FILTERS, type FilterOptions, LIMIT, splitIds, USER } from './options.js'
import { clean, cut, flag, formatMany, type View } from './table.js'

type WhatIfs = Pick<FilterOptions, 'limit' | 'without' | 'mute' | 'lang'>

interface Options extends WhatIfs {
  user?: string
  items?: string[]
  history?: string[]
  like?: string
  encoder?: string
}

/** The filters that apply where the candidates are given: `rank` leaves none of them out. */
const WHAT_IFS = FILTERS.filter(({ flags }) => /^--(without|mute|lang) /.test(flags))

/** The command `rank`: puts given candidates in order for a user or a guest. */
export default defineCommand<Options, RecommendAnswer>({
  options: [
    USER,
    { flags: '--items <ids>', help: 'what to rank, at most 10,000 items', many: true },
    { flags: '--history <ids>', help: 'for a guest who looked at these items; nothing is stored', many: true },
    { flags: '--like <phrase>', help: 'for a guest who wants this; alone or with --history' },
    { ...LIMIT, help: 'the best so many (default: all)' },
    ...WHAT_IFS,
    ENCODER,
  ],
  examples: [
    'rank --user u1 --items p4,p9,p13',
    'rank --user u1 --items p4,p9,p13 --without p1 -n 1 --json',
    'rank --history p1,p4 --like "something for the garden" --items p7,p12',
  ],
  remarks:
    'Every item stands where its score puts it: one of the history or of a muted interest is not left out, and its\n' +
    'reason says so. The score is that of recommend and explain. Ids may be comma-separated or the option repeated.',
  async run({ options, open }) {
    const { user, history, like, encoder } = options
    const given = checkItems(options.items)
    checkUserOrGuest(options)
    const miner = await open(compact({ mustExist: true, workers: 0, encoder }))
    const known = (ids: string[]) => miner.hasItems(ids)
    const items = await splitIds(given, known)
    const { limit, without, mute, lang, now } = options
    const filters = await readFilters(miner, user ?? null, { limit, without, mute, lang, now })
    if (user !== undefined) return miner.rank(user, items, filters)
    return miner.rank(compact({ items: history && (await splitIds(history, known)), like }), items, filters)
  },
  show(answer, view) {
    const [first] = answer.recommendations
    const text = [view.paint('bold', sayRanking(answer)), ...narrateEntries(answer, view)].join('\n\n')
    if (view.quiet || !first || answer.user === null) return text
    return `${text}\n\n${suggestMore(answer.user, first.item, view)}`
  },
})

function sayRanking({ user, kind, recommendations }: RecommendAnswer): string {
  const whom = user === null ? 'a guest' : cut(clean(user), 60)
  const why = kind === 'popular' ? ', by popularity for want of evidence' : ''
  return `${formatMany(recommendations.length, 'item')} ranked for ${whom}${why}`
}

function suggestMore(user: string, item: string, view: View): string {
  return `Next: ${view.suggest('explain', ...flag('--user', user), ...flag('--item', item))}`
}

function checkItems(items: string[] | undefined): string[] {
  if (items?.some((value) => value.replaceAll(',', '').trim() !== '')) return items
  throw new CliError('BAD_OPTION', 'option --items is missing: rank which items?', { option: '--items' })
}

function checkUserOrGuest({ user, history, like }: Options): void {
  const guest = history !== undefined ? '--history' : like !== undefined ? '--like' : null
  if (user === undefined && guest === null) {
    const message = 'for whom? Give --user ID, or --history IDS and --like PHRASE for a guest'
    throw new CliError('BAD_OPTION', message, { option: '--user' })
  }
  if (user !== undefined && guest !== null) {
    const message = `--user and ${guest} exclude each other: ${guest} is for a guest`
    throw new CliError('BAD_OPTION', message, { option: guest })
  }
}
