import type { Catalogue, Lists } from '../columns.js'
import { listAt } from '../vectors/sparse.js'
import { type Covisits, changeCovisits, countCovisits, openCovisits } from './covisits.js'
import { changeMoments, countMoments, type DatedRows, type Moments, openMoments } from './moments.js'

/** Everything that is counted from behaviour: what a user adds can be taken away again, to the last unit. */
export interface Statistics {
  covisits: Covisits
  /** What follows what among brands, and among the finest categories of paths. */
  brandLinks: GroupLinks
  leafLinks: GroupLinks
  moments: Moments
}

/** Co-visits of the groups that items belong to. */
export interface GroupLinks {
  /** Row -> group as counted, -1 none: an item that changed its group counts for the old one until all is counted anew. */
  of: Int32Array
  links: Covisits
}

/** `histories`: liked rows of each user, oldest first; `at`: when, ms, NaN unknown, alongside. */
export function countStatistics(histories: Lists, at: Float64Array, catalogue: Catalogue): Statistics {
  const group = (of: Int32Array, groups: number): GroupLinks => ({ of, links: countCovisits(histories, groups, of) })
  return {
    covisits: countCovisits(histories, catalogue.size),
    brandLinks: group(catalogue.brands.slice(), catalogue.brandNames.offsets.length - 1),
    leafLinks: group(leavesOf(catalogue), catalogue.categoryNames.offsets.length - 1),
    moments: countMoments(histories, at, catalogue.size),
  }
}

/** Row -> its finest category, -1 where it has none; tags have no order, so no finest. */
function leavesOf({ size, categories, categoryKind }: Catalogue): Int32Array {
  return Int32Array.from({ length: size }, (_, row) =>
    categoryKind === 'paths' ? (listAt(categories, row).at(-1) ?? -1) : -1,
  )
}

/** The same counts, ready to be changed; the catalogue may have grown. */
export function openStatistics(statistics: Statistics, catalogue: Catalogue): Statistics {
  const group = ({ of, links }: GroupLinks, now: Int32Array, groups: number): GroupLinks => ({
    of: Int32Array.from(now, (one, row) => (row < of.length ? of[row] : one)),
    links: openCovisits(links, groups),
  })
  return {
    covisits: openCovisits(statistics.covisits, catalogue.size),
    brandLinks: group(statistics.brandLinks, catalogue.brands, catalogue.brandNames.offsets.length - 1),
    leafLinks: group(statistics.leafLinks, leavesOf(catalogue), catalogue.categoryNames.offsets.length - 1),
    moments: openMoments(statistics.moments),
  }
}

/** Changes opened counts, in place, for users who went from `before` to `after`: equal to counting everybody anew. */
export function changeStatistics(
  { covisits, brandLinks, leafLinks, moments }: Statistics,
  changes: readonly { before: DatedRows; after: DatedRows }[],
): void {
  const rows = changes.map(({ before, after }) => ({ before: before.rows, after: after.rows }))
  changeCovisits(covisits, rows)
  changeCovisits(brandLinks.links, rows, brandLinks.of)
  changeCovisits(leafLinks.links, rows, leafLinks.of)
  changeMoments(moments, changes)
}
