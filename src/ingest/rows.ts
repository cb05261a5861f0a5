import { type FileHandle, open } from 'node:fs/promises'
import { basename } from 'node:path'
import process from 'node:process'
import { addAbortSignal, pipeline, Readable } from 'node:stream'
import * as zlib from 'node:zlib'
import { parse } from 'csv-parse/sync'
import { type AsyncBuffer, type Compressors, parquetMetadataAsync, parquetRead, parquetSchema } from 'hyparquet'
import { InterestMineError, quote } from '../errors.js'
import { createDecoder, type Decoder, isBinary } from './decode.js'
import { createElementSplitter } from './json-elements.js'
import { type CsvRecord, createLineSplitter, createRecordJoiner } from './lines.js'
import { nameColumns, type RawRow, readCsvRow, readJsonRow, toPlain } from './records.js'
import { isGzip, nameArchive, nameFormat, type RowFormat, sniffDelimiter, sniffFormat, startsWith } from './sniff.js'

export type { RawRow } from './records.js'
export type { RowFormat } from './sniff.js'

/** An open file of rows. `rows` can be read once; leaving its loop closes the file. */
export interface RowReader {
  /** Base name of the file, or "standard input". */
  name: string
  format: RowFormat
  /** Column names; null for JSON, whose rows have keys of their own. */
  header: string[] | null
  /** The map of columns to fields that came with the options. */
  map: Record<string, string>
  rows: AsyncIterable<RawRow>
  /** Remarks for a person, such as on the encoding; complete once all rows are read. */
  notes: string[]
  /** Closes the file. Needed where `rows` is not read, as when the columns are refused. */
  close(): Promise<void>
}

/** Settings of `openRows`. */
export interface RowReadOptions {
  /** Format of the file; by default by its content and name. */
  format?: RowFormat
  /** Column -> field; passed on as `RowReader.map`. */
  map?: Record<string, string>
  /** What "-" reads; default: the standard input. */
  stdin?: Readable
  /** Aborting ends the reading of a pipe that stays open; it then fails with INTERRUPTED. */
  signal?: AbortSignal
}

/** Bytes that are looked at before the format is decided. */
const HEAD_BYTES = 65_536
const CHUNK_BYTES = 262_144
/** Largest Parquet file that comes as a stream, which has to be held in memory. */
const MAX_HELD_BYTES = 1 << 30

/**
 * Opens a file of rows: JSONL, a JSON array, CSV (comma, tab, semicolon or bar) or Parquet, each also gzipped. The
 * format is detected by content before name; "-" is the standard input. Text is UTF-8, else UTF-16, GB18030 or
 * windows-1252, by its bytes. Rows are streamed, but for Parquet that is gzipped or comes by a pipe. Rows that cannot
 * be read come as refused rows: 'broken JSON', 'not an object', 'too long', 'too many cells', 'unclosed quote', 'bad
 * encoding'. Throws BAD_INPUT, here or while rows are read, where the file is missing, a folder, unreadable, empty,
 * binary, truncated or damaged; INTERRUPTED where `signal` ends it.
 */
export async function openRows(source: string, options: RowReadOptions = {}): Promise<RowReader> {
  const name = source === '-' ? 'standard input' : basename(source)
  const file: Source = {
    name,
    shown: source === '-' ? name : quote(source, 4096),
    path: source === '-' ? null : source,
  }
  const { map = {} } = options
  const handle = file.path === null ? null : await openFile(file, file.path)
  try {
    const stream = handle === null ? stoppable(options.stdin ?? process.stdin, options.signal) : readHandle(handle)
    const packed = await peek(wrapErrors(stream, file))
    const gzipped = isGzip(packed.head)
    const unpacked = gzipped ? gunzip(packed.all) : null
    const bytes = unpacked === null ? packed : await peek(wrapErrors(unpacked, file))
    const close = async () => {
      unpacked?.destroy()
      if (handle === null) (stream as Readable).destroy()
      await handle?.close()
    }
    const base = { name, map, notes: [] as string[], close }
    if (bytes.head.length === 0) throw badInput(file, 'is empty', 'give a file with rows')
    if (startsWith(bytes.head, 'PAR1')) {
      const buffer = (gzipped ? null : await fileBuffer(handle)) ?? (await holdBytes(bytes.all, file))
      return { ...base, format: 'parquet', ...(await readParquet(buffer, file, close)) }
    }
    if (options.format === 'parquet' || nameFormat(name) === 'parquet') {
      throw badInput(file, 'is no Parquet file', 'check that it is whole, or rename it if it is CSV or JSON')
    }
    const archive = nameArchive(bytes.head)
    if (archive !== null)
      throw badInput(file, `is a ${archive} file`, 'unpack it first, or give JSONL, CSV, Parquet or .gz')
    if (isBinary(bytes.head)) throw badInput(file, 'is not text', 'give JSONL, JSON, CSV or Parquet')
    const decoder = createDecoder(bytes.head)
    const head = createDecoder(bytes.head).decode(bytes.head, true)
    const format = options.format ?? sniffFormat(name, head)
    const texts = readTexts(bytes.all, decoder, base.notes, close)
    if (format === 'csv') return { ...base, format, ...(await readCsv(texts, decoder, head, file)) }
    const rows = format === 'json' ? readElements(texts, decoder, base.notes) : readJsonLines(texts, decoder)
    return { ...base, format, header: null, rows }
  } catch (error) {
    await handle?.close()
    throw error
  }
}

/** A file or the standard input. */
interface Source {
  name: string
  /** How messages name it. */
  shown: string
  /** Null: the standard input. */
  path: string | null
}

// ---------------------------------------------------------------- bytes

async function openFile(file: Source, path: string): Promise<FileHandle> {
  try {
    const handle = await open(path)
    if (!(await handle.stat()).isDirectory()) return handle
    await handle.close()
    throw badInput(file, 'is a folder', 'name a file in it')
  } catch (error) {
    throw inputError(error, file)
  }
}

function stoppable(stream: Readable, signal: AbortSignal | undefined): Readable {
  return signal ? addAbortSignal(signal, stream) : stream
}

async function* readHandle(handle: FileHandle): AsyncGenerator<Uint8Array> {
  for (;;) {
    const { bytesRead, buffer } = await handle.read(new Uint8Array(CHUNK_BYTES), 0, CHUNK_BYTES, null)
    if (bytesRead === 0) return
    yield buffer.subarray(0, bytesRead)
  }
}

function gunzip(packed: AsyncIterable<Uint8Array>): Readable {
  // An error is raised to the reader of the unpacked bytes, so it is ignored here.
  return pipeline(Readable.from(packed), zlib.createGunzip({ chunkSize: CHUNK_BYTES }), () => {})
}

async function* wrapErrors(bytes: AsyncIterable<Uint8Array | string>, file: Source): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of bytes) yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk
  } catch (error) {
    throw inputError(error, file)
  }
}

/** Reads the first bytes (`head`); `all` gives these and the rest. */
async function peek(bytes: AsyncGenerator<Uint8Array>): Promise<{ head: Uint8Array; all: AsyncIterable<Uint8Array> }> {
  const chunks: Uint8Array[] = []
  let size = 0
  while (size < HEAD_BYTES) {
    const next = await bytes.next()
    if (next.done) break
    chunks.push(next.value)
    size += next.value.length
  }
  const head = chunks.length === 1 ? chunks[0] : Buffer.concat(chunks)
  return { head, all: replay(head, bytes) }
}

async function* replay(head: Uint8Array, rest: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  if (head.length > 0) yield head
  yield* rest
}

function badInput(file: Source, what: string, next: string, cause?: unknown): InterestMineError {
  const details = { file: file.path ?? file.name }
  return new InterestMineError('BAD_INPUT', `${file.shown} ${what}; ${next}`, details, cause)
}

function inputError(error: unknown, file: Source): unknown {
  const code = (error as { code?: unknown } | null)?.code
  if (error instanceof InterestMineError || typeof code !== 'string') return error
  if (code === 'ABORT_ERR')
    return new InterestMineError('INTERRUPTED', `stopped while reading ${file.shown}`, {}, error)
  if (code === 'ENOENT') return badInput(file, 'does not exist', 'check the path', error)
  if (code.startsWith('Z_')) return badInput(file, 'is damaged or cut off (gzip)', 'fetch or pack it again', error)
  return badInput(file, `cannot be read (${code})`, 'check its permissions and the path', error)
}

// ---------------------------------------------------------------- text

async function* readTexts(
  bytes: AsyncIterable<Uint8Array>,
  decoder: Decoder,
  notes: string[],
  close: () => Promise<void>,
): AsyncGenerator<string> {
  let named = false
  let damaged = false
  const note = () => {
    if (!named && decoder.encoding !== null && decoder.encoding !== 'utf-8') {
      notes.push(`read as ${decoder.encoding}, as it is not UTF-8`)
      named = true
    }
    if (!damaged && decoder.damaged) {
      notes.push(`some bytes are no ${decoder.encoding}: their rows are refused`)
      damaged = true
    }
  }
  try {
    for await (const chunk of bytes) {
      const text = decoder.decode(chunk)
      note()
      yield text
    }
    const text = decoder.decode(new Uint8Array(0), true)
    note()
    yield text
  } finally {
    await close()
  }
}

async function* readJsonLines(texts: AsyncIterable<string>, decoder: Decoder): AsyncGenerator<RawRow> {
  const lines = createLineSplitter()
  for await (const text of texts) {
    for (const line of lines.push(text)) if (line.text?.trim() !== '') yield readJsonRow(line, decoder.damaged)
  }
  for (const line of lines.end()) if (line.text?.trim() !== '') yield readJsonRow(line, decoder.damaged)
}

async function* readElements(texts: AsyncIterable<string>, decoder: Decoder, notes: string[]): AsyncGenerator<RawRow> {
  const elements = createElementSplitter()
  for await (const text of texts) {
    for (const element of elements.push(text)) yield readJsonRow(element, decoder.damaged)
  }
  for (const element of elements.end()) yield readJsonRow(element, decoder.damaged)
  if (elements.closed === false) notes.push('the JSON array is not closed: the file may be cut off')
}

// ---------------------------------------------------------------- CSV

async function readCsv(
  texts: AsyncGenerator<string>,
  decoder: Decoder,
  head: string,
  file: Source,
): Promise<{ header: string[]; rows: AsyncIterable<RawRow> }> {
  const { delimiter, skip } = sniffDelimiter(head)
  const records = joinRecords(texts, delimiter)
  let batch: CsvRecord[] = []
  let seen = 0
  while (batch.length === 0) {
    const next = await records.next()
    if (next.done) throw badInput(file, 'has no header line', 'its first line must name the columns')
    batch = next.value.slice(Math.max(0, skip - seen))
    seen += next.value.length
  }
  const [first, ...rest] = batch
  const [cells] = 'reason' in first ? [null] : readCells([first], delimiter)
  if (cells === null)
    throw badInput(file, 'has no header line that can be read', 'its first line must name the columns')
  const header = nameColumns(cells)
  return { header, rows: readCsvRows(rest, records, header, delimiter, decoder) }
}

async function* joinRecords(texts: AsyncIterable<string>, delimiter: string): AsyncGenerator<CsvRecord[]> {
  const lines = createLineSplitter()
  const records = createRecordJoiner(delimiter)
  for await (const text of texts) yield records.push(lines.push(text))
  yield records.push(lines.end())
  yield records.end()
}

async function* readCsvRows(
  first: CsvRecord[],
  others: AsyncGenerator<CsvRecord[]>,
  header: readonly string[],
  delimiter: string,
  decoder: Decoder,
): AsyncGenerator<RawRow> {
  try {
    for (let batch: CsvRecord[] | null = first; batch !== null; ) {
      const cells = readCells(batch, delimiter)
      for (let i = 0; i < batch.length; i++) yield readCsvRow(batch[i], cells[i], header, decoder.damaged)
      const next: IteratorResult<CsvRecord[]> = await others.next()
      batch = next.done ? null : next.value
    }
  } finally {
    await others.return(undefined)
  }
}

/** The cells of each record; null where its text was dropped. Records without a quote need no parser. */
function readCells(records: readonly CsvRecord[], delimiter: string): (string[] | null)[] {
  const quoted: string[] = []
  for (const record of records) if (!('reason' in record) && record.quoted) quoted.push(record.text)
  const parsed = quoted.length === 0 ? [] : parseQuoted(quoted, delimiter)
  let at = 0
  return records.map((record) => {
    if ('reason' in record || !record.quoted) return record.text?.split(delimiter) ?? null
    return parsed[at++]
  })
}

function parseQuoted(texts: readonly string[], delimiter: string): string[][] {
  const options = { delimiter, record_delimiter: '\n', relax_quotes: true, relax_column_count: true }
  try {
    const records = parse(texts.join('\n'), options)
    if (records.length === texts.length) return records
  } catch (error) {
    if (texts.length === 1) return [texts[0].split(delimiter)]
    if (!(error instanceof Error)) throw error
  }
  // Parsed together, one odd record shifts the others: parse each by itself.
  if (texts.length === 1) return [texts[0].split(delimiter)]
  return texts.flatMap((text) => parseQuoted([text], delimiter))
}

// ---------------------------------------------------------------- Parquet

const { zstdDecompressSync } = zlib as unknown as { zstdDecompressSync?: typeof zlib.gunzipSync }
const limit = (length: number) => ({ maxOutputLength: Math.max(1, length) })

/** Codecs besides Snappy, which hyparquet has itself. Node.js has Zstandard since 22.15. */
const COMPRESSORS: Compressors = {
  GZIP: (input, length) => zlib.gunzipSync(input, limit(length)),
  BROTLI: (input, length) => zlib.brotliDecompressSync(input, limit(length)),
  ...(zstdDecompressSync && { ZSTD: (input: Uint8Array, length: number) => zstdDecompressSync(input, limit(length)) }),
}

/** Random access to a file; null where there is none or it is a pipe. */
async function fileBuffer(handle: FileHandle | null): Promise<AsyncBuffer | null> {
  const stat = await handle?.stat()
  if (handle === null || !stat?.isFile()) return null
  const { size } = stat
  return {
    byteLength: size,
    async slice(start, end = size) {
      const bytes = new Uint8Array(end - start)
      let done = 0
      while (done < bytes.length) {
        const { bytesRead } = await handle.read(bytes, done, bytes.length - done, start + done)
        if (bytesRead === 0) throw new Error('the file ends early')
        done += bytesRead
      }
      return bytes.buffer
    },
  }
}

async function holdBytes(bytes: AsyncIterable<Uint8Array>, file: Source): Promise<AsyncBuffer> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of bytes) {
    size += chunk.length
    if (size > MAX_HELD_BYTES)
      throw badInput(file, 'is Parquet of over 1 GB in a stream', 'give it as an unpacked file')
    chunks.push(chunk)
  }
  const all = new Uint8Array(size)
  let at = 0
  for (const chunk of chunks) {
    all.set(chunk, at)
    at += chunk.length
  }
  return { byteLength: size, slice: (start, end) => all.buffer.slice(start, end) }
}

async function readParquet(
  buffer: AsyncBuffer,
  file: Source,
  close: () => Promise<void>,
): Promise<{ header: string[]; rows: AsyncIterable<RawRow> }> {
  const damaged = (error: unknown) =>
    badInput(file, 'is a damaged or cut Parquet file', 'fetch or write it again', error)
  try {
    const metadata = await parquetMetadataAsync(buffer)
    const header = parquetSchema(metadata).children.map(({ element }) => element.name)
    const codecs = metadata.row_groups.flatMap((group) => group.columns.map((column) => column.meta_data?.codec))
    const unknown = codecs.find(
      (codec) => codec && !(codec in COMPRESSORS) && codec !== 'SNAPPY' && codec !== 'UNCOMPRESSED',
    )
    if (unknown) {
      throw badInput(
        file,
        `is compressed with ${unknown}, which this Node.js cannot unpack`,
        'write it with snappy or gzip',
      )
    }
    const sizes = metadata.row_groups.map((group) => Number(group.num_rows))
    return { header, rows: readGroups() }

    async function* readGroups(): AsyncGenerator<RawRow> {
      try {
        let rowStart = 0
        for (const size of sizes) {
          const rowEnd = rowStart + size
          let group: unknown[][] = []
          const onComplete = (rows: unknown[][]) => {
            group = rows
          }
          try {
            await parquetRead({ file: buffer, metadata, compressors: COMPRESSORS, rowStart, rowEnd, onComplete })
          } catch (error) {
            throw damaged(error)
          }
          for (const cells of group) {
            const record: Record<string, unknown> = Object.create(null)
            for (let i = 0; i < header.length; i++) record[header[i]] = toPlain(cells[i])
            yield { line: ++rowStart, record }
          }
          rowStart = rowEnd
        }
      } finally {
        await close()
      }
    }
  } catch (error) {
    throw error instanceof InterestMineError ? error : damaged(error)
  }
}
