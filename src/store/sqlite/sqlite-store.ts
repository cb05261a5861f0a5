import { existsSync, statSync } from 'node:fs'
import { InterestMineError } from '../../errors.js'
import type { Stamp, Store, StoredSizes } from '../store.js'
import { createCheckpointMethods } from './checkpoints.js'
import { type Connection, connect, translate } from './connection.js'
import { createGenerationMethods } from './generations.js'
import { createLedgerMethods } from './ledger.js'
import { createLineageMethods } from './lineage.js'
import { STORE_VERSION } from './migrations.js'
import { createReplyMethods } from './replies.js'
import { createRowMethods } from './rows.js'
import { createStagingMethods } from './staging.js'

/** SQLite's path for a database in memory. */
const IN_MEMORY = ':memory:'

/** What each table is used for; the others are 'other', but for blobs, which holds the artefacts. */
const PARTS_OF_TABLES: Record<string, keyof StoredSizes['rows']> = {
  items: 'items',
  events: 'events',
  users: 'events',
  kinds: 'events',
  vectors: 'encoder cache',
  item_vectors: 'pictures and sounds',
  mined: 'interests of users',
  lineage: 'interests of users',
  edits: 'interests of users',
  replies: 'interests of users',
}

/**
 * Opens the store in a file, or makes it, and brings older tables up to date; null: a store in memory. Fails with
 * NO_STORE where the file does not exist and `mustExist` is given, with STORE_TOO_NEW, STORE_DAMAGED or STORE_BUSY
 * where it cannot be used, and with BAD_INPUT where it cannot be opened or written.
 */
export async function openSqliteStore(file: string | null, options: { mustExist?: boolean } = {}): Promise<Store> {
  const path = file ?? IN_MEMORY
  if (options.mustExist && !existsSync(path)) {
    throw new InterestMineError(
      'NO_STORE',
      `no index at ${path} yet: run "interest-mine build-index CATALOG --db ${path}"`,
      { file: path },
    )
  }
  const guard = <R>(work: () => R): R => {
    try {
      return work()
    } catch (error) {
      throw translate(error, path)
    }
  }
  const db = guard(() => connect(path))
  return createStore(db, path, file, guard)
}

function createStore(db: Connection['db'], path: string, beside: string | null, guard: <R>(work: () => R) => R): Store {
  const statements = new Map<string, ReturnType<Connection['sql']>>()
  const sql = (text: string): ReturnType<Connection['sql']> => {
    let statement = statements.get(text)
    if (!statement) {
      statement = db.prepare(text)
      statements.set(text, statement)
    }
    return statement
  }
  const transact = <R>(work: () => R): R => guard(() => db.transaction(work).immediate())
  const bump = (column: 'items' | 'events' | 'edits' | 'forgets') =>
    sql(`UPDATE state SET ${column} = ${column} + 1`).run()
  const kindNames = () =>
    new Map((sql('SELECT key, name FROM kinds').all() as { key: number; name: string }[]).map((k) => [k.key, k.name]))
  const userKey = (id: string): number => {
    const known = sql('SELECT key FROM users WHERE id = ?').pluck().get(id) as number | undefined
    return known ?? Number(sql('INSERT INTO users (id) VALUES (?)').run(id).lastInsertRowid)
  }
  const kindKeys = new Map<string, number>()
  const kindKey = (name: string): number => {
    let key = kindKeys.get(name)
    if (key === undefined) {
      sql('INSERT OR IGNORE INTO kinds (name) VALUES (?)').run(name)
      key = sql('SELECT key FROM kinds WHERE name = ?').pluck().get(name) as number
      kindKeys.set(name, key)
    }
    return key
  }
  const connection: Connection = {
    db,
    path,
    sql,
    guard,
    transact,
    bump,
    userKey,
    kindKey,
    kindNames,
    clearKindKeys: () => kindKeys.clear(),
  }
  return {
    name: path,
    beside,
    ...createRowMethods(connection),
    ...createStagingMethods(connection),
    ...createGenerationMethods(connection),
    ...createLineageMethods(connection),
    ...createCheckpointMethods(connection),
    ...createReplyMethods(connection),
    ...createLedgerMethods(connection),
    async stamp() {
      return guard(() => {
        const row = sql(
          'SELECT generation, items, events, edits, forgets, newest, rating_max AS ratingMax FROM state',
        ).get()
        return row as Stamp
      })
    },
    async getMeta(key) {
      return guard(() => (sql('SELECT value FROM meta WHERE key = ?').pluck().get(key) as string | undefined) ?? null)
    },
    async setMeta(key, value) {
      guard(() => sql('INSERT OR REPLACE INTO meta VALUES (?, ?)').run(key, value))
    },
    async counts() {
      return guard(() => {
        const one = (text: string) => sql(text).pluck().get() as number
        const bytes = [path, `${path}-wal`].reduce((sum, file) => sum + (existsSync(file) ? statSync(file).size : 0), 0)
        return {
          items: one('SELECT count(*) FROM items WHERE live = 1'),
          users: one('SELECT count(DISTINCT user) FROM events'),
          events: one('SELECT count(*) FROM events'),
          bytes,
          version: STORE_VERSION,
        }
      })
    },

    async sizes() {
      return guard(() => {
        const sum = (query: string) => {
          const rows = sql(query).all() as { name: string; bytes: number }[]
          return Object.fromEntries(rows.map(({ name, bytes }) => [name, bytes]))
        }
        const tables = sum(
          `SELECT tbl_name AS name, sum(pgsize) AS bytes FROM dbstat JOIN sqlite_master USING (name)
             WHERE aggregate = 1 GROUP BY tbl_name`,
        )
        const rows: StoredSizes['rows'] = {}
        for (const [table, bytes] of Object.entries(tables)) {
          if (table === 'blobs') continue
          const part = PARTS_OF_TABLES[table] ?? 'other'
          rows[part] = (rows[part] ?? 0) + bytes
        }
        return {
          rows,
          artefacts: sum('SELECT name, sum(length(bytes)) AS bytes FROM blobs GROUP BY name'),
          free:
            (db.pragma('freelist_count', { simple: true }) as number) *
            (db.pragma('page_size', { simple: true }) as number),
        }
      })
    },

    async tally() {
      return guard(() => ({
        hasItems: sql('SELECT 1 FROM items WHERE live = 1 LIMIT 1').get() !== undefined,
        lastSeq: sql('SELECT ifnull(max(seq), 0) FROM events').pluck().get() as number,
      }))
    },
    async close() {
      db.close()
    },
  }
}
