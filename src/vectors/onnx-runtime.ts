import { availableParallelism } from 'node:os'
import type { InferenceSession, Tensor, TypedTensor } from 'onnxruntime-node'
import type { Matrix } from '../columns.js'
import { InterestMineError } from '../errors.js'
import { encodeGraph, type Graph } from './onnx-graph.js'

export type { InferenceSession, Tensor }

/** The part of onnxruntime-node that is used; callers may hand in their own build of it. */
export interface OnnxRuntime {
  InferenceSession: {
    create(source: string | Uint8Array, options?: InferenceSession.SessionOptions): Promise<InferenceSession>
  }
  Tensor: new (type: 'float32' | 'int64', data: Float32Array | BigInt64Array, dims: readonly number[]) => Tensor
}

export const RUNTIME_HINT =
  'ONNX Runtime is not installed; run: ONNXRUNTIME_NODE_INSTALL=skip npm i onnxruntime-node@1.30.0'

let loaded: Promise<OnnxRuntime> | undefined

/** Loads onnxruntime-node on first use. Fails with NO_RUNTIME and the command that installs it. */
export function loadRuntime(): Promise<OnnxRuntime> {
  loaded ??= import('onnxruntime-node').then(
    (module) => (module.default ?? module) as unknown as OnnxRuntime,
    (cause) => {
      throw new InterestMineError('NO_RUNTIME', RUNTIME_HINT, {}, cause)
    },
  )
  return loaded
}

/** One-threaded session of a model file. Threads are added by running several workers, not by one run. */
export async function openSession(
  file: string,
  runtime?: OnnxRuntime,
): Promise<{ session: InferenceSession; runtime: OnnxRuntime }> {
  const onnx = runtime ?? (await loadRuntime())
  try {
    const session = await onnx.InferenceSession.create(file, {
      intraOpNumThreads: 1,
      interOpNumThreads: 1,
      executionMode: 'sequential',
      graphOptimizationLevel: 'all',
      logSeverityLevel: 3,
    })
    return { session, runtime: onnx }
  } catch (cause) {
    throw new InterestMineError('BAD_MODEL', `${file} cannot be loaded as an ONNX model`, { file }, cause)
  }
}

/** Fails with BAD_MODEL where a model has no output of this name, or asks for more than the one input. */
export function checkOutput({ inputNames, outputNames }: InferenceSession, output: string, input?: string): void {
  const refuse = (what: string, asked: string, there: readonly string[]) => {
    const message = `the manifest names ${what} "${asked}" of a model that has ${there.join(', ')}`
    throw new InterestMineError('BAD_MODEL', message, { field: what, value: asked, near: there })
  }
  if (!outputNames.includes(output)) refuse('output', output, outputNames)
  if (input !== undefined && (inputNames.length !== 1 || inputNames[0] !== input)) refuse('input', input, inputNames)
}

/** Named tensors of a graph: numbers row after row and their sizes. */
export type Tensors = Record<string, { data: Float32Array; dims: readonly number[] }>

/** A graph, ready to run on native code. */
export type Kernel = (inputs: Tensors) => Promise<Record<string, Float32Array>>

/**
 * A graph of our own, run by ONNX Runtime: dense products at some hundred GFLOP/s where plain loops reach 1-3. Returns
 * null where the runtime is missing.
 */
export async function openKernel(graph: Graph): Promise<Kernel | null> {
  const onnx = await loadRuntime().catch(() => null)
  if (!onnx) return null
  const session = await onnx.InferenceSession.create(encodeGraph(graph), {
    intraOpNumThreads: Math.min(4, availableParallelism()),
    // Threads that wait by spinning take the cores from the plain loops between two runs: training took twice as long.
    extra: { session: { intra_op: { allow_spinning: '0' } } },
    logSeverityLevel: 3,
  })
  return async (inputs) => {
    const feeds = Object.fromEntries(
      Object.entries(inputs).map(([name, { data, dims }]) => [name, new onnx.Tensor('float32', data, dims)]),
    )
    const outputs = await session.run(feeds)
    return Object.fromEntries(
      Object.entries(outputs).map(([name, tensor]) => [name, (tensor as TypedTensor<'float32'>).data]),
    )
  }
}

/** A product of two matrices, its numbers row after row. */
export type Product = (a: Matrix, b: Matrix) => Promise<Float32Array>

/**
 * Dense products on native code: a (m x k) times the transpose of b (n x k), or, where it is the first that is to be
 * transposed, the transpose of a (k x m) times b (k x n). Null where the runtime is missing.
 */
export async function openProduct(transposed: 'first' | 'second' = 'second'): Promise<Product | null> {
  const run = await openKernel({
    inputs: { a: 2, b: 2 },
    outputs: { y: 2 },
    nodes: [
      {
        op: 'Gemm',
        inputs: ['a', 'b'],
        output: 'y',
        attributes: { [transposed === 'first' ? 'transA' : 'transB']: 1 },
      },
    ],
  })
  if (!run) return null
  return async (a, b) => {
    const { y } = await run({ a: tensorOf(a), b: tensorOf(b) })
    return y
  }
}

/** The runtime takes no memory that threads share: that is copied. */
export function tensorOf({ data, rows, dims }: Matrix): Tensors[string] {
  return { data: data.buffer instanceof SharedArrayBuffer ? data.slice() : data, dims: [rows, dims] }
}
let product: Promise<Product | null> | undefined
/** Dense products, opened once a thread. */
export function openProductOnce(): Promise<Product | null> {
  product ??= openProduct()
  return product
}
