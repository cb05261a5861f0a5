import type { MinedInterest, Profile } from '../../types.js'

/** What became of the points of an earlier mining. */
export interface PointStability {
  points: number
  /** Of them: those of whose evidence one interest holds at least half now. */
  kept: number
  /** Of those: the interest has the same label. */
  identical: number
}

/** Pairs old points with new interests, greedily by Jaccard similarity of their evidence, one to one. */
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
