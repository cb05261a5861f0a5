import type { Catalogue, MinedInterest, Profile } from '../../columns.js'
import { listAt } from '../../vectors/sparse.js'
import { stringAt } from '../../vectors/strings.js'
import { lastName } from './paths.js'
import { assertionsOf, isInHalf, readSource, type WordSource } from './support.js'

/** A name from a language model that was accepted for a group of items. */
export interface GivenName {
  label: string
  head: string
  modifiers: string[]
  /** Catalogue rows of the group at that time. */
  rows: Int32Array
}

/** Given names, and the sources that they are checked against. Made once for a request (`prepareNames`). */
export interface GivenNames {
  /** Oldest first. */
  list: readonly GivenName[]
  /** The evidence text of a catalogue row as a source; cached. */
  sourceOf(row: number): WordSource
}

/** Categories of an item, the finest ones, that a name may use words of. */
const MOST_CATEGORIES = 2

/**
 * The text of an item that a name must be supported by: title, brand and finest categories, as "brand title
 * (categories)".
 */
export function evidenceText(catalogue: Catalogue, row: number): string {
  const title = stringAt(catalogue.titles, row)
  const brand = catalogue.brands[row] >= 0 ? stringAt(catalogue.brandNames, catalogue.brands[row]) : ''
  const categories = Array.from(listAt(catalogue.categories, row), (c) =>
    lastName(stringAt(catalogue.categoryNames, c)),
  )
  const name = title.toLowerCase().includes(brand.toLowerCase()) ? title : `${brand} ${title}`
  const finest = [...new Set(categories.slice(-MOST_CATEGORIES))].join(', ')
  return finest === '' ? name : `${name} (${finest})`
}

/** Prepares given names, oldest first, for checking against the items of a catalogue. */
export function prepareNames(list: readonly GivenName[], catalogue: Catalogue): GivenNames {
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
 * Applies given names to a mined profile. A name goes to an interest that holds at least half of its items, if each
 * word of the label is supported by at least half of the interest's evidence, by two items at least, and no other
 * interest has the same label; of several names, that of the most similar items (Jaccard), then the latest. Broad
 * interests get none.
 */
export function applyNames(profile: Profile, { list, sourceOf }: GivenNames): Profile {
  if (list.length === 0) return profile
  const labels = profile.interests.map(({ label }) => label.toLowerCase())
  const interests = profile.interests.map((interest, i): MinedInterest => {
    const near = interest.level === 'domain' ? [] : nearestFirst(list, interest.rows)
    if (near.length === 0) return interest
    const sources = Array.from(interest.rows, sourceOf)
    const fits = ({ label }: GivenName) => {
      const taken = labels.some((other, k) => k !== i && other === label.toLowerCase())
      return !taken && isInHalf(sources, assertionsOf(label))
    }
    const name = near.find(fits)
    if (!name) return interest
    labels[i] = name.label.toLowerCase()
    const { label, head, modifiers } = name
    return { ...interest, label, head, modifiers, labelSource: 'llm' }
  })
  return { ...profile, interests }
}

/** Names at least half of whose items are among the rows: by falling Jaccard similarity, then the latest first. */
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
