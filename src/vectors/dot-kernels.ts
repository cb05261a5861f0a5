/**
 * A function of the WebAssembly module: inner products of one query with n rows. `query`, `base` (first row of the
 * matrix), `rows` (a list of n row numbers) and `out` (n numbers are written there) are addresses in bytes; `width` is
 * the bytes of a row.
 */
export type Dots = (query: number, base: number, rows: number, n: number, width: number, out: number) => void

const I32 = 0x7f
const V128 = 0x7b
/** Numbers of the locals: the parameters, addresses in row and query, and running sums of four numbers each. */
const [query, base, rows, n, width, out, at, end, place, ...sums] = Array.from({ length: 13 }, (_, i) => i)
const get = (local: number) => [0x20, local]
const set = (local: number) => [0x21, local]
const loop = [0x03, 0x40]
/** Branch to the start of the innermost loop while the stack's top is true, and the loop's end. */
const again = [0x0d, 0x00, 0x0b]
const addInts = 0x6a
const addFloats = 0x92
const vector = (instruction: number, ...rest: number[]) => [
  0xfd,
  ...(instruction < 128 ? [instruction] : leb(instruction)),
  ...rest,
]
const load = (offset: number) => vector(0x00, 0x00, offset)
/** Loads eight bytes as eight 16-bit numbers. */
const loadWidened = (offset: number) => vector(0x01, 0x00, offset)
const zeros = vector(0x0c, ...Array<number>(16).fill(0))
const number = (value: number) => [0x41, ...(value < 64 ? [value] : [(value & 127) | 128, value >> 7])]
const advance = (local: number, by: number) => [...get(local), ...number(by), addInts, ...set(local)]

/** What differs between float32 and int8 rows. Sixteen numbers are multiplied in each turn of the inner loop. */
interface Arithmetic {
  /** Bytes of sixteen numbers of the query. */
  queryBytes: number
  /** Bytes of sixteen numbers of a row. */
  rowBytes: number
  /** Locals that hold the running sums, four numbers each. */
  sums: number[]
  /** Code that adds part k of the sixteen products to running sum `sum`. */
  addProducts: (sum: number, k: number) => number[]
  /** Adds two running sums. */
  plus: number[]
  /** Takes number i out of a running sum. */
  lane: (i: number) => number[]
  /** Adds two such numbers. */
  addLanes: number
  /** Writes the result. */
  store: number[]
}

const floats: Arithmetic = {
  queryBytes: 64,
  rowBytes: 64,
  sums,
  addProducts: (sum, k) =>
    [get(sum), get(place), load(16 * k), get(at), load(16 * k), vector(0xe6), vector(0xe4), set(sum)].flat(),
  plus: vector(0xe4),
  lane: (i) => vector(0x1f, i),
  addLanes: addFloats,
  store: [0x38, 0x02, 0x00],
}

/**
 * Products of 16-bit numbers, neighbours added in pairs. Nothing is rounded, and the query is scaled so that nothing
 * overflows.
 */
const bytes: Arithmetic = {
  queryBytes: 32,
  rowBytes: 16,
  sums: sums.slice(0, 2),
  addProducts: (sum, k) =>
    [get(sum), get(place), load(16 * k), get(at), loadWidened(8 * k), vector(0xba), vector(0xae), set(sum)].flat(),
  plus: vector(0xae),
  lane: (i) => vector(0x1b, i),
  addLanes: addInts,
  store: [0x36, 0x02, 0x00],
}

function bodyOf({ queryBytes, rowBytes, sums, addProducts, plus, lane, addLanes, store }: Arithmetic): number[] {
  const [first, ...others] = sums
  return [
    [2, 3, I32, 4, V128],
    // Returns at once for n = 0, since both loops run at least once.
    [...get(n), 0x45, 0x04, 0x40, 0x0f, 0x0b],
    loop,
    [...get(rows), 0x28, 0x02, 0x00, ...get(width), 0x6c, ...get(base), addInts, ...set(at)],
    [...get(at), ...get(width), addInts, ...set(end), ...get(query), ...set(place)],
    sums.flatMap((sum) => [...zeros, ...set(sum)]),
    loop,
    sums.flatMap(addProducts),
    [...advance(place, queryBytes), ...advance(at, rowBytes)],
    [...get(at), ...get(end), 0x49, ...again],
    [...get(first), ...others.flatMap((sum) => [...get(sum), ...plus]), ...set(first)],
    get(out),
    [0, 1, 2, 3].flatMap((i) => [...get(first), ...lane(i), ...(i > 0 ? [addLanes] : [])]),
    store,
    [...advance(out, 4), ...advance(rows, 4)],
    [...get(n), 0x41, 1, 0x6b, 0x22, n, ...again],
    [0x0b],
  ].flat()
}

/** LEB128 encoding of a whole number below 2^14. */
function leb(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, value >> 7]
}

/** Bytes with their length in front, as sections of a module are written. */
const sized = (bytes: number[]) => [...leb(bytes.length), ...bytes]
const text = (name: string) => sized([...new TextEncoder().encode(name)])

/**
 * Bytes of a WebAssembly module with two exported functions of type `Dots` over an imported memory: `dots` for float32
 * rows and query, `byteDots` for int8 rows and an int16 query.
 */
export const DOT_KERNELS = Uint8Array.from(
  [
    [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    [1, ...sized([1, 0x60, 6, ...Array<number>(6).fill(I32), 0])],
    [2, ...sized([1, ...text('host'), ...text('memory'), 0x02, 0x00, 0x01])],
    [3, ...sized([2, 0, 0])],
    [7, ...sized([2, ...text('dots'), 0x00, 0x00, ...text('byteDots'), 0x00, 0x01])],
    [10, ...sized([2, ...sized(bodyOf(floats)), ...sized(bodyOf(bytes))])],
  ].flat(),
)
