/** One line of a file without its line end; `text` is null where it is longer than the limit and was dropped. */
export interface Line {
  /** The number of the line, from 1. */
  line: number
  text: string | null
}

/** Splits a text that comes in pieces. */
export interface Splitter<T> {
  /** The parts that are complete once this piece is added. */
  push(text: string): T[]
  /** The part that is left once the text has ended. */
  end(): T[]
}

/** Longest line, record or JSON element that is read, in UTF-16 units. */
export const MAX_ROW_LENGTH = 16 * 1024 * 1024

/** Splits at LF and CRLF, and at CR where the first piece of the text has CRs but no LF. Blank lines are kept. */
export function createLineSplitter(maxLength = MAX_ROW_LENGTH): Splitter<Line> {
  let parts: string[] = []
  let length = 0
  let line = 0
  let macintosh: boolean | null = null
  const complete = (): Line => {
    const text = length > maxLength ? null : stripReturn(parts.length === 1 ? parts[0] : parts.join(''))
    parts = []
    length = 0
    return { line: ++line, text }
  }
  const add = (part: string) => {
    length += part.length
    if (length > maxLength) parts = []
    else if (part !== '') parts.push(part)
  }
  return {
    push(piece) {
      macintosh ??= piece.includes('\r') && !piece.includes('\n')
      const pieces = (macintosh ? piece.replaceAll('\r', '\n') : piece).split('\n')
      const lines: Line[] = []
      for (let i = 0; i < pieces.length - 1; i++) {
        add(pieces[i])
        lines.push(complete())
      }
      add(pieces[pieces.length - 1])
      return lines
    },
    end: () => (length > 0 ? [complete()] : []),
  }
}

function stripReturn(text: string): string {
  return text.endsWith('\r') ? text.slice(0, -1) : text
}

/**
 * One record of a CSV file, or a line that is none and why. `line`: the line on which it starts, from 1; `quoted`: it
 * has quotes and needs a parser.
 */
export type CsvRecord =
  | { line: number; text: string; quoted: boolean }
  | { line: number; reason: 'too long' | 'unclosed quote'; text: string | null }

/**
 * Joins lines to CSV records: a line end inside quotes belongs to the cell. A quote opens a cell only as its first
 * character. An unclosed quote costs its own line and not the rest of the file: where the text ends inside quotes, or a
 * quote on a later line is followed by neither delimiter nor line end, or the record grows longer than `maxLength`, its
 * first line is refused and reading goes on with the second. Blank lines outside quotes are no records. `push` returns
 * the records that some lines complete, `end` those that are left.
 */
export function createRecordJoiner(delimiter: string, maxLength = MAX_ROW_LENGTH) {
  /** The lines of a record whose quotes are still open. */
  let pending: string[] = []
  let start = 0
  let length = 0

  const takeLines = (lines: readonly Line[], ended: boolean): CsvRecord[] => {
    const out: CsvRecord[] = []
    /** Lines to be read once more, the next one last. */
    const again: Line[] = []
    let at = 0
    const giveUp = () => {
      out.push({ line: start, reason: 'unclosed quote', text: pending[0] })
      for (let i = pending.length - 1; i > 0; i--) again.push({ line: start + i, text: pending[i] })
      pending = []
    }
    for (;;) {
      const next = again.pop() ?? lines[at++]
      if (next === undefined) {
        if (!ended || pending.length === 0) return out
        giveUp()
        continue
      }
      const { line, text } = next
      if (text === null) {
        if (pending.length > 0) {
          again.push(next)
          giveUp()
        } else out.push({ line, reason: 'too long', text })
      } else if (pending.length === 0 && !text.includes('"')) {
        if (text.trim() !== '') out.push({ line, text, quoted: false })
      } else {
        const state = scanQuotes(text, delimiter, pending.length > 0)
        if (pending.length === 0) {
          start = line
          length = 0
        }
        pending.push(text)
        length += text.length + 1
        if (state === 'closed') {
          out.push({ line: start, text: pending.join('\n'), quoted: true })
          pending = []
        } else if (state === 'broken' || length > maxLength) giveUp()
      }
    }
  }
  return { push: (lines: readonly Line[]) => takeLines(lines, false), end: () => takeLines([], true) }
}

/**
 * Follows the quotes of one line; `inside`: it starts inside quotes. Text after a closing quote (as in "5" screen") is
 * accepted on the line where the cell began, and 'broken' where the cell began on an earlier line.
 */
function scanQuotes(text: string, delimiter: string, inside: boolean): 'open' | 'closed' | 'broken' {
  let quoting = inside
  let carried = inside
  let i = 0
  while (i < text.length) {
    if (!quoting) {
      if (text[i] === '"') {
        quoting = true
        i++
      } else {
        const next = text.indexOf(delimiter, i)
        if (next === -1) return 'closed'
        i = next + 1
      }
      continue
    }
    const quote = text.indexOf('"', i)
    if (quote === -1) return 'open'
    const after = text[quote + 1]
    if (after === '"') i = quote + 2
    else if (after === undefined) return 'closed'
    else if (after === delimiter) {
      quoting = carried = false
      i = quote + 2
    } else if (carried) return 'broken'
    else {
      // The cell goes on without quotes up to the next delimiter.
      quoting = false
      const next = text.indexOf(delimiter, quote + 1)
      if (next === -1) return 'closed'
      i = next + 1
    }
  }
  return quoting ? 'open' : 'closed'
}
