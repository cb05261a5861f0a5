import { type AssignModel, nearestInterest } from '../assign.js'
import { levelOf } from '../groups.js'
import { buildMergeTree, EXACT_ITEMS } from '../space/cluster.js'
import { gatherJoint } from '../space/joint-space.js'

/**
 * Splits three or more catalogue rows into the two parts that the last merge of their clustering joined; each part in
 * the order of `rows`. Of more than EXACT_ITEMS rows an even sample is clustered, and each other row goes to the nearer
 * part.
 */
export function fallApart(model: AssignModel, rows: Int32Array): Int32Array[] {
  const stride = Math.ceil(rows.length / EXACT_ITEMS)
  const sample = rows.filter((_, i) => i % stride === 0)
  const { parts } = buildMergeTree(model.space, gatherJoint(model.space, sample), Int32Array.from(sample.keys()))
  const groups = parts!.map(({ positions }) => Int32Array.from(positions, (p) => sample[p]))
  const near = { interests: groups.map((group) => ({ rows: group, level: levelOf(group) })) }
  const place = new Map(groups.flatMap((group, g) => Array.from(group, (row): [number, number] => [row, g])))
  const partOf = (row: number) => place.get(row) ?? Math.max(0, nearestInterest(model, near, row))
  return groups.map((_, g) => rows.filter((row) => partOf(row) === g))
}
