import type { NamingResult } from './names/labels.js'
import { agglomerate, type ClusterSums, type MergeRule, type Merges } from './space/agglomerate.js'
import type { Gains } from './space/gains.js'

/**
 * For who mines nearly the same history again and again: groups of the same rows have the same names, and a long
 * history is merged alike up to the first item that differs. What is remembered is looked up by all that it follows
 * from, so nothing comes out otherwise than without. It lasts as long as the question that it was made for.
 */
export interface MineMemory {
  /** Names of a group of rows, in this order. */
  nameOnce(rows: Int32Array, name: () => NamingResult): NamingResult
  /** `agglomerate`, of one space. */
  mergeOnce: typeof agglomerate
}

/** Merges kept, each of some 80 kB: those of the first few thousand items. */
const MOST_MERGES = 64

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
