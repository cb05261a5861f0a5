import type { Counterfactual, Language, WhyNot } from '../types/answers.js'
import { listWords, quoteTitle } from './narrate.js'

/** By kind of features: the sentence for an item that has less of them than the listed ones. */
const LACK_WORDS = {
  company: { en: 'fewer of those who have what you have took it too', zh: '与你记录相近的人较少有它' },
  likeHistories: {
    en: 'people with a history like yours took other things next',
    zh: '记录与你相似的人接下来选了别的',
  },
  text: { en: 'its text is less like what you know', zh: '它的内容与你熟悉的不太相近' },
  image: { en: 'it looks less like what you know', zh: '它的外观与你熟悉的不太相近' },
  audio: { en: 'it sounds less like what you know', zh: '它听起来与你熟悉的不太相近' },
  brand: { en: 'its brand is not one that you come back to', zh: '它的品牌不是你常选的' },
  category: { en: 'it is of another kind than what you took last', zh: '它的类别与你最近看的不同' },
  price: { en: 'its price is far from what you usually take', zh: '它的价格与你平常选的相差较大' },
  popularity: { en: 'few people have taken it, or not lately', zh: '选它的人不多，或最近没有人选' },
  dislike: { en: 'it is like something that you disliked', zh: '它与你不喜欢的内容相近' },
  wish: { en: 'it does not match what you asked for', zh: '它不符合你想找的内容' },
  edit: { en: 'you asked for less of its interest', zh: '你调低了它所属的兴趣' },
}

/** A group of features that mean the same to a person. */
export type LackKind = keyof typeof LACK_WORDS

/** A group of features in which an item falls behind the listed items; `adds` and `listed` in logits. */
export type Lack = WhyNot['lacks'][number] & { kind: LackKind }

/** Groups that are named at most. */
const MOST_LACKS = 3
/** Logits by which an item must fall behind in a group for it to be named. */
const LEAST_GAP = 0.1

/**
 * Groups of features in which an item falls behind the listed items, largest gap first, at most three. `own` and
 * `listed`: what each feature adds to the logit, for the item and for each listed one; `kinds`: the features of each
 * group. Returns the sums over each group: the item's, and the mean of the listed ones.
 */
export function findLacks(
  own: ReadonlyMap<string, number>,
  listed: readonly ReadonlyMap<string, number>[],
  kinds: Readonly<Record<LackKind, readonly string[]>>,
): Lack[] {
  if (listed.length === 0) return []
  const sum = (of: ReadonlyMap<string, number>, features: readonly string[]) =>
    features.reduce((total, feature) => total + (of.get(feature) ?? 0), 0)
  return (Object.keys(LACK_WORDS) as LackKind[])
    .map((kind) => ({ kind, features: [...kinds[kind]] }))
    .map(({ kind, features }) => ({
      kind,
      features,
      adds: sum(own, features),
      listed: listed.reduce((total, one) => total + sum(one, features), 0) / listed.length,
    }))
    .filter(({ adds, listed: usual }) => usual - adds >= LEAST_GAP)
    .sort((a, b) => b.listed - b.adds - (a.listed - a.adds))
    .slice(0, MOST_LACKS)
}

/**
 * Says in one to three sentences why a list does not hold an item. `supporting`: titles of history items that speak for
 * it.
 */
export function narrateWhyNot(
  { cause, lacks, scoreRank, n }: Pick<WhyNot, 'cause' | 'scoreRank' | 'n'> & { lacks: readonly Pick<Lack, 'kind'>[] },
  supporting: readonly string[],
  language: Language,
): string {
  const zh = language === 'zh'
  const why = zh ? IN_CHINESE[cause](n, scoreRank) : IN_ENGLISH[cause](n, scoreRank)
  const words = lacks.map(({ kind }) => LACK_WORDS[kind][language])
  const told = cause === 'outranked' || cause === 'not-found' ? words : []
  const lacking =
    told.length === 0
      ? ''
      : zh
        ? `与列表中的相比：${told.join('；')}。`
        : `Beside what is listed: ${told.length > 1 ? `${told.slice(0, -1).join('; ')}; and ${told.at(-1)}` : told[0]}.`
  const titles = supporting.map((title) => quoteTitle(title, language))
  const forIt =
    titles.length === 0
      ? zh
        ? '你的记录里没有内容支持它。'
        : 'Nothing in your history speaks for it.'
      : zh
        ? `支持它的是${titles.join('、')}。`
        : `For it ${titles.length > 1 ? 'speak' : 'speaks'} ${listWords(titles, ' and ')}.`
  return [why, lacking, forIt].filter(Boolean).join(zh ? '' : ' ')
}

type CauseSentences = Record<WhyNot['cause'], (n: number, place: number) => string>

const IN_ENGLISH: CauseSentences = {
  removed: () => 'It is not in the catalogue any more.',
  excluded: () => 'It was left out by --exclude.',
  filtered: () => 'It does not meet the conditions that were asked for.',
  muted: () => 'The interest nearest to it is muted or disowned.',
  'not-found': (n, place) =>
    `Nothing in your history leads to it. By score it would stand at place ${place}, behind the ${n} listed.`,
  outranked: (n, place) => `By score it stands at place ${place}, behind the ${n} listed.`,
  diversified: (n, place) =>
    `By score it stands at place ${place}, which would do, but the list of ${n} was kept varied: others of its kind are in it already.`,
}

const IN_CHINESE: CauseSentences = {
  removed: () => '它已不在目录中。',
  excluded: () => '它被 --exclude 排除了。',
  filtered: () => '它不符合所给的条件。',
  muted: () => '与它最接近的兴趣已被静音或否认。',
  'not-found': (n, place) => `你的记录里没有线索指向它。按得分它排在第 ${place} 位，不在前 ${n} 位。`,
  outranked: (n, place) => `按得分它排在第 ${place} 位，不在前 ${n} 位。`,
  diversified: (n, place) =>
    `按得分它排在第 ${place} 位，本可入选，但为了让 ${n} 条结果更多样，同类的其他内容已在列表中。`,
}

/** Says in a sentence which history items the place of an item in the list depends on. */
export function narrateCounterfactual(
  { titles, rankBefore, rankAfter, after, n }: Omit<Counterfactual, 'reason'>,
  language: Language,
): string {
  const quoted = titles.map((title) => quoteTitle(title, language))
  if (language === 'zh') {
    const why = {
      outranked: `其他内容得分会更高，它会落到第 ${rankAfter} 位`,
      diversified: '为了多样性它会被略去',
      'no-candidate': '就没有线索指向它了',
    }[after]
    return `如果没有${quoted.join('、')}，它就不会在前 ${n} 位（现在第 ${rankBefore} 位）：${why}。`
  }
  const why = {
    outranked: `others would score higher: it would stand at place ${rankAfter} by score`,
    diversified: 'it would be left out for variety',
    'no-candidate': 'nothing would point to it any more',
  }[after]
  return `Without ${listWords(quoted, ' and ')} it would leave the first ${n}, where it stands at place ${rankBefore}: ${why}.`
}
