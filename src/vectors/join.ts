/** Joins typed arrays, one picked of each part, into one of class `Type`. */
export function joinArrays<P, T extends Float64Array | Float32Array | Int32Array | Uint16Array | Uint8Array>(
  Type: { new (n: number): T },
  parts: readonly P[],
  pick: (part: P) => T,
): T {
  const joined = new Type(parts.reduce((n, part) => n + pick(part).length, 0))
  let at = 0
  for (const part of parts) {
    joined.set(pick(part), at)
    at += pick(part).length
  }
  return joined
}

/** Offsets of the joined lists, where the entries of all parts are joined in the same order (see `Lists`). */
export function joinOffsets(parts: readonly Uint32Array[]): Uint32Array {
  const joined = new Uint32Array(1 + parts.reduce((n, offsets) => n + offsets.length - 1, 0))
  let list = 0
  for (const offsets of parts) {
    const from = joined[list]
    for (let k = 1; k < offsets.length; k++) joined[++list] = from + offsets[k]
  }
  return joined
}
