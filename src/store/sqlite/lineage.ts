import type { MinedUser, StoredInterest } from '../../columns.js'
import type { Store, StoredChange } from '../store.js'
import type { Connection } from './connection.js'

/** Interests as they stood when a generation came into use, and what became of them since. */
export function keepLineage(connection: Connection): Pick<Store, 'minedOf' | 'minedBetween' | 'lineage'> {
  const { sql, guard } = connection
  const parse = (json: string): StoredInterest[] => JSON.parse(json)
  return {
    async minedOf(generation, user) {
      const found = guard(() =>
        sql('SELECT interests FROM mined WHERE generation = ? AND user = ?').pluck().get(generation, user),
      ) as string | undefined
      return found === undefined ? [] : parse(found)
    },
    async minedBetween(generation, first, last) {
      const rows = guard(() =>
        sql('SELECT user, interests FROM mined WHERE generation = ? AND user BETWEEN ? AND ?').all(
          generation,
          first,
          last,
        ),
      ) as { user: number; interests: string }[]
      return new Map(rows.map(({ user, interests }) => [user, parse(interests)]))
    },
    async lineage(user, all = false) {
      const rows = guard(() =>
        sql(
          `SELECT generation, at, change FROM lineage
           WHERE user = ? AND (? OR generation <= (SELECT generation FROM state)) ORDER BY seq`,
        ).all(user, Number(all)),
      ) as { generation: number; at: number; change: string }[]
      return rows.map(
        ({ generation, at, change }): StoredChange => ({
          ...JSON.parse(change),
          generation,
          at: new Date(at).toISOString(),
        }),
      )
    },
  }
}

/** Writes what was mined for a generation. To be called in a transaction, before the generation is taken into use. */
export function writeMined(
  { sql }: Connection,
  generation: number,
  builtAt: string,
  users: readonly MinedUser[],
): void {
  // After going back, what the generations that were left found is no part of the story.
  sql('DELETE FROM lineage WHERE generation > (SELECT generation FROM state)').run()
  const insert = sql('INSERT INTO mined VALUES (?, ?, ?)')
  const record = sql('INSERT INTO lineage (user, generation, at, change) VALUES (?, ?, ?, ?)')
  const at = Date.parse(builtAt)
  for (const { user, interests, changes } of users) {
    if (interests.length > 0) insert.run(generation, user, JSON.stringify(interests))
    for (const change of changes) record.run(user, generation, at, JSON.stringify(change))
  }
}

/** A generation in the same space as another has its interests. To be called in a transaction. */
export function copyMined({ sql }: Connection, from: number, to: number): void {
  sql('INSERT INTO mined SELECT ?, user, interests FROM mined WHERE generation = ?').run(to, from)
}
