import type { EventColumns } from '../../columns.js'
import type { Item, Modality } from '../../types/items.js'
import { readVector, writeVector } from '../../vectors/vector-bytes.js'
import type { Store, StoredEdit, StoredItem } from '../store.js'
import { blobFloats, type Connection, EVENT_COLUMNS } from './connection.js'

/** Rows in one block of `allEvents`, about: blocks end where a user ends. */
const BLOCK = 200_000

/** Items that left the catalogue are kept as long as there are events on them. */
const LIVE_OR_LIKED = '(live = 1 OR EXISTS (SELECT 1 FROM events WHERE events.item = items.key))'

interface ItemRecord {
  key: number
  live: number
  json: string
  vector: Buffer | null
}

interface EventRecord {
  user: number
  item: number
  kind: number
  at: number | null
  value: number | null
  dwell: number | null
  quantity: number | null
}

/** The methods of a store for items, cached vectors, users, events and edits. */
export function createRowMethods(
  connection: Connection,
): Pick<
  Store,
  | 'findItems'
  | 'itemsByKey'
  | 'readItems'
  | 'itemBatches'
  | 'countItems'
  | 'saveEncoded'
  | 'itemIds'
  | 'itemsWhere'
  | 'cachedVectors'
  | 'saveVectors'
  | 'roundVectors'
  | 'findUser'
  | 'userIds'
  | 'userEvents'
  | 'userEventsUntil'
  | 'usersSince'
  | 'allEvents'
  | 'edits'
  | 'editors'
  | 'addEdit'
  | 'undoEdit'
> {
  const { db, sql, guard, transact, bump, userKey, kindNames } = connection
  const columnsOf = (rows: EventRecord[]): EventColumns => {
    const names = kindNames()
    return {
      users: Int32Array.from(rows, (r) => r.user),
      items: Int32Array.from(rows, (r) => r.item),
      kinds: rows.map((r) => names.get(r.kind) ?? 'view'),
      at: Float64Array.from(rows, (r) => r.at ?? Number.NaN),
      values: Float64Array.from(rows, (r) => r.value ?? Number.NaN),
      dwells: Float64Array.from(rows, (r) => r.dwell ?? Number.NaN),
      quantities: Float64Array.from(rows, (r) => r.quantity ?? Number.NaN),
    }
  }
  const parseItem = (json: string): Item => JSON.parse(json)
  const storedItem = ({ key, live, json, vector }: ItemRecord, others: ReturnType<typeof vectorsOf>): StoredItem => {
    const item = parseItem(json)
    if (vector) item.vector = blobFloats(vector)
    const { brought, encoded } = others.get(key) ?? {}
    if (brought) item.vectors = brought
    return { key, live: live === 1, item, encoded }
  }
  /**
   * Vectors of pictures and sounds, by item key: those that callers brought, and those that towers made. Of the items
   * with keys `from` to `to` that changed after `since`; below 0: of all of these.
   */
  const vectorsOf = (
    since: number,
    from = 0,
    to = Number.MAX_SAFE_INTEGER,
  ): Map<number, { brought: Item['vectors']; encoded: Item['vectors'] }> => {
    const found = new Map<number, { brought: Item['vectors']; encoded: Item['vectors'] }>()
    const rows = sql(
      `SELECT item, modality, tower, vector FROM item_vectors
       WHERE item BETWEEN @from AND @to AND (@since < 0 OR item IN (SELECT key FROM items WHERE change > @since))`,
    )
    for (const row of rows.iterate({ since, from, to })) {
      const { item, modality, tower, vector } = row as {
        item: number
        modality: Modality
        tower: string
        vector: Buffer
      }
      const { brought, encoded } = found.get(item) ?? { brought: undefined, encoded: undefined }
      const own = { [modality]: blobFloats(vector) }
      if (tower === '') found.set(item, { brought: { ...brought, ...own }, encoded })
      else found.set(item, { brought, encoded: { ...encoded, ...own } })
    }
    return found
  }
  return {
    async findItems(ids, { gone = false } = {}) {
      return guard(() => {
        const find = sql('SELECT key, live FROM items WHERE id = ?')
        return ids.map((id) => {
          const row = find.get(id) as { key: number; live: number } | undefined
          return row && (gone || row.live === 1) ? row.key : null
        })
      })
    },
    async itemsByKey(keys) {
      return guard(() => {
        const find = sql('SELECT json FROM items WHERE key = ?').pluck()
        const found = new Map<number, Item>()
        for (const key of keys) {
          const json = find.get(key) as string | undefined
          if (json !== undefined) found.set(key, parseItem(json))
        }
        return found
      })
    },
    async readItems(since = -1) {
      return guard(() => {
        const rows = sql(
          `SELECT key, live, json, vector FROM items
           WHERE change > @since AND (@since >= 0 OR ${LIVE_OR_LIKED}) ORDER BY key`,
        ).all({ since }) as ItemRecord[]
        const others = vectorsOf(since)
        return rows.map((row) => storedItem(row, others))
      })
    },
    async *itemBatches(most) {
      for (let after = -1; ; ) {
        const rows = guard(() =>
          sql(`SELECT key, live, json, vector FROM items WHERE key > ? AND ${LIVE_OR_LIKED} ORDER BY key LIMIT ?`).all(
            after,
            most,
          ),
        ) as ItemRecord[]
        if (rows.length === 0) return
        after = rows[rows.length - 1].key
        const others = guard(() => vectorsOf(-1, rows[0].key, after))
        yield rows.map((row) => storedItem(row, others))
      }
    },
    async countItems(encoder, precision) {
      return guard(() => ({
        items: sql(`SELECT count(*) FROM items WHERE ${LIVE_OR_LIKED}`).pluck().get() as number,
        missing: sql(
          `SELECT count(*) FROM (
             SELECT full_hash AS hash FROM items WHERE ${LIVE_OR_LIKED}
             UNION SELECT short_hash FROM items WHERE ${LIVE_OR_LIKED}
           ) AS texts
           WHERE NOT EXISTS (SELECT 1 FROM vectors WHERE encoder = ? AND precision = ? AND vectors.hash = texts.hash)`,
        )
          .pluck()
          .get(encoder, precision) as number,
      }))
    },
    async saveEncoded(modality, tower, vectors) {
      transact(() => {
        const drop = sql("DELETE FROM item_vectors WHERE item = ? AND modality = ? AND tower <> ''")
        const insert = sql('INSERT INTO item_vectors VALUES (?, ?, ?, ?)')
        for (const { key, vector } of vectors) {
          drop.run(key, modality)
          if (vector) insert.run(key, modality, tower, new Uint8Array(vector.slice().buffer))
        }
      })
    },
    async *itemIds() {
      for (const id of guard(() => sql('SELECT id FROM items WHERE live = 1').pluck().all()) as string[]) yield id
    },
    async itemsWhere(test) {
      return guard(() => {
        const keys: number[] = []
        for (const row of db.prepare('SELECT key, json FROM items WHERE live = 1 ORDER BY key').iterate()) {
          const { key, json } = row as { key: number; json: string }
          if (test(parseItem(json))) keys.push(key)
        }
        return Int32Array.from(keys)
      })
    },

    async cachedVectors(encoder, bits, hashes) {
      return guard(() => {
        const find = sql('SELECT vector FROM vectors WHERE encoder = ? AND precision = ? AND hash = ?').pluck()
        return hashes.map((hash) => (find.get(encoder, bits, hash) as Buffer | undefined) ?? null)
      })
    },
    async saveVectors(encoder, bits, hashes, vectors) {
      transact(() => {
        const insert = sql('INSERT OR IGNORE INTO vectors (encoder, precision, hash, vector) VALUES (?, ?, ?, ?)')
        for (let i = 0; i < hashes.length; i++) insert.run(encoder, bits, hashes[i], vectors[i])
      })
    },
    async roundVectors(encoder, bits) {
      transact(() => {
        const fine = sql('SELECT hash, vector FROM vectors WHERE encoder = ? AND precision = 32').all(encoder)
        const insert = sql('INSERT OR IGNORE INTO vectors (encoder, precision, hash, vector) VALUES (?, ?, ?, ?)')
        for (const { hash, vector } of fine as { hash: Buffer; vector: Buffer }[])
          insert.run(encoder, bits, hash, writeVector(readVector(vector, 32, vector.length / 4), bits))
        sql('DELETE FROM vectors WHERE encoder = ? AND precision = 32').run(encoder)
      })
    },

    async findUser(id) {
      return guard(() => (sql('SELECT key FROM users WHERE id = ?').pluck().get(id) as number | undefined) ?? null)
    },
    async userIds(keys) {
      return guard(() => {
        const find = sql('SELECT id FROM users WHERE key = ?').pluck()
        return keys.map((key) => (find.get(key) as string | undefined) ?? null)
      })
    },
    async userEvents(user) {
      return guard(() =>
        columnsOf(sql(`SELECT ${EVENT_COLUMNS} FROM events WHERE user = ? ORDER BY +seq`).all(user) as EventRecord[]),
      )
    },
    async userEventsUntil(user, seq) {
      return guard(() =>
        columnsOf(
          sql(`SELECT ${EVENT_COLUMNS} FROM events WHERE user = ? AND +seq <= ? ORDER BY +seq`).all(
            user,
            seq,
          ) as EventRecord[],
        ),
      )
    },
    async usersSince(seq) {
      // Without NOT INDEXED, SQLite walks the whole index by user instead of only the rows after `seq`.
      const users = guard(() => sql('SELECT user FROM events NOT INDEXED WHERE seq > ?').pluck().all(seq)) as number[]
      return Int32Array.from(new Set(users)).sort()
    },
    async *allEvents(until, except = -1) {
      let user = -1
      for (;;) {
        // A block holds whole users: it ends with all rows of `last`.
        const last = guard(() =>
          sql('SELECT user FROM events WHERE user > ? ORDER BY user LIMIT 1 OFFSET ?').pluck().get(user, BLOCK),
        ) as number | undefined
        const rows = guard(() =>
          sql(
            `SELECT ${EVENT_COLUMNS} FROM events WHERE user > ? AND user <= ? AND user <> ? AND seq <= ? ORDER BY user, seq`,
          ).all(user, last ?? Number.MAX_SAFE_INTEGER, except, until),
        ) as EventRecord[]
        if (rows.length > 0) yield columnsOf(rows)
        if (last === undefined) return
        user = last
      }
    },

    async edits(user) {
      return guard(() => {
        type Row = {
          seq: number
          at: number | null
          interest: string
          label: string
          action: StoredEdit['action']
          value: string | null
          evidence: string
          undone: number
        }
        return (sql('SELECT * FROM edits WHERE user = ? ORDER BY seq').all(user) as Row[]).map((row) => ({
          seq: row.seq,
          at: row.at === null ? null : new Date(row.at).toISOString(),
          interest: row.interest,
          label: row.label,
          action: row.action,
          value: row.value === null ? null : JSON.parse(row.value),
          evidence: JSON.parse(row.evidence),
          undone: row.undone === 1,
        }))
      })
    },
    async editors() {
      return guard(() =>
        sql('SELECT DISTINCT user FROM edits WHERE undone = 0 ORDER BY user').pluck().all(),
      ) as number[]
    },
    async addEdit(user, edit) {
      transact(() => {
        const at = edit.at === null ? null : Date.parse(edit.at)
        const value = edit.value === null ? null : JSON.stringify(edit.value)
        sql('INSERT INTO edits (user, at, interest, label, action, value, evidence) VALUES (?, ?, ?, ?, ?, ?, ?)').run(
          userKey(user),
          at,
          edit.interest,
          edit.label,
          edit.action,
          value,
          JSON.stringify(edit.evidence),
        )
        bump('edits')
      })
    },
    async undoEdit(user) {
      return transact(() => {
        const { changes } = sql(
          'UPDATE edits SET undone = 1 WHERE seq = (SELECT max(seq) FROM edits WHERE user = ? AND undone = 0)',
        ).run(user)
        if (changes > 0) bump('edits')
        return changes > 0
      })
    },
  }
}
