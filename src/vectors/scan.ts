import type { Vectors } from '../columns.js'
import { isBytes } from './bytes.js'
import { DOT_KERNELS, type Dots } from './dot-kernels.js'

/** The part of WebAssembly that is used; the language's own types leave it to browsers'. */
interface WasmMemory {
  buffer: ArrayBuffer
  grow(pages: number): number
}
declare const WebAssembly: {
  Memory: new (size: { initial: number }) => WasmMemory
  Module: new (bytes: Uint8Array) => object
  Instance: new (module: object, imports: object) => { exports: Record<string, unknown> }
}

/**
 * Inner products of one vector with many rows by WebAssembly SIMD, five times as fast as plain loops and the same on
 * every machine. Of float32 rows, sums are single precision, in an order that depends on nothing but the length; of
 * rows in bytes they are whole numbers, and exact, the query being rounded to 32767 steps. So a row's product is the
 * same whichever rows it is asked with.
 *
 * `rows`: those asked for; without it, all of them. Returns one number a row.
 */
export function scanRows(vectors: Vectors, query: ArrayLike<number>, rows?: Int32Array): Float32Array {
  const { memory, dots, base, width, everyRow, scratch } = scannerOf(vectors)
  const n = rows ? rows.length : vectors.rows
  const list = rows ? scratch(n) : everyRow
  if (rows) new Int32Array(memory.buffer).set(rows, list.rows >> 2)
  if (!isBytes(vectors)) {
    new Float32Array(memory.buffer).set(query)
    dots(0, base, list.rows, n, width, list.out)
    return new Float32Array(memory.buffer).slice(list.out >> 2, (list.out >> 2) + n)
  }
  const step = writeSteps(query, new Int16Array(memory.buffer))
  dots(0, base, list.rows, n, width, list.out)
  const sums = new Int32Array(memory.buffer, list.out, n)
  const products = new Float32Array(n)
  for (let i = 0; i < n; i++) products[i] = sums[i] * step * vectors.scales[rows ? rows[i] : i]
  return products
}

/** A query in whole numbers, as fine as sums of products with bytes still fit into 32 bits; returns what one step is worth. */
function writeSteps(query: ArrayLike<number>, to: Int16Array): number {
  const most = Math.min(32_767, Math.floor((2 ** 31 - 1) / (127 * query.length)))
  let largest = 0
  for (let k = 0; k < query.length; k++) largest = Math.max(largest, Math.abs(query[k]))
  const step = largest / most
  for (let k = 0; k < query.length; k++) to[k] = step > 0 ? Math.round(query[k] / step) : 0
  return step
}

interface Scanner {
  memory: WasmMemory
  dots: Dots
  /** Where the rows lie, and bytes a row: `dims` numbers, filled up with zeros to a multiple of 16. */
  base: number
  width: number
  /** Where the list of all rows and its results lie. */
  everyRow: { rows: number; out: number }
  /** The same for any n rows; the memory grows where it has to. */
  scratch: (n: number) => { rows: number; out: number }
}

const scanners = new WeakMap<Float32Array | Int8Array, Scanner>()
const PAGE = 65_536
const LANES = 16

/** The rows copied to where WebAssembly can read them; made once, gone with the vectors. */
function scannerOf(vectors: Vectors): Scanner {
  const { data, rows, dims } = vectors
  const known = scanners.get(data)
  if (known) return known
  const stride = Math.ceil(dims / LANES) * LANES
  // Before them lies the query: in bytes of two where the rows are bytes of one.
  const base = stride * (isBytes(vectors) ? 2 : 4)
  const width = stride * data.BYTES_PER_ELEMENT
  const lists = base + rows * width
  const everyRow = { rows: lists, out: lists + 4 * rows }
  const free = lists + 8 * rows
  const memory = new WebAssembly.Memory({ initial: Math.ceil((free + 8 * 1024) / PAGE) })
  compiled ??= new WebAssembly.Module(DOT_KERNELS)
  const { exports } = new WebAssembly.Instance(compiled, { host: { memory } })
  const numbers = isBytes(vectors) ? new Int8Array(memory.buffer, base) : new Float32Array(memory.buffer, base)
  for (let row = 0; row < rows; row++) numbers.set(data.subarray(row * dims, (row + 1) * dims), row * stride)
  const list = new Int32Array(memory.buffer, lists)
  for (let row = 0; row < rows; row++) list[row] = row
  const scanner: Scanner = {
    memory,
    dots: exports[isBytes(vectors) ? 'byteDots' : 'dots'] as Dots,
    base,
    width,
    everyRow,
    scratch(n) {
      const short = free + 8 * n - memory.buffer.byteLength
      if (short > 0) memory.grow(Math.ceil(short / PAGE))
      return { rows: free, out: free + 4 * n }
    },
  }
  scanners.set(data, scanner)
  return scanner
}

let compiled: object | undefined
