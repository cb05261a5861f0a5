import { existsSync, statSync } from 'node:fs'
import { basename } from 'node:path'
import { crc32 } from 'node:zlib'
import Database from 'better-sqlite3'
import { InterestMineError } from '../errors.js'
import { hashItem } from '../hash.js'
import type { Item, Rejection } from '../types.js'
import { APPLICATION_ID, MIGRATIONS, STORE_VERSION } from './migrations.js'
import type { Artefacts, EventColumns, EventRow, GenerationInfo, ItemRow, Stamp, Store, StoredEdit } from './store.js'

/** Artefacts are cut into parts of this size: SQLite reads and writes them whole. */
const PART_BYTES = 8 << 20
const BUSY_MS = 5000
/** Rows of one block of `allEvents`. */
const BLOCK = 200_000

interface EventRecord {
  user: number
  item: number
  kind: number
  at: number | null
  value: number | null
  dwell: number | null
  quantity: number | null
}

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
  const EVENT_COLUMNS = 'user, item, kind, at, value, dwell, quantity'
  const parseItem = (json: string): Item => JSON.parse(json)
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
  const reject = (r: Rejection) =>
    sql('INSERT INTO temp.rejected VALUES (?, ?, ?, ?, ?)').run(r.file, r.line, r.reason, r.field, r.id ?? null)
  const writeBlobs = (generation: number, artefacts: Artefacts) => {
    const insert = sql('INSERT OR REPLACE INTO blobs VALUES (?, ?, ?, ?, ?)')
    for (const [name, bytes] of Object.entries(artefacts)) {
      sql('DELETE FROM blobs WHERE generation = ? AND name = ?').run(generation, name)
      for (let part = 0; part === 0 || part * PART_BYTES < bytes.length; part++) {
        const slice = bytes.subarray(part * PART_BYTES, (part + 1) * PART_BYTES)
        insert.run(generation, name, part, crc32(slice), slice)
      }
    }
  }

  return {
    path,
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

    async tally() {
      return guard(() => ({
        hasItems: sql('SELECT 1 FROM items WHERE live = 1 LIMIT 1').get() !== undefined,
        lastSeq: sql('SELECT ifnull(max(seq), 0) FROM events').pluck().get() as number,
      }))
    },

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
           WHERE change > ? AND (live = 1 OR EXISTS (SELECT 1 FROM events WHERE events.item = items.key)) ORDER BY key`,
        ).all(since) as { key: number; live: number; json: string; vector: Buffer | null }[]
        return rows.map(({ key, live, json, vector }) => {
          const item = parseItem(json)
          if (vector) item.vector = new Float32Array(Uint8Array.from(vector).buffer)
          return { key, live: live === 1, item }
        })
      })
    },
    async *itemIds() {
      for (const id of guard(() => sql('SELECT id FROM items WHERE live = 1').pluck().all()) as string[]) yield id
    },
    async textHashes() {
      return guard(() => {
        const rows = sql(
          `SELECT key, full_hash, short_hash FROM items
           WHERE live = 1 OR EXISTS (SELECT 1 FROM events WHERE events.item = items.key) ORDER BY key`,
        ).all() as { key: number; full_hash: Buffer; short_hash: Buffer }[]
        return {
          keys: Int32Array.from(rows, (r) => r.key),
          full: rows.map((r) => r.full_hash),
          short: rows.map((r) => r.short_hash),
        }
      })
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

    async beginStaging() {
      guard(() =>
        db.exec(`
          DROP TABLE IF EXISTS temp.new_items; DROP TABLE IF EXISTS temp.kept; DROP TABLE IF EXISTS temp.new_events; DROP TABLE IF EXISTS temp.rejected;
          CREATE TEMP TABLE new_items (line INTEGER, id TEXT PRIMARY KEY, hash BLOB, full_hash BLOB, short_hash BLOB, json TEXT, vector BLOB);
          CREATE TEMP TABLE kept (id TEXT PRIMARY KEY) WITHOUT ROWID;
          CREATE TEMP TABLE new_events (line INTEGER, user TEXT, item TEXT, kind TEXT, at INTEGER, value REAL, dwell REAL, quantity REAL);
          CREATE TEMP TABLE rejected (file TEXT, line INTEGER, reason TEXT, field TEXT, id TEXT);
        `),
      )
    },
    async stageItems(rows) {
      return guard(() => {
        const insert = sql('INSERT OR IGNORE INTO temp.new_items VALUES (?, ?, ?, ?, ?, ?, ?)')
        return db.transaction((batch: ItemRow[]) =>
          batch
            .filter(({ line, item, hash, fullHash, shortHash }) => {
              const { vector, ...rest } = item
              const bytes = vector ? new Uint8Array(Float32Array.from(vector).buffer) : null
              return insert.run(line, item.id, hash, fullHash, shortHash, JSON.stringify(rest), bytes).changes === 0
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
        }
        for (const row of sql('SELECT * FROM temp.new_items ORDER BY line').all() as Row[]) {
          const old = known.get(row.id) as { key: number; hash: Buffer; live: number } | undefined
          if (!old) {
            insert.run(row.id, change, row.hash, row.full_hash, row.short_hash, row.json, row.vector)
            counts.added++
          } else if (old.live === 1 && old.hash.equals(row.hash)) counts.unchanged++
          else {
            update.run(change, row.hash, row.full_hash, row.short_hash, row.json, row.vector, old.key)
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
        const counts = { added: 0, duplicate: 0, rejected: 0, users: 0 }
        const users = new Map<string, number>()
        const kept = new Set<string>()
        const items = new Map<string, { key: number; live: number } | null>()
        const findItem = sql('SELECT key, live FROM items WHERE id = ?')
        const insert = sql(`INSERT OR IGNORE INTO events (${EVENT_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)`)
        const exists = sql(
          `SELECT 1 FROM events WHERE user = ? AND item = ? AND kind = ? AND ifnull(at, -1) = ifnull(?, -1)
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
        for (const r of db.prepare('SELECT * FROM temp.new_events ORDER BY rowid').all() as Row[]) {
          let item = items.get(r.item)
          if (item === undefined) {
            item = (findItem.get(r.item) as { key: number; live: number } | undefined) ?? null
            items.set(r.item, item)
          }
          const knownUser =
            users.get(r.user) ?? (sql('SELECT key FROM users WHERE id = ?').pluck().get(r.user) as number | undefined)
          const rest = [kindKey(r.kind), r.at, r.value, r.dwell, r.quantity] as const
          if (!item || (item.live === 0 && !(knownUser !== undefined && exists.get(knownUser, item.key, ...rest)))) {
            reject({ file, line: r.line, reason: 'unknown item', field: 'item' })
            counts.rejected++
            continue
          }
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

    async cachedVectors(encoder, precision, hashes) {
      return guard(() => {
        const find = sql('SELECT vector FROM vectors WHERE encoder = ? AND precision = ? AND hash = ?').pluck()
        return hashes.map((hash) => (find.get(encoder, precision, hash) as Buffer | undefined) ?? null)
      })
    },
    async saveVectors(encoder, precision, hashes, vectors) {
      transact(() => {
        const insert = sql('INSERT OR IGNORE INTO vectors (encoder, precision, hash, vector) VALUES (?, ?, ?, ?)')
        for (let i = 0; i < hashes.length; i++) insert.run(encoder, precision, hashes[i], vectors[i])
      })
    },

    async findUser(id) {
      return guard(() => (sql('SELECT key FROM users WHERE id = ?').pluck().get(id) as number | undefined) ?? null)
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
      // By row: left to choose, SQLite walks the whole index to spare itself a sort.
      const users = guard(() => sql('SELECT user FROM events NOT INDEXED WHERE seq > ?').pluck().all(seq)) as number[]
      return Int32Array.from(new Set(users)).sort()
    },
    async *allEvents(until, except = -1) {
      let user = -1
      for (;;) {
        // Whole users only: the block ends where the last user of its rows ends.
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

    async saveGeneration(info, artefacts, { keep, forgets }) {
      return transact(() => {
        if (sql('SELECT forgets FROM state').pluck().get() !== forgets) return null
        const id = Number(sql('INSERT INTO generations (info) VALUES (?)').run(JSON.stringify(info)).lastInsertRowid)
        writeBlobs(id, artefacts)
        const old = sql('SELECT id FROM generations ORDER BY id DESC LIMIT -1 OFFSET ?').pluck().all(keep) as number[]
        for (const gone of old) {
          sql('DELETE FROM blobs WHERE generation = ?').run(gone)
          sql('DELETE FROM generations WHERE id = ?').run(gone)
        }
        sql('UPDATE state SET generation = ?').run(id)
        return id
      })
    },
    async generation() {
      return guard(() => {
        const row = sql('SELECT id, info FROM generations WHERE id = (SELECT generation FROM state)').get() as
          | { id: number; info: string }
          | undefined
        return row ? ({ ...JSON.parse(row.info), id: row.id } as GenerationInfo) : null
      })
    },
    async loadArtefacts(id, names) {
      return guard(() => {
        const wanted = names ? `AND name IN (${names.map(() => '?').join(', ')})` : ''
        const chosen = [id, ...(names ?? [])]
        const sizes = sql(
          `SELECT name, sum(length(bytes)) AS size FROM blobs WHERE generation = ? ${wanted} GROUP BY name`,
        ).all(...chosen) as { name: string; size: number }[]
        const artefacts: Artefacts = {}
        for (const { name, size } of sizes) artefacts[name] = new Uint8Array(size)
        const filled: Record<string, number> = {}
        for (const row of db
          .prepare(`SELECT name, crc, bytes FROM blobs WHERE generation = ? ${wanted} ORDER BY name, part`)
          .iterate(...chosen)) {
          const { name, crc, bytes } = row as { name: string; crc: number; bytes: Buffer }
          if (crc32(bytes) !== crc) {
            throw new InterestMineError(
              'STORE_DAMAGED',
              `${basename(path)}: artefact ${name} does not match its checksum; run build-index to make it anew`,
              { file: path, artefact: name },
            )
          }
          artefacts[name].set(bytes, filled[name] ?? 0)
          filled[name] = (filled[name] ?? 0) + bytes.length
        }
        return artefacts
      })
    },

    async forget(user, counted) {
      return transact(() => {
        const newest = sql('SELECT generation FROM state').pluck().get()
        if (newest !== (counted?.info.id ?? 0)) return null
        const events = sql('DELETE FROM events WHERE user = ?').run(user).changes
        sql('DELETE FROM edits WHERE user = ?').run(user)
        sql('DELETE FROM users WHERE key = ?').run(user)
        sql('DELETE FROM kinds WHERE key NOT IN (SELECT kind FROM events)').run()
        kindKeys.clear()
        sql(
          `UPDATE state SET newest = (SELECT max(at) FROM events), rating_max = (SELECT max(value) FROM events),
           events = events + 1, edits = edits + 1, forgets = forgets + 1`,
        ).run()
        if (counted) {
          const { id, ...info } = counted.info
          sql('DELETE FROM blobs WHERE generation <> ?').run(id)
          sql('DELETE FROM generations WHERE id <> ?').run(id)
          sql('UPDATE generations SET info = ? WHERE id = ?').run(JSON.stringify(info), id)
          writeBlobs(id, counted.artefacts)
        }
        return events
      })
    },
    async ratingMaxWithout(user) {
      return guard(() => sql('SELECT max(value) FROM events WHERE user <> ?').pluck().get(user) as number | null)
    },
    async compact() {
      // The log still holds pages as they were before they were overwritten.
      const [{ busy }] = guard(() => db.pragma('wal_checkpoint(TRUNCATE)')) as { busy: number }[]
      if (busy === 0) return
      const message = `${basename(path)}: done, but another process is reading the store, so what was removed still lies in its log; run the same again when that has ended`
      throw new InterestMineError('STORE_BUSY', message, { file: path })
    },
    async mend() {
      transact(() => {
        const broken = new Set<number>()
        for (const row of db.prepare('SELECT generation, crc, bytes FROM blobs').iterate()) {
          const { generation, crc, bytes } = row as { generation: number; crc: number; bytes: Buffer }
          if (crc32(bytes) !== crc) broken.add(generation)
        }
        for (const generation of broken) {
          sql('DELETE FROM blobs WHERE generation = ?').run(generation)
          sql('DELETE FROM generations WHERE id = ?').run(generation)
        }
        sql('UPDATE state SET generation = (SELECT ifnull(max(id), 0) FROM generations)').run()
      })
      guard(() => db.exec('REINDEX'))
    },
    async check() {
      return guard(() => {
        const problems = (db.pragma('integrity_check') as { integrity_check: string }[])
          .map((r) => r.integrity_check)
          .filter((m) => m !== 'ok')
        const broken = db.prepare('SELECT generation, name, crc, bytes FROM blobs').iterate() as IterableIterator<{
          generation: number
          name: string
          crc: number
          bytes: Buffer
        }>
        for (const { generation, name, crc, bytes } of broken) {
          if (crc32(bytes) !== crc)
            problems.push(`artefact ${name} of generation ${generation} does not match its checksum`)
        }
        const items = db.prepare('SELECT id, hash, json, vector FROM items').iterate() as IterableIterator<{
          id: string
          hash: Buffer
          json: string
          vector: Buffer | null
        }>
        let changed = 0
        for (const { hash, json, vector } of items) {
          if (!hash.equals(hashItem(json, vector && new Float32Array(Uint8Array.from(vector).buffer)))) changed++
        }
        if (changed > 0) problems.push(`${changed} items are not what was written`)
        return problems
      })
    },
    async close() {
      db.close()
    },
  }
}
