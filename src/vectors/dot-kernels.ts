/**
 * Inner products of a query with rows: (query, base, rows, n, bytes a row, out), all addresses in bytes. `rows` are n
 * row numbers, `out` gets one number each.
 */
export type Dots = (query: number, base: number, rows: number, n: number, width: number, out: number) => void

const I32 = 0x7f
const V128 = 0x7b
/** Locals: the parameters, places in a row and in the query, and running sums of four numbers each. */
const [query, base, rows, n, width, out, at, end, place, ...sums] = Array.from({ length: 13 }, (_, i) => i)
const get = (local: number) => [0x20, local]
const set = (local: number) => [0x21, local]
const loop = [0x03, 0x40]
/** Back to the start of the innermost loop where the stack holds true, and the loop's end. */
const again = [0x0d, 0x00, 0x0b]
const addInts = 0x6a
const addFloats = 0x92
const vector = (instruction: number, ...rest: number[]) => [
  0xfd,
  ...(instruction < 128 ? [instruction] : leb(instruction)),
  ...rest,
]
const load = (offset: number) => vector(0x00, 0x00, offset)
/** Eight bytes as eight numbers of two bytes. */
const loadWidened = (offset: number) => vector(0x01, 0x00, offset)
const zeros = vector(0x0c, ...Array<number>(16).fill(0))
const number = (value: number) => [0x41, ...(value < 64 ? [value] : [(value & 127) | 128, value >> 7])]
const advance = (local: number, by: number) => [...get(local), ...number(by), addInts, ...set(local)]

/** What differs between numbers of four bytes and of one: sixteen are taken at a time. */
interface Arithmetic {
  /** Bytes that sixteen numbers of the query and of a row take. */
  queryBytes: number
  rowBytes: number
  /** Running sums, and what one adds to it: its share of the sixteen products. */
  sums: number[]
  addProducts: (sum: number, k: number) => number[]
  plus: number[]
  lane: (i: number) => number[]
  addLanes: number
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

/** Products of two-byte numbers, two neighbours added: no rounding, and no overflow by how the query is scaled. */
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
    // Nothing to do where no row is asked for: both loops run at least once.
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

/** Whole numbers below 2^14, seven bits a byte, and things led by their length. */
function leb(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, value >> 7]
}
const sized = (bytes: number[]) => [...leb(bytes.length), ...bytes]
const text = (name: string) => sized([...new TextEncoder().encode(name)])

/** A module of two exported functions on an imported memory: `dots` of float32 rows and query, `byteDots` of int8 rows and int16 query. */
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
