import { MODALITIES } from '../../columns.js'
import { InterestMineError } from '../../errors.js'
import type { Modality } from '../../types/items.js'
import type { Rejection } from '../../types/reports.js'
import type { EventRow, ItemRow, Store } from '../store.js'
import { type Connection, EVENT_COLUMNS } from './connection.js'

const bytesOf = (vector: ArrayLike<number> | undefined) =>
  vector ? new Uint8Array(Float32Array.from(vector).buffer) : null

/**
 * The methods of a store for its staging area: rows go into temporary tables, and from there into the real ones in one
 * transaction for items and one for events.
 */
export function createStagingMethods(
  connection: Connection,
): Pick<
  Store,
  | 'beginStaging'
  | 'stageItems'
  | 'stageKept'
  | 'stageEvents'
  | 'stageRejections'
  | 'rejections'
  | 'rejectionCounts'
  | 'mergeItems'
  | 'mergeEvents'
> {
  const { db, sql, guard, transact, bump, userKey, kindKey, clearKindKeys } = connection
  const reject = (r: Rejection) =>
    sql('INSERT INTO temp.rejected VALUES (?, ?, ?, ?, ?)').run(r.file, r.line, r.reason, r.field, r.id ?? null)
  return {
    async beginStaging() {
      guard(() =>
        db.exec(`
          DROP TABLE IF EXISTS temp.new_items; DROP TABLE IF EXISTS temp.kept; DROP TABLE IF EXISTS temp.new_events; DROP TABLE IF EXISTS temp.rejected;
          CREATE TEMP TABLE new_items (line INTEGER, id TEXT PRIMARY KEY, hash BLOB, full_hash BLOB, short_hash BLOB, json TEXT, vector BLOB, image BLOB, audio BLOB);
          CREATE TEMP TABLE kept (id TEXT PRIMARY KEY) WITHOUT ROWID;
          CREATE TEMP TABLE new_events (line INTEGER, user TEXT, item TEXT, kind TEXT, at INTEGER, value REAL, dwell REAL, quantity REAL);
          CREATE TEMP TABLE rejected (file TEXT, line INTEGER, reason TEXT, field TEXT, id TEXT);
        `),
      )
    },
    async stageItems(rows) {
      return guard(() => {
        const insert = sql('INSERT OR IGNORE INTO temp.new_items VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)')
        return db.transaction((batch: ItemRow[]) =>
          batch
            .filter(({ line, item, hash, fullHash, shortHash }) => {
              const { vector, vectors, ...rest } = item
              const own = [vector, ...MODALITIES.map((name) => vectors?.[name])].map(bytesOf)
              return insert.run(line, item.id, hash, fullHash, shortHash, JSON.stringify(rest), ...own).changes === 0
            })
            .map((row) => row.line),
        )(rows)
      })
    },
    async stageKept(ids) {
      guard(() => {
        const insert = sql('INSERT OR IGNORE INTO temp.kept VALUES (?)')
        for (const id of ids) insert.run(id)
      })
    },
    async stageEvents(rows) {
      guard(() => {
        const insert = sql('INSERT INTO temp.new_events VALUES (?, ?, ?, ?, ?, ?, ?, ?)')
        db.transaction((batch: EventRow[]) => {
          for (const { line, event: e } of batch) {
            insert.run(line, e.user, e.item, e.type, e.at, e.value ?? null, e.dwell ?? null, e.quantity ?? null)
          }
        })(rows)
      })
    },
    async stageRejections(rows) {
      guard(() =>
        db.transaction((batch: Rejection[]) => {
          for (const rejection of batch) reject(rejection)
        })(rows),
      )
    },
    async rejections(limit = -1) {
      return guard(() => {
        const rows = sql('SELECT * FROM temp.rejected ORDER BY file, line LIMIT ?').all(limit) as (Omit<
          Rejection,
          'id'
        > & { id: string | null })[]
        return rows.map(({ id, ...row }) => (id === null ? row : { ...row, id }))
      })
    },
    async rejectionCounts() {
      return guard(() =>
        sql('SELECT reason, count(*) AS count FROM temp.rejected GROUP BY reason ORDER BY count DESC, reason').all(),
      ) as {
        reason: string
        count: number
      }[]
    },
    async mergeItems({ prune, limit }) {
      return transact(() => {
        const counts = { added: 0, updated: 0, unchanged: 0, removed: 0 }
        const change = (sql('SELECT items FROM state').pluck().get() as number) + 1
        const known = sql('SELECT key, hash, live FROM items WHERE id = ?')
        const insert = sql(
          'INSERT INTO items (id, live, change, hash, full_hash, short_hash, json, vector) VALUES (?, 1, ?, ?, ?, ?, ?, ?)',
        )
        const update = sql(
          'UPDATE items SET live = 1, change = ?, hash = ?, full_hash = ?, short_hash = ?, json = ?, vector = ? WHERE key = ?',
        )
        if (prune) {
          const gone = 'live = 1 AND id NOT IN (SELECT id FROM temp.new_items) AND id NOT IN (SELECT id FROM temp.kept)'
          const live = sql('SELECT count(*) FROM items WHERE live = 1').pluck().get() as number
          const leaving = sql(`SELECT count(*) FROM items WHERE ${gone}`).pluck().get() as number
          if (leaving > limit * live) {
            throw new InterestMineError(
              'LIMIT',
              `${leaving} of ${live} items are missing from the file and would be removed; pass --yes if that is meant, or --add to keep them`,
              { removed: leaving, items: live },
            )
          }
          counts.removed = sql(`UPDATE items SET live = 0, change = ? WHERE ${gone}`).run(change).changes
        }
        type Row = {
          id: string
          hash: Buffer
          full_hash: Buffer
          short_hash: Buffer
          json: string
          vector: Buffer | null
        } & Record<Modality, Buffer | null>
        const keepVectors = (key: number | bigint, row: Row) => {
          sql('DELETE FROM item_vectors WHERE item = ?').run(key)
          for (const name of MODALITIES) {
            if (row[name]) sql("INSERT INTO item_vectors VALUES (?, ?, '', ?)").run(key, name, row[name])
          }
        }
        for (const row of readStaged<Row>(connection, 'new_items')) {
          const old = known.get(row.id) as { key: number; hash: Buffer; live: number } | undefined
          if (!old) {
            const made = insert.run(row.id, change, row.hash, row.full_hash, row.short_hash, row.json, row.vector)
            keepVectors(made.lastInsertRowid, row)
            counts.added++
          } else if (old.live === 1 && old.hash.equals(row.hash)) counts.unchanged++
          else {
            update.run(change, row.hash, row.full_hash, row.short_hash, row.json, row.vector, old.key)
            keepVectors(old.key, row)
            if (old.live === 1) counts.updated++
            else counts.added++
          }
        }
        if (counts.added + counts.updated + counts.removed > 0) bump('items')
        sql('DELETE FROM temp.new_items').run()
        return counts
      })
    },
    async mergeEvents(file) {
      return transact(() => {
        // Another process may have deleted kinds since, when it forgot the only user who had them.
        clearKindKeys()
        const counts = { added: 0, duplicate: 0, rejected: 0, users: 0 }
        const users = new Map<string, number>()
        const kept = new Set<string>()
        const items = new Map<string, { key: number; live: number } | null>()
        const findItem = sql('SELECT key, live FROM items WHERE id = ?')
        const insert = sql(`INSERT OR IGNORE INTO events (${EVENT_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)`)
        const exists = sql(
          `SELECT 1 FROM events WHERE user = ? AND item = ? AND kind = (SELECT key FROM kinds WHERE name = ?) AND ifnull(at, -1) = ifnull(?, -1)
           AND ifnull(value, -1) = ifnull(?, -1) AND ifnull(dwell, -1) = ifnull(?, -1) AND ifnull(quantity, -1) = ifnull(?, -1)`,
        )
        type Row = {
          line: number
          user: string
          item: string
          kind: string
          at: number | null
          value: number | null
          dwell: number | null
          quantity: number | null
        }
        let newest: number | null = null
        let ratingMax: number | null = null
        for (const r of readStaged<Row>(connection, 'new_events')) {
          let item = items.get(r.item)
          if (item === undefined) {
            item = (findItem.get(r.item) as { key: number; live: number } | undefined) ?? null
            items.set(r.item, item)
          }
          const knownUser =
            users.get(r.user) ?? (sql('SELECT key FROM users WHERE id = ?').pluck().get(r.user) as number | undefined)
          const details = [r.at, r.value, r.dwell, r.quantity] as const
          // Nothing of a rejected row is stored, not even the name of its kind.
          const isKept =
            item?.live === 1 ||
            (item && knownUser !== undefined && exists.get(knownUser, item.key, r.kind, ...details) !== undefined)
          if (!item || !isKept) {
            reject({ file, line: r.line, reason: 'unknown item', field: 'item' })
            counts.rejected++
            continue
          }
          const rest = [kindKey(r.kind), ...details] as const
          const user = knownUser ?? userKey(r.user)
          users.set(r.user, user)
          kept.add(r.user)
          if (insert.run(user, item.key, ...rest).changes === 0) counts.duplicate++
          else {
            counts.added++
            if (r.at !== null && (newest === null || r.at > newest)) newest = r.at
            if (r.value !== null && (ratingMax === null || r.value > ratingMax)) ratingMax = r.value
          }
        }
        counts.users = kept.size
        if (counts.added > 0) {
          bump('events')
          sql('UPDATE state SET newest = max(ifnull(newest, @v), @v) WHERE @v IS NOT NULL').run({ v: newest })
          sql('UPDATE state SET rating_max = max(ifnull(rating_max, @v), @v) WHERE @v IS NOT NULL').run({
            v: ratingMax,
          })
        }
        sql('DELETE FROM temp.new_events').run()
        return counts
      })
    },
  }
}

/** Staged rows that are in memory at a time. */
const PAGE = 2000

/** Rows of a staging table in the order in which they were read. */
function* readStaged<R>({ sql }: Connection, table: 'new_items' | 'new_events'): Generator<R> {
  const read = sql(`SELECT rowid AS place, * FROM temp.${table} WHERE rowid > ? ORDER BY rowid LIMIT ${PAGE}`)
  for (let last = 0; ; ) {
    const rows = read.all(last) as (R & { place: number })[]
    if (rows.length === 0) return
    yield* rows
    last = rows[rows.length - 1].place
  }
}
