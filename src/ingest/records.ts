import { recoverRecord } from './json-elements.js'
import type { CsvRecord } from './lines.js'

/**
 * One row of a file, or why it is refused. `line`: the line of the file on which it starts (for Parquet, the row), from
 * 1. A refused row has in `record` what could still be read of it, so that its id is known.
 */
export type RawRow =
  | { line: number; record: Record<string, unknown> }
  | { line: number; reason: string; field: string | null; record?: Record<string, unknown> }

/** Stands in decoded text for bytes that could not be decoded. */
const REPLACEMENT = '\ufffd'

/** The row of a JSON text. `text` null: it was too long; `damaged`: the file has bytes that could not be decoded. */
export function readJsonRow({ line, text }: { line: number; text: string | null }, damaged: boolean): RawRow {
  if (text === null) return { line, reason: 'too long', field: null }
  let record: unknown
  try {
    record = JSON.parse(text)
  } catch {
    return { line, reason: 'broken JSON', field: null, record: recoverRecord(text) }
  }
  if (record === null || typeof record !== 'object' || Array.isArray(record)) {
    return { line, reason: 'not an object', field: null }
  }
  // Without a prototype, keys such as "__proto__" or "constructor" are names like any other.
  const plain = Object.setPrototypeOf(record, null) as Record<string, unknown>
  if (damaged && text.includes(REPLACEMENT)) return { line, reason: 'bad encoding', field: null, record: plain }
  return { line, record: plain }
}

/**
 * The names of a header's columns: trimmed, never empty, and no two the same. An empty or repeated one gets its number.
 */
export function nameColumns(cells: readonly string[]): string[] {
  const names = new Set<string>()
  cells.forEach((cell, i) => {
    const name = cell.trim() || `column_${i + 1}`
    names.add(names.has(name) ? `${name}_${i + 1}` : name)
  })
  return [...names]
}

/**
 * The row of a CSV record with the given header. `cells` null: its text was dropped for its length. Missing cells are
 * ''.
 */
export function readCsvRow(
  source: CsvRecord,
  cells: string[] | null,
  header: readonly string[],
  damaged: boolean,
): RawRow {
  const { line } = source
  if (cells === null) return { line, reason: 'too long', field: null }
  const record: Record<string, unknown> = Object.create(null)
  for (let i = 0; i < header.length; i++) record[header[i]] = cells[i] ?? ''
  const refuse = (reason: string) => ({ line, reason, field: null, record })
  if ('reason' in source) return refuse(source.reason)
  // Some programs end every line with a delimiter: empty cells beyond the header are ignored.
  if (cells.length > header.length && cells.slice(header.length).some((cell) => cell !== ''))
    return refuse('too many cells')
  return damaged && source.text.includes(REPLACEMENT) ? refuse('bad encoding') : { line, record }
}

/** A Parquet value as JSON has it: times as ISO 8601, whole numbers beyond 2^53 as decimal texts, bytes as null. */
export function toPlain(value: unknown): unknown {
  if (value === null || value === undefined || typeof value === 'string' || typeof value === 'number') return value
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : value.toString()
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString()
  if (value instanceof Uint8Array) return null
  if (ArrayBuffer.isView(value)) return Array.from(value as unknown as ArrayLike<unknown>, toPlain)
  if (Array.isArray(value)) return value.map(toPlain)
  if (typeof value !== 'object') return value
  const record: Record<string, unknown> = Object.create(null)
  for (const [key, part] of Object.entries(value)) record[key] = toPlain(part)
  return record
}
