import { InterestMineError, quote } from '../errors.js'
import type { RecognisedColumn } from '../types/reports.js'

/** The column names that stand for each field, best first, in the form that `normaliseName` gives. */
export type FieldNames<F extends string> = Record<F, readonly string[]>

/**
 * The field that a column was matched with, null for none. Where several columns match a field, the one of the lowest
 * rank is used.
 */
export interface ColumnMatch<F extends string> {
  field: F | null
  /** 0 where the caller's map names the field, else the position of the name among the field's names, from 1. */
  rank: number
}

/** The columns of a file and their fields. It grows while rows with new keys come. */
export interface Columns<F extends string> {
  /** All fields that there are. */
  readonly fields: readonly F[]
  /** Columns met so far and their fields. */
  readonly claims: Map<string, ColumnMatch<F>>
  /** Known column names and their fields. */
  readonly names: ReadonlyMap<string, ColumnMatch<F>>
  /** The caller's map: column -> field, null for a column that is left out. */
  readonly map: ReadonlyMap<string, F | null>
  /** Columns that held a list or an object somewhere. */
  readonly nested: Set<string>
}

/** The word in a caller's map for a column that is left out. */
export const IGNORED = 'ignore'

/** The form in which column names are compared: "itemId", "item_id", "Item ID" and "item-id" are equal. */
export function normaliseName(name: string): string {
  return name
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[\s_\-.:]+/g, '')
}

/**
 * Columns of a file that knows the usual names and the caller's `map` from column to field ("sku" -> "id"). The other
 * way round is understood where only that makes sense, and "ignore" leaves a column out. Throws BAD_OPTION where an
 * entry of `map` names no field.
 */
export function createColumns<F extends string>(
  names: FieldNames<F>,
  map: Readonly<Record<string, string>> = {},
): Columns<F> {
  const fields = Object.keys(names) as F[]
  const byName = new Map<string, ColumnMatch<F>>()
  for (const field of fields) {
    names[field].forEach((name, i) => {
      // Rank 0 is for the caller's map.
      const match = { field, rank: i + 1 }
      if ((byName.get(name)?.rank ?? Number.POSITIVE_INFINITY) > match.rank) byName.set(name, match)
    })
  }
  return { fields, claims: new Map(), names: byName, map: readMap(map, fields), nested: new Set() }
}

function readMap<F extends string>(map: Readonly<Record<string, string>>, fields: readonly F[]): Map<string, F | null> {
  const columns = new Map<string, F | null>()
  for (const [left, right] of Object.entries(map)) {
    if (right === IGNORED) columns.set(left, null)
    else if (isField(right, fields)) columns.set(left, right)
    else if (isField(left, fields)) columns.set(right, left)
    else {
      const message = `--map ${quote(`${left}=${right}`)}: ${quote(right)} is no field; use COLUMN=FIELD with one of ${fields.join(', ')}, ${IGNORED}`
      throw new InterestMineError('BAD_OPTION', message, { option: 'map', value: `${left}=${right}` })
    }
  }
  return columns
}

function isField<F extends string>(name: string, fields: readonly F[]): name is F {
  return (fields as readonly string[]).includes(name)
}

/** The field of a column; matched once for each name. */
export function matchColumn<F extends string>(columns: Columns<F>, column: string): ColumnMatch<F> {
  let match = columns.claims.get(column)
  if (match === undefined) {
    const mapped = columns.map.get(column)
    if (mapped !== undefined) match = { field: mapped, rank: 0 }
    else match = columns.names.get(normaliseName(column)) ?? { field: null, rank: Number.POSITIVE_INFINITY }
    columns.claims.set(column, match)
  }
  return match
}

/** What is looked at before rows are read: the names of a header, or sample records of a file without one. */
export type ColumnSample = readonly (string | Readonly<Record<string, unknown>>)[]

/**
 * Matches the columns of a header or sample, and checks that each group of `required` has a column for one of its
 * fields. An empty sample is not checked. `file` is named in messages. Throws BAD_INPUT where a group has no column,
 * and where the map names a column that the header lacks.
 */
export function checkColumns<F extends string>(
  columns: Columns<F>,
  sample: ColumnSample,
  required: readonly (readonly F[])[],
  file: string,
): void {
  for (const entry of sample) {
    if (typeof entry === 'string') matchColumn(columns, entry)
    else {
      for (const [key, value] of Object.entries(entry)) {
        matchColumn(columns, key)
        if (isNested(value)) columns.nested.add(key)
      }
    }
  }
  if (sample.length === 0) return
  const found = [...columns.claims.keys()]
  const shown = found.slice(0, 12).map((column) => quote(column, 40))
  const list = `${shown.join(', ')}${found.length > shown.length ? ` and ${found.length - shown.length} more` : ''}`
  const best = chosenColumns(columns)
  const missing = required.filter((fields) => !fields.some((field) => best.has(field)))
  if (missing.length > 0) {
    const what = missing.map((fields) => `no ${fields.join(' or ')} column`).join(' and ')
    const how = missing.map(([field]) => `--map COLUMN=${field}`).join(' ')
    throw new InterestMineError(
      'BAD_INPUT',
      `${quote(file, 300)} has ${what} (found: ${list || 'none'}); name it with ${how}`,
      { file, field: missing[0][0], columns: found.slice(0, 100) },
    )
  }
  const lost = [...columns.map.keys()].find((column) => typeof sample[0] === 'string' && !sample.includes(column))
  if (lost !== undefined) {
    const message = `${quote(file, 300)} has no column ${quote(lost)} (found: ${list}); correct the --map`
    throw new InterestMineError('BAD_INPUT', message, { file, field: lost, columns: found.slice(0, 100) })
  }
}

/** Whether a value is a list or an object (but no Date), which no plain column holds. */
export function isNested(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !(value instanceof Date)
}

/** For each field that has a column, the best one. */
export function chosenColumns<F extends string>(columns: Columns<F>): Map<F, string> {
  const best = new Map<F, string>()
  for (const [column, { field, rank }] of columns.claims) {
    if (field === null) continue
    const other = best.get(field)
    if (other === undefined || rank < columns.claims.get(other)!.rank) best.set(field, column)
  }
  return best
}

/**
 * All columns met, and what each is used as: a field, or what `rest` returns for a column that is used as none (null:
 * nothing).
 */
export function listColumns<F extends string>(
  columns: Columns<F>,
  rest: (column: string) => string | null = () => null,
): RecognisedColumn[] {
  const best = chosenColumns(columns)
  return [...columns.claims].map(([column, { field }]) => ({
    column,
    as: field !== null && best.get(field) === column ? field : rest(column),
  }))
}

/** Whether a cell is absent, blank, or holds a word such as "null", "none", "n/a" or "\N" for no value. */
export function isEmptyCell(value: unknown): boolean {
  return value === undefined || value === null || (typeof value === 'string' && EMPTY.test(value))
}

const EMPTY = /^\s*(?:null|none|n\/a|na|\\n)?\s*$/i

const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d{1,3})?$/i

/** A finite number from a number or a text such as "4.5", "4,5" or "1e3"; NaN where it is none. */
export function readNumber(value: unknown): number {
  if (typeof value === 'number') return Number.isFinite(value) ? value : Number.NaN
  if (typeof value === 'bigint') return Number(value)
  if (typeof value !== 'string') return Number.NaN
  const text = value.trim()
  const plain = /^[+-]?\d+,\d+$/.test(text) ? text.replace(',', '.') : text
  if (!DECIMAL.test(plain)) return Number.NaN
  const number = Number(plain)
  return Number.isFinite(number) ? number : Number.NaN
}

/** Longest id, in UTF-16 units. */
export const MAX_ID_LENGTH = 512

/**
 * Reads an id: a text that is not blank, as it stands, or a whole number in decimal form. Returns 'missing' where there
 * is none, and 'bad' for anything else: other types, NULs, unpaired surrogates, more than 512 characters.
 */
export function readId(value: unknown): { id: string } | 'missing' | 'bad' {
  if (value === undefined || value === null) return 'missing'
  if (typeof value === 'number') return Number.isSafeInteger(value) ? { id: String(value) } : 'bad'
  if (typeof value === 'bigint') return { id: value.toString() }
  if (typeof value !== 'string' || value.length > MAX_ID_LENGTH) return 'bad'
  if (value.trim() === '') return 'missing'
  return UNSAFE_ID.test(value) ? 'bad' : { id: value }
}

const UNSAFE_ID = /[\u0000\p{Cs}]/u
