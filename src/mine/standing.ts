import type { Catalogue } from '../types.js'
import { listAt } from '../vectors/sparse.js'
import { stringAt } from '../vectors/strings.js'
import { STOP_WORDS, splitRuns } from './words.js'

/**
 * Whether each content word of a label stands in at least half of the items: in the title, the brand or a category.
 * Chinese is looked for as it is written, since the same characters may be cut into other words beside other ones.
 */
export function labelStands(catalogue: Catalogue, label: string, rows: ArrayLike<number>): boolean {
  const words = splitRuns(label)
    .flat()
    .filter(({ key }) => !STOP_WORDS.has(key))
  if (words.length === 0 || rows.length === 0) return false
  const counts = new Int32Array(words.length)
  for (let i = 0; i < rows.length; i++) {
    const text = textOf(catalogue, rows[i])
    const keys = new Set(splitRuns(text).flatMap((run) => run.map(({ key }) => key)))
    words.forEach(({ key, surface, cjk }, w) => {
      if (cjk ? text.includes(surface) : keys.has(key)) counts[w]++
    })
  }
  return counts.every((count) => 2 * count >= rows.length)
}

function textOf({ titles, brands, brandNames, categories, categoryNames }: Catalogue, row: number): string {
  const brand = brands[row] < 0 ? [] : [stringAt(brandNames, brands[row])]
  const named = Array.from(listAt(categories, row), (category) => stringAt(categoryNames, category))
  return [stringAt(titles, row), ...brand, ...named].join('\n')
}
