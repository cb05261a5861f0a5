import type { Vectors } from '../columns.js'
import type { Model } from '../model/model.js'
import type { Medium, SimilarAnswer } from '../types/answers.js'
import { createExactIndex } from '../vectors/exact-index.js'
import { stringAt } from '../vectors/strings.js'

/** A vector in the space of one medium, centred as that is. */
export interface Probe {
  by: Medium
  vector: Float32Array
}

type Likened = Pick<Model, 'vectors' | 'modalities' | 'index' | 'catalogue'>

/** The items likest to one vector, or to those of several media. */
export function findLikest(
  model: Likened,
  probes: readonly Probe[],
  limit: number,
  allow: (row: number) => boolean,
): SimilarAnswer {
  const found = interleave(
    probes.map((probe) => search(model, probe, limit, allow)),
    limit,
  )
  const { ids, titles } = model.catalogue
  return {
    results: found.map(({ row, similarity, by }) => ({
      item: stringAt(ids, row),
      title: stringAt(titles, row),
      similarity: Math.max(-1, Math.min(1, similarity)),
      ...(model.modalities.length > 0 ? { by } : {}),
    })),
  }
}

interface Likest {
  row: number
  similarity: number
  by: Medium
}

function search(model: Likened, { by, vector }: Probe, limit: number, allow: (row: number) => boolean): Likest[] {
  const { vectors, has } = spaceOf(model, by)
  const index = by === 'text' ? model.index : createExactIndex(vectors)
  const { rows, similarities } = index.search(vector, limit, (row) => (!has || has[row] === 1) && allow(row))
  return Array.from(rows, (row, i) => ({ row, similarity: similarities[i], by }))
}

/**
 * Cosines of two spaces cannot be compared, so places are: an item stands where its best place in any medium puts it, of
 * two at one place that of the first medium.
 */
function interleave(found: readonly Likest[][], limit: number): Likest[] {
  const merged = new Map<number, Likest>()
  for (let place = 0; place < limit; place++) {
    for (const one of found) {
      if (place < one.length && !merged.has(one[place].row)) merged.set(one[place].row, one[place])
    }
  }
  return [...merged.values()].slice(0, limit)
}

function spaceOf(model: Likened, by: Medium): { vectors: Vectors; has: Uint8Array | null } {
  return by === 'text' ? { vectors: model.vectors, has: null } : model.modalities.find(({ name }) => name === by)!
}
