import type {
  AudienceAnswer,
  AudienceMember,
  AudienceSize,
  PrivacyTerms,
  PrivateUserBaseAnswer,
  UserBaseAnswer,
} from '../index.js'
import {
  clean,
  cut,
  drawTable,
  flag,
  formatCount,
  formatDay,
  formatMany,
  formatShare,
  type View,
  wrapBehind,
} from './table.js'

const SHOWN_EVIDENCE = 3
/** Columns of a phrase of the caller that is repeated in a sentence. */
const SHOWN_PHRASE = 50
/** Columns from which on typical items are shown beside an interest. */
const WIDE = 120

/** The interests of a user base as a table, and how many are withheld because too few users hold them. */
export async function drawUserBase(answer: UserBaseAnswer, view: View): Promise<string> {
  const { interests, total, users, minUsers, recentSince, withheld } = answer
  const more = total > interests.length ? `, ${formatMany(interests.length, 'interest')} of ${formatCount(total)}` : ''
  const heading = view.paint('bold', `What ${formatMany(users, 'user')} like${more}`)
  const notes = [
    recentSince === null || interests.length === 0
      ? ''
      : `Trend: its share of what is liked since ${formatDay(recentSince)} against its share before.`,
    withheld.interests === 0
      ? ''
      : `${formatMany(withheld.interests, 'interest')} held by fewer than ${formatMany(minUsers, 'user')} each ` +
        `${withheld.interests === 1 ? 'is' : 'are'} not shown` +
        `${withheld.users === null ? '' : ` (${formatMany(withheld.users, 'user')} together)`}.`,
  ].filter(Boolean)
  const below = notes.map((note) => wrapBehind('  ', note, view.width)).join('\n')
  const [first] = interests
  if (!first) return [heading, '  No interest is held by so many.', below].filter(Boolean).join('\n')
  const wide = view.width >= WIDE
  const table = await drawTable(
    [
      { head: 'Interest', flexible: true },
      { head: 'Domain', flexible: true },
      { head: 'Users', align: 'right' },
      { head: 'Share', align: 'right' },
      { head: 'Trend' },
      { head: 'Id' },
      ...(wide ? [{ head: 'Such as', flexible: true }] : []),
    ],
    interests.map((one) => [
      one.label,
      one.domain.at(-1) ?? '',
      formatCount(one.users),
      formatShare(one.share),
      one.growth === null ? '' : `${one.trend} ×${formatRatio(one.growth.ratio)}`,
      one.id,
      ...(wide ? [one.items.map(({ item, title }) => title || item).join('; ')] : []),
    ]),
    view,
  )
  const next = view.quiet ? '' : `Who: ${view.suggest('audience', ...flag('--interest', first.id))}`
  return [heading, table, below, next].filter(Boolean).join('\n\n')
}

function formatRatio(ratio: number): string {
  return ratio >= 10 ? formatCount(Math.round(ratio)) : ratio.toFixed(ratio >= 3 ? 1 : 2)
}

/** Counts with noise as a table, and the noise and budget that they were made with. */
export async function drawPrivateUserBase(answer: PrivateUserBaseAnswer, view: View): Promise<string> {
  const { interests, total, leastUsers, privacy } = answer
  const more = total > interests.length ? `, ${formatMany(interests.length, 'topic')} of ${formatCount(total)}` : ''
  const heading = view.paint('bold', `What users like, counted with noise${more}`)
  const notes = [
    `Users who like two items or more of a topic; counts below ${formatCount(leastUsers)} are not shown.`,
    sayTerms(privacy),
  ]
  const below = notes.map((note) => wrapBehind('  ', note, view.width)).join('\n')
  if (interests.length === 0) return [heading, '  No count reaches beyond the noise.', below].join('\n')
  const table = await drawTable(
    [
      { head: 'Topic', flexible: true },
      { head: 'Domain', flexible: true },
      { head: 'Users, about', align: 'right' },
      { head: 'Id' },
      { head: 'Such as', flexible: true },
    ],
    interests.map(({ label, domain, users, id, items }) => [
      label,
      domain.at(-1) ?? '',
      formatCount(users),
      id,
      items[0] ? items[0].title || items[0].item : '',
    ]),
    view,
  )
  return [heading, table, below].join('\n\n')
}

function sayTerms({ epsilon, delta, mechanism, scale, bound, left }: PrivacyTerms): string {
  const noise = mechanism === 'discrete-laplace' ? 'Laplace noise of scale' : 'Gaussian noise of deviation'
  const fails = delta > 0 ? `, delta ${delta}` : ''
  const most = bound > 1 ? `; a user counts ${bound} times at most` : ''
  return `Epsilon ${epsilon}${fails}: ${noise} ${scale.toFixed(1)}${most}. Left of the budget: ${formatEpsilon(left)}.`
}

/** An epsilon with four significant digits at most. */
export function formatEpsilon(epsilon: number): string {
  return String(Number(epsilon.toPrecision(4)))
}

/** The size of an audience in a sentence, and the noise where it has any. */
export function narrateSize({ interest, like, total, minUsers, privacy }: AudienceSize, view: View): string {
  const what = interest ? `‘${clean(interest.label)}’` : `what is like ‘${cut(clean(like ?? ''), SHOWN_PHRASE)}’`
  const count =
    total === null
      ? `Fewer than ${formatMany(minUsers, 'user')} hold ${what}`
      : `${privacy ? 'About ' : ''}${formatMany(total, 'user')} hold ${what}`
  return [view.paint('bold', count), privacy ? wrapBehind('  ', sayTerms(privacy), view.width) : '']
    .filter(Boolean)
    .join('\n')
}

/** The users of an audience, one paragraph each. */
export function narrateAudience(answer: AudienceAnswer, view: View): string {
  const what = answer.interest
    ? `‘${clean(answer.interest.label)}’`
    : `what is like ‘${cut(clean(answer.like ?? ''), SHOWN_PHRASE)}’`
  const more = answer.total > answer.users.length ? `; the strongest ${formatCount(answer.users.length)}:` : ''
  if (answer.total === 0) return view.paint('bold', sayNobody(answer))
  const verb = answer.total === 1 ? 'holds' : 'hold'
  const heading = view.paint('bold', `${formatMany(answer.total, 'user')} ${verb} ${what}${more}`)
  return [heading, ...answer.users.map((one, k) => narrateMember(one, k + 1, view))].join('\n\n')
}

function sayNobody({ interest, like }: AudienceAnswer): string {
  return interest
    ? `Nobody holds ‘${clean(interest.label)}’`
    : `Nobody holds anything like ‘${cut(clean(like ?? ''), SHOWN_PHRASE)}’`
}

function narrateMember(one: AudienceMember, place: number, view: View): string {
  const first = `${String(place).padStart(3)}. `
  const indent = ' '.repeat(first.length)
  const labels = one.interests.map(({ label }) => clean(label)).join(', ')
  const shown = one.evidence.slice(0, SHOWN_EVIDENCE).map(({ item, title, lastSeen }) => {
    const day = formatDay(lastSeen)
    return `- ${cut(clean(title) || clean(item), Math.max(20, view.width - 30))}${day === null ? '' : ` (${day})`}`
  })
  const rest = one.evidence.length - shown.length
  return [
    first + view.paint('cyan', cut(clean(one.user), 60)),
    wrapBehind(
      indent,
      `${labels}: ${formatShare(one.weight)} of what they like, next pick ${formatShare(one.confidence)}`,
      view.width,
    ),
    ...shown.map((line) => indent + line),
    rest > 0 ? `${indent}- and ${formatCount(rest)} more` : '',
  ]
    .filter((line) => line !== '')
    .join('\n')
}
