import type { Adapter } from '../adapt/adapter.js'
import type { Catalogue, Matrix, Space, VectorIndex, Vectors } from '../columns.js'
import { InterestMineError } from '../errors.js'
import type { ConfidenceWeights } from '../mine/confidence.js'
import type { MineModel } from '../mine/groups.js'
import type { Phrases } from '../mine/names/phrases.js'
import type { Topics } from '../mine/topics/topics.js'
import type { Scorer } from '../rank/scorer.js'
import type { Neighbours } from '../retrieve/neighbours.js'
import type { Statistics } from '../retrieve/statistics.js'
import type { Cells } from '../vectors/cells.js'
import type { FittedModality } from './media-vectors.js'

/** Raised whenever artefacts change in meaning or shape. A generation of another format must be built again. */
export const ARTEFACTS_FORMAT = 7

/** Result of `fit`: typed arrays and small JSON values, stored together as one generation. */
export interface Artefacts extends Statistics {
  catalogue: Catalogue
  /** Unit vectors of the full texts after the mean direction `centre` is removed; one row an item. */
  vectors: Vectors
  centre: Float32Array
  /** Pictures and sounds; empty where items have texts alone. */
  modalities: FittedModality[]
  /** Axes that the HNSW graph of the index projects the vectors on; null where the index has no graph. */
  axes: Matrix | null
  space: Space
  phrases: Phrases
  topics: Topics
  confidence: ConfidenceWeights
  /** The most similar items of each by text. */
  neighbours: Neighbours
  /** Cells of the vectors, for search in large catalogues; null below CELLS_FROM items. */
  cells: Cells | null
  /** The encoder's vectors, trained on behaviour; null before the first training. */
  adapter: Adapter | null
  scorer: Scorer
}

/** Artefacts that answers are computed from, with the changes since they were fitted and a search index. */
export interface Model extends Artefacts, Pick<MineModel, 'memory'> {
  /** Search over `vectors`. */
  index: VectorIndex
  /** Rows added or changed since the artefacts were fitted, ascending. */
  loose: Int32Array
  /** Rows that are not removed, most popular first; sorted at the first call. */
  byPopularity: () => Int32Array
}

type TypedArray =
  | Float32Array
  | Float64Array
  | Int32Array
  | Uint32Array
  | Uint16Array
  | Uint8Array
  | Int8Array
  | Int16Array
const KINDS = { Float32Array, Float64Array, Int32Array, Uint32Array, Uint16Array, Uint8Array, Int8Array, Int16Array }
type Kind = keyof typeof KINDS

/** Stands for a typed array in the JSON document: its type, and the name of its blob. */
interface Slot {
  $array: Kind
  name: string
}

/**
 * Packs a value for the store. Each typed array becomes a blob named by its path in the value ("space.z.data"), a view
 * of the same memory; the rest becomes one JSON document, the blob `json`.
 */
export function packArtefacts(value: object): Record<string, Uint8Array> {
  const blobs: Record<string, Uint8Array> = {}
  const strip = (node: unknown, path: string): unknown => {
    if (ArrayBuffer.isView(node)) {
      const array = node as TypedArray
      const slot: Slot = { $array: array.constructor.name as Kind, name: path }
      blobs[path] = new Uint8Array(array.buffer, array.byteOffset, array.byteLength)
      return slot
    }
    if (Array.isArray(node)) return node.map((child, i) => strip(child, `${path}.${i}`))
    if (node !== null && typeof node === 'object') {
      return Object.fromEntries(
        Object.entries(node).map(([key, child]) => [key, strip(child, path ? `${path}.${key}` : key)]),
      )
    }
    return node
  }
  blobs.json = new TextEncoder().encode(JSON.stringify(strip(value, '')))
  return blobs
}

/** The scorer of packed artefacts; only the blob `json` is needed. Throws STORE_DAMAGED where it is missing. */
export function unpackScorer({ json }: Record<string, Uint8Array>): Scorer {
  if (!json) throw damaged('json')
  return (JSON.parse(new TextDecoder().decode(json)) as { scorer: Scorer }).scorer
}

/**
 * The inverse of `packArtefacts`. Arrays are views of the blobs where their alignment allows. Throws STORE_DAMAGED
 * where a blob is missing or its length is no multiple of the element size.
 */
export function unpackArtefacts<T>(blobs: Record<string, Uint8Array>): T {
  const restore = (node: unknown): unknown => {
    if (Array.isArray(node)) return node.map(restore)
    if (node === null || typeof node !== 'object') return node
    const { $array, name } = node as Partial<Slot>
    if ($array !== undefined && name !== undefined) return viewOf(blobs[name], $array, name)
    return Object.fromEntries(Object.entries(node).map(([key, child]) => [key, restore(child)]))
  }
  if (!blobs.json) throw damaged('json')
  return restore(JSON.parse(new TextDecoder().decode(blobs.json))) as T
}

function viewOf(bytes: Uint8Array | undefined, kind: Kind, name: string): TypedArray {
  const Type = KINDS[kind]
  if (!bytes || !Type || bytes.byteLength % Type.BYTES_PER_ELEMENT !== 0) throw damaged(name)
  const aligned = bytes.byteOffset % Type.BYTES_PER_ELEMENT === 0 ? bytes : bytes.slice()
  return new Type(aligned.buffer as ArrayBuffer, aligned.byteOffset, aligned.byteLength / Type.BYTES_PER_ELEMENT)
}

function damaged(name: string): InterestMineError {
  return new InterestMineError('STORE_DAMAGED', `artefact ${name} is missing or cut; run build-index to make it anew`, {
    artefact: name,
  })
}

/**
 * A function that gives the rows that are not removed, most popular first, ties by row. They are sorted at the first
 * call. `users`: number of users of each row.
 */
export function orderByPopularity(catalogue: Catalogue, users: Int32Array): () => Int32Array {
  let order: Int32Array | undefined
  return () => {
    order ??= Int32Array.from({ length: catalogue.size }, (_, row) => row)
      .filter((row) => !catalogue.removed[row])
      .sort((a, b) => users[b] - users[a] || a - b)
    return order
  }
}
