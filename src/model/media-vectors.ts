import type { Matrix, ModalityVectors, SpacePart } from '../columns.js'
import { MODALITIES } from '../columns.js'
import { rowsWith } from '../mine/space/joint-space.js'
import { placeVector } from '../mine/space/space.js'
import { findNeighbours, type Neighbours } from '../retrieve/neighbours.js'
import type { Item } from '../types/items.js'
import { centreVector, findCentre } from '../vectors/centre.js'
import { createMatrix, gatherRows, normalise, rowOf, stack } from '../vectors/matrix.js'
import type { Product } from '../vectors/onnx-runtime.js'
import { foldVector } from '../vectors/reduce.js'

/**
 * Pictures or sounds of a catalogue. `vectors` are centred: their mean direction is removed and they are unit again.
 */
export interface FittedModality extends ModalityVectors {
  /** The mean direction that was removed from the vectors. */
  centre: Float32Array
  /** The most similar items of each row, as catalogue rows; none for rows without a vector. */
  neighbours: Neighbours
}

/**
 * Collects the vectors that items bring for pictures and sounds: one row an item, scaled to unit length. Modalities
 * that no item has are left out. The first vector of a modality sets its number of dimensions.
 */
export function takeModalities(items: readonly Pick<Item, 'vectors'>[]): ModalityVectors[] {
  return MODALITIES.flatMap((name) => {
    const dims = items.find(({ vectors }) => vectors?.[name])?.vectors?.[name]?.length
    if (dims === undefined) return []
    const vectors = createMatrix(items.length, dims)
    const has = new Uint8Array(items.length)
    items.forEach((item, row) => {
      const own = item.vectors?.[name]
      if (!own) return
      has[row] = 1
      rowOf(vectors, row).set(normalise(Float32Array.from(own)))
    })
    return [{ name, vectors, has }]
  })
}

/**
 * Centres the vectors of a modality and finds the most similar items of each. `product`: matrix products by ONNX
 * Runtime, or null; `pause` is awaited between parts and stops the work where it throws.
 */
export async function fitModality(
  { name, vectors, has }: ModalityVectors,
  product: Product | null,
  pause: () => Promise<void>,
): Promise<FittedModality> {
  const rows = rowsWith(has)
  const centre = findCentre(vectors, rows)
  const own = gatherRows(vectors, rows)
  const centred = createMatrix(has.length, vectors.dims)
  rows.forEach((row, i) => {
    centreVector(rowOf(own, i), centre)
    rowOf(centred, row).set(rowOf(own, i))
  })
  return {
    name,
    vectors: centred,
    has,
    centre,
    neighbours: scatterToAllRows(await findNeighbours(own, product, pause), rows, has.length),
  }
}

/**
 * Turns neighbours that were found among some catalogue rows (`rows`) into neighbours of all `size` rows. The other rows
 * have none (-1).
 */
function scatterToAllRows({ k, rows: found, similarities }: Neighbours, rows: Int32Array, size: number): Neighbours {
  const spread: Neighbours = { k, rows: new Int32Array(size * k).fill(-1), similarities: new Float32Array(size * k) }
  rows.forEach((row, i) => {
    for (let n = 0; n < k; n++) {
      const other = found[i * k + n]
      spread.rows[row * k + n] = other < 0 ? -1 : rows[other]
    }
    spread.similarities.set(similarities.subarray(i * k, (i + 1) * k), row * k)
  })
  return spread
}

/** New unit vectors of one modality by catalogue row; null where the item at the row has none. */
export type ChangedVectors = readonly { row: number; vector: Float32Array | null }[]

/**
 * A copy of a modality with `size` rows and with the vectors of some rows replaced, centred as the others are.
 * Neighbours stay as they were.
 */
export function changeModality(fitted: FittedModality, changes: ChangedVectors, size: number): FittedModality {
  const vectors = grow(fitted.vectors, size)
  const has = growMarks(fitted.has, size)
  for (const { row, vector } of changes) {
    has[row] = vector ? 1 : 0
    const to = rowOf(vectors, row).fill(0)
    if (vector) to.set(centreVector(vector.slice(), fitted.centre))
  }
  return { ...fitted, vectors, has }
}

/** As `changeModality`, for the modality's part of the space of interests: the vectors are projected into it. */
export function changeSpacePart(part: SpacePart, changes: ChangedVectors, size: number): SpacePart {
  const z = grow(part.z, size)
  const has = growMarks(part.has, size)
  for (const { row, vector } of changes) {
    has[row] = vector ? 1 : 0
    const to = rowOf(z, row).fill(0)
    if (vector) to.set(placeVector(part, foldVector(vector)))
  }
  return { ...part, z, has }
}

function grow(matrix: Matrix, size: number): Matrix {
  return stack(matrix, createMatrix(size - matrix.rows, matrix.dims))
}

function growMarks(has: Uint8Array, size: number): Uint8Array {
  const grown = new Uint8Array(size)
  grown.set(has)
  return grown
}
