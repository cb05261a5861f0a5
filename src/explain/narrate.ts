import type { Language } from '../types.js'

/** What a reason may speak of. Only what is true of the recommendation is set. */
export interface ReasonFacts {
  kind: 'popular' | 'exploring' | 'wish' | 'evidence'
  /** The user's interest it belongs to. */
  interest: string | null
  /** Titles of the cited history items, strongest first. */
  cited: string[]
  /** Whether people who had the cited items had this one too, and whether the texts are alike. */
  together: boolean
  alike: boolean
  /** Set where the brand is one of the history. */
  brand: string | null
  /** Users who have the item. */
  users: number
}

const MAX_TITLE = 60

function short(title: string): string {
  const characters = [...title.trim()]
  return characters.length > MAX_TITLE ? `${characters.slice(0, MAX_TITLE - 1).join('').trimEnd()}…` : characters.join('')
}

/** One sentence in plain words; every claim is one of the facts. */
export function narrateReason(facts: ReasonFacts, language: Language): string {
  return (language === 'zh' ? inChinese : inEnglish)({ ...facts, cited: facts.cited.map(short) })
}

function inEnglish({ kind, interest, cited, together, alike, brand, users }: ReasonFacts): string {
  if (kind === 'popular') return users > 0 ? `Popular here: ${users} ${users === 1 ? 'person has' : 'people have'} it in their history.` : 'Popular items first; nobody has tried this one yet.'
  if (kind === 'exploring') return 'To explore: nobody has tried it yet, and nothing in your history speaks against it.'
  if (kind === 'wish') return 'Matches what you asked for.'
  const items = list(cited.map((title) => `“${title}”`), ' and ')
  const links: string[] = []
  if (items) {
    if (together) links.push(`people with ${items} often have it too`)
    if (alike) links.push(together ? 'it is much like them in content' : `it is much like ${items}`)
    if (!together && !alike) links.push(`it goes with ${items}`)
    if (links.length > 1 && cited.length === 1) links[1] = 'it is much like it in content'
  }
  if (brand) links.push(`you know the brand ${brand}`)
  const why = links.length > 0 ? list(links, ', and ') : 'it suits your history'
  return interest ? `For your interest “${interest}”: ${why}.` : `${why[0].toUpperCase()}${why.slice(1)}.`
}

function inChinese({ kind, interest, cited, together, alike, brand, users }: ReasonFacts): string {
  if (kind === 'popular') return users > 0 ? `热门（popular）：有 ${users} 人的记录里有它。` : '热门（popular）优先，这一件还没有人看过。'
  if (kind === 'exploring') return '探索：还没有人看过，你的记录里也没有与它相悖的内容。'
  if (kind === 'wish') return '符合你想找的内容。'
  const items = cited.map((title) => `「${title}」`).join('、')
  const links: string[] = []
  if (items) {
    if (together) links.push(`看过${items}的人也常看它`)
    if (alike) links.push(together ? '内容也很相近' : `内容与${items}很相近`)
    if (!together && !alike) links.push(`与${items}相配`)
  }
  if (brand) links.push(`你熟悉的品牌 ${brand}`)
  const why = links.length > 0 ? links.join('，') : '与你的记录相符'
  return interest ? `因为你对「${interest}」感兴趣：${why}。` : `${why}。`
}

function list(parts: string[], last: string): string {
  if (parts.length <= 1) return parts[0] ?? ''
  return `${parts.slice(0, -1).join(', ')}${last}${parts[parts.length - 1]}`
}
