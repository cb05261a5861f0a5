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

/** Grows whenever artefacts change their meaning or shape: a generation of another format is made anew. */
export const ARTEFACTS_FORMAT = 7

/** What `fit` makes of a catalogue and its behaviour: typed arrays and small JSON, stored whole as one generation. */
export interface Artefacts extends Statistics {
  catalogue: Catalogue
  /** Unit vectors of the full texts, less the catalogue's common direction `centre`. */
  vectors: Vectors
  centre: Float32Array
  /** Pictures and sounds; none where the catalogue is all text. */
  modalities: FittedModality[]
  /** Along which the graph of the index sees the vectors; null where they are so few that there is none. */
  axes: Matrix | null
  space: Space
  phrases: Phrases
  topics: Topics
  confidence: ConfidenceWeights
  neighbours: Neighbours
  /** Null in catalogues small enough to compare all with all. */
  cells: Cells | null
  /** The encoder's vectors, trained on behaviour; null before the first training. */
  adapter: Adapter | null
  scorer: Scorer
}

/** Artefacts ready to answer from, with what came since. */
export interface Model extends Artefacts, Pick<MineModel, 'memory'> {
  index: VectorIndex
  /** Rows added or changed since the artefacts were fitted, ascending. */
  loose: Int32Array
  /** Live rows from the most popular down, sorted when first asked for. */
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

/** Where a typed array stood, in the JSON part. */
interface Slot {
  $array: Kind
  name: string
}

/** Takes the typed arrays out of a value: they become blobs named by their path, the rest one JSON document. */
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

/** The scorer among packed artefacts, of which only `json` is needed. */
export function unpackScorer({ json }: Record<string, Uint8Array>): Scorer {
  if (!json) throw damaged('json')
  return (JSON.parse(new TextDecoder().decode(json)) as { scorer: Scorer }).scorer
}

/** The inverse. Fails with STORE_DAMAGED where a part is missing. */
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

/** Rows that may be recommended, from the most popular down, ties by row; the order is made once, when asked for. */
export function orderByPopularity(catalogue: Catalogue, users: Int32Array): () => Int32Array {
  let order: Int32Array | undefined
  return () => {
    order ??= Int32Array.from({ length: catalogue.size }, (_, row) => row)
      .filter((row) => !catalogue.removed[row])
      .sort((a, b) => users[b] - users[a] || a - b)
    return order
  }
}
