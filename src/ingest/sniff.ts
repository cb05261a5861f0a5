/** A format of files of rows. */
export type RowFormat = 'jsonl' | 'json' | 'csv' | 'parquet'

const ENDINGS: readonly [ending: RegExp, format: RowFormat][] = [
  [/\.(?:jsonl|ndjson|jsonlines)$/i, 'jsonl'],
  [/\.json$/i, 'json'],
  [/\.(?:csv|tsv|tab|psv)$/i, 'csv'],
  [/\.(?:parquet|pq)$/i, 'parquet'],
]

/** The format that a file's name stands for, with or without a final .gz; null where it stands for none. */
export function nameFormat(name: string): RowFormat | null {
  const inner = name.replace(/\.gz(?:ip)?$/i, '')
  return ENDINGS.find(([ending]) => ending.test(inner))?.[1] ?? null
}

/** The format of a text by its first characters and its name: files named .json often hold JSONL, and the reverse. */
export function sniffFormat(name: string, head: string): Exclude<RowFormat, 'parquet'> {
  const named = nameFormat(name)
  if (named === 'csv') return 'csv'
  const text = head.trimStart()
  if (/^\[\s*(?:[{\]]|$)/.test(text)) return 'json'
  if (text.startsWith('{')) return named !== 'jsonl' && /^\{\s*\n/.test(text) ? 'json' : 'jsonl'
  if (named === null) return 'csv'
  return named === 'json' && text.startsWith('[') ? 'json' : 'jsonl'
}

const DELIMITERS = [',', '\t', ';', '|']

/**
 * The character between cells: of comma, tab, semicolon and bar the most frequent one in the header line outside
 * quotes; a comma where there is none. `skip`: lines before the header (1 for a spreadsheet's "sep=;").
 */
export function sniffDelimiter(head: string): { delimiter: string; skip: number } {
  const line = /[^\r\n]*\S[^\r\n]*/.exec(head)?.[0] ?? ''
  const declared = /^"?sep=(.)"?\s*$/i.exec(line)
  if (declared !== null) return { delimiter: declared[1], skip: 1 }
  const bare = line.replace(/"(?:[^"]|"")*"/g, '')
  let delimiter = ','
  let most = 0
  for (const candidate of DELIMITERS) {
    const n = bare.split(candidate).length - 1
    if (n > most) {
      most = n
      delimiter = candidate
    }
  }
  return { delimiter, skip: 0 }
}

const ARCHIVES: readonly [magic: string, name: string][] = [
  ['PK\u0003\u0004', 'ZIP or Excel'],
  ['\u00d0\u00cf\u0011\u00e0', 'Excel'],
  ['\u0028\u00b5\u002f\u00fd', 'Zstandard'],
  ['BZh', 'bzip2'],
  ['\u00fd7zXZ', 'xz'],
  ['7z\u00bc\u00af', '7-Zip'],
  ['SQLite format 3', 'SQLite'],
  ['%PDF-', 'PDF'],
]

/** Whether a file that starts with these bytes is gzipped. */
export function isGzip(head: Uint8Array): boolean {
  return head[0] === 0x1f && head[1] === 0x8b
}

/** The name of a kind of file that cannot be read as rows, by its first bytes; null where it is none that is known. */
export function nameArchive(head: Uint8Array): string | null {
  return ARCHIVES.find(([magic]) => startsWith(head, magic))?.[1] ?? null
}

/** Whether bytes start with the character codes of `magic`. */
export function startsWith(head: Uint8Array, magic: string): boolean {
  return head.length >= magic.length && [...magic].every((c, i) => head[i] === c.charCodeAt(0))
}
