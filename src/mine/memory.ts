import type { NamingResult } from './names/labels.js'
import { agglomerate, type ClusterSums, type MergeRule, type Merges } from './space/agglomerate.js'
import type { Gains } from './space/gains.js'

/**
 * Cache for a caller that mines nearly the same history many times, as when items are left out one by one. Groups of
 * the same rows have the same names, and a long history has the same merges up to the first item that differs. Keys
 * hold everything that a result depends on, so that mining gives the same result as without the cache. It is meant to
 * live as long as one request.
 */
export interface MineMemory {
  /** Names of a group of catalogue rows in this order: the cached result, or that of `name`, which is then kept. */
  nameOnce(rows: Int32Array, name: () => NamingResult): NamingResult
  /** `agglomerate`, for the gains of one space. */
  mergeOnce: typeof agglomerate
}

/** Merges kept at most, of some 80 kB each: those of the first few thousand items of a history. */
const MOST_MERGES = 64

/** Makes an empty cache, for one model. */
export function createMemory(): MineMemory {
  const namings = new Map<string, NamingResult>()
  const merged: { clusters: ClusterSums; rule: MergeRule; merges: Merges }[] = []
  return {
    nameOnce(rows, name) {
      const key = rows.join()
      const naming = namings.get(key) ?? name()
      namings.set(key, naming)
      return naming
    },
    mergeOnce(gains: Gains, clusters: ClusterSums, rule: MergeRule) {
      const known = merged.find((one) => sameRule(one.rule, rule) && sameClusters(one.clusters, clusters))
      if (known) return known.merges
      const merges = agglomerate(gains, clusters, rule)
      if (merged.length < MOST_MERGES) merged.push({ clusters, rule, merges })
      return merges
    },
  }
}

function sameRule(a: MergeRule, b: MergeRule): boolean {
  return a.power === b.power && a.stop === b.stop && a.leave === b.leave
}

function sameClusters(a: ClusterSums, b: ClusterSums): boolean {
  return sameNumbers(a.counts, b.counts) && sameNumbers(a.sums, b.sums)
}

function sameNumbers(a: Float64Array, b: Float64Array): boolean {
  return a.length === b.length && a.every((value, i) => value === b[i])
}
