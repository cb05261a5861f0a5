import type { Matrix, ModalityVectors } from '../columns.js'
import { InterestMineError, quote } from '../errors.js'
import { packCatalogue } from '../ingest/catalogue.js'
import { collectPhrases } from '../mine/names/collect.js'
import { averagePhraseVectors } from '../mine/names/fit-phrases.js'
import { DEFAULT_SCORER } from '../rank/default-scorer.js'
import type { Scorer } from '../rank/scorer.js'
import type { Item } from '../types/items.js'
import type { Precision } from '../types/options.js'
import { createMatrix, normalise, rowOf } from '../vectors/matrix.js'
import { foldMatrix } from '../vectors/reduce.js'
import type { FitColumns } from './fit.js'
import { packPositives } from './histories.js'

/** What `packColumns` packs: plain arrays, with no store behind them. */
export interface PackInput {
  /** The catalogue. The position of an item is its row everywhere else. */
  items: readonly Item[]
  /** One vector an item, all of one length; of any length other than 0. */
  vectors: readonly ArrayLike<number>[]
  /**
   * Vectors of the items' titles alone, in which interests are mined, alongside `vectors`; left out: `vectors`, folded to
   * 512 numbers where they have more than 768.
   */
  titleVectors?: readonly ArrayLike<number>[]
  /**
   * What users liked: the rows of distinct items, oldest first, and when (ms since 1970, NaN unknown) where that is known.
   */
  users: readonly { rows: ArrayLike<number>; at?: ArrayLike<number> }[]
  /**
   * Gives the vectors of phrases (one row a text) in the space of `titleVectors`; left out: a phrase stands for the mean of
   * the items that say it.
   */
  encodePhrases?: (texts: readonly string[]) => Promise<Matrix> | Matrix
  /** Vectors of pictures and sounds; left out: none. */
  modalities?: ModalityVectors[]
  /** The scorer to rank by; left out: the one of a store that has not been trained. */
  scorer?: Scorer
  /** How vectors are kept; default int8. */
  precision?: Precision
}

/**
 * The columns that `fit` takes, from plain arrays. Vectors are copied and brought to unit length. Fails with BAD_INPUT
 * where an item has no id of its own or no title; where vectors are missing, of different lengths, all 0 or not finite; and
 * where a row of a history is no row of the catalogue.
 */
export async function packColumns(input: PackInput): Promise<FitColumns> {
  const { items, users, encodePhrases, modalities, scorer = DEFAULT_SCORER, precision } = checkInput(input)
  const full = packVectors('vectors', input.vectors, items.length)
  const short = input.titleVectors ? packVectors('titleVectors', input.titleVectors, items.length) : foldMatrix(full)
  const histories = users.map(({ rows, at }, user) => {
    if (rows?.length === undefined) throw noRow(user, rows)
    for (let i = 0; i < rows.length; i++) if (!isRow(rows[i], items.length)) throw noRow(user, rows[i])
    const times = at ? Float64Array.from(at) : new Float64Array(rows.length).fill(Number.NaN)
    return { rows: Int32Array.from(rows), at: times }
  })
  const { lists, at } = packPositives(histories)
  const catalogue = packCatalogue(
    items,
    items.map((_, row) => row + 1),
  )
  const phrases = collectPhrases((row) => items[row].text ?? '', catalogue)
  const phraseVectors = encodePhrases ? await encodePhrases(phrases.texts) : averagePhraseVectors(phrases, short)
  return {
    ...{ catalogue, full, short, modalities, precision, scorer, phrases, phraseVectors },
    ...{ histories: lists, at, trained: null },
  }
}

function packVectors(field: string, vectors: readonly ArrayLike<number>[], rows: number): Matrix {
  const dims = vectors[0]?.length ?? 0
  if (vectors.length !== rows) {
    throw new InterestMineError('BAD_INPUT', `${rows} items come with ${vectors.length} ${field}`, { field })
  }
  const matrix = createMatrix(rows, dims)
  vectors.forEach((vector, row) => {
    if (vector.length !== dims || dims === 0) {
      const message = `${field}: row ${row} has ${vector.length} numbers, row 0 has ${dims}`
      throw new InterestMineError('BAD_INPUT', message, { field, row })
    }
    const numbers = Float32Array.from(vector)
    const square = numbers.reduce((sum, x) => sum + x * x, 0)
    if (!(square > 0 && square < Infinity)) {
      const message = `${field}: row ${row} must have finite numbers, not all of them 0`
      throw new InterestMineError('BAD_INPUT', message, { field, row })
    }
    rowOf(matrix, row).set(normalise(numbers))
  })
  return matrix
}

/** Lists where lists are wanted, and items with an id each, no two the same, and a title. */
function checkInput(input: PackInput): PackInput {
  for (const field of ['items', 'vectors', 'users'] as const) {
    if (!Array.isArray(input?.[field])) throw new InterestMineError('BAD_INPUT', `${field} must be a list`, { field })
  }
  const known = new Set<string>()
  for (const [row, item] of input.items.entries()) {
    const fail = (field: string, what: string) => {
      return new InterestMineError('BAD_INPUT', `items: row ${row} ${what}`, { field, row })
    }
    if (typeof item?.id !== 'string' || item.id === '') throw fail('id', 'has no id')
    if (known.has(item.id)) throw fail('id', `has the id ${quote(item.id)} of a row before it`)
    if (typeof item.title !== 'string') throw fail('title', 'has no title')
    for (const field of ['text', 'brand'] as const) {
      if (item[field] !== undefined && typeof item[field] !== 'string')
        throw fail(field, `has a ${field} that is no text`)
    }
    known.add(item.id)
  }
  return input
}

const isRow = (row: unknown, rows: number) => Number.isInteger(row) && (row as number) >= 0 && (row as number) < rows

function noRow(user: number, row: unknown): InterestMineError {
  return new InterestMineError('BAD_INPUT', `users: row ${row} of user ${user} is no row of the catalogue`, {
    field: 'users',
    user,
    row,
  })
}
