import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { SetAside } from '../types/reports.js'

/** SHA-256 of bytes, in hexadecimal: the name under which they are kept. */
export function checksumOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** Writes bytes into the folder, where they are not there yet, and returns their checksum. */
export function keepBytes(folder: string, bytes: Uint8Array): string {
  const checksum = checksumOf(bytes)
  const file = join(folder, checksum)
  if (existsSync(file)) return checksum
  mkdirSync(folder, { recursive: true })
  const temporary = `${file}.${process.pid}.tmp`
  writeFileSync(temporary, bytes)
  renameSync(temporary, file)
  return checksum
}

/** Reads bytes by their checksum, or returns a word for why there are none: missing, broken. */
export async function readKept(folder: string | null, checksum: string): Promise<Uint8Array | SetAside> {
  const file = folder && join(folder, checksum)
  if (!file || !existsSync(file)) return 'missing'
  const bytes = new Uint8Array(await readFile(file))
  return checksumOf(bytes) === checksum ? bytes : 'broken'
}

/** Files that no item has ever referred to stay for this time (ms): the item may not be stored yet. */
const GRACE_MS = 24 * 60 * 60 * 1000

/**
 * Removes files that items referred to (`before`) and none refers to any more (`used` lists those in use); both are
 * checksums. A file in neither stays for a day, since another process may have written it for an item that is not in
 * the store yet.
 */
export function dropUnused(folder: string | null, used: ReadonlySet<string>, before: ReadonlySet<string>): void {
  if (!folder || !existsSync(folder)) return
  const isLeftOver = (name: string) => Date.now() - timeOf(join(folder, name)) > GRACE_MS
  for (const name of readdirSync(folder)) {
    if (!used.has(name) && (before.has(name) || isLeftOver(name))) rmSync(join(folder, name), { force: true })
  }
  if (readdirSync(folder).length === 0) rmSync(folder, { recursive: true, force: true })
}

function timeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0
}

/** Bytes of all files in the folder. */
export function keptSize(folder: string | null): number {
  if (!folder || !existsSync(folder)) return 0
  const sizeOf = (name: string) => statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0
  return readdirSync(folder).reduce((sum, name) => sum + sizeOf(name), 0)
}
