import { majorityLanguage, readingSeconds } from '../text.js'
import type { Catalogue, Item, Language } from '../types.js'
import { packLists } from '../vectors/sparse.js'
import { packStrings } from '../vectors/strings.js'

/** Joins the names of a path. */
export const PATH_SEPARATOR = ' > '
/** Lists are paths where a name's commonest predecessor covers this share of its uses (Beauty .966, films .538). */
const PATH_SHARE = 0.85

/** An item's category lists: a single list is one path (or the tags). */
export function categoryLists(item: Pick<Item, 'categories'>): string[][] {
  const { categories } = item
  if (!categories || categories.length === 0) return []
  return Array.isArray(categories[0]) ? (categories as string[][]) : [categories as string[]]
}

/** Tells paths from tags by how regularly names follow one another over the whole catalogue. */
export function tellCategoryKind(items: Iterable<Pick<Item, 'categories'>>): 'paths' | 'tags' {
  const before = new Map<string, Map<string, number>>()
  for (const item of items) {
    for (const list of categoryLists(item)) {
      for (let i = 1; i < list.length; i++) {
        const counts = before.get(list[i]) ?? new Map<string, number>()
        before.set(list[i], counts)
        counts.set(list[i - 1], (counts.get(list[i - 1]) ?? 0) + 1)
      }
    }
  }
  let uses = 0
  let regular = 0
  for (const counts of before.values()) {
    let most = 0
    for (const n of counts.values()) {
      uses += n
      most = Math.max(most, n)
    }
    regular += most
  }
  return uses > 0 && regular >= PATH_SHARE * uses ? 'paths' : 'tags'
}

/** Packs items into columns; row i is items[i], stored under keys[i]. `kind` and `language` keep an earlier verdict. */
export function packCatalogue(
  items: readonly Item[],
  keys: ArrayLike<number>,
  known: { kind?: 'paths' | 'tags'; language?: Language } = {},
): Catalogue {
  const categoryKind = known.kind ?? tellCategoryKind(items)
  const brandIndex = new Map<string, number>()
  const brandNames: string[] = []
  const categoryIndex = new Map<string, number>()
  const indexOf = (index: Map<string, number>, key: string, names?: string[], name = key) => {
    let i = index.get(key)
    if (i === undefined) {
      i = index.size
      index.set(key, i)
      names?.push(name)
    }
    return i
  }
  const categories = items.map((item) => {
    const row: number[] = []
    for (const list of categoryLists(item)) {
      for (let i = 0; i < list.length; i++) {
        const name = categoryKind === 'paths' ? list.slice(0, i + 1).join(PATH_SEPARATOR) : list[i]
        const index = indexOf(categoryIndex, name)
        if (!row.includes(index)) row.push(index)
      }
    }
    return row
  })
  return {
    size: items.length,
    keys: Int32Array.from(keys),
    removed: new Uint8Array(items.length),
    ids: packStrings(items.map((item) => item.id)),
    titles: packStrings(items.map((item) => item.title)),
    // Spellings of a brand that differ in case are one brand, shown as first met.
    brands: Int32Array.from(items, ({ brand }) =>
      brand ? indexOf(brandIndex, brand.toLowerCase(), brandNames, brand) : -1,
    ),
    brandNames: packStrings(brandNames),
    categories: packLists(categories),
    categoryNames: packStrings([...categoryIndex.keys()]),
    categoryKind,
    prices: Float32Array.from(items, ({ price }) => price ?? Number.NaN),
    readingSeconds: Float32Array.from(items, (item) => readingSeconds(`${item.title} ${item.text ?? ''}`)),
    language: known.language ?? majorityLanguage(items.map((item) => `${item.title} ${item.text ?? ''}`.slice(0, 300))),
  }
}
