/** One operation of a graph: its ONNX name, the names of what it reads and writes, and its attributes. */
export interface GraphNode {
  op: string
  inputs: string[]
  output: string
  /** Whole numbers, or lists of them. */
  attributes?: Record<string, number | number[]>
}

/** A small graph that the package builds itself. All sizes of its inputs are left open. */
export interface Graph {
  /** Inputs by name, with how many dimensions each has. */
  inputs: Record<string, number>
  /** Outputs by name, with how many dimensions each has. */
  outputs: Record<string, number>
  /** Inputs that hold whole numbers, such as ids of tokens; all others are float32. */
  whole?: string[]
  /** Vectors of whole numbers that nodes read, such as axes and where slices start. */
  constants?: Record<string, number[]>
  /** Learnt parameters: their numbers row after row, and their sizes. */
  weights?: Record<string, { data: Float32Array; dims: number[] }>
  nodes: GraphNode[]
}

const INT = 2
const INTS = 7
const FLOAT = 1
const INT64 = 7

/** Writes a graph as an ONNX model (Protocol Buffers, IR version 8, opset 13). */
export function encodeGraph(graph: Graph): Uint8Array {
  const value = ([name, rank]: [string, number]) => {
    const dimensions = Array.from({ length: rank }, (_, i) => field(1, text(2, `${name}${i}`)))
    const type = graph.whole?.includes(name) ? INT64 : FLOAT
    return [...text(1, name), ...field(2, field(1, [...int(1, type), ...field(2, dimensions.flat())]))]
  }
  const constant = ([name, values]: [string, number[]]) => [
    ...int(1, values.length),
    ...int(2, INT64),
    ...field(7, values.flatMap(varint)),
    ...text(8, name),
  ]
  const weight = ([name, { data, dims }]: [string, { data: Float32Array; dims: number[] }]) => [
    ...dims.flatMap((n) => int(1, n)),
    ...int(2, FLOAT),
    ...text(8, name),
    ...field(9, Array.from(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))),
  ]
  const attribute = (value: number | number[]) =>
    Array.isArray(value) ? [...value.flatMap((n) => int(8, n)), ...int(20, INTS)] : [...int(3, value), ...int(20, INT)]
  const node = ({ op, inputs, output, attributes = {} }: GraphNode) => [
    ...inputs.flatMap((name) => text(1, name)),
    ...text(2, output),
    ...text(4, op),
    ...Object.entries(attributes).flatMap(([name, value]) => field(5, [...text(1, name), ...attribute(value)])),
  ]
  const body = [
    ...graph.nodes.flatMap((one) => field(1, node(one))),
    ...text(2, 'graph'),
    ...Object.entries(graph.constants ?? {}).flatMap((one) => field(5, constant(one))),
    ...Object.entries(graph.weights ?? {}).flatMap((one) => field(5, weight(one))),
    ...Object.entries(graph.inputs).flatMap((one) => field(11, value(one))),
    ...Object.entries(graph.outputs).flatMap((one) => field(12, value(one))),
  ]
  return Uint8Array.from([...int(1, 8), ...field(7, body), ...field(8, [...text(1, ''), ...int(2, 13)])])
}

function varint(n: number): number[] {
  return n < 128 ? [n] : [(n & 127) | 128, ...varint(Math.floor(n / 128))]
}

function field(id: number, bytes: number[]): number[] {
  return [...varint((id << 3) | 2), ...varint(bytes.length), ...bytes]
}

function int(id: number, n: number): number[] {
  return [...varint(id << 3), ...varint(n)]
}

function text(id: number, s: string): number[] {
  return field(id, [...new TextEncoder().encode(s)])
}
