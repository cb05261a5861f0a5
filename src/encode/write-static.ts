import { createHash, randomUUID } from 'node:crypto'
import {
  accessSync,
  constants,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import type { Matrix } from '../columns.js'
import { InterestMineError, quote } from '../errors.js'
import type { Manifest } from './manifest.js'
import { packTable } from './token-table.js'

const TABLE = 'table.bin'
/** Files that must be passed on with what is made from the teacher. */
const LICENCE_FILES = ['LICENSE', 'NOTICE']

/**
 * Fails with BAD_OPTION where no model directory can be made at `out`: where nothing may be written there, or something
 * exists there that is not an empty folder. With `force` an encoder's directory may exist and will be replaced.
 */
export function checkModelPlace(out: string, force: boolean): void {
  const refuse = (why: string) =>
    new InterestMineError('BAD_OPTION', `${quote(out)} ${why}`, { option: 'out', value: out })
  let parent = dirname(resolve(out))
  while (!existsSync(parent)) parent = dirname(parent)
  try {
    accessSync(parent, constants.W_OK)
  } catch {
    throw refuse(`cannot be made: ${quote(parent)} is not yours to write to`)
  }
  if (!statSync(parent).isDirectory()) throw refuse(`cannot be made: ${quote(parent)} is a file`)
  if (!existsSync(out)) return
  if (!statSync(out).isDirectory()) throw refuse('is a file; name a directory')
  const names = readdirSync(out)
  if (names.length === 0) return
  if (!force) throw refuse('is not empty; name another directory, or replace an encoder there with --force')
  if (!names.includes('manifest.json')) throw refuse('is no encoder, so it is not replaced; name another directory')
}

/** A static encoder that was written: the id in its manifest, and the bytes of its directory. */
export interface WrittenModel {
  id: string
  bytes: number
}

/**
 * Writes the directory of a static encoder: its table (tokens x dims), the tokenizer and licence files of its teacher,
 * and a manifest that names `about.source` as its source. It is written beside `out` and renamed, so that what was
 * there stays until the new one is complete. Fails with BAD_INPUT where it cannot be written.
 */
export function writeStaticModel(
  out: string,
  table: Matrix,
  teacher: { directory: string; manifest: Manifest },
  about: { source: string },
): WrittenModel {
  const { manifest } = teacher
  const target = resolve(out)
  const temporary = `${target}.${randomUUID()}.tmp`
  const copied = [manifest.tokenizer, manifest.tokenizerConfig, ...LICENCE_FILES].filter((name) =>
    existsSync(join(teacher.directory, name)),
  )
  try {
    for (const name of copied) {
      mkdirSync(dirname(join(temporary, name)), { recursive: true })
      copyFileSync(join(teacher.directory, name), join(temporary, name))
    }
    writeFileSync(join(temporary, TABLE), packTable(table))
    const files = Object.fromEntries([TABLE, ...copied].map((name) => [name, describeFile(join(temporary, name))]))
    const id = `${manifest.id.slice(0, 70)}-static-${table.dims}-${files[TABLE].sha256.slice(0, 8)}`
    // A table has no named output and needs no padding.
    const { output: _, padding: __, ...kept } = manifest
    const own: Manifest & { format: 1 } = {
      format: 1,
      ...kept,
      id,
      dims: table.dims,
      pooling: 'static',
      prefixes: { query: '', passage: '' },
      source: about.source,
      model: TABLE,
      files,
    }
    writeFileSync(join(temporary, 'manifest.json'), `${JSON.stringify(own, null, 2)}\n`)
    const bytes = readdirSync(temporary, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0)
    replace(temporary, target)
    return { id, bytes }
  } catch (cause) {
    if (cause instanceof InterestMineError) throw cause
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new InterestMineError('BAD_INPUT', `${quote(out)} could not be written: ${why}`, { file: out }, cause)
  } finally {
    rmSync(temporary, { recursive: true, force: true })
  }
}

function describeFile(file: string): { bytes: number; sha256: string } {
  const content = readFileSync(file)
  return { bytes: content.length, sha256: createHash('sha256').update(content).digest('hex') }
}

/** Renames folder `from` to `to`; what was at `to` is removed, or put back where renaming fails. */
function replace(from: string, to: string): void {
  const old = `${from}.old`
  mkdirSync(dirname(to), { recursive: true })
  if (existsSync(to)) renameSync(to, old)
  try {
    renameSync(from, to)
  } catch (error) {
    if (existsSync(old)) renameSync(old, to)
    throw error
  }
  rmSync(old, { recursive: true, force: true })
}
