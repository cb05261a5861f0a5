/** The same value with its typed arrays in shared memory, so that threads read them without a copy. */
export function shareArrays<T>(value: T): T {
  const share = (node: unknown): unknown => {
    if (ArrayBuffer.isView(node)) {
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
