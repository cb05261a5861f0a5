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

/** Removes what no item refers to any more; `used`: checksums. */
export function dropUnused(folder: string, used: ReadonlySet<string>): void {
  if (!existsSync(folder)) return
  const names = readdirSync(folder)
  for (const name of names) if (!used.has(name)) rmSync(join(folder, name), { force: true })
  if (names.every((name) => !used.has(name))) rmSync(folder, { recursive: true, force: true })
}

/** Bytes of all that is kept. */
export function keptSize(folder: string | null): number {
  if (!folder || !existsSync(folder)) return 0
  return readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0)
}
