import type { Graph } from '../vectors/onnx-graph.js'
import { type Kernel, openKernel, openProduct, type Product } from '../vectors/onnx-runtime.js'

/** The dense computations of a training step, run by ONNX Runtime. */
export interface Kernels {
  /** a b^T. */
  timesTransposed: Product
  /** a^T b. */
  transposedTimes: Product
  /** Runs `SOFTMAX`. */
  softmax: Kernel
}

/**
 * Sampled softmax of each sample's target against negatives that all samples share, and its gradient. Inputs: u, users
 * (samples x dims); o, negatives (n x dims); c, what is added to each negative's logit; y and n, rows of targets and
 * negatives, so that a negative that is the sample's target is masked by the logit `low`; p, logits of the targets; t,
 * the scale. Outputs: first, probability of the target; and the gradient of the loss, summed over samples, through the
 * logits of the negatives: by u and o (du and do, still without the factor t), by c (dc) and by the logarithm of t
 * (dt). What goes through the target's own logit is added by the caller.
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

/** Opens the computations of a training step. Null where ONNX Runtime is missing. */
export async function openKernels(): Promise<Kernels | null> {
  const timesTransposed = await openProduct('second')
  const transposedTimes = await openProduct('first')
  const softmax = await openKernel(SOFTMAX)
  return timesTransposed && transposedTimes && softmax ? { timesTransposed, transposedTimes, softmax } : null
}
