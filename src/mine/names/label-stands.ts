import type { Catalogue } from '../../columns.js'
import { listAt } from '../../vectors/sparse.js'
import { stringAt } from '../../vectors/strings.js'
import { STOP_WORDS, splitRuns, type Token } from './words.js'

/**
 * Whether each content word of a label occurs in at least half of the items, in title, brand or a category. `rows`:
 * catalogue rows. False for a label without content words, and for no rows.
 */
export function labelStands(catalogue: Catalogue, label: string, rows: ArrayLike<number>): boolean {
  const words = contentWords(label)
  if (words.length === 0 || rows.length === 0) return false
  const counts = new Int32Array(words.length)
  for (let i = 0; i < rows.length; i++) {
    findWords(catalogue, words, rows[i]).forEach((found, w) => {
      if (found) counts[w]++
    })
  }
  return counts.every((count) => 2 * count >= rows.length)
}

/**
 * Share of the items, 0..1, that have all content words of at least one of the names in title, brand or categories; 0
 * for no rows.
 */
export function shareWithName(catalogue: Catalogue, names: readonly string[], rows: ArrayLike<number>): number {
  const words = names.map(contentWords).filter((own) => own.length > 0)
  let withName = 0
  for (let i = 0; i < rows.length; i++) {
    const found = findWords(catalogue, words.flat(), rows[i])
    let from = 0
    const whole = words.some((own) => {
      const part = found.slice(from, from + own.length)
      from += own.length
      return part.every(Boolean)
    })
    if (whole) withName++
  }
  return rows.length > 0 ? withName / rows.length : 0
}

/** The words of a label without stop words. */
function contentWords(label: string): Token[] {
  return splitRuns(label)
    .flat()
    .filter(({ key }) => !STOP_WORDS.has(key))
}

/**
 * For each word, whether the item has it in title, brand or a category. Chinese is looked up as characters: next to
 * other characters the same ones may be segmented differently.
 */
function findWords(catalogue: Catalogue, words: readonly Token[], row: number): boolean[] {
  const { titles, brands, brandNames, categories, categoryNames } = catalogue
  const brand = brands[row] < 0 ? [] : [stringAt(brandNames, brands[row])]
  const filed = Array.from(listAt(categories, row), (category) => stringAt(categoryNames, category))
  const text = [stringAt(titles, row), ...brand, ...filed].join('\n')
  const keys = new Set(splitRuns(text).flatMap((run) => run.map(({ key }) => key)))
  return words.map(({ key, surface, cjk }) => (cjk ? text.includes(surface) : keys.has(key)))
}
