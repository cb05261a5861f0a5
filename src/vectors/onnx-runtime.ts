import { availableParallelism } from 'node:os'
import type { InferenceSession, Tensor, TypedTensor } from 'onnxruntime-node'
import { InterestMineError } from '../errors.js'
import type { Matrix } from '../types.js'

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

/** a (m x k) times the transpose of b (n x k), as m x n numbers row after row. */
export type Product = (a: Matrix, b: Matrix) => Promise<Float32Array>

/**
 * Dense products on native code: a one-node Gemm graph run by ONNX Runtime, some hundred GFLOP/s where plain loops
 * reach 1-3. Returns null where the runtime is missing.
 */
export async function openProduct(): Promise<Product | null> {
  const onnx = await loadRuntime().catch(() => null)
  if (!onnx) return null
  const session = await onnx.InferenceSession.create(gemmModel(), {
    intraOpNumThreads: Math.min(4, availableParallelism()),
    logSeverityLevel: 3,
  })
  return async (a, b) => {
    const feeds = {
      A: new onnx.Tensor('float32', a.data, [a.rows, a.dims]),
      B: new onnx.Tensor('float32', b.data, [b.rows, b.dims]),
    }
    const { Y } = await session.run(feeds)
    return (Y as TypedTensor<'float32'>).data
  }
}

/** Protocol-buffer bytes of the model Y = Gemm(A, B, transB = 1), IR 8, opset 13, all sizes open. */
function gemmModel(): Uint8Array {
  const varint = (n: number): number[] => (n < 128 ? [n] : [(n & 127) | 128, ...varint(n >>> 7)])
  const field = (id: number, bytes: number[]) => [...varint((id << 3) | 2), ...varint(bytes.length), ...bytes]
  const int = (id: number, n: number) => [...varint(id << 3), ...varint(n)]
  const str = (id: number, s: string) => field(id, [...new TextEncoder().encode(s)])
  const value = (name: string, rows: string, columns: string) => {
    const dim = (symbol: string) => field(1, str(2, symbol))
    const tensor = [...int(1, 1), ...field(2, [...dim(rows), ...dim(columns)])]
    return [...str(1, name), ...field(2, field(1, tensor))]
  }
  const transB = [...str(1, 'transB'), ...int(3, 1), ...int(20, 2)]
  const node = [...str(1, 'A'), ...str(1, 'B'), ...str(2, 'Y'), ...str(4, 'Gemm'), ...field(5, transB)]
  const graph = [
    ...field(1, node),
    ...str(2, 'product'),
    ...field(11, value('A', 'm', 'k')),
    ...field(11, value('B', 'n', 'k')),
    ...field(12, value('Y', 'm', 'n')),
  ]
  return Uint8Array.from([...int(1, 8), ...field(7, graph), ...field(8, [...str(1, ''), ...int(2, 13)])])
}
