import type { Graph } from '../vectors/onnx-graph.js'
import { type Kernel, openKernel, openProduct, type Product } from '../vectors/onnx-runtime.js'

/** The dense computations of a private training round, run by ONNX Runtime. */
export interface PrivateKernels {
  /** a b^T. */
  timesTransposed: Product
  /** a^T b. */
  transposedTimes: Product
  /** Runs `RESIDUALS`. */
  residuals: Kernel
}

/**
 * Sampled softmax where logit = u' b o. Inputs: u, users (samples x dims); b, the matrix; o, shared negatives; t, the
 * targets; c, what is added to each negative's logit; y and n, rows of targets and negatives, so that a negative that
 * is the sample's target is masked by the logit `low`. Outputs: first, probability of the target; residual, the
 * target's vector less the vector that the softmax expects. u residual' is the negative gradient of a sample's loss by
 * b.
 */
const RESIDUALS: Graph = {
  inputs: { u: 2, b: 2, o: 2, t: 2, c: 2, y: 2, n: 2, low: 2 },
  outputs: { first: 2, residual: 2 },
  constants: { zero: [0], one: [1], end: [2 ** 31 - 1] },
  nodes: [
    { op: 'Gemm', inputs: ['u', 'b'], output: 'z' },
    { op: 'Gemm', inputs: ['z', 'o'], output: 'products', attributes: { transB: 1 } },
    { op: 'Add', inputs: ['products', 'c'], output: 'logits' },
    { op: 'Equal', inputs: ['y', 'n'], output: 'same' },
    { op: 'Where', inputs: ['same', 'low', 'logits'], output: 'masked' },
    { op: 'Mul', inputs: ['z', 't'], output: 'parts' },
    { op: 'ReduceSum', inputs: ['parts', 'one'], output: 'own' },
    { op: 'Concat', inputs: ['own', 'masked'], output: 'all', attributes: { axis: 1 } },
    { op: 'Softmax', inputs: ['all'], output: 'chances', attributes: { axis: 1 } },
    { op: 'Slice', inputs: ['chances', 'zero', 'one', 'one'], output: 'first' },
    { op: 'Slice', inputs: ['chances', 'one', 'end', 'one'], output: 'g' },
    { op: 'Mul', inputs: ['first', 't'], output: 'expected' },
    { op: 'Gemm', inputs: ['g', 'o'], output: 'others' },
    { op: 'Sub', inputs: ['t', 'expected'], output: 'missed' },
    { op: 'Sub', inputs: ['missed', 'others'], output: 'residual' },
  ],
}

/** Opens the computations of a private training round. Null where ONNX Runtime is missing. */
export async function openPrivateKernels(): Promise<PrivateKernels | null> {
  const timesTransposed = await openProduct('second')
  const transposedTimes = await openProduct('first')
  const residuals = await openKernel(RESIDUALS)
  return timesTransposed && transposedTimes && residuals ? { timesTransposed, transposedTimes, residuals } : null
}
