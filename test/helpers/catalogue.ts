import { createRandom } from '../../src/random.js'
import type { Interaction, Item } from '../../src/types/items.js'

/** What the made-up shop sells: themes that lie apart in the space of vectors, and share words within. */
export const THEMES = ['teapot', 'spade', 'chess set', 'wool scarf', 'guitar', 'desk lamp'] as const
export type Theme = (typeof THEMES)[number]

const QUALITIES = ['blue', 'small', 'walnut', 'classic', 'travel', 'heavy', 'folding', 'painted', 'plain', 'antique']
const DIMS = 16

export type VectorItem = Item & { vector: number[] }

export const idOf = (theme: Theme, i: number) => `${theme.replace(' ', '-')}-${i}`

/** Items with vectors of their own, so that a build takes milliseconds; the same seed gives the same items. */
export function vectorItems(perTheme = 8, themes: readonly Theme[] = THEMES): VectorItem[] {
  const random = createRandom(7)
  const number = () => random.unit() - 0.5
  return themes.flatMap((theme) => {
    const centre = Array.from({ length: DIMS }, number)
    return Array.from({ length: perTheme }, (_, i) => ({
      id: idOf(theme, i),
      title: `${QUALITIES[i % QUALITIES.length]} ${theme}`,
      categories: ['Shop', theme],
      brand: ['Acme', 'Bolt', 'Cove'][i % 3],
      price: 10 + i,
      vector: centre.map((x) => x + 0.15 * number()),
    }))
  })
}

/** The same shop without vectors: for stores that encode. */
export function textItems(perTheme = 8, themes: readonly Theme[] = THEMES): Item[] {
  return vectorItems(perTheme, themes).map(({ vector: _, ...item }) => item)
}

/** `users` people who go back and forth between two themes each; all times differ. */
export function themedEvents(users = 12, perUser = 8, perTheme = 8, themes: readonly Theme[] = THEMES): Interaction[] {
  const random = createRandom(11)
  return Array.from({ length: users }, (_, u) =>
    Array.from({ length: perUser }, (_, k) => ({
      user: `u${u}`,
      item: idOf(themes[(u + (k % 2)) % themes.length], Math.floor(random.unit() * perTheme)),
      type: 'click',
      at: Date.UTC(2024, 0, 1 + k, u),
    })),
  ).flat()
}
