import type { Catalogue, MinedInterest, Profile } from '../../columns.js'
import { listAt } from '../../vectors/sparse.js'
import { stringAt } from '../../vectors/strings.js'
import { lastName } from './paths.js'
import { assertionsOf, readSource, standsInHalf, type WordSource } from './support.js'

/** A name that was accepted for a group of items, as it was then. */
export interface GivenName {
  label: string
  head: string
  modifiers: string[]
  rows: Int32Array
}

/** Given names, oldest first, and what they are held against; read once for all readings of a request. */
export interface GivenNames {
  list: readonly GivenName[]
  sourceOf(row: number): WordSource
}

/** Finest categories of an item that a name may speak of. */
const MOST_CATEGORIES = 2

/** The words of an item that a name may rest on: title, brand, finest categories. */
export function evidenceText(catalogue: Catalogue, row: number): string {
  const title = stringAt(catalogue.titles, row)
  const brand = catalogue.brands[row] >= 0 ? stringAt(catalogue.brandNames, catalogue.brands[row]) : ''
  const categories = Array.from(listAt(catalogue.categories, row), (c) =>
    lastName(stringAt(catalogue.categoryNames, c)),
  )
  const name = title.toLowerCase().includes(brand.toLowerCase()) ? title : `${brand} ${title}`
  const shelf = [...new Set(categories.slice(-MOST_CATEGORIES))].join(', ')
  return shelf === '' ? name : `${name} (${shelf})`
}

export function holdNames(list: readonly GivenName[], catalogue: Catalogue): GivenNames {
  const known = new Map<number, WordSource>()
  return {
    list,
    sourceOf(row) {
      const source = known.get(row) ?? readSource(evidenceText(catalogue, row))
      known.set(row, source)
      return source
    },
  }
}

/**
 * Lays given names over a mined profile. A name goes to the interest that holds most of its items, at
 * least half, as long as each of its words stands in half of the interest's evidence and no other interest is called
 * the same.
 */
export function layNames(profile: Profile, { list, sourceOf }: GivenNames): Profile {
  if (list.length === 0) return profile
  const labels = profile.interests.map(({ label }) => label.toLowerCase())
  const interests = profile.interests.map((interest, i): MinedInterest => {
    const near = interest.level === 'domain' ? [] : nearestFirst(list, interest.rows)
    if (near.length === 0) return interest
    const sources = Array.from(interest.rows, sourceOf)
    const fits = ({ label }: GivenName) => {
      const taken = labels.some((other, k) => k !== i && other === label.toLowerCase())
      return !taken && standsInHalf(sources, assertionsOf(label))
    }
    const name = near.find(fits)
    if (!name) return interest
    labels[i] = name.label.toLowerCase()
    const { label, head, modifiers } = name
    return { ...interest, label, head, modifiers, labelSource: 'llm' }
  })
  return { ...profile, interests }
}

/** Names at least half of whose items are among the rows: those of the likest items first, then the latest. */
function nearestFirst(names: readonly GivenName[], rows: Int32Array): GivenName[] {
  const held = new Set(rows)
  return names
    .map((name, at) => {
      const common = name.rows.reduce((n, row) => n + Number(held.has(row)), 0)
      const likeness = common / (held.size + name.rows.length - common)
      return { name, at, common, likeness }
    })
    .filter(({ name, common }) => common > 0 && 2 * common >= name.rows.length)
    .sort((a, b) => b.likeness - a.likeness || b.at - a.at)
    .map(({ name }) => name)
}
