import type { Vectors } from '../columns.js'
import type { Model } from '../model/model.js'
import type { Medium, SimilarAnswer } from '../types/answers.js'
import { createExactIndex } from '../vectors/exact-index.js'
import { stringAt } from '../vectors/strings.js'

/** A query vector: a unit vector in the space of one medium, centred as the vectors of that medium are. */
export interface SimilarityQuery {
  by: Medium
  vector: Float32Array
}

/** The parts of a model that similar items are searched in. */
type SimilarityModel = Pick<Model, 'vectors' | 'modalities' | 'index' | 'catalogue'>

/**
 * The items most similar to a query vector, or to query vectors of several media. Returns at most `limit` items, best
 * first, with the cosine of the medium that placed them. `allow`: whether a catalogue row may be returned.
 */
export function findMostSimilar(
  model: SimilarityModel,
  probes: readonly SimilarityQuery[],
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

interface SimilarRow {
  row: number
  similarity: number
  by: Medium
}

function search(
  model: SimilarityModel,
  { by, vector }: SimilarityQuery,
  limit: number,
  allow: (row: number) => boolean,
): SimilarRow[] {
  const { vectors, has } = spaceOf(model, by)
  const index = by === 'text' ? model.index : createExactIndex(vectors)
  const { rows, similarities } = index.search(vector, limit, (row) => (!has || has[row] === 1) && allow(row))
  return Array.from(rows, (row, i) => ({ row, similarity: similarities[i], by }))
}

/**
 * Merges the results of several media. Cosines of different spaces cannot be compared, so ranks are: each item takes
 * its best rank in any medium, and of two items at one rank that of the earlier medium comes first.
 */
function interleave(found: readonly SimilarRow[][], limit: number): SimilarRow[] {
  const merged = new Map<number, SimilarRow>()
  for (let place = 0; place < limit; place++) {
    for (const one of found) {
      if (place < one.length && !merged.has(one[place].row)) merged.set(one[place].row, one[place])
    }
  }
  return [...merged.values()].slice(0, limit)
}

function spaceOf(model: SimilarityModel, by: Medium): { vectors: Vectors; has: Uint8Array | null } {
  return by === 'text' ? { vectors: model.vectors, has: null } : model.modalities.find(({ name }) => name === by)!
}
