import type { Catalogue } from '../types.js'
import { listAt } from '../vectors/sparse.js'
import { stringAt, unpackStrings } from '../vectors/strings.js'
import { lastName, PATH_SEPARATOR, splitPath } from './paths.js'

const ambiguous = new WeakMap<Catalogue, ReadonlySet<string>>()

/** Lower-case category names that stand under more than one parent ("Oils" of hair and of skin). */
function ambiguousNames(catalogue: Catalogue): ReadonlySet<string> {
  let found = ambiguous.get(catalogue)
  if (!found) {
    const parents = new Map<string, string>()
    const twice = new Set<string>()
    for (const path of catalogue.categoryKind === 'paths' ? unpackStrings(catalogue.categoryNames) : []) {
      const name = lastName(path).toLowerCase()
      const parent = path.slice(0, Math.max(0, path.lastIndexOf(PATH_SEPARATOR)))
      if ((parents.get(name) ?? parent) !== parent) twice.add(name)
      parents.set(name, parent)
    }
    found = twice
    ambiguous.set(catalogue, found)
  }
  return found
}

/** What to add to a category's name that is used under several parents: the parent most of the rows have, or null. */
export function tellParent(catalogue: Catalogue, name: string, rows: ArrayLike<number>): string | null {
  const wanted = name.toLowerCase()
  if (!ambiguousNames(catalogue).has(wanted)) return null
  const counts = new Map<string, number>()
  for (let i = 0; i < rows.length; i++) {
    for (const category of listAt(catalogue.categories, rows[i])) {
      const path = splitPath(stringAt(catalogue.categoryNames, category))
      const parent = path.at(-2)
      if (parent !== undefined && path[path.length - 1].toLowerCase() === wanted) {
        counts.set(parent, (counts.get(parent) ?? 0) + 1)
      }
    }
  }
  const [best] = [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
  return best !== undefined && 2 * best[1] >= rows.length ? best[0] : null
}
