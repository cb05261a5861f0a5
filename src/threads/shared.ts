import type { Matrix } from '../columns.js'

/**
 * A copy of a value of objects, arrays and typed arrays, with every typed array in shared memory, so that threads read
 * it without a copy. Typed arrays that are shared already are not copied.
 */
export function shareArrays<T>(value: T): T {
  const share = (node: unknown): unknown => {
    if (ArrayBuffer.isView(node)) {
      if (node.buffer instanceof SharedArrayBuffer) return node
      const array = node as Uint8Array
      const Type = array.constructor as Uint8ArrayConstructor
      const copy = new Type(new SharedArrayBuffer(array.byteLength) as unknown as ArrayBuffer)
      copy.set(array)
      return copy
    }
    if (Array.isArray(node)) return node.map(share)
    if (node === null || typeof node !== 'object') return node
    return Object.fromEntries(Object.entries(node).map(([key, child]) => [key, share(child)]))
  }
  return share(value) as T
}

/** A matrix of zeros in shared memory, which threads read and write without a copy. */
export function createSharedMatrix(rows: number, dims: number): Matrix {
  const memory = new SharedArrayBuffer(4 * rows * dims)
  return { data: new Float32Array(memory as unknown as ArrayBuffer), rows, dims }
}
