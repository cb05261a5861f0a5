import { availableParallelism } from 'node:os'
import type { InferenceSession, Tensor, TypedTensor } from 'onnxruntime-node'
import type { Matrix } from '../columns.js'
import { InterestMineError } from '../errors.js'
import { encodeGraph, type Graph } from './onnx-graph.js'

export type { InferenceSession, Tensor }

/** The part of onnxruntime-node that is used. A caller may hand in another build of it. */
export interface OnnxRuntime {
  InferenceSession: {
    create(source: string | Uint8Array, options?: InferenceSession.SessionOptions): Promise<InferenceSession>
  }
  Tensor: new (type: 'float32' | 'int64', data: Float32Array | BigInt64Array, dims: readonly number[]) => Tensor
}

/** Message where ONNX Runtime is missing, with the command that installs it. */
export const RUNTIME_HINT =
  'ONNX Runtime is not installed; run: ONNXRUNTIME_NODE_INSTALL=skip npm i onnxruntime-node@1.30.0'

let loaded: Promise<OnnxRuntime> | undefined

/** Loads onnxruntime-node at the first call. Fails with NO_RUNTIME and the command that installs it. */
export function loadRuntime(): Promise<OnnxRuntime> {
  loaded ??= import('onnxruntime-node').then(
    (module) => (module.default ?? module) as unknown as OnnxRuntime,
    (cause) => {
      throw new InterestMineError('NO_RUNTIME', RUNTIME_HINT, {}, cause)
    },
  )
  return loaded
}

/**
 * Opens a model file in a session of one thread; work is spread by running several worker threads instead. Fails with
 * NO_RUNTIME, and with BAD_MODEL where the file cannot be loaded.
 */
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

/**
 * Fails with BAD_MODEL where a model has no output named `output`, or where `input` is given and is not its only input.
 */
export function checkOutput({ inputNames, outputNames }: InferenceSession, output: string, input?: string): void {
  const refuse = (what: string, asked: string, there: readonly string[]) => {
    const message = `the manifest names ${what} "${asked}" of a model that has ${there.join(', ')}`
    throw new InterestMineError('BAD_MODEL', message, { field: what, value: asked, near: there })
  }
  if (!outputNames.includes(output)) refuse('output', output, outputNames)
  if (input !== undefined && (inputNames.length !== 1 || inputNames[0] !== input)) refuse('input', input, inputNames)
}

/** Named tensors: numbers row after row, and their sizes. */
export type Tensors = Record<string, { data: Float32Array; dims: readonly number[] }>

/** Runs a graph on named inputs; resolves to its outputs by name, numbers row after row. */
export type Kernel = (inputs: Tensors) => Promise<Record<string, Float32Array>>

/**
 * Opens a graph in ONNX Runtime, with up to four threads: dense products reach some hundred GFLOP/s, plain loops 1 to
 * 3. Null where the runtime is missing.
 */
export async function openKernel(graph: Graph): Promise<Kernel | null> {
  const onnx = await loadRuntime().catch(() => null)
  if (!onnx) return null
  const session = await onnx.InferenceSession.create(encodeGraph(graph), {
    intraOpNumThreads: Math.min(4, availableParallelism()),
    // Threads that wait by spinning take the cores from plain loops between two runs: training would take twice as long.
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

/**
 * Multiplies two matrices; which one is transposed is set where it is opened. Resolves to the numbers row after row.
 */
export type Product = (a: Matrix, b: Matrix) => Promise<Float32Array>

/**
 * Opens a dense product in ONNX Runtime. `second`: a (m x k) times the transpose of b (n x k); `first`: the transpose
 * of a (k x m) times b (k x n). Null where the runtime is missing.
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

/** A matrix as a tensor. The runtime accepts no memory that threads share, so that is copied. */
export function tensorOf({ data, rows, dims }: Matrix): Tensors[string] {
  return { data: data.buffer instanceof SharedArrayBuffer ? data.slice() : data, dims: [rows, dims] }
}
let product: Promise<Product | null> | undefined
/** As `openProduct('second')`, opened once a thread and kept. */
export function openProductOnce(): Promise<Product | null> {
  product ??= openProduct()
  return product
}
