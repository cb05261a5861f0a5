import type { MinedInterest, Profile } from '../../columns.js'

/** How many points of an earlier profile are found again in a later one. */
export interface PointStability {
  /** Points of the earlier profile. */
  points: number
  /** Of these, those whose paired interest holds at least half of their evidence. */
  kept: number
  /** Of the kept ones, those whose paired interest has the same label. */
  identical: number
}

/**
 * Pairs the points of `before` with interests of `after`, one to one, greedily by Jaccard similarity of their evidence.
 */
export function comparePoints(before: Profile, after: Profile): PointStability {
  const points = before.interests.filter(({ level }) => level === 'point')
  const pairs = points
    .flatMap((old) => after.interests.map((now) => ({ old, now, ...compareEvidence(old, now) })))
    .filter(({ held }) => held > 0)
    .sort((a, b) => b.jaccard - a.jaccard)
  const successors = new Map<MinedInterest, (typeof pairs)[number]>()
  const taken = new Set<MinedInterest>()
  for (const pair of pairs) {
    if (successors.has(pair.old) || taken.has(pair.now)) continue
    successors.set(pair.old, pair)
    taken.add(pair.now)
  }
  const kept = [...successors.values()].filter(({ old, held }) => 2 * held >= old.rows.length)
  const identical = kept.filter(({ old, now }) => old.label === now.label)
  return { points: points.length, kept: kept.length, identical: identical.length }
}

function compareEvidence(old: MinedInterest, now: MinedInterest): { held: number; jaccard: number } {
  const rows = new Set(old.rows)
  const held = now.rows.reduce((n, row) => n + Number(rows.has(row)), 0)
  return { held, jaccard: held / (old.rows.length + now.rows.length - held) }
}
