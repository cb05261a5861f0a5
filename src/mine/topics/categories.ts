import type { Catalogue } from '../../columns.js'
import { listAt } from '../../vectors/sparse.js'
import { unpackStrings } from '../../vectors/strings.js'
import { PATH_SEPARATOR, splitPath } from '../names/paths.js'

/** Broad parts of a catalogue by what its items are filed under. */
export interface FiledDomains {
  /** Row -> domain, -1 where the item is filed under nothing. */
  domains: Int32Array
  names: string[]
  /** Category -> domain. */
  ofCategory: Int32Array
}

/** One name that covers this share of the items is the catalogue's own: domains lie a level below. */
const ROOT_SHARE = 0.9
const DEEPEST = 3

/** Items that are filed under something. */
export function countTagged({ size, categories }: Catalogue): number {
  let tagged = 0
  for (let row = 0; row < size; row++) if (categories.offsets[row + 1] > categories.offsets[row]) tagged++
  return tagged
}

/** Upper levels of category paths, or the first tag of each item. */
export function fileByCategory(catalogue: Catalogue, kind: 'paths' | 'tags'): FiledDomains {
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
    // The first path comes first, broad to fine; where it ends early its last name is all there is.
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

/** The first level, or a deeper one where one name covers nearly everything. */
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
