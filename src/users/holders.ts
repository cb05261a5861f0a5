import type { MineModel } from '../mine/interests.js'
import type { AudienceMember } from '../types/answers.js'
import { stringAt } from '../vectors/strings.js'
import type { UserInterests } from './user-interests.js'

/** A member of an audience with the user's store key in place of the id. */
export type AudienceHolder = Omit<AudienceMember, 'user'> & { key: number }

/**
 * The users who hold some interests. `positions`: positions of the interests in `userInterests`. Returns the number of
 * users in `total`, and the first `limit` of them: by falling confidence, then weight. Weight and confidence of a user
 * are sums over the interests, at most 1.
 */
export function gatherHolders(
  { catalogue }: MineModel,
  userInterests: UserInterests,
  positions: readonly number[],
  limit: number,
): { total: number; holders: AudienceHolder[] } {
  const byUser = new Map<number, number[]>()
  for (const i of positions) {
    const own = byUser.get(userInterests.users[i])
    if (own) own.push(i)
    else byUser.set(userInterests.users[i], [i])
  }
  const sum = (values: Float64Array, own: number[]) =>
    Math.min(
      1,
      own.reduce((total, i) => total + values[i], 0),
    )
  const strengths = [...byUser].map(([key, own]) => ({
    key,
    own,
    // Interests of one user do not overlap, so their weights and probabilities add up.
    weight: sum(userInterests.weights, own),
    confidence: sum(userInterests.confidences, own),
  }))
  strengths.sort((a, b) => b.confidence - a.confidence || b.weight - a.weight || a.key - b.key)
  const holders = strengths.slice(0, limit).map(({ key, own, weight, confidence }) => ({
    key,
    weight,
    confidence,
    interests: own.map((i) => ({ id: userInterests.ids[i], label: userInterests.labels[i] })),
    evidence: evidenceOf(userInterests, own).map(({ row, at }) => ({
      item: stringAt(catalogue.ids, row),
      title: stringAt(catalogue.titles, row),
      lastSeen: Number.isNaN(at) ? null : new Date(at).toISOString(),
    })),
  }))
  return { total: strengths.length, holders }
}

/** The evidence of the interests at `own`, latest first; undated items last, in reverse order of the history. */
function evidenceOf({ rows, at }: UserInterests, own: readonly number[]): { row: number; at: number }[] {
  const found = own.flatMap((i) =>
    Array.from({ length: rows.offsets[i + 1] - rows.offsets[i] }, (_, n) => {
      const k = rows.offsets[i] + n
      return { row: rows.values[k], at: at[k] }
    }),
  )
  const timeOf = ({ at: time }: { at: number }) => (Number.isNaN(time) ? 0 : time)
  return found.reverse().sort((a, b) => timeOf(b) - timeOf(a))
}
