import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { SetAside } from '../types.js'

/** Where the bytes lie that came with items, beside their store; null: a store in memory has no such place. */
export function keptFolder(store: string): string | null {
  return store === ':memory:' ? null : `${store}.media`
}

/** Checksum that bytes are kept under. */
export function checksumOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** Keeps bytes in the folder, once, and returns their checksum. */
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

/** Bytes that were kept, or why there are none. */
export async function readKept(folder: string | null, checksum: string): Promise<Uint8Array | SetAside> {
  const file = folder && join(folder, checksum)
  if (!file || !existsSync(file)) return 'missing'
  const bytes = new Uint8Array(await readFile(file))
  return checksumOf(bytes) === checksum ? bytes : 'broken'
}

/** What no item refers to, nor did before, stays for so long (ms): its item may be on the way. */
const GRACE_MS = 24 * 60 * 60 * 1000

/**
 * Removes what items referred to and no item refers to any more; both by checksum. What another process has put there
 * for items that are not in the store yet stays, for a day.
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

/** Bytes of all that is kept. */
export function keptSize(folder: string | null): number {
  if (!folder || !existsSync(folder)) return 0
  const sizeOf = (name: string) => statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0
  return readdirSync(folder).reduce((sum, name) => sum + sizeOf(name), 0)
}
