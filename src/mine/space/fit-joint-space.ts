import type { Lists, Matrix, ModalityVectors, Space, SpacePart } from '../../columns.js'
import type { Pause } from '../../vectors/eigen.js'
import { createMatrix, gatherRows, rowOf } from '../../vectors/matrix.js'
import { foldMatrix } from '../../vectors/reduce.js'
import { listAt, packLists } from '../../vectors/sparse.js'
import { rowsWith } from './joint-space.js'
import { fitSpace } from './space.js'
import { weighMedia } from './weigh-media.js'

/** Input of `fitJointSpace`. */
export interface JointSpaceInput {
  /** Encoder vectors of the items' short texts: unit rows, one an item. */
  text: Matrix
  /** Vectors of pictures and sounds; only modalities that some item has. */
  modalities: readonly ModalityVectors[]
  /** Catalogue rows of each user, oldest first. */
  histories: Lists
  seed: number
  pause?: Pause
}

/**
 * Fits the space of interests of a catalogue: the space of texts, one for each modality (`Space.parts`), and the weight
 * of each medium (`weighMedia`). Deterministic for a seed.
 */
export async function fitJointSpace({ text, modalities, histories, seed, pause }: JointSpaceInput): Promise<Space> {
  const space = await fitSpace({ vectors: text, history: histories, seed, pause })
  if (modalities.length === 0) return space
  const folded = modalities.map((one) => ({ ...one, vectors: foldMatrix(one.vectors) }))
  for (const one of folded) space.parts.push(await fitPart(one, histories, seed, pause))
  const parts = folded.map(({ vectors }) => vectors)
  const [weight, ...others] = await weighMedia({ space, text, parts, histories, seed, pause })
  return { ...space, weight, parts: space.parts.map((part, p) => ({ ...part, weight: others[p] })) }
}

/**
 * Fits the space of one modality on the items that have it, in the way of the space of texts. At least one item must
 * have it. `history`: rows of each user, among them rows without the modality.
 */
async function fitPart(
  { name, vectors, has }: ModalityVectors,
  history: Lists,
  seed: number,
  pause?: Pause,
): Promise<SpacePart> {
  const rows = rowsWith(has)
  const place = new Int32Array(has.length).fill(-1)
  rows.forEach((row, i) => {
    place[row] = i
  })
  const users = Array.from({ length: history.offsets.length - 1 }, (_, user) =>
    Array.from(listAt(history, user), (row) => place[row]).filter((i) => i >= 0),
  )
  const { parts: _, ...own } = await fitSpace({
    vectors: gatherRows(vectors, rows),
    history: packLists(users),
    seed,
    pause,
  })
  const z = createMatrix(has.length, own.dims)
  rows.forEach((row, i) => {
    rowOf(z, row).set(rowOf(own.z, i))
  })
  return { ...own, name, z, has }
}
