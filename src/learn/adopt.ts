import { type Adapter, carryAdapter } from '../adapt/adapter.js'
import { InterestMineError } from '../errors.js'
import { type AdapterFile, readAdapterFile } from '../federate/messages.js'
import { adapterOf, encoderMismatch } from '../federate/model.js'
import type { Artefacts } from '../model/model.js'
import { createMatrix, rowOf } from '../vectors/matrix.js'
import { readRow } from '../vectors/precision.js'
import { unpackStrings } from '../vectors/strings.js'

/**
 * Turns an adapter file of a federated training (docs/federate.md) into an adapter for a store's items. Items that it
 * was trained for get the vectors that it learnt; others are placed by their text. `encoder`: id of the store's
 * encoder. Throws BAD_INPUT where the bytes are no adapter file, none of its items is in the catalogue or its numbers
 * are not finite, and ENCODER_MISMATCH where it was trained on vectors of another encoder.
 */
export function adoptAdapter(
  bytes: Uint8Array,
  { catalogue, vectors }: Pick<Artefacts, 'catalogue' | 'vectors'>,
  encoder: string,
): Adapter {
  const { model, ids }: AdapterFile = readAdapterFile(bytes)
  if (model.encoder !== encoder || model.shape.encoderDims !== vectors.dims) {
    throw encoderMismatch(model, encoder, vectors.dims)
  }
  const placeOf = new Map(ids.map((id, place) => [id, place]))
  const from = Int32Array.from(unpackStrings(catalogue.ids), (id) => placeOf.get(id) ?? -1)
  if (from.every((place) => place < 0)) {
    throw new InterestMineError('BAD_INPUT', 'the adapter was trained for other items: none of them is in this store', {
      field: 'adapter',
    })
  }
  const its = createMatrix(ids.length, vectors.dims)
  from.forEach((place, row) => {
    if (place >= 0) rowOf(its, place).set(readRow(vectors, row))
  })
  const adapter = carryAdapter(adapterOf(model, its), vectors, from)
  const numbers = [adapter.inputs.data, adapter.outputs.data, adapter.bias, adapter.ages, [adapter.scale]]
  if (!numbers.every((list) => list.every(Number.isFinite))) {
    throw new InterestMineError('BAD_INPUT', 'the adapter holds numbers that are too large', { field: 'adapter' })
  }
  return adapter
}
