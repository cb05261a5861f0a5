import type { Interest, Language, Trend } from '../types/answers.js'
import { listWords } from './narrate.js'

/** What a summary of a profile is written from. */
export interface ProfileFacts {
  /** Strongest first, as they are shown. */
  interests: readonly Pick<Interest, 'label' | 'level' | 'weight' | 'trend' | 'aside' | 'state'>[]
  /** Number of liked items in the history. */
  items: number
  /** Time of the first event, ISO 8601; null where times are unknown. */
  firstSeen: string | null
}

/** Interests that are named at most. */
const MOST_NAMED = 3
/** Broad interests that are named at most. */
const MOST_BROAD = 2
/** Interests of each trend that are named at most. */
const MOST_MOVING = 2

/**
 * Summarises a profile in a few sentences: its main interests, those that are new, growing or fading, and those that
 * may be gifts. '' where there is nothing to summarise.
 */
export function summariseProfile({ interests, items, firstSeen }: ProfileFacts, language: Language): string {
  if (items === 0 || interests.length === 0) return ''
  const shown = interests.filter(({ state }) => !state.muted)
  const fine = shown.filter(({ level }) => level !== 'domain')
  const strongest = (fine.length > 0 ? fine : shown).slice(0, MOST_NAMED)
  const broad = fine.length > 0 ? shown.filter(({ level }) => level === 'domain').slice(0, MOST_BROAD) : []
  const moving = (trend: Trend) =>
    fine
      .filter((one) => one.trend === trend && one.aside === null)
      .slice(0, MOST_MOVING)
      .map(({ label }) => label)
  const gifts = shown.filter(({ aside }) => aside === 'gift').map(({ label }) => label)
  const muted = interests.filter(({ state }) => state.muted).map(({ label }) => label)
  const month = firstSeen === null ? null : firstSeen.slice(0, 7)
  if (language === 'zh') {
    const join = (labels: readonly string[]) => labels.map((label) => `「${label}」`).join('、')
    const writeShares = (some: typeof strongest) =>
      some.map(({ label, weight }) => `「${label}」（${percent(weight)}）`).join('、')
    return [
      `${month === null ? '' : `自 ${month.replace('-', ' 年 ')} 月起，`}共 ${items} 件。`,
      `${broad.length > 0 ? '具体的兴趣' : '主要'}是${writeShares(strongest)}${broad.length > 0 ? `；另有较宽泛的${writeShares(broad)}` : ''}。`,
      writeWhereAny(moving('new'), (labels) => `新近出现：${join(labels)}。`),
      writeWhereAny(moving('growing'), (labels) => `越来越多：${join(labels)}。`),
      writeWhereAny(moving('fading'), (labels) => `渐渐变少：${join(labels)}。`),
      writeWhereAny(gifts, (labels) => `也许是礼物或替别人选的：${join(labels)}。`),
      writeWhereAny(muted, (labels) => `已静音：${join(labels)}。`),
    ].join('')
  }
  const join = (labels: readonly string[]) =>
    listWords(
      labels.map((label) => `“${label}”`),
      ' and ',
    )
  const writeShares = (some: typeof strongest) =>
    listWords(
      some.map(({ label, weight }) => `“${label}” (${percent(weight)})`),
      ' and ',
    )
  return [
    `${items} ${items === 1 ? 'item' : 'items'}${month === null ? '' : ` since ${writeMonth(month)}`}. ${broad.length > 0 ? 'Fine interests: ' : 'Most of all '}${writeShares(strongest)}${broad.length > 0 ? `; more broadly ${writeShares(broad)}` : ''}.`,
    writeWhereAny(moving('new'), (labels) => `New: ${join(labels)}.`),
    writeWhereAny(moving('growing'), (labels) => `Growing: ${join(labels)}.`),
    writeWhereAny(moving('fading'), (labels) => `Fading: ${join(labels)}.`),
    writeWhereAny(gifts, (labels) => `Taken in one go and never again, perhaps a gift: ${join(labels)}.`),
    writeWhereAny(muted, (labels) => `Muted: ${join(labels)}.`),
  ]
    .filter(Boolean)
    .join(' ')
}

function writeWhereAny(labels: readonly string[], words: (labels: readonly string[]) => string): string {
  return labels.length > 0 ? words(labels) : ''
}

function percent(share: number): string {
  return share < 0.01 ? '<1%' : `${Math.round(share * 100)}%`
}

const MONTHS = 'January February March April May June July August September October November December'.split(' ')

function writeMonth(month: string): string {
  return `${MONTHS[Number(month.slice(5, 7)) - 1]} ${month.slice(0, 4)}`
}
