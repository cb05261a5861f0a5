/** One operation of a graph: names of what it reads and writes, whole-number attributes. */
export interface GraphNode {
  op: string
  inputs: string[]
  output: string
  attributes?: Record<string, number>
}

/** A float graph with open sizes. `ranks`: how many dimensions each input and output has. */
export interface Graph {
  inputs: Record<string, number>
  outputs: Record<string, number>
  /** Whole-number vectors that nodes read (axes, where slices start). */
  constants?: Record<string, number[]>
  nodes: GraphNode[]
}

const INT = 2
const FLOAT = 1
const INT64 = 7

/** Protocol-buffer bytes of an ONNX model of the graph, IR 8, opset 13. */
export function encodeGraph(graph: Graph): Uint8Array {
  const value = ([name, rank]: [string, number]) => {
    const dimensions = Array.from({ length: rank }, (_, i) => field(1, text(2, `${name}${i}`)))
    return [...text(1, name), ...field(2, field(1, [...int(1, FLOAT), ...field(2, dimensions.flat())]))]
  }
  const constant = ([name, values]: [string, number[]]) => [
    ...int(1, values.length),
    ...int(2, INT64),
    ...field(7, values.flatMap(varint)),
    ...text(8, name),
  ]
  const node = ({ op, inputs, output, attributes = {} }: GraphNode) => [
    ...inputs.flatMap((name) => text(1, name)),
    ...text(2, output),
    ...text(4, op),
    ...Object.entries(attributes).flatMap(([name, n]) => field(5, [...text(1, name), ...int(3, n), ...int(20, INT)])),
  ]
  const body = [
    ...graph.nodes.flatMap((one) => field(1, node(one))),
    ...text(2, 'graph'),
    ...Object.entries(graph.constants ?? {}).flatMap((one) => field(5, constant(one))),
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
