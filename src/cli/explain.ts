import type { ExplainItemAnswer, ExplainUserAnswer } from '../index.js'
import { defineCommand, type GlobalOptions } from './command.js'
import { readFilters } from './filters.js'
import { labelsOf, narrateInterests, narrateRecommendations } from './narrate.js'
import { FILTERS, type FilterOptions, LIMIT, requireOption, USER } from './options.js'
import {
  clean,
  cut,
  drawPairs,
  drawTable,
  flag,
  formatMany,
  formatScore,
  formatSigned,
  type View,
  wrapBehind,
} from './table.js'

type Answer = ExplainUserAnswer | ExplainItemAnswer

const DEFAULT_LIMIT = 10
/** Contributions below this would be printed as 0, so they are counted, not listed. */
const LEAST_SHOWN = 0.0005

/** The command `explain`: explains a whole profile and its list, or one item. */
export default defineCommand<FilterOptions & { user?: string; item?: string }, Answer>({
  options: [
    USER,
    { flags: '--item <id>', help: 'why this item, and what would take it out of the list?' },
    { ...LIMIT, help: 'length of the list (default: 10)' },
    ...FILTERS,
  ],
  examples: ['explain --user u1', 'explain --user u1 --item p4 -n 5', 'explain --user u1 --json'],
  async run({ options, open }) {
    const user = requireOption(options.user, '--user', 'whose interests and list?')
    const miner = await open({ mustExist: true, workers: 0 })
    const filters = await readFilters(miner, user, options)
    return options.item === undefined ? miner.explain(user, filters) : miner.explain(user, options.item, filters)
  },
  show: (answer, view, { options }) =>
    'recommendations' in answer
      ? showUser(answer, view)
      : showItem(answer, options.limit ?? DEFAULT_LIMIT, isPlain(options), view),
})

/** Interests and recommendations of a user as text, with a command to try next. */
export function showUser(answer: ExplainUserAnswer, view: View): string {
  const parts = [narrateInterests(answer, view), narrateRecommendations(answer, view, labelsOf(answer))]
  const [first] = answer.recommendations
  if (first && !view.quiet) {
    parts.push(`Next: ${view.suggest('explain', ...flag('--user', answer.user), ...flag('--item', first.item))}`)
  }
  return parts.join('\n\n')
}

/** Whether no filter is given: only then does the suggested command, which has none, ask for the same list. */
function isPlain({ exclude, where, diversity, without, mute, now }: FilterOptions & GlobalOptions): boolean {
  return [exclude, where, diversity, without, mute, now].every((value) => value === undefined)
}

async function showItem(answer: ExplainItemAnswer, limit: number, plain: boolean, view: View): Promise<string> {
  const facts = drawPairs(
    [
      ['item', answer.item],
      ['for', answer.user],
      ['place', sayPlace(answer, limit)],
      ['score', `${formatScore(answer.score)} (logit ${formatSigned(answer.logit, 3)})`],
      ['interest', answer.interest],
      ['found by', answer.sources.length > 0 ? answer.sources.join(', ') : null],
    ],
    view,
  )
  const parts = [
    view.paint('bold', cut(clean(answer.title) || clean(answer.item), view.width)),
    facts,
    wrapBehind('  ', clean(answer.reason), view.width),
    await drawContributions(answer, view),
  ]
  if (answer.evidence.length > 0) parts.push(await drawEvidence(answer, view))
  parts.push(wrapBehind('  ', sayCounterfactual(answer, limit), view.width))
  const tried = answer.counterfactual?.remove.flatMap((id) => flag('--without', id))
  if (tried && plain && !view.quiet) {
    parts.push(`Try it: ${view.suggest('recommend', ...flag('--user', answer.user), '-n', String(limit), ...tried)}`)
  }
  return parts.join('\n\n')
}

function sayPlace({ rank, scoreRank, counterfactualReason }: ExplainItemAnswer, limit: number): string {
  if (counterfactualReason === 'in-history') return 'in the history, so never recommended'
  const place = rank === null ? `not among the first ${limit}` : `${rank} of ${limit}`
  return scoreRank === null ? place : `${place}; ${scoreRank} by score alone`
}

async function drawContributions(answer: ExplainItemAnswer, view: View): Promise<string> {
  const felt = answer.contributions
    .filter(({ contribution }) => Math.abs(contribution) >= LEAST_SHOWN)
    .sort((a, b) => Math.abs(b.contribution) - Math.abs(a.contribution))
  const silent = answer.contributions.length - felt.length
  const rows = [
    ...felt.map((one) => [one.feature, formatValue(one.value), formatSigned(one.contribution, 3)]),
    ['bias', '', formatSigned(answer.bias, 3)],
    ['logit, the sum', '', formatSigned(answer.logit, 3)],
  ]
  const table = await drawTable(
    [
      { head: 'What counts', flexible: true },
      { head: 'value', align: 'right' },
      { head: 'adds', align: 'right' },
    ],
    rows,
    view,
  )
  return silent > 0
    ? `${table}\n  ${view.paint('dim', `not listed, for adding next to nothing: ${formatMany(silent, 'feature')}`)}`
    : table
}

function drawEvidence({ evidence }: ExplainItemAnswer, view: View): Promise<string> {
  return drawTable(
    [
      { head: 'It rests on', flexible: true },
      { head: 'item', flexible: true },
      { head: 'effect', align: 'right' },
    ],
    evidence.map(({ item, title, effect }) => [title, item, effect === null ? '' : formatSigned(effect, 3)]),
    view,
  )
}

function formatValue(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(3)
}

function sayCounterfactual(answer: ExplainItemAnswer, limit: number): string {
  const { counterfactual, counterfactualReason: why } = answer
  if (counterfactual) return clean(counterfactual.reason)
  if (why === 'in-history') return 'It is in the history already: nothing to take away.'
  if (answer.whyNot) return clean(answer.whyNot.reason)
  if (why === 'still-listed') return `Whatever is taken out of the history, it stays among the first ${limit}.`
  if (why === 'limit') return 'No small set of past items was found without which it would leave the list.'
  return ''
}
