import { basename } from 'node:path'
import { crc32 } from 'node:zlib'
import { InterestMineError } from '../../errors.js'
import { hashItem } from '../../hash.js'
import type { GenerationInfo, KeptGeneration, Store } from '../store.js'
import { readBlobs, writeBlobs } from './blobs.js'
import { CHECKPOINT, dropCheckpoint } from './checkpoints.js'
import { blobFloats, type Connection } from './connection.js'
import { copyMined, writeMined } from './lineage.js'

/** The methods of a store for its generations, for forgetting a user, and for checking and repairing the file. */
export function createGenerationMethods(
  connection: Connection,
): Pick<
  Store,
  | 'saveGeneration'
  | 'generation'
  | 'generations'
  | 'useGeneration'
  | 'loadArtefacts'
  | 'forget'
  | 'ratingMaxWithout'
  | 'compact'
  | 'mend'
  | 'check'
> {
  const { db, path, sql, guard, transact, clearKindKeys } = connection
  return {
    async saveGeneration(info, artefacts, { keep, forgets, replaces, basedOn, mined }) {
      return transact(() => {
        if (sql('SELECT forgets FROM state').pluck().get() !== forgets) return null
        if (basedOn !== undefined && sql('SELECT generation FROM state').pluck().get() !== basedOn) return null
        const id = Number(sql('INSERT INTO generations (info) VALUES (?)').run(JSON.stringify(info)).lastInsertRowid)
        writeBlobs(connection, id, artefacts)
        if (mined) writeMined(connection, id, String(info.builtAt), mined)
        else if (basedOn !== undefined) copyMined(connection, basedOn, id)
        dropCheckpoint(connection)
        if (replaces !== undefined) dropGeneration(connection, replaces)
        // The one in use comes before newer ones: after going back from a bad generation, the good one must be kept.
        const surplus = sql(
          `SELECT id FROM generations ORDER BY id = ? DESC, id = (SELECT generation FROM state) DESC, id DESC
           LIMIT -1 OFFSET ?`,
        )
          .pluck()
          .all(id, keep) as number[]
        for (const other of surplus) dropGeneration(connection, other)
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
    async generations() {
      return guard(() => {
        const rows = sql(
          `SELECT id, info, id = (SELECT generation FROM state) AS inUse,
             (SELECT ifnull(sum(length(bytes)), 0) FROM blobs WHERE generation = id) AS bytes
           FROM generations ORDER BY id DESC`,
        ).all() as { id: number; info: string; inUse: number; bytes: number }[]
        return rows.map(
          ({ id, info, inUse, bytes }): KeptGeneration => ({ ...JSON.parse(info), id, inUse: inUse === 1, bytes }),
        )
      })
    },
    async useGeneration(id) {
      return transact(() => {
        const kept = sql('SELECT 1 FROM generations WHERE id = ?').get(id) !== undefined
        if (kept) sql('UPDATE state SET generation = ?').run(id)
        return kept
      })
    },
    async loadArtefacts(id, names) {
      return guard(() => readBlobs(connection, id, names))
    },

    async forget(user, counted) {
      return transact(() => {
        const inUse = sql('SELECT generation FROM state').pluck().get()
        if (inUse !== (counted?.info.id ?? 0)) return null
        const events = sql('DELETE FROM events WHERE user = ?').run(user).changes
        sql('DELETE FROM edits WHERE user = ?').run(user)
        sql('DELETE FROM mined WHERE user = ?').run(user)
        sql('DELETE FROM lineage WHERE user = ?').run(user)
        sql('DELETE FROM replies WHERE user = ?').run(user)
        sql('DELETE FROM users WHERE key = ?').run(user)
        sql('DELETE FROM kinds WHERE key NOT IN (SELECT kind FROM events)').run()
        clearKindKeys()
        dropCheckpoint(connection)
        sql('INSERT OR REPLACE INTO meta VALUES (?, ?)').run(UNFINISHED, '')
        sql(
          `UPDATE state SET newest = (SELECT max(at) FROM events), rating_max = (SELECT max(value) FROM events),
           events = events + 1, edits = edits + 1, forgets = forgets + 1`,
        ).run()
        if (counted) {
          const { id, ...info } = counted.info
          const others = sql('SELECT id FROM generations WHERE id <> ?').pluck().all(id) as number[]
          for (const other of others) dropGeneration(connection, other)
          sql('UPDATE generations SET info = ? WHERE id = ?').run(JSON.stringify(info), id)
          writeBlobs(connection, id, counted.artefacts)
        }
        return events
      })
    },
    async ratingMaxWithout(user) {
      return guard(() => sql('SELECT max(value) FROM events WHERE user <> ?').pluck().get(user) as number | null)
    },
    async compact() {
      if (!isUnfinished(connection)) return
      try {
        // When SQLite splits a page, copies of the rows that it moves stay in the old page; deleting them does not
        // reach these.
        guard(() => db.exec('VACUUM'))
        // The log still holds pages as they were before they were overwritten.
        emptyLog(connection)
      } catch (error) {
        if (!(error instanceof InterestMineError) || error.code !== 'STORE_BUSY') throw error
        const message = `${basename(path)}: done, but another process is using the store, so traces of what was removed still lie in its files; run the same again when that has ended`
        throw new InterestMineError('STORE_BUSY', message, { file: path })
      }
      transact(() => sql('DELETE FROM meta WHERE key = ?').run(UNFINISHED))
    },
    async mend() {
      transact(() => {
        const broken = new Set<number>()
        for (const row of db.prepare('SELECT generation, crc, bytes FROM blobs').iterate()) {
          const { generation, crc, bytes } = row as { generation: number; crc: number; bytes: Buffer }
          if (crc32(bytes) !== crc) broken.add(generation)
        }
        for (const generation of broken) dropGeneration(connection, generation)
        sql(
          `UPDATE state SET generation = (SELECT ifnull(max(id), 0) FROM generations)
           WHERE generation NOT IN (SELECT id FROM generations)`,
        ).run()
      })
      guard(() => db.exec('REINDEX'))
    },
    async check() {
      return guard(() => {
        const problems = (db.pragma('integrity_check') as { integrity_check: string }[])
          .map((r) => r.integrity_check)
          .filter((m) => m !== 'ok')
        if (isUnfinished(connection)) problems.push('traces of a forgotten user still lie in free space')
        const broken = db.prepare('SELECT generation, name, crc, bytes FROM blobs').iterate() as IterableIterator<{
          generation: number
          name: string
          crc: number
          bytes: Buffer
        }>
        for (const { generation, name, crc, bytes } of broken) {
          if (crc32(bytes) === crc) continue
          const owner = generation === CHECKPOINT ? 'a training that was stopped' : `generation ${generation}`
          problems.push(`artefact ${name} of ${owner} does not match its checksum`)
        }
        const others = db.prepare("SELECT modality, vector FROM item_vectors WHERE item = ? AND tower = ''")
        const vectorsOf = (key: number) =>
          Object.fromEntries(
            (others.all(key) as { modality: string; vector: Buffer }[]).map((o) => [o.modality, blobFloats(o.vector)]),
          )
        const items = db.prepare('SELECT key, hash, json, vector FROM items').iterate() as IterableIterator<{
          key: number
          hash: Buffer
          json: string
          vector: Buffer | null
        }>
        let changed = 0
        for (const { key, hash, json, vector } of items) {
          if (!hash.equals(hashItem(json, vector && blobFloats(vector), vectorsOf(key)))) changed++
        }
        if (changed > 0) problems.push(`${changed} items are not what was written`)
        return problems
      })
    },
  }
}

/** Setting that is present while a user was forgotten and the files were not yet written anew. */
const UNFINISHED = 'forgetting'

function isUnfinished({ sql, guard }: Connection): boolean {
  return guard(() => sql('SELECT 1 FROM meta WHERE key = ?').get(UNFINISHED)) !== undefined
}

/** Writes the write-ahead log into the file and empties it. Fails with STORE_BUSY while other processes read it. */
function emptyLog({ db, path, guard }: Connection): void {
  const [{ busy }] = guard(() => db.pragma('wal_checkpoint(TRUNCATE)')) as { busy: number }[]
  if (busy === 0) return
  throw new InterestMineError('STORE_BUSY', `${basename(path)} is being read by another process`, { file: path })
}

/** Deletes a generation with its artefacts and interests. To be called in a transaction. */
function dropGeneration({ sql }: Connection, id: number): void {
  for (const table of ['blobs', 'mined']) sql(`DELETE FROM ${table} WHERE generation = ?`).run(id)
  sql('DELETE FROM generations WHERE id = ?').run(id)
}
