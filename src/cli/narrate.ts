import type {
  Citation,
  Interest,
  InterestState,
  InterestsAnswer,
  LabelSource,
  Medium,
  RecommendAnswer,
  Recommendation,
  Wish,
} from '../index.js'
import { appliedEditOf, sayContrary } from './contrary-behaviour.js'
import {
  clean,
  cut,
  formatCount,
  formatDay,
  formatMany,
  formatScore,
  formatShare,
  formatSigned,
  measureWidth,
  type View,
  wrapBehind,
} from './table.js'

/** Evidence shown of an interest; the rest is counted. */
const SHOWN_EVIDENCE = 5
const SHOWN_UNASSIGNED = 5
const SHOWN_CITATIONS = 3

/** The confidence of an interest in words: it is the chance, 0..1, that the next liked item belongs to the interest. */
export function sayConfidence(confidence: number): string {
  const word =
    confidence >= 0.5 ? 'very likely' : confidence >= 0.25 ? 'likely' : confidence >= 0.1 ? 'possible' : 'unlikely'
  return `next pick from here: ${word} (${formatShare(confidence)})`
}

function sayLevel({ level, evidence }: Interest): string {
  const items = formatMany(evidence.length, 'item')
  return level === 'point'
    ? `a fine interest of ${items}`
    : level === 'emerging'
      ? evidence.length === 2
        ? 'an emerging pair'
        : 'a single item'
      : `a broad interest of ${items}`
}

function sayState({ muted, pinned, boost }: InterestState, labelSource: LabelSource | null): string {
  const marks = [
    muted && 'muted',
    pinned && 'pinned',
    boost !== 1 && `boost ${boost}`,
    labelSource === 'user' && 'renamed by you',
    labelSource === 'llm' && 'named by a model',
  ]
  return marks.filter(Boolean).join(', ')
}

const LEVELS = '▁▂▃▄▅▆▇█'

/** A bar for each period, as high as its share; empty where there is only one period. */
function drawTimeline(timeline: Interest['timeline']): string {
  if (timeline.length < 2) return ''
  return timeline
    .map(({ share }) => (share === 0 ? '·' : LEVELS[Math.min(LEVELS.length - 1, Math.floor(share * LEVELS.length))]))
    .join('')
}

/** One line with `left` at its start and `right` at its end; `left` is cut where there is too little room. */
function justify(left: string, right: string, width: number, paint: (left: string) => string): string {
  const room = Math.max(20, width - measureWidth(right) - 2)
  const shown = cut(left, room)
  return `${paint(shown)}${' '.repeat(Math.max(2, width - measureWidth(shown) - measureWidth(right)))}${right}`
}

/** A user's profile as text: one paragraph for each interest with its evidence, then what is in none, and wishes. */
export function narrateInterests(answer: InterestsAnswer, view: View): string {
  const { interests, unassigned, wishes, disowned } = answer
  const labels = labelsOf(answer)
  const user = clean(answer.user)
  const counts = `${formatMany(answer.events, 'event')}, ${formatMany(interests.length, 'interest')}`
  const heading = view.paint('bold', `${cut(user, 60)}: ${counts}`)
  const nothing =
    answer.events === 0
      ? '  Nothing is known of this user yet.'
      : interests.length + unassigned.length + disowned.length === 0
        ? '  Nothing they did speaks for an interest yet.'
        : ''
  return [
    nothing === '' ? heading : `${heading}\n${nothing}`,
    answer.summary === '' ? '' : wrapBehind('  ', clean(answer.summary), view.width),
    ...interests.map((interest, k) => narrateInterest(interest, k + 1, view, labels)),
    narrateUnassigned(unassigned, view),
    narrateDisowned(disowned, view),
    narrateWishes(wishes, view, labels),
  ]
    .filter((part) => part !== '')
    .join('\n\n')
}

const HELD_BY = { text: 'texts', image: 'pictures', audio: 'sounds' }

/** The media that hold an interest together, with their shares; empty where it is texts alone. */
function sayMedia(shares: Interest['spokenBy'] = {}): string {
  const media = (Object.entries(shares) as [Medium, number][]).sort((a, b) => b[1] - a[1])
  if (media.every(([medium]) => medium === 'text')) return ''
  return `held together by ${media.map(([medium, share]) => `${HELD_BY[medium]} ${formatShare(share)}`).join(', ')}`
}

function narrateInterest(interest: Interest, place: number, view: View, labels: Labels): string {
  const first = `${String(place).padStart(3)}. `
  const indent = ' '.repeat(first.length)
  const gift = interest.aside === 'gift' && 'taken in one go, nothing like it before or since: perhaps a gift'
  const state = [sayState(interest.state, interest.labelSource), gift].filter(Boolean).join(', ')
  const { contrary } = interest
  const lastSeen = formatDay(interest.lastSeen)
  const facts = [
    sayLevel(interest),
    interest.domain.length > 0 ? `in ${interest.domain.map(clean).join(' > ')}` : '',
    [interest.trend, drawTimeline(interest.timeline)].filter(Boolean).join(' '),
    lastSeen === null ? '' : `last seen ${lastSeen}`,
    interest.verified ? 'verified' : '',
    sayMedia(interest.spokenBy),
  ]
  const shown = interest.evidence.slice(0, SHOWN_EVIDENCE)
  const more = interest.evidence.length - shown.length
  const titles = shown.map(({ item, title, weight, events }) => {
    const right = `${events > 1 ? `${formatCount(events)} events, ` : ''}${formatShare(weight)}`
    return indent + justify(`- ${clean(title) || clean(item)}`, right, view.width - first.length - 1, (left) => left)
  })
  return [
    first +
      justify(clean(interest.label), formatShare(interest.weight), view.width - first.length - 1, (left) =>
        view.paint('cyan', left),
      ) +
      (state === '' ? '' : `\n${indent}${view.paint('yellow', state)}`),
    wrapBehind(
      indent,
      `${facts.filter((fact) => fact !== '').join(', ')}; ${sayConfidence(interest.confidence)}`,
      view.width,
    ),
    contrary === null
      ? ''
      : wrapBehind(indent, sayContrary(appliedEditOf(interest.state), contrary, labels), view.width),
    ...titles,
    more > 0 ? `${indent}- and ${formatCount(more)} more` : '',
    `${indent}${view.paint('dim', `id ${clean(interest.id)}`)}`,
  ]
    .filter((line) => line !== '')
    .join('\n')
}

function narrateUnassigned(unassigned: InterestsAnswer['unassigned'], view: View): string {
  if (unassigned.length === 0) return ''
  const share = unassigned.reduce((sum, { weight }) => sum + weight, 0)
  const titles = unassigned.slice(0, SHOWN_UNASSIGNED).map(({ item, title }) => cut(clean(title) || clean(item), 60))
  const more = unassigned.length - titles.length
  if (more > 0) titles.push(`and ${formatCount(more)} more`)
  return wrapBehind('  ', `In no interest (${formatShare(share)}): ${titles.join('; ')}`, view.width)
}

function narrateDisowned(disowned: InterestsAnswer['disowned'], view: View): string {
  if (disowned.length === 0) return ''
  const names = disowned.map(({ id, label }) => `“${cut(clean(label), 60)}” (id ${clean(id)})`).join(', ')
  const remedy = 'take it back: edit --undo, or edit --interest ID --unmute'
  return wrapBehind('  ', `Disowned (${formatMany(disowned.length, 'interest')}): ${names}; ${remedy}`, view.width)
}

function narrateWishes(wishes: Wish[], view: View, labels: Labels): string {
  if (wishes.length === 0) return ''
  const lines = wishes.map(({ id, label, phrase, addedAt, state, contrary }) => {
    const marks = [
      addedAt === null ? '' : `added on ${formatDay(addedAt)}`,
      label === phrase ? '' : `for “${clean(phrase)}”`,
      sayState(state, null),
      contrary === null
        ? ''
        : sayContrary(contrary.kind === 'carried' ? 'added' : appliedEditOf(state), contrary, labels),
      `id ${clean(id)}`,
    ]
    return wrapBehind('  - ', `${clean(label)}: ${marks.filter((mark) => mark !== '').join('; ')}`, view.width)
  })
  return ['  Wishes:', ...lines].join('\n')
}

/**
 * The heading of a list: how many recommendations, for whom, and whether for want of evidence they are popular ones.
 */
export function sayKind(answer: RecommendAnswer): string {
  const count = formatMany(answer.recommendations.length, 'recommendation')
  if (answer.kind === 'guest') return `${count} for a guest`
  const user = cut(clean(answer.user ?? ''), 60)
  return answer.kind === 'popular'
    ? `${count} for ${user}: popular items, for want of evidence`
    : `${count} for ${user}`
}

/** Interest id -> label, for those that are known. */
type Labels = ReadonlyMap<string, string>

/**
 * A list as text: of each recommendation title and score, reason, cited items, id, interest and sources. `labels`:
 * label of an interest by its id; interests without one are not mentioned.
 */
export function narrateRecommendations(answer: RecommendAnswer, view: View, labels: Labels = new Map()): string {
  const heading = view.paint('bold', sayKind(answer))
  if (answer.recommendations.length === 0) return `${heading}\n  Nothing is left to recommend: try fewer filters.`
  return [heading, ...narrateEntries(answer, view, labels)].join('\n\n')
}

/** The recommendations of a list, one paragraph each. */
export function narrateEntries(answer: RecommendAnswer, view: View, labels: Labels = new Map()): string[] {
  return answer.recommendations.map((one) => narrateRecommendation(one, view, labels))
}

function narrateRecommendation(one: Recommendation, view: View, labels: Labels): string {
  const first = `${String(one.rank).padStart(3)}. `
  const indent = ' '.repeat(first.length)
  const width = view.width - 1
  const label = one.interest === null ? undefined : labels.get(one.interest)
  const about = [
    `id ${clean(one.item)}`,
    label === undefined ? '' : `interest ${clean(label)}`,
    one.sources.length > 0 ? `by ${one.sources.join(', ')}` : '',
  ]
  const citations = sayCitations(one.evidence)
  return [
    first +
      justify(clean(one.title), `score ${formatScore(one.score)}`, width - first.length, (left) =>
        view.paint('cyan', left),
      ),
    wrapBehind(indent, clean(one.reason), width),
    citations === '' ? '' : wrapBehind(indent, `Rests on: ${citations}`, width),
    wrapBehind(indent, about.filter((part) => part !== '').join('; '), width)
      .split('\n')
      .map((line) => view.paint('dim', line))
      .join('\n'),
  ]
    .filter((line) => line !== '')
    .join('\n')
}

function sayCitations(evidence: Citation[]): string {
  const shown = evidence.slice(0, SHOWN_CITATIONS).map(({ item, title, effect }) => {
    const name = cut(clean(title) || clean(item), 60)
    return effect === null ? name : `${name} (${formatSigned(effect)})`
  })
  const more = evidence.length - shown.length
  return shown.join('; ') + (more > 0 ? `; and ${formatCount(more)} more` : '')
}

/** The label of each interest and wish, by its id. */
export function labelsOf({ interests, wishes }: Pick<InterestsAnswer, 'interests' | 'wishes'>): Labels {
  return new Map([...interests, ...wishes].map(({ id, label }) => [id, label]))
}
