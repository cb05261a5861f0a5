import { InterestMineError } from '../errors.js'
import type { FederatedModel } from './model.js'
import { countParameters } from './parameters.js'
import { checkSettings, checkShape, type RoundSettings } from './settings.js'
import { badMessage, encodeNumbers, type Kind, type MessageReader, readMessage, writeMessage } from './wire.js'

/** What opens a round for clients: the current model, and how to train it. */
export interface Invitation {
  /** Number of the round, 0 to 2^32 - 1. */
  round: number
  model: FederatedModel
  settings: RoundSettings
}

/** A model as a file that a store can train with: `ids` names its items in order. */
export interface AdapterFile {
  model: FederatedModel
  ids: string[]
}

/** Writes an invitation as a message. */
export function writeInvitation({ round, model, settings }: Invitation): Uint8Array<ArrayBuffer> {
  return writeMessage('invitation', { round, client: 0 }, ...partsOf(model, { settings }))
}

/**
 * Reads an invitation. Fails with BAD_INPUT where the message is malformed, and with BAD_OPTION where a setting is out
 * of its range.
 */
export function readInvitation(bytes: Uint8Array): Invitation {
  const message = readMessage(bytes, 'invitation')
  const { model, rest } = readModel(message, 'invitation')
  return { round: message.round, model, settings: checkSettings(rest.settings as RoundSettings) }
}

/** Writes a model and its items' ids as a file. Fails with BAD_INPUT where there is not one id an item. */
export function writeAdapterFile({ model, ids }: AdapterFile): Uint8Array<ArrayBuffer> {
  if (ids.length !== model.shape.items) throw badMessage('model', 'does not name each of its items')
  return writeMessage('model', { round: 0, client: 0 }, ...partsOf(model, { ids }))
}

/**
 * Reads an adapter file. Fails with BAD_INPUT where it is malformed, and with BAD_OPTION where its shape is out of
 * range.
 */
export function readAdapterFile(bytes: Uint8Array): AdapterFile {
  const { model, rest } = readModel(readMessage(bytes, 'model'), 'model')
  const { ids } = rest
  if (!Array.isArray(ids) || ids.length !== model.shape.items || ids.some((id) => typeof id !== 'string')) {
    throw badMessage('model', 'does not name each of its items')
  }
  return { model, ids }
}

function partsOf({ values, ...described }: FederatedModel, rest: object): Uint8Array[] {
  const json = new TextEncoder().encode(JSON.stringify({ ...described, ...rest }))
  return [encodeNumbers(4, json.length), json, new Uint8Array(values.buffer, values.byteOffset, values.byteLength)]
}

function readModel(message: MessageReader, kind: Kind): { model: FederatedModel; rest: Record<string, unknown> } {
  const json = message.bytes(message.number(4))
  const { shape, encoder, items, ...rest } = parseObject(json, kind)
  if (typeof encoder !== 'string' || typeof items !== 'string') throw badMessage(kind, 'does not say what it is for')
  const checked = checkShape(shape as FederatedModel['shape'])
  const values = new Float32Array(message.bytes(4 * countParameters(checked)).buffer)
  message.end()
  if (!values.every(Number.isFinite)) throw badMessage(kind, 'holds values that are no numbers')
  return { model: { shape: checked, encoder, items, values }, rest }
}

function parseObject(json: Uint8Array, kind: Kind): Record<string, unknown> {
  try {
    const found: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(json))
    if (found !== null && typeof found === 'object') return found as Record<string, unknown>
  } catch (error) {
    throw new InterestMineError(
      'BAD_INPUT',
      `the ${kind} of a federated round is not readable JSON`,
      { message: kind },
      error,
    )
  }
  throw badMessage(kind, 'holds no object')
}
