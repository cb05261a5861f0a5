import { cutText, tidyText } from '../text.js'
import type { Item } from '../types/items.js'
import { isEmptyCell, readNumber } from './columns.js'
import { readDataUri } from './data-uri.js'
import { parseTime } from './times.js'

const MAX_NAME = 500
const MAX_LINK = 2_000
const MAX_CATEGORIES = 64
const MAX_ATTRIBUTES = 64
const MAX_ATTRIBUTE = 1_000
/** Length of a title that is made from the text, in characters. */
const MADE_TITLE = 80

/** A text or number as a text; the texts and numbers of a list joined by spaces; '' for anything else. */
export function readText(value: unknown): string {
  if (typeof value === 'string') return value
  if (typeof value === 'number' || typeof value === 'bigint') return String(value)
  if (!Array.isArray(value)) return ''
  return value.filter((part) => typeof part === 'string' || typeof part === 'number').join(' ')
}

/** The first words of a text, at most 80 characters: the title of an item that has none. */
export function firstWords(text: string): string {
  if (text.length <= MADE_TITLE) return text
  const cut = cutText(text, MADE_TITLE + 1)
  const space = cut.lastIndexOf(' ')
  return space > 0 ? cut.slice(0, space) : cutText(text, MADE_TITLE)
}

/**
 * A name from a cell: a text or number, or an object with a `name`, `title` or `label`; of a list the first entry.
 * Tidied and cut to 500 characters; undefined where it is empty.
 */
export function readName(value: unknown): string | undefined {
  const first = Array.isArray(value) ? value[0] : value
  const name = tidyText(readText(nameOf(first)), MAX_NAME).trim()
  return name === '' || isEmptyCell(name) ? undefined : name
}

/**
 * An address or path from a cell, as it is written, tidied; of a list the first entry. Undefined where there is none.
 */
export function readLink(value: unknown): string | undefined {
  const first = Array.isArray(value) ? value[0] : value
  const link = typeof first === 'string' ? tidyText(first, MAX_LINK).trim() : ''
  return link === '' ? undefined : link
}

/**
 * A picture or sound from a cell: its bytes, also where they come as a data: URI, or the address or path of its file.
 * Undefined where there is none or the URI is malformed.
 */
export function readMedia(value: unknown): string | Uint8Array | undefined {
  const first = Array.isArray(value) ? value[0] : value
  const bytes = typeof first === 'string' && /^\s*data:/i.test(first) ? readDataUri(first) : first
  if (bytes instanceof Uint8Array) return bytes.length > 0 ? bytes : undefined
  return bytes === null ? undefined : readLink(bytes)
}

/** The name of an object such as {"id": 16, "name": "Animation"}; any other value as it is. */
function nameOf(value: unknown): unknown {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value
  const { name, title, label } = value as Record<string, unknown>
  return name ?? title ?? label
}

/**
 * Categories from a cell: one path or tags (a list of names), or several paths (a list of lists). Texts are split at "
 * > ", "|" and ";", or are a JSON list. Names in lists are kept as they are written. Undefined where there are none.
 */
export function readCategories(value: unknown): Item['categories'] {
  if (typeof value === 'string') return readCategoryCell(value)
  if (!Array.isArray(value)) {
    const name = readName(value)
    return name === undefined ? undefined : [name]
  }
  if (value.some(Array.isArray)) {
    const paths = value.map((path) => names(Array.isArray(path) ? path : [path])).filter((path) => path.length > 0)
    return paths.length === 0 ? undefined : paths.slice(0, MAX_CATEGORIES)
  }
  const list = names(value)
  if (list.length === 0) return undefined
  return list.some((name) => PATH.test(name)) ? list.map((name) => splitNames(name, PATH)) : list
}

const PATH = /\s+[>›»]\s+/

function readCategoryCell(cell: string): Item['categories'] {
  const text = cell.trim().replaceAll('&gt;', '>')
  if (text.startsWith('[')) {
    const list = parseList(text)
    if (list !== null) return readCategories(list)
  }
  const several = splitNames(text, text.includes('|') ? /\|/ : /;/).slice(0, MAX_CATEGORIES)
  if (several.length === 0) return undefined
  const paths = several.map((path) => splitNames(path, PATH))
  if (paths.length === 1) return paths[0]
  return paths.every((path) => path.length === 1) ? paths.flat() : paths
}

function parseList(text: string): unknown[] | null {
  for (const attempt of [text, text.replaceAll("'", '"')]) {
    try {
      const list: unknown = JSON.parse(attempt)
      if (Array.isArray(list)) return list
    } catch {
      // Not a JSON list. Python prints lists with single quotes; anything else is a plain name.
    }
  }
  return null
}

function splitNames(text: string, at: RegExp): string[] {
  return names(text.split(at).map((name) => name.trim()))
}

function names(list: readonly unknown[]): string[] {
  return list
    .map((name) => tidyText(readText(nameOf(name)), MAX_NAME))
    .filter((name) => name.trim() !== '')
    .slice(0, MAX_CATEGORIES)
}

/**
 * A price above 0 from a number, or a text such as "$1,299.00", "1.299,00 €" or "¥99"; undefined where there is none.
 */
export function readPrice(value: unknown): number | undefined {
  const price = typeof value === 'string' ? readPriceCell(value) : readNumber(value)
  return Number.isFinite(price) && price > 0 ? price : undefined
}

function readPriceCell(cell: string): number {
  const text = cell.replace(
    /^[\s\p{Sc}]*(?:[A-Z]{2,3}\b)?[\s\p{Sc}]*|[\s\p{Sc}]*(?:\b[A-Z]{3}|元|円)?[\s\p{Sc}]*$/gu,
    '',
  )
  if (/^\d{1,3}(?:,\d{3})+(?:\.\d+)?$/.test(text)) return Number(text.replaceAll(',', ''))
  if (/^\d{1,3}(?:\.\d{3})+,\d+$/.test(text)) return Number(text.replaceAll('.', '').replace(',', '.'))
  return readNumber(text)
}

/**
 * Milliseconds since 1970 from a date (see `parseTime`); a year alone is its first day. Undefined where there is none.
 */
export function readDate(value: unknown): number | undefined {
  const text = typeof value === 'number' ? String(value) : value
  const time = typeof text === 'string' && /^\s*[12]\d{3}\s*$/.test(text) ? Date.UTC(Number(text), 0) : parseTime(value)
  return Number.isNaN(time) ? undefined : time
}

/**
 * A vector from a list of numbers, a typed array, or a text of numbers between spaces, commas, semicolons or bars. Null
 * where an entry is no finite number or all are 0.
 */
export function readVectorValue(value: unknown): Float32Array | null {
  const list = typeof value === 'string' ? readVectorCell(value) : value
  if (!Array.isArray(list) && !ArrayBuffer.isView(list)) return null
  if (list instanceof DataView) return null
  const source = list as ArrayLike<unknown>
  const vector = new Float32Array(source.length)
  let some = false
  for (let i = 0; i < vector.length; i++) {
    if (typeof source[i] !== 'number') return null
    vector[i] = source[i] as number
    if (!Number.isFinite(vector[i])) return null
    some ||= vector[i] !== 0
  }
  return some ? vector : null
}

function readVectorCell(cell: string): number[] {
  const inner = cell.trim().replace(/^[[(]|[\])]$/g, '')
  return inner
    .split(/[\s,;|]+/)
    .filter((part) => part !== '')
    .map(Number)
}

/**
 * Attributes of an item: the scalar values of `rest` (columns that are no field), then those of `given` (an object in a
 * column named `attributes`); the first value of a name counts. At most 64; null where there are none.
 */
export function readAttributes(
  rest: readonly [column: string, value: unknown][],
  given: unknown,
): Item['attributes'] | null {
  const entries = [...rest]
  if (given !== null && typeof given === 'object' && !Array.isArray(given)) entries.push(...Object.entries(given))
  const attributes: Record<string, string | number | boolean> = Object.create(null)
  let n = 0
  for (const [column, value] of entries) {
    if (n === MAX_ATTRIBUTES) break
    const scalar = readScalar(value)
    const name = tidyText(column, MAX_NAME)
    if (scalar === undefined || name in attributes) continue
    attributes[name] = scalar
    n++
  }
  return n === 0 ? null : attributes
}

function readScalar(value: unknown): string | number | boolean | undefined {
  if (typeof value === 'boolean') return value
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined
  if (typeof value === 'bigint') return value.toString()
  if (typeof value !== 'string') return undefined
  const text = tidyText(value, MAX_ATTRIBUTE)
  return text.trim() === '' ? undefined : text
}
