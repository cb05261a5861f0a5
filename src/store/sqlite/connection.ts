import { basename } from 'node:path'
import Database from 'better-sqlite3'
import { InterestMineError } from '../../errors.js'
import { APPLICATION_ID, MIGRATIONS, STORE_VERSION } from './migrations.js'

/** Milliseconds to wait for another process that writes. */
const BUSY_MS = 5000

/** An open database with what the methods of a store share. */
export interface Connection {
  db: Database.Database
  /** Path of the file. */
  path: string
  /** A prepared statement; the same text gives the same statement. */
  sql(text: string): Database.Statement
  /** Runs work and turns SQLite's errors into InterestMineError (`translate`). */
  guard<R>(work: () => R): R
  /** The same in a transaction: all of it is written, or nothing. */
  transact<R>(work: () => R): R
  /** Adds 1 to a counter of `Stamp`, so that readers notice the change. */
  bump(column: 'items' | 'events' | 'edits' | 'forgets'): void
  /** Key of a user, who is added where unknown. */
  userKey(id: string): number
  /** Key of an event kind, which is added where unknown. Keys are remembered. */
  kindKey(name: string): number
  /** Event kinds by key. */
  kindNames(): Map<number, string>
  /** Forgets the keys that `kindKey` remembers, because rows may have been deleted. */
  clearKindKeys(): void
}

/** Columns of an event in queries and inserts, in this order. */
export const EVENT_COLUMNS = 'user, item, kind, at, value, dwell, quantity'

/** The numbers of a float32 blob. They are copied, because SQLite's buffers need not be aligned. */
export function blobFloats(bytes: Buffer): Float32Array {
  return new Float32Array(Uint8Array.from(bytes).buffer)
}

/**
 * Opens the database file and brings older tables up to date. Fails with STORE_DAMAGED where it is another program's
 * database, with STORE_TOO_NEW where a newer version wrote it, and with SQLite's own errors (`translate`).
 */
export function connect(path: string): Connection['db'] {
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

/**
 * Turns an error of SQLite into an InterestMineError with STORE_BUSY, STORE_DAMAGED or BAD_INPUT. Any other error is
 * returned as it is.
 */
export function translate(error: unknown, path: string): unknown {
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
