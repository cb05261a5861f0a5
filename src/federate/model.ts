import { type Adapter, placeUser, scoreItems } from '../adapt/adapter.js'
import { LEAST_SQUARE } from '../adapt/sides.js'
import type { Lists, Matrix } from '../columns.js'
import { InterestMineError, quote } from '../errors.js'
import { createRandom } from '../random.js'
import { createMatrix, dotAt } from '../vectors/matrix.js'
import { scanRows } from '../vectors/scan.js'
import { packLists } from '../vectors/sparse.js'
import type { WebCrypto } from './keys.js'
import { drawParameters, type Shape, viewParameters } from './parameters.js'
import { checkShape, SHAPE_SETTINGS } from './settings.js'

/** The items that server and clients share. Nothing in them is about anybody. */
export interface PublicItems {
  /** Id of the encoder that made the vectors. */
  encoder: string
  ids: readonly string[]
  /** One unit row an item. */
  vectors: Matrix
}

/** An adapter in training: its numbers, and the items that it is for. */
export interface FederatedModel {
  shape: Shape
  /** Id of the encoder of the items' vectors. */
  encoder: string
  /** SHA-256 over encoder and ids, in hexadecimal, by which another list of items is recognised. */
  items: string
  /** All numbers, in the order of `Parameters`. */
  values: Float32Array
}

/** SHA-256 over the encoder's id and the items' ids, in hexadecimal. */
export async function digestItems(
  { subtle }: WebCrypto,
  { encoder, ids }: Omit<PublicItems, 'vectors'>,
): Promise<string> {
  const text = new TextEncoder().encode(JSON.stringify([encoder, ids]))
  const digest = new Uint8Array(await subtle.digest('SHA-256', text))
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/**
 * A model before any training. Settings default to SHAPE_SETTINGS; `seed` draws its first values. Fails with BAD_OPTION
 * where a setting is out of range, and with BAD_INPUT where there is not one id a vector.
 */
export async function createModel(
  crypto: WebCrypto,
  items: PublicItems,
  { seed = 1, ...settings }: Partial<typeof SHAPE_SETTINGS> & { seed?: number } = {},
): Promise<FederatedModel> {
  const { rows, dims } = items.vectors
  const own = { ...SHAPE_SETTINGS, ...settings }
  const idDims = settings.idDims ?? Math.min(own.idDims, own.dims)
  const shape = checkShape({ ...own, idDims, items: rows, encoderDims: dims })
  if (items.ids.length !== rows) {
    throw new InterestMineError('BAD_INPUT', `${rows} vectors come with ${items.ids.length} ids`, { field: 'ids' })
  }
  const values = drawParameters(shape, createRandom(seed))
  return { shape, encoder: items.encoder, items: await digestItems(crypto, items), values }
}

/**
 * Checks that a model is for these items. Fails with ENCODER_MISMATCH where it was made for vectors of another encoder,
 * and with BAD_INPUT where it was made for other items.
 */
export async function checkItems(crypto: WebCrypto, model: FederatedModel, items: PublicItems): Promise<void> {
  if (items.encoder !== model.encoder || items.vectors.dims !== model.shape.encoderDims) {
    throw encoderMismatch(model, items.encoder, items.vectors.dims)
  }
  if (items.vectors.rows !== model.shape.items || (await digestItems(crypto, items)) !== model.items) {
    throw new InterestMineError(
      'BAD_INPUT',
      'the model is for another list of items: fetch the list that it belongs to',
      {
        field: 'items',
      },
    )
  }
}

/** The error (ENCODER_MISMATCH) for a model that is used with vectors of encoder `asked`, of `dims` numbers. */
export function encoderMismatch({ encoder, shape }: FederatedModel, asked: string, dims: number): InterestMineError {
  const message = `the model was made for vectors of ${quote(encoder)} (${shape.encoderDims} numbers), these are of ${quote(asked)} (${dims})`
  return new InterestMineError('ENCODER_MISMATCH', message, { built: encoder, asked })
}

/**
 * Histories as rows of the public items. `users`: for each user of a client the ids of liked items, oldest first. Ids
 * that are not in the list are left out.
 */
export function historiesOf({ ids }: Pick<PublicItems, 'ids'>, users: Iterable<readonly string[]>): Lists {
  const rowOf = new Map(ids.map((id, row) => [id, row]))
  return packLists(Array.from(users, (liked) => liked.flatMap((id) => rowOf.get(id) ?? [])))
}

/** The adapter that a model stands for. `vectors`: encoder vectors of its items, one row an item. */
export function adapterOf({ shape, values }: FederatedModel, vectors: Matrix): Adapter {
  const { dims, encoderDims } = shape
  const parameters = viewParameters(shape, values)
  const mapOf = (data: Float32Array): Matrix => ({ data: data.slice(), rows: dims, dims: encoderDims })
  return {
    inputs: placeAll(shape, vectors, parameters.inputMap, parameters.inputIds),
    outputs: placeAll(shape, vectors, parameters.outputMap, parameters.outputIds),
    bias: parameters.bias.slice(),
    ages: parameters.ages.map(Math.exp),
    scale: Math.exp(parameters.scale[0]),
    inputMap: mapOf(parameters.inputMap),
    outputMap: mapOf(parameters.outputMap),
    coldBias: parameters.bias.slice().sort()[shape.items >> 4],
  }
}

function placeAll({ dims, idDims, items }: Shape, vectors: Matrix, map: Float32Array, ids: Float32Array): Matrix {
  const placed = createMatrix(items, dims)
  for (let k = 0; k < dims; k++) {
    const column = scanRows(vectors, map.subarray(k * vectors.dims, (k + 1) * vectors.dims))
    for (let row = 0; row < items; row++) {
      placed.data[row * dims + k] = column[row] + (k < idDims ? ids[row * idDims + k] : 0)
    }
  }
  for (let from = 0; from < placed.data.length; from += dims) {
    const length = Math.sqrt(LEAST_SQUARE + dotAt(placed.data, from, placed.data, from, dims))
    for (let k = from; k < from + dims; k++) placed.data[k] /= length
  }
  return placed
}

/**
 * Logits of all items for a history (rows, oldest first). It needs no server, so a client can rank items without
 * telling anyone its history.
 */
export function scoreHistory(adapter: Adapter, rows: ArrayLike<number>): Float32Array {
  return scoreItems(adapter, placeUser(adapter, rows))
}
