import type { Catalogue } from '../columns.js'
import { languageOf, leanOf, readingSeconds } from '../text.js'
import type { Language } from '../types/answers.js'
import type { Item } from '../types/items.js'
import { packLists } from '../vectors/sparse.js'
import { createStringPacker, packStrings } from '../vectors/strings.js'

/** Stands between the names of a category path. */
export const PATH_SEPARATOR = ' > '
/**
 * Category lists are taken for paths where the most frequent predecessor of each name makes up this share of all
 * predecessors (Amazon Beauty .966, films .538).
 */
const PATH_SHARE = 0.85

/** An item's categories as a list of lists: each a path, or the item's tags. Empty where it has none. */
export function categoryLists(item: Pick<Item, 'categories'>): string[][] {
  const { categories } = item
  if (!categories || categories.length === 0) return []
  return Array.isArray(categories[0]) ? (categories as string[][]) : [categories as string[]]
}

/**
 * Whether the category lists of a whole catalogue are paths or tags, by how regularly the same name comes before
 * another.
 */
export function detectCategoryKind(items: Iterable<Pick<Item, 'categories'>>): 'paths' | 'tags' {
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

/** What an earlier catalogue of the store was found to be, so that it stays so. */
export interface KnownCatalogue {
  kind?: 'paths' | 'tags'
  language?: Language
}

/**
 * Packs items into columns: row i is items[i] with the store's key keys[i]. What `known` holds is taken over instead of
 * being detected.
 */
export function packCatalogue(items: readonly Item[], keys: ArrayLike<number>, known: KnownCatalogue = {}): Catalogue {
  const packer = createCataloguePacker()
  items.forEach((item, row) => {
    packer.add(item, keys[row])
  })
  return packer.finish(known)
}

/** Packs items one after another, so that the caller need not keep them. */
export interface CataloguePacker {
  /** Adds an item as the next row. `key`: its key in the store. */
  add(item: Item, key: number): void
  /** The catalogue of all items that were added. What `known` holds is taken over instead of being detected. */
  finish(known?: KnownCatalogue): Catalogue
}

/** A packer without items. */
export function createCataloguePacker(): CataloguePacker {
  const keys: number[] = []
  const [ids, titles] = [createStringPacker(), createStringPacker()]
  const brandIndex = new Map<string, number>()
  const brandNames: string[] = []
  const brands: number[] = []
  // Thousands of items have the same categories: equal lists are kept once, and read as paths or tags at the end.
  const listIndex = new Map<string, number>()
  const distinctLists: string[][][] = []
  const listsOf: number[] = []
  const prices: number[] = []
  const seconds: number[] = []
  let lean = 0
  return {
    add(item, key) {
      keys.push(key)
      ids.add(item.id)
      titles.add(item.title)
      // Spellings of a brand that differ in case only are one brand, shown in the first spelling.
      brands.push(item.brand ? indexOf(brandIndex, item.brand.toLowerCase(), brandNames, item.brand) : -1)
      const lists = categoryLists(item)
      listsOf.push(indexOf(listIndex, JSON.stringify(lists), distinctLists, lists))
      prices.push(item.price ?? Number.NaN)
      const words = `${item.title} ${item.text ?? ''}`
      seconds.push(readingSeconds(words))
      lean += leanOf(words.slice(0, 300))
    },
    finish(known = {}) {
      const categoryKind =
        known.kind ?? detectCategoryKind(listsOf.map((index) => ({ categories: distinctLists[index] })))
      const categoryNames: string[] = []
      const categoryIndex = new Map<string, number>()
      const rows = distinctLists.map((lists) => {
        const row = lists.flatMap((list) =>
          list.map((one, i) => {
            const name = categoryKind === 'paths' ? list.slice(0, i + 1).join(PATH_SEPARATOR) : one
            return indexOf(categoryIndex, name, categoryNames, name)
          }),
        )
        return [...new Set(row)]
      })
      return {
        size: keys.length,
        keys: Int32Array.from(keys),
        removed: new Uint8Array(keys.length),
        ids: ids.finish(),
        titles: titles.finish(),
        brands: Int32Array.from(brands),
        brandNames: packStrings(brandNames),
        categories: packLists(listsOf.map((index) => rows[index])),
        categoryNames: packStrings(categoryNames),
        categoryKind,
        prices: Float32Array.from(prices),
        readingSeconds: Float32Array.from(seconds),
        language: known.language ?? languageOf(lean),
      }
    },
  }
}

/** The number of a key in `list`; a new key gets the next number and appends `one`. */
function indexOf<T>(index: Map<string, number>, key: string, list: T[], one: T): number {
  let i = index.get(key)
  if (i === undefined) {
    i = list.push(one) - 1
    index.set(key, i)
  }
  return i
}
