import type { Language } from '../types/answers.js'
import type { Modality } from '../types/items.js'

/** A cited item of the history, and what links it to the recommendation. */
export interface CitedFact {
  title: string
  /** Somebody else has both items. */
  together: boolean
  /** It is among the nearest by text. */
  alike: boolean
  /** It is among the nearest by picture or by sound, where that is a reason for the recommendation. */
  likeness?: Modality
}

/** What a reason is written from: only what is true of the recommendation is set. */
export interface ReasonFacts {
  kind: 'popular' | 'exploring' | 'wish' | 'evidence'
  /** Label of the user's interest that the item belongs to. */
  interest: string | null
  /** Strongest first. */
  cited: CitedFact[]
  /** The item is among the nearest to the phrase that the user asked with. */
  wished: boolean
  /** The user's stored wish that the item matches. */
  wish: string | null
  /** The item's brand, where a cited item has it too. */
  brand: string | null
  /** Users who have the item. */
  users: number
  /** The item is in the history already. No list holds it then, but a reason may be asked for. */
  seen: boolean
  /** False where the user muted or disowned the interest that the item is nearest to. No list holds it then either. */
  served: boolean
}

/** Longest title that is cited, in characters. */
const MAX_TITLE = 60

function short(title: string): string {
  const characters = [...title.trim()]
  return characters.length > MAX_TITLE
    ? `${characters
        .slice(0, MAX_TITLE - 1)
        .join('')
        .trimEnd()}…`
    : characters.join('')
}

/**
 * The reason for a recommendation in one sentence, and a further one where no list holds the item. Every claim is one
 * of the facts.
 */
export function narrateReason(facts: ReasonFacts, language: Language): string {
  const why = language === 'zh' ? inChinese(facts) : inEnglish(facts)
  const remarks = [facts.seen && SEEN[language], !facts.served && NOT_SERVED[language]]
  return [why, ...remarks].filter(Boolean).join(language === 'zh' ? '' : ' ')
}

const SEEN = { en: 'It is in your history already.', zh: '它已经在你的记录里。' }
const NOT_SERVED = {
  en: 'The interest nearest to it is muted or disowned, so it is not recommended.',
  zh: '与它最接近的兴趣已被静音或否认，所以不会推荐它。',
}

/** A title as it is cited: cut to 60 characters, in the quotation marks of the language. */
export function quoteTitle(title: string, language: Language): string {
  return language === 'zh' ? `「${short(title)}」` : `“${short(title)}”`
}

const titlesOf = (cited: readonly CitedFact[], test: (fact: CitedFact) => boolean) => [
  ...new Set(cited.filter(test).map(({ title }) => title)),
]

function inEnglish({ kind, interest, cited, wished, wish, brand, users }: ReasonFacts): string {
  if (kind === 'popular') {
    if (users === 0) return 'Popular items come first; nobody has tried this one yet.'
    return `Popular here: ${users} ${users === 1 ? 'person has' : 'people have'} it in their history.`
  }
  if (kind === 'exploring') return 'To explore: nobody has tried it yet, and nothing in your history speaks against it.'
  if (kind === 'wish') return wish ? `Matches your wish “${wish}”.` : 'Matches what you asked for.'
  const quoted = (test: (fact: CitedFact) => boolean) =>
    listWords(
      titlesOf(cited, test).map((title) => quoteTitle(title, 'en')),
      ' and ',
    )
  const together = quoted((fact) => fact.together)
  const alike = quoted((fact) => fact.alike)
  const looks = quoted((fact) => fact.likeness === 'image')
  const sounds = quoted((fact) => fact.likeness === 'audio')
  const rest = quoted((fact) => !fact.together && !fact.alike && !fact.likeness)
  const links: string[] = []
  if (looks) links.push(`it looks like ${looks}`)
  if (sounds) links.push(`it sounds like ${sounds}`)
  if (together) links.push(`people with ${together} have it too`)
  const same = cited.filter((fact) => fact.together).length > 1 ? 'theirs' : 'that one’s'
  if (alike) links.push(`its text is much like ${alike === together ? same : alike}`)
  if (links.length === 0 && rest) links.push(`it goes with ${rest}`)
  if (wish) links.push(`it matches your wish “${wish}”`)
  else if (wished) links.push('it matches what you asked for')
  if (brand) links.push(`you know ${brand}`)
  const why = links.length > 0 ? listWords(links, ', and ') : 'it suits your history'
  return interest ? `For your interest “${interest}”: ${why}.` : `${why[0].toUpperCase()}${why.slice(1)}.`
}

function inChinese({ kind, interest, cited, wished, wish, brand, users }: ReasonFacts): string {
  if (kind === 'popular')
    return users > 0 ? `热门（popular）：有 ${users} 人的记录里有它。` : '热门（popular）优先，这一件还没有人看过。'
  if (kind === 'exploring') return '探索：还没有人看过，你的记录里也没有与它相悖的内容。'
  if (kind === 'wish') return wish ? `符合你的愿望「${wish}」。` : '符合你想找的内容。'
  const quoted = (test: (fact: CitedFact) => boolean) =>
    titlesOf(cited, test)
      .map((title) => quoteTitle(title, 'zh'))
      .join('、')
  const together = quoted((fact) => fact.together)
  const alike = quoted((fact) => fact.alike)
  const looks = quoted((fact) => fact.likeness === 'image')
  const sounds = quoted((fact) => fact.likeness === 'audio')
  const rest = quoted((fact) => !fact.together && !fact.alike && !fact.likeness)
  const links: string[] = []
  if (looks) links.push(`外观与${looks}相似`)
  if (sounds) links.push(`听起来与${sounds}相似`)
  if (together) links.push(`看过${together}的人也看了它`)
  if (alike) links.push(alike === together ? '内容也很相近' : `内容与${alike}很相近`)
  if (links.length === 0 && rest) links.push(`与${rest}相配`)
  if (wish) links.push(`也符合你的愿望「${wish}」`)
  else if (wished) links.push('也符合你想找的内容')
  if (brand) links.push(`你熟悉 ${brand} 这个品牌`)
  const why = links.length > 0 ? links.join('，') : '与你的记录相符'
  return interest ? `因为你对「${interest}」感兴趣：${why}。` : `${why}。`
}

/** Joins words as a list: "a", "a and b", "a, b and c". `last` stands before the last one, as in " and ". */
export function listWords(parts: readonly string[], last: string): string {
  if (parts.length <= 1) return parts[0] ?? ''
  return `${parts.slice(0, -1).join(', ')}${last}${parts[parts.length - 1]}`
}
