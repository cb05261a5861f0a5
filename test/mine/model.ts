import type { History, Matrix } from '../../src/columns.js'
import { shortText } from '../../src/encode/item-text.js'
import { packCatalogue } from '../../src/ingest/catalogue.js'
import type { MineModel } from '../../src/mine/interests.js'
import { collectPhrases } from '../../src/mine/names/collect.js'
import { fitPhrases } from '../../src/mine/names/fit-phrases.js'
import { fitSpace } from '../../src/mine/space/space.js'
import { fitTopics } from '../../src/mine/topics/fit-topics.js'
import { createRandom } from '../../src/random.js'
import type { Item } from '../../src/types/items.js'
import { createMatrix, normaliseRows } from '../../src/vectors/matrix.js'
import { packLists } from '../../src/vectors/sparse.js'

export type Encode = (texts: string[]) => Promise<Matrix>

/** Vectors of words hashed into `dims` numbers: texts that share words are near, with no model at all. */
export const encodeWords: Encode = async (texts) => {
  const dims = 48
  const vectors = createMatrix(texts.length, dims)
  texts.forEach((text, row) => {
    for (const word of text.toLowerCase().match(/\p{Script=Han}|[\p{L}]+/gu) ?? []) {
      let seed = 7
      for (let i = 0; i < word.length; i++) seed = (Math.imul(seed, 31) + word.charCodeAt(i)) | 0
      const random = createRandom(seed)
      for (let k = 0; k < dims; k++) vectors.data[row * dims + k] += random.unit() - 0.5
    }
  })
  return normaliseRows(vectors)
}

/** Rows scattered around `kinds` directions, kind by kind. */
export function scatter(rows: number, dims: number, kinds: number, spread: number, seed = 1): Matrix {
  const random = createRandom(seed)
  const centres = Array.from({ length: kinds }, () => Array.from({ length: dims }, () => random.unit() - 0.5))
  const vectors = createMatrix(rows, dims)
  for (let i = 0; i < rows; i++) {
    const centre = centres[Math.floor((i * kinds) / rows)]
    for (let k = 0; k < dims; k++) vectors.data[i * dims + k] = centre[k] + spread * (random.unit() - 0.5)
  }
  return normaliseRows(vectors)
}

export async function buildModel(
  items: Item[],
  encode: Encode = encodeWords,
  histories: number[][] = [],
): Promise<MineModel> {
  const catalogue = packCatalogue(
    items,
    items.map((_, i) => i),
  )
  const short = await encode(items.map((item) => shortText(item)))
  const collected = collectPhrases((row) => items[row].text ?? '', catalogue)
  const phrases = await fitPhrases(collected, await encode(collected.texts), short, 1)
  const space = await fitSpace({ vectors: short, history: packLists(histories), seed: 1 })
  return { catalogue, phrases, space, topics: await fitTopics({ catalogue, space, phrases, seed: 1 }) }
}

export interface Given {
  weights?: number[]
  at?: number[]
  disliked?: number[]
  explicit?: number[]
}

export function historyOf(rows: number[], { weights, at, disliked = [], explicit }: Given = {}): History {
  const times = Float64Array.from(at ?? rows.map(() => Number.NaN))
  return {
    rows: Int32Array.from(rows),
    weights: Float64Array.from(weights ?? rows.map(() => 1)),
    lastAt: times,
    firstAt: times,
    events: new Int32Array(rows.length).fill(1),
    explicitPositive: Int32Array.from(explicit ?? rows.map(() => 0)),
    implicitPositive: new Int32Array(rows.length).fill(1),
    explicitNegative: new Int32Array(rows.length),
    implicitNegative: new Int32Array(rows.length),
    strong: new Uint8Array(rows.length).fill(1),
    dislikedRows: Int32Array.from(disliked),
    dislikedWeights: new Float64Array(disliked.length).fill(1),
    dislikedAt: new Float64Array(disliked.length).fill(Number.NaN),
    seenRows: Int32Array.from(rows),
    total: rows.length,
  }
}
