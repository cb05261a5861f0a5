import type { Model } from './model.js'
import type { Matrix, Medium, SimilarAnswer } from './types.js'
import { createExactIndex } from './vectors/exact-index.js'
import { scanRows } from './vectors/scan.js'
import { stringAt } from './vectors/strings.js'
import { createTopK } from './vectors/top-k.js'

/** A vector in the space of one medium, centred as that is. */
export interface Probe {
  by: Medium
  vector: Float32Array
}

type Likened = Pick<Model, 'vectors' | 'modalities' | 'index' | 'catalogue'>

/** The items likest to one vector, or to any of several by what stands out most (see `rankByStanding`). */
export function findLikest(
  model: Likened,
  probes: readonly Probe[],
  limit: number,
  allow: (row: number) => boolean,
): SimilarAnswer {
  const found =
    probes.length === 1 ? searchOne(model, probes[0], limit, allow) : rankByStanding(model, probes, limit, allow)
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

function searchOne(model: Likened, { by, vector }: Probe, limit: number, allow: (row: number) => boolean): Likest[] {
  const { vectors, has } = spaceOf(model, by)
  const index = by === 'text' ? model.index : createExactIndex(vectors)
  const { rows, similarities } = index.search(vector, limit, (row) => (!has || has[row] === 1) && allow(row))
  return Array.from(rows, (row, i) => ({ row, similarity: similarities[i], by }))
}

/**
 * Cosines of two spaces cannot be compared, so each is told in standard deviations above the mean of what it was
 * compared with; an item stands where it stands out most, by the medium in which it does.
 */
function rankByStanding(
  model: Likened,
  probes: readonly Probe[],
  limit: number,
  allow: (row: number) => boolean,
): Likest[] {
  const best = new Map<number, Likest & { standing: number }>()
  const top = createTopK(limit)
  for (const { by, vector } of probes) {
    const { vectors, has } = spaceOf(model, by)
    const similarities = scanRows(vectors, vector)
    const rows = Array.from(similarities.keys()).filter((row) => (!has || has[row] === 1) && allow(row))
    const { mean, deviation } = spreadOf(rows.map((row) => similarities[row]))
    for (const row of rows) {
      const standing = (similarities[row] - mean) / deviation
      if (standing > (best.get(row)?.standing ?? Number.NEGATIVE_INFINITY)) {
        best.set(row, { row, similarity: similarities[row], by, standing })
      }
    }
  }
  for (const { row, standing } of best.values()) top.offer(row, standing)
  return Array.from(top.take().rows, (row) => best.get(row)!)
}

function spaceOf(model: Likened, by: Medium): { vectors: Matrix; has: Uint8Array | null } {
  return by === 'text' ? { vectors: model.vectors, has: null } : model.modalities.find(({ name }) => name === by)!
}

/** Where all are equal, nothing stands out. */
function spreadOf(values: readonly number[]): { mean: number; deviation: number } {
  const n = Math.max(1, values.length)
  const mean = values.reduce((sum, value) => sum + value, 0) / n
  const square = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / n
  return { mean, deviation: Math.sqrt(square) || 1 }
}
