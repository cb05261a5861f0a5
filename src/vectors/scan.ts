import type { Matrix } from '../types.js'

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
 * Inner products of one vector with many rows, four numbers an instruction: WebAssembly SIMD, five times as fast as
 * plain loops and the same on every machine. Sums are single precision, in an order that depends on nothing but the
 * length, so a row's product is the same whichever rows it is asked with.
 *
 * `rows`: those asked for; without it, all of them. Returns one number a row.
 */
export function scanRows(matrix: Matrix, query: ArrayLike<number>, rows?: Int32Array): Float32Array {
  const { memory, dots, base, stride, everyRow, scratch } = scannerOf(matrix)
  const n = rows ? rows.length : matrix.rows
  const list = rows ? scratch(n) : everyRow
  const numbers = new Float32Array(memory.buffer)
  numbers.set(query, 0)
  if (rows) new Int32Array(memory.buffer).set(rows, list.rows >> 2)
  dots(0, base, list.rows, n, stride << 2, list.out)
  return new Float32Array(memory.buffer).slice(list.out >> 2, (list.out >> 2) + n)
}

interface Scanner {
  memory: WasmMemory
  /** (query, base, rows, n, bytes a row, out): addresses in bytes. */
  dots: (query: number, base: number, rows: number, n: number, width: number, out: number) => void
  /** Where the matrix lies, and how many numbers a row takes: `dims`, filled up with zeros to a multiple of 16. */
  base: number
  stride: number
  /** Where the list of all rows and its results lie. */
  everyRow: { rows: number; out: number }
  /** The same for any n rows; the memory grows where it has to. */
  scratch: (n: number) => { rows: number; out: number }
}

const scanners = new WeakMap<Float32Array, Scanner>()
const PAGE = 65_536
const LANES = 16

/** The matrix copied to where WebAssembly can read it; made once, gone with the matrix. */
function scannerOf({ data, rows, dims }: Matrix): Scanner {
  const known = scanners.get(data)
  if (known) return known
  const stride = Math.ceil(dims / LANES) * LANES
  const base = 4 * stride
  const lists = base + 4 * rows * stride
  const everyRow = { rows: lists, out: lists + 4 * rows }
  const free = lists + 8 * rows
  const memory = new WebAssembly.Memory({ initial: Math.ceil((free + 8 * 1024) / PAGE) })
  compiled ??= new WebAssembly.Module(KERNEL)
  const { exports } = new WebAssembly.Instance(compiled, { host: { memory } })
  const numbers = new Float32Array(memory.buffer)
  for (let row = 0; row < rows; row++) {
    numbers.set(data.subarray(row * dims, (row + 1) * dims), (base >> 2) + row * stride)
  }
  const list = new Int32Array(memory.buffer)
  for (let row = 0; row < rows; row++) list[(lists >> 2) + row] = row
  const scanner: Scanner = {
    memory,
    dots: exports.dots as Scanner['dots'],
    base,
    stride,
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

// ---------------------------------------------------------------- the kernel

const I32 = 0x7f
const V128 = 0x7b
/** Locals: the parameters of `dots`, places in the query and in a row, and four running sums of four numbers. */
const [query, base, rows, n, width, out, at, end, place, ...sums] = Array.from({ length: 13 }, (_, i) => i)
const get = (local: number) => [0x20, local]
const set = (local: number) => [0x21, local]
const loop = [0x03, 0x40]
/** Back to the start of the innermost loop where the stack holds true, and the loop's end. */
const again = [0x0d, 0x00, 0x0b]
const addInts = 0x6a
const load = (offset: number) => [0xfd, 0x00, 0x00, offset]
const times = [0xfd, 0xe6, 0x01]
const plus = [0xfd, 0xe4, 0x01]
const zeros = [0xfd, 0x0c, ...Array<number>(16).fill(0)]
const lane = (i: number) => [0xfd, 0x1f, i]
const FOUR = [0x41, 4]
const SIXTY_FOUR = [0x41, 0xc0, 0x00]
const advance = (local: number, by: number[]) => [...get(local), ...by, addInts, ...set(local)]
const addProduct = (sum: number, k: number) =>
  [get(sum), get(place), load(16 * k), get(at), load(16 * k), times, plus, set(sum)].flat()

const BODY = [
  [2, 3, I32, 4, V128],
  // Nothing to do where no row is asked for: both loops run at least once.
  [...get(n), 0x45, 0x04, 0x40, 0x0f, 0x0b],
  loop,
  [...get(rows), 0x28, 0x02, 0x00, ...get(width), 0x6c, ...get(base), addInts, ...set(at)],
  [...get(at), ...get(width), addInts, ...set(end), ...get(query), ...set(place)],
  sums.flatMap((sum) => [...zeros, ...set(sum)]),
  loop,
  sums.flatMap(addProduct),
  [...advance(place, SIXTY_FOUR), ...advance(at, SIXTY_FOUR)],
  [...get(at), ...get(end), 0x49, ...again],
  [...get(sums[0]), ...get(sums[1]), ...plus, ...get(sums[2]), ...get(sums[3]), ...plus, ...plus, ...set(sums[0])],
  get(out),
  [0, 1, 2, 3].flatMap((i) => [...get(sums[0]), ...lane(i), ...(i > 0 ? [0x92] : [])]),
  [0x38, 0x02, 0x00],
  [...advance(out, FOUR), ...advance(rows, FOUR)],
  [...get(n), 0x41, 1, 0x6b, 0x22, n, ...again],
  [0x0b],
].flat()

/** Whole numbers below 2^14, seven bits a byte, and things led by their length. */
const leb = (length: number) => (length < 128 ? [length] : [(length & 127) | 128, length >> 7])
const sized = (bytes: number[]) => [...leb(bytes.length), ...bytes]
const text = (name: string) => sized([...new TextEncoder().encode(name)])

/** A module of one exported function `dots` (see `Scanner`) on an imported memory. */
const KERNEL = Uint8Array.from(
  [
    [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    [1, ...sized([1, 0x60, 6, ...Array<number>(6).fill(I32), 0])],
    [2, ...sized([1, ...text('host'), ...text('memory'), 0x02, 0x00, 0x01])],
    [3, ...sized([1, 0])],
    [7, ...sized([1, ...text('dots'), 0x00, 0x00])],
    [10, ...sized([1, ...sized(BODY)])],
  ].flat(),
)
