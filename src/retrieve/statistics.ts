import type { Catalogue, Lists } from '../columns.js'
import { listAt } from '../vectors/sparse.js'
import { type Covisits, changeCovisits, countCovisits, openCovisits } from './covisits.js'
import { changeMoments, countMoments, type DatedRows, type Moments, openMoments } from './moments.js'

/** All counts of behaviour. What a user adds can be taken out again exactly. */
export interface Statistics {
  covisits: Covisits
  /** Co-visits between brands, and between the finest categories of paths. */
  brandLinks: GroupLinks
  leafLinks: GroupLinks
  /** When items were liked. */
  moments: Moments
}

/** Co-visits between groups of items. */
export interface GroupLinks {
  /**
   * Row -> its group when it was counted, -1 for none. An item that changes its group keeps the old one here until
   * everything is counted again.
   */
  of: Int32Array
  links: Covisits
}

/**
 * Counts behaviour. `histories`: liked catalogue rows of each user, distinct, oldest first; `at`: the time of each
 * entry in ms, NaN where unknown.
 */
export function countStatistics(histories: Lists, at: Float64Array, catalogue: Catalogue): Statistics {
  const group = (of: Int32Array, groups: number): GroupLinks => ({ of, links: countCovisits(histories, groups, of) })
  return {
    covisits: countCovisits(histories, catalogue.size),
    brandLinks: group(catalogue.brands.slice(), catalogue.brandNames.offsets.length - 1),
    leafLinks: group(leavesOf(catalogue), catalogue.categoryNames.offsets.length - 1),
    moments: countMoments(histories, at, catalogue.size),
  }
}

/** Row -> its finest category, -1 where it has none. Tags have no order, so no finest one. */
function leavesOf({ size, categories, categoryKind }: Catalogue): Int32Array {
  return Int32Array.from({ length: size }, (_, row) =>
    categoryKind === 'paths' ? (listAt(categories, row).at(-1) ?? -1) : -1,
  )
}

/**
 * A copy of the counts that `changeStatistics` may change. `catalogue` may have more rows, brands and categories than
 * before.
 */
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

/**
 * Changes opened counts, in place, for users whose likes went from `before` to `after`. Exact: equal to counting
 * everybody again. Throws a TypeError where the counts are not opened (`openStatistics`).
 */
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
