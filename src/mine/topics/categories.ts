import type { Catalogue } from '../../columns.js'
import { listAt } from '../../vectors/sparse.js'
import { unpackStrings } from '../../vectors/strings.js'
import { PATH_SEPARATOR, splitPath } from '../names/paths.js'

/** Domains of a catalogue taken from its categories. */
export interface CategoryDomains {
  /** Row -> domain, -1 where the item has no category. */
  domains: Int32Array
  /** Names of the domains; those of paths joined by " > ". */
  names: string[]
  /** Category (as in `Catalogue.categoryNames`) -> domain. */
  ofCategory: Int32Array
}

/**
 * A name on one level that covers this share of the categorised items is that of the whole catalogue: domains are a
 * level deeper.
 */
const ROOT_SHARE = 0.9
/** Levels looked at end before this one. */
const DEEPEST = 3

/** Number of items that have a category. */
export function countTagged({ size, categories }: Catalogue): number {
  let tagged = 0
  for (let row = 0; row < size; row++) if (categories.offsets[row + 1] > categories.offsets[row]) tagged++
  return tagged
}

/**
 * Assigns items to domains by their categories: the upper levels of category paths ('paths'), or the first tag of each
 * item ('tags').
 */
export function assignByCategory(catalogue: Catalogue, kind: 'paths' | 'tags'): CategoryDomains {
  const categories = unpackStrings(catalogue.categoryNames)
  const level = kind === 'paths' ? domainLevel(catalogue, categories) : 1
  const index = new Map<string, number>()
  const names: string[] = []
  const ofCategory = Int32Array.from(categories, (name) => {
    const domain = kind === 'paths' ? splitPath(name).slice(0, level).join(PATH_SEPARATOR) : name
    let i = index.get(domain)
    if (i === undefined) {
      i = names.push(domain) - 1
      index.set(domain, i)
    }
    return i
  })
  const domains = Int32Array.from({ length: catalogue.size }, (_, row) => {
    // Categories of the first path come first, from broad to fine. A path shorter than the level counts by its last name.
    let best = -1
    for (const category of listAt(catalogue.categories, row)) {
      const depth = kind === 'paths' ? splitPath(categories[category]).length : 1
      if (depth >= level) return ofCategory[category]
      best = ofCategory[category]
    }
    return best
  })
  return { domains, names, ofCategory }
}

/** Number of path names that make up a domain: 1, or more where one name covers nearly everything. */
function domainLevel(catalogue: Catalogue, names: string[]): number {
  for (let level = 1; level < DEEPEST; level++) {
    const counts = new Map<string, number>()
    let tagged = 0
    for (let row = 0; row < catalogue.size; row++) {
      const own = listAt(catalogue.categories, row)
      if (own.length === 0) continue
      tagged++
      const found = own.find((category) => splitPath(names[category]).length === level)
      if (found !== undefined) counts.set(names[found], (counts.get(names[found]) ?? 0) + 1)
    }
    if (Math.max(0, ...counts.values()) < ROOT_SHARE * tagged) return level
  }
  return 2
}
