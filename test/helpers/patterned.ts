import { createRandom } from '../../src/random.js'
import type { Interaction, Item } from '../../src/types/items.js'

const THINGS = ['mug', 'towel', 'cushion', 'notebook', 'curtain', 'apron', 'lamp', 'basket']
const SHADES = ['plain', 'small', 'large', 'heavy', 'light', 'round']

export interface PatternedWorld {
  items: (Item & { pattern: number })[]
  events: Interaction[]
}

export interface PatternedOptions {
  patterns?: number
  perPattern?: number
  users?: number
  /** Share of the items that have a picture. */
  pictured?: number
  /** Spread of vectors around their centres. */
  noise?: number
  modality?: 'image' | 'audio'
  seed?: number
}

/**
 * Things of a household with patterns on them that no text names: texts lie by thing, pictures by pattern, and users go
 * after two patterns each, whatever the thing.
 */
export function patternedWorld({
  patterns = 6,
  perPattern = 24,
  users = 40,
  pictured = 1,
  noise = 0.5,
  modality = 'image',
  seed = 5,
}: PatternedOptions = {}): PatternedWorld {
  const random = createRandom(seed)
  const number = () => random.unit() - 0.5
  const centre = (dims: number) => Array.from({ length: dims }, number)
  const things = THINGS.map(() => centre(32))
  const looks = Array.from({ length: patterns }, () => centre(24))
  const near = (point: number[], spread: number) => point.map((x) => x + spread * number())
  const items = looks.flatMap((look, pattern) =>
    Array.from({ length: perPattern }, (_, i) => {
      const thing = random.below(THINGS.length)
      const vector = near(things[thing], 0.3)
      const picture = near(look, noise)
      const title = `${SHADES[random.below(SHADES.length)]} ${THINGS[thing]}`
      return {
        id: `p${pattern}-${i}`,
        pattern,
        title,
        vector,
        ...(random.unit() < pictured ? { vectors: { [modality]: picture } } : {}),
      }
    }),
  )
  const events = Array.from({ length: users }, (_, u) => {
    const [first, second] = [u % patterns, (u + 1 + (u % 3)) % patterns]
    const taken = new Set<string>()
    while (taken.size < 12) taken.add(`p${taken.size % 2 ? second : first}-${random.below(perPattern)}`)
    return [...taken].map((item, k) => ({ user: `u${u}`, item, type: 'click', at: Date.UTC(2024, 0, 1 + k, u % 24) }))
  }).flat()
  return { items, events }
}
