import { cleanText } from '../text.js'
import type { Item } from '../types/items.js'

/** The text of an item that is encoded for search, similar items and ranking: title, brand, categories and text. */
export function fullText(item: Item): string {
  const start = titleParts(item)
  const text = item.text ? cleanText(item.text, 1500) : ''
  return join(addsWords(text, start.join(' ')) ? [...start, text] : start)
}

/** The text of an item that the space of interests is built on: title, brand and categories, without the long text. */
export function shortText(item: Item): string {
  return join(titleParts(item))
}

/** An item's text with fewer new words than this only repeats its title, brand and categories, and is left out. */
const NEW_WORDS = 3

function addsWords(text: string, before: string): boolean {
  const known = new Set(wordsOf(before))
  const fresh = new Set(wordsOf(text).filter((word) => !known.has(word) && !FIELD_NAMES.has(word)))
  return fresh.size >= NEW_WORDS
}

/** Words that catalogues write in front of a value and that say nothing by themselves. */
const FIELD_NAMES = new Set(['title', 'name', 'brand', 'category', 'categories', 'price'])

function wordsOf(text: string): string[] {
  // Chinese has no spaces between words, so each character counts as a word.
  return text.toLowerCase().match(/\p{Script=Han}|[\p{L}\p{N}]+/gu) ?? []
}

function titleParts(item: Item): string[] {
  const title = cleanText(item.title, 500)
  const brand = item.brand ? cleanText(item.brand, 100) : ''
  const lists = (item.categories ?? []) as (string | string[])[]
  const names = [...new Set(lists.flat())].slice(0, 12).map((name) => cleanText(name, 60))
  return [title, title.toLowerCase().includes(brand.toLowerCase()) ? '' : brand, names.join(', ')]
}

function join(parts: string[]): string {
  return parts.filter((part) => part !== '').join('. ')
}
