import { cleanText } from '../text.js'
import type { Item } from '../types.js'

/** What the encoder reads of an item for search, similar items and ranking: title, brand, categories, text. */
export function fullText(item: Item): string {
  const text = item.text ? cleanText(item.text, 1500) : ''
  return join([...opening(item), text])
}

/** What the space of interests is built on: title, brand and categories, without the long text. */
export function shortText(item: Item): string {
  return join(opening(item))
}

function opening(item: Item): string[] {
  const title = cleanText(item.title, 500)
  const brand = item.brand ? cleanText(item.brand, 100) : ''
  const lists = (item.categories ?? []) as (string | string[])[]
  const names = [...new Set(lists.flat())].slice(0, 12).map((name) => cleanText(name, 60))
  return [title, title.toLowerCase().includes(brand.toLowerCase()) ? '' : brand, names.join(', ')]
}

function join(parts: string[]): string {
  return parts.filter((part) => part !== '').join('. ')
}
