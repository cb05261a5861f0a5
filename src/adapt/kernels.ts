import type { Graph } from '../vectors/onnx-graph.js'
import { type Kernel, openKernel, openProduct, type Product } from '../vectors/onnx-runtime.js'

export interface Kernels {
  /** a b^T, a^T b. */
  timesTransposed: Product
  transposedTimes: Product
  softmax: Kernel
}

/**
 * Softmax of each sample's target (logit p) against shared negatives (o, offsets c), those equal to the target masked,
 * and its gradient, all but the target's own part: first = p(target), du, do, dc and dt (by the logarithm of the scale).
 */
export const SOFTMAX: Graph = {
  inputs: { u: 2, o: 2, c: 2, y: 2, n: 2, p: 2, t: 2, low: 2 },
  outputs: { first: 2, du: 2, do: 2, dc: 2, dt: 2 },
  constants: { zero: [0], one: [1], end: [2 ** 31 - 1] },
  nodes: [
    { op: 'Gemm', inputs: ['u', 'o'], output: 'cosines', attributes: { transB: 1 } },
    { op: 'Mul', inputs: ['cosines', 't'], output: 'scaled' },
    { op: 'Add', inputs: ['scaled', 'c'], output: 'logits' },
    { op: 'Equal', inputs: ['y', 'n'], output: 'same' },
    { op: 'Where', inputs: ['same', 'low', 'logits'], output: 'masked' },
    { op: 'Concat', inputs: ['p', 'masked'], output: 'all', attributes: { axis: 1 } },
    { op: 'Softmax', inputs: ['all'], output: 'chances', attributes: { axis: 1 } },
    { op: 'Slice', inputs: ['chances', 'zero', 'one', 'one'], output: 'first' },
    { op: 'Slice', inputs: ['chances', 'one', 'end', 'one'], output: 'g' },
    { op: 'Gemm', inputs: ['g', 'o'], output: 'du' },
    { op: 'Gemm', inputs: ['g', 'u'], output: 'do', attributes: { transA: 1 } },
    { op: 'ReduceSum', inputs: ['g', 'zero'], output: 'dc' },
    { op: 'Mul', inputs: ['g', 'scaled'], output: 'h' },
    { op: 'ReduceSum', inputs: ['h'], output: 'dt' },
  ],
}

export async function openKernels(): Promise<Kernels | null> {
  const timesTransposed = await openProduct('second')
  const transposedTimes = await openProduct('first')
  const softmax = await openKernel(SOFTMAX)
  return timesTransposed && transposedTimes && softmax ? { timesTransposed, transposedTimes, softmax } : null
}
