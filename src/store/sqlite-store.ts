import { existsSync, statSync } from 'node:fs'
import { basename } from 'node:path'
import Database from 'better-sqlite3'
import { InterestMineError } from '../errors.js'
import { keepCheckpoints } from './checkpoints.js'
import type { Connection } from './connection.js'
import { keepGenerations } from './generations.js'
import { keepLedger } from './ledger.js'
import { keepLineage } from './lineage.js'
import { APPLICATION_ID, MIGRATIONS, STORE_VERSION } from './migrations.js'
import { keepReplies } from './replies.js'
import { readRows } from './rows.js'
import { stageRows } from './staging.js'
import type { Stamp, Store } from './store.js'

const BUSY_MS = 5000

/** Opens the store in `path`, bringing older tables up to date. `mustExist` fails with NO_STORE where there is none. */
export async function openSqliteStore(path: string, options: { mustExist?: boolean } = {}): Promise<Store> {
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
  return createStore(db, path, guard)
}

function connect(path: string): Database.Database {
  const db = new Database(path, { timeout: BUSY_MS })
  try {
    const version = db.pragma('user_version', { simple: true }) as number
    const application = db.pragma('application_id', { simple: true }) as number
    const tables = db.prepare('SELECT count(*) FROM sqlite_master').pluck().get() as number
    if ((application !== APPLICATION_ID && tables > 0) || (version === 0 && tables > 0)) {
      throw new InterestMineError(
        'STORE_DAMAGED',
        `${basename(path)} is a database of another program; name another file with --db`,
        { file: path },
      )
    }
    if (version > STORE_VERSION) {
      throw new InterestMineError(
        'STORE_TOO_NEW',
        `${basename(path)} was written by a newer interest-mine (store version ${version}, this one reads ${STORE_VERSION}); update the package`,
        { file: path, version },
      )
    }
    db.pragma('journal_mode = WAL')
    db.pragma('synchronous = NORMAL')
    // What is deleted is overwritten with zeros: forgetting a user leaves nothing in free pages.
    db.pragma('secure_delete = ON')
    db.pragma('cache_size = -16000')
    if (version < STORE_VERSION) {
      db.transaction(() => {
        // Another process may have made the tables since.
        const now = db.pragma('user_version', { simple: true }) as number
        if (now >= STORE_VERSION) return
        for (const step of MIGRATIONS.slice(now)) db.exec(step)
        db.pragma(`user_version = ${STORE_VERSION}`)
        db.pragma(`application_id = ${APPLICATION_ID}`)
      }).immediate()
    }
    db.prepare('SELECT * FROM state').get()
    return db
  } catch (error) {
    db.close()
    throw error
  }
}

function translate(error: unknown, path: string): unknown {
  const name = basename(path)
  if (error instanceof TypeError && /directory does not exist/.test(error.message)) {
    return new InterestMineError(
      'BAD_INPUT',
      `${path} cannot be created: its folder does not exist`,
      { file: path },
      error,
    )
  }
  if (!(error instanceof Database.SqliteError)) return error
  if (/^SQLITE_(BUSY|LOCKED)/.test(error.code)) {
    return new InterestMineError(
      'STORE_BUSY',
      `${name} is being written by another process; try again in a moment`,
      { file: path },
      error,
    )
  }
  if (error.code === 'SQLITE_NOTADB') {
    const message = `${name} is no interest-mine store, or its head is damaged; name another file with --db, or restore a copy`
    return new InterestMineError('STORE_DAMAGED', message, { file: path }, error)
  }
  if (/^SQLITE_(CORRUPT|IOERR_SHORT_READ|FORMAT)/.test(error.code) || /no such table/.test(error.message)) {
    return new InterestMineError(
      'STORE_DAMAGED',
      `${name} is damaged (${error.message}); try doctor --repair, restore a copy, or build the index anew under another name`,
      { file: path },
      error,
    )
  }
  if (/^SQLITE_(CANTOPEN|READONLY|FULL|IOERR|PERM|AUTH)/.test(error.code)) {
    return new InterestMineError(
      'BAD_INPUT',
      `${path} cannot be opened or written (${error.message}); the file and its folder must be writable`,
      { file: path },
      error,
    )
  }
  return error
}

function createStore(db: Database.Database, path: string, guard: <R>(work: () => R) => R): Store {
  const statements = new Map<string, Database.Statement>()
  const sql = (text: string): Database.Statement => {
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
    dropKinds: () => kindKeys.clear(),
  }
  return {
    path,
    ...readRows(connection),
    ...stageRows(connection),
    ...keepGenerations(connection),
    ...keepLineage(connection),
    ...keepCheckpoints(connection),
    ...keepReplies(connection),
    ...keepLedger(connection),
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
        return {
          tables: sum(
            `SELECT tbl_name AS name, sum(pgsize) AS bytes FROM dbstat JOIN sqlite_master USING (name)
             WHERE aggregate = 1 GROUP BY tbl_name`,
          ),
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
