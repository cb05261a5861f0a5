import { MAX_ROW_LENGTH, type Splitter } from './lines.js'

/** The text of one element of a JSON array; null where it is longer than the limit and was dropped. */
export interface JsonElement {
  /** The line of the file on which it starts, from 1. */
  line: number
  text: string | null
}

/** Splits a JSON array that comes in pieces into its elements. */
export interface ElementSplitter extends Splitter<JsonElement> {
  /** Whether the array's closing bracket was met; null while the text has not begun with an array. */
  closed: boolean | null
}

const OUTSIDE_STRING = /["{}[\]\n,]/g
const INSIDE_STRING = /["\\\n]/g

/**
 * Splits a JSON array (or objects one after another) into the texts of its elements, of at most `maxLength` UTF-16
 * units each, and never holds more than one of them. Only brackets and strings are balanced; whether an element is JSON
 * is left to JSON.parse. A string that runs over a line end breaks its element: the next line that starts with "{" is
 * taken for the next one.
 */
export function createElementSplitter(maxLength = MAX_ROW_LENGTH): ElementSplitter {
  let line = 1
  /** The element being read: its line, its pieces, their length. Null between elements. */
  let element: { line: number; parts: string[]; length: number } | null = null
  let depth = 0
  let inString = false
  let escaped = false
  /** A string of the element ran over its line: only a line that starts with a bracket ends it. */
  let lost = false
  let atLineStart = false
  let any = false

  const append = (text: string) => {
    if (element === null || text === '') return
    element.length += text.length
    if (element.length > maxLength) element.parts = []
    else element.parts.push(text)
  }
  const finish = (out: JsonElement[]) => {
    if (element === null) return
    const text = element.length > maxLength ? null : element.parts.join('').trim()
    if (text !== '') out.push({ line: element.line, text })
    element = null
    depth = 0
    inString = escaped = lost = atLineStart = false
  }
  /** Goes to the start of the next element; returns its position, or the length of the text. */
  const skipBetween = (text: string, from: number): number => {
    for (let i = from; i < text.length; i++) {
      const c = text[i]
      if (c === '\n') line++
      else if (c === '[' && !any && splitter.closed === null) splitter.closed = false
      else if (c === ']' && splitter.closed !== null) splitter.closed = true
      else if (!', \t\r\ufeff'.includes(c)) return i
    }
    return text.length
  }
  /** Goes to where the element ends; returns that position, or -1 if the text ends first. */
  const findEnd = (text: string, from: number): number => {
    let i = from
    while (i < text.length) {
      if (escaped) {
        escaped = false
        if (text[i] !== '\n') i++
        continue
      }
      if (lost && atLineStart) {
        const c = text[i]
        if (c === '{' || c === ']') return i
        atLineStart = c === ' ' || c === '\t'
        if (atLineStart) {
          i++
          continue
        }
      }
      const pattern = inString ? INSIDE_STRING : OUTSIDE_STRING
      pattern.lastIndex = i
      const match = pattern.exec(text)
      if (match === null) return -1
      const c = match[0]
      i = match.index + 1
      if (c === '\n') {
        if (inString) lost = true
        inString = false
        // A value without brackets ends at its line end.
        if (depth === 0 && !lost) return match.index
        line++
        atLineStart = true
      } else if (c === '"') inString = !inString
      else if (c === '\\') escaped = true
      else if (c === '{' || c === '[') depth++
      else if (lost) depth = Math.max(1, depth - (c === ',' ? 0 : 1))
      else if (depth === 0) return match.index
      else if (c !== ',' && --depth === 0) return i
    }
    return -1
  }

  const splitter: ElementSplitter = {
    closed: null,
    push(text) {
      const out: JsonElement[] = []
      let i = 0
      while (i < text.length) {
        if (element === null) {
          i = skipBetween(text, i)
          if (i === text.length) break
          element = { line, parts: [], length: 0 }
          any = true
        }
        const end = findEnd(text, i)
        append(text.slice(i, end === -1 ? text.length : end))
        if (end === -1) break
        // A bracket that closes nothing is skipped.
        i = end === i && element.length === 0 ? end + 1 : end
        finish(out)
      }
      return out
    },
    end() {
      const out: JsonElement[] = []
      finish(out)
      return out
    },
  }
  return splitter
}

const PAIR = /"((?:[^"\\\n]|\\.){1,100})"\s*:\s*("(?:[^"\\\n]|\\.){0,2000}"|-?\d[\d.eE+-]{0,30})/g
/** How much of a broken text is searched, in UTF-16 units. */
const RECOVERED_LENGTH = 65_536

/**
 * The pairs of a name and a text or number that can still be read in broken JSON, so that a refused row can be named by
 * its id.
 */
export function recoverRecord(text: string): Record<string, unknown> {
  const record: Record<string, unknown> = Object.create(null)
  for (const [, name, value] of text.slice(0, RECOVERED_LENGTH).matchAll(PAIR)) {
    try {
      const key = JSON.parse(`"${name}"`)
      if (!(key in record)) record[key] = JSON.parse(value)
    } catch {
      // This pair is no JSON either.
    }
  }
  return record
}
