import type { Vectors } from '../columns.js'
import { isBytes } from './bytes.js'
import { DOT_KERNELS, type Dots } from './dot-kernels.js'

/** The part of WebAssembly that is used: without the browser's types, TypeScript does not know it. */
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
 * Inner products of one vector with many rows by WebAssembly SIMD: five times as fast as plain loops, and the same on
 * every machine. `query` has `dims` numbers. With `rows`, one product for each of these rows in order; without, one for
 * every row.
 *
 * Of float32 rows, sums have single precision and an order that depends on the length alone. Of int8 rows, sums are
 * whole numbers and exact, after the query was rounded to at most 32,767 steps. So a row's product does not depend on
 * which other rows are asked for.
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

/**
 * Writes a query as whole numbers, as finely as sums of products with int8 still fit into 32 bits; returns what one
 * step is worth.
 */
function writeSteps(query: ArrayLike<number>, to: Int16Array): number {
  const most = Math.min(32_767, Math.floor((2 ** 31 - 1) / (127 * query.length)))
  let largest = 0
  for (let k = 0; k < query.length; k++) largest = Math.max(largest, Math.abs(query[k]))
  const step = largest / most
  for (let k = 0; k < query.length; k++) to[k] = step > 0 ? Math.round(query[k] / step) : 0
  return step
}

/** A matrix copied into the memory of a WebAssembly instance. */
interface Scanner {
  memory: WasmMemory
  dots: Dots
  /** Address of the first row. */
  base: number
  /** Bytes of a row: `dims` numbers, filled up with zeros to a multiple of 16. */
  width: number
  /** Addresses of a list of all row numbers, and of the results for it. */
  everyRow: { rows: number; out: number }
  /** Addresses for a list of n row numbers and its results; memory grows where it has to. */
  scratch: (n: number) => { rows: number; out: number }
}

const scanners = new WeakMap<Float32Array | Int8Array, Scanner>()
const PAGE = 65_536
const LANES = 16

/**
 * The scanner of a matrix, made at the first call and collected together with the matrix. Later changes to the matrix
 * are not seen.
 */
function scannerOf(vectors: Vectors): Scanner {
  const { data, rows, dims } = vectors
  const known = scanners.get(data)
  if (known) return known
  const stride = Math.ceil(dims / LANES) * LANES
  // The query lies in front of them: as int16 where the rows are int8, else as float32.
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
