import { basename } from 'node:path'
import { crc32 } from 'node:zlib'
import { InterestMineError } from '../../errors.js'
import type { Blobs } from '../store.js'
import type { Connection } from './connection.js'

/** Artefacts are stored in parts of this size, because SQLite reads and writes a value as a whole. */
const PART_BYTES = 8 << 20

/** Writes artefacts of a generation, replacing those of the same names. To be called in a transaction. */
export function writeBlobs({ sql }: Connection, generation: number, artefacts: Blobs): void {
  const insert = sql('INSERT OR REPLACE INTO blobs VALUES (?, ?, ?, ?, ?)')
  for (const [name, bytes] of Object.entries(artefacts)) {
    sql('DELETE FROM blobs WHERE generation = ? AND name = ?').run(generation, name)
    for (let part = 0; part === 0 || part * PART_BYTES < bytes.length; part++) {
      const slice = bytes.subarray(part * PART_BYTES, (part + 1) * PART_BYTES)
      insert.run(generation, name, part, crc32(slice), slice)
    }
  }
}

/**
 * Reads the artefacts of a generation, all or those named. Fails with STORE_DAMAGED where a checksum does not match.
 */
export function readBlobs({ db, path, sql }: Connection, generation: number, names?: readonly string[]): Blobs {
  const wanted = names ? `AND name IN (${names.map(() => '?').join(', ')})` : ''
  const chosen = [generation, ...(names ?? [])]
  const sizes = sql(
    `SELECT name, sum(length(bytes)) AS size FROM blobs WHERE generation = ? ${wanted} GROUP BY name`,
  ).all(...chosen) as { name: string; size: number }[]
  const artefacts: Blobs = {}
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
}
