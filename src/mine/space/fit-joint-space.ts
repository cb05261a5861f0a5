import type { Lists, Matrix, ModalityVectors, Space, SpacePart } from '../../columns.js'
import type { Pause } from '../../vectors/eigen.js'
import { createMatrix, gatherRows, rowOf } from '../../vectors/matrix.js'
import { foldMatrix } from '../../vectors/reduce.js'
import { listAt, packLists } from '../../vectors/sparse.js'
import { rowsWith } from './joint-space.js'
import { fitSpace } from './space.js'
import { weighMedia } from './weigh-media.js'

export interface JointSpaceInput {
  /** Unit rows, one short text an item. */
  text: Matrix
  /** Those that some item has. */
  modalities: readonly ModalityVectors[]
  /** The items of each user. */
  histories: Lists
  seed: number
  pause?: Pause
}

/** Learns the space of texts, that of each modality, and what each is worth beside the others. */
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
 * Learns the space of one modality over the items that have it, as that of texts is learnt over all. Needs one of them
 * at least; `history` holds the items of each user, those without a picture or sound too.
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
