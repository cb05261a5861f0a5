import type { MinedUser, StoredInterest } from '../../columns.js'
import type { Store, StoredChange } from '../store.js'
import type { Connection } from './connection.js'

/** The methods of a store for the interests that each generation mined, and for what became of them. */
export function createLineageMethods(connection: Connection): Pick<Store, 'minedOf' | 'minedBetween' | 'lineage'> {
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

/**
 * Writes the interests mined for a new generation, and their changes. `builtAt`: ISO 8601. To be called in a
 * transaction, before the generation is taken into use.
 */
export function writeMined(
  { sql }: Connection,
  generation: number,
  builtAt: string,
  users: readonly MinedUser[],
): void {
  // After going back, changes that later generations found never happened as far as this one is concerned.
  sql('DELETE FROM lineage WHERE generation > (SELECT generation FROM state)').run()
  const insert = sql('INSERT INTO mined VALUES (?, ?, ?)')
  const record = sql('INSERT INTO lineage (user, generation, at, change) VALUES (?, ?, ?, ?)')
  const at = Date.parse(builtAt)
  for (const { user, interests, changes } of users) {
    if (interests.length > 0) insert.run(generation, user, JSON.stringify(interests))
    for (const change of changes) record.run(user, generation, at, JSON.stringify(change))
  }
}

/** Copies the interests of one generation to another that is in the same space. To be called in a transaction. */
export function copyMined({ sql }: Connection, from: number, to: number): void {
  sql('INSERT INTO mined SELECT ?, user, interests FROM mined WHERE generation = ?').run(to, from)
}
