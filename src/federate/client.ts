import { InterestMineError } from '../errors.js'
import { createRandom } from '../random.js'
import { encodeUpdate } from './fixed-point.js'
import {
  agree,
  exportSecret,
  type KeyPair,
  makeKeys,
  PUBLIC_BYTES,
  SEAL_BYTES,
  SECRET_BYTES,
  seal,
  unseal,
  type WebCrypto,
} from './keys.js'
import type { LocalUpdate } from './local.js'
import { addMask } from './masks.js'
import { type Invitation, readInvitation } from './messages.js'
import { areConnected, drawNeighbours, thresholdOf } from './neighbours.js'
import { countParameters } from './parameters.js'
import { splitSecret } from './shamir.js'
import { badMessage, encodeNumbers, readMessage, writeMessage } from './wire.js'

/**
 * State of a client that answered an invitation. The client's half of a round (docs/federate.md) is four functions:
 * each takes the state that the one before returned and the server's next message, and returns the message to send and,
 * but for the last, the next state. A state may be used once: keys used twice would give away what the server must not
 * learn. A message that is refused (BAD_INPUT) does not use the state up.
 */
export interface Joined {
  invitation: Invitation
  /** Keys with which shares for this client are encrypted. */
  sealing: KeyPair
  /** Keys from which the masks with its neighbours are derived. */
  masking: KeyPair
}

/** State of a client that shared its secrets. */
export interface Shared extends Joined {
  /** Place of this client in the roster. */
  client: number
  /** Public keys of all clients of the round, in order. */
  roster: { sealing: Uint8Array<ArrayBuffer>; masking: Uint8Array<ArrayBuffer> }[]
  /** For each client of the roster, the places of its neighbours, ascending. */
  neighbours: Int32Array[]
  /** 32 random bytes from which the client's own mask is derived. */
  own: Uint8Array<ArrayBuffer>
}

/** State of a client that sent its masked update. */
export interface Masked extends Shared {
  /** For each neighbour that this client masked with, the encrypted shares that it holds for it. */
  held: Map<number, Uint8Array<ArrayBuffer>>
}

/** Bytes of the encrypted pair of shares for one neighbour: of the masking key, and of the secret of the own mask. */
export const SEALED_BYTES = 2 * SECRET_BYTES + SEAL_BYTES

/**
 * What the server says of each client when it asks for shares: it shared no secrets, it shared them and dropped out, or
 * its update came in.
 */
export const PARTICIPATION = { absent: 0, dropped: 1, survived: 2 } as const

const usedStates = new WeakSet<object>()

/** Marks a state as used. Fails with BAD_INPUT where it was used before. */
function markUsed(state: Joined): void {
  if (usedStates.has(state)) {
    throw new InterestMineError('BAD_INPUT', 'this step of the federated round was taken already: its keys are used up')
  }
  usedStates.add(state)
}

/**
 * Answers an invitation: makes two fresh pairs of keys and returns the message with the public ones. Fails with
 * BAD_INPUT where the message is malformed, and with BAD_OPTION where a setting is out of range.
 */
export async function acceptInvitation(
  crypto: WebCrypto,
  bytes: Uint8Array,
): Promise<{ state: Joined; message: Uint8Array }> {
  const invitation = readInvitation(bytes)
  const [sealing, masking] = [await makeKeys(crypto), await makeKeys(crypto)]
  const message = writeMessage('advertisement', { round: invitation.round, client: 0 }, sealing.public, masking.public)
  return { state: { invitation, sealing, masking }, message }
}

/**
 * Reads the roster, splits this client's two secrets among its neighbours (Shamir's secret sharing) and encrypts each
 * share for its holder. Returns the message with the shares. Fails with BAD_INPUT where the message is malformed, does
 * not hold this client or holds too few clients, and where the state was used.
 */
export async function shareSecrets(
  crypto: WebCrypto,
  state: Joined,
  bytes: Uint8Array,
): Promise<{ state: Shared; message: Uint8Array }> {
  const { round, settings } = state.invitation
  const message = readMessage(bytes, 'roster', round)
  const seed = message.number(4)
  const roster = Array.from({ length: message.number(2) }, () => ({
    sealing: message.bytes(PUBLIC_BYTES),
    masking: message.bytes(PUBLIC_BYTES),
  }))
  message.end()
  const isOwn = (key: KeyPair, other: Uint8Array) => key.public.every((byte, i) => byte === other[i])
  const client = roster.findIndex((one) => isOwn(state.sealing, one.sealing) && isOwn(state.masking, one.masking))
  if (client < 0) throw badMessage('roster', 'does not hold this client')
  if (roster.length < settings.leastClients) throw badMessage('roster', `holds ${roster.length} clients only`)
  markUsed(state)
  const neighbours = drawNeighbours(roster.length, settings.neighbours, seed)
  const ownNeighbours = neighbours[client]
  const own = crypto.getRandomValues(new Uint8Array(SECRET_BYTES))
  const fill = (space: Uint8Array<ArrayBuffer>) => crypto.getRandomValues(space)
  const split = (secret: Uint8Array) => splitSecret(secret, ownNeighbours.length, thresholdOf(ownNeighbours), fill)
  const keyShares = split(await exportSecret(crypto, state.masking.secret))
  const ownShares = split(own)
  const sealed = await Promise.all(
    Array.from(ownNeighbours, async (to, i) => {
      const text = Uint8Array.of(...keyShares[i].bytes, ...ownShares[i].bytes)
      const secret = await agree(crypto, state.sealing.secret, roster[to].sealing)
      return [encodeNumbers(2, to), await seal(crypto, secret, round, text, aboutShares(client, to))]
    }),
  )
  return {
    state: { ...state, client, roster, neighbours, own },
    message: writeMessage('shares', { round, client }, ...sealed.flat()),
  }
}

/** Additional data of the encryption: whose shares they are, and for whom. */
function aboutShares(from: number, to: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(encodeNumbers(2, from, to))
}

/**
 * Encodes an update in fixed point and masks it: the client's own mask, and one mask with each neighbour that shared
 * its secrets, which one of the two adds and the other subtracts (Bonawitz et al. 2017). `bytes`: the server's message
 * with the neighbours' shares; `update`: one number for each of the model's, with a weight from 0 to `mostWeight`;
 * `seed`: draws the rounding. Fails with BAD_INPUT, and then nothing is to be sent.
 */
export async function maskUpdate(
  crypto: WebCrypto,
  state: Shared,
  bytes: Uint8Array,
  update: Pick<LocalUpdate, 'delta' | 'weight'>,
  seed: number,
): Promise<{ state: Masked; message: Uint8Array }> {
  const { client, roster, own } = state
  const { round, settings, model } = state.invitation
  checkUpdate(update, countParameters(model.shape), settings.mostWeight)
  const held = readDeliveries(state, bytes)
  markUsed(state)
  const words = encodeUpdate(update, settings, roster.length, createRandom(seed))
  const add = (secret: Uint8Array<ArrayBuffer>, use: 'mask' | 'own mask', sign: 1 | -1) =>
    addMask(crypto, words, secret, { use, round }, sign)
  await add(own, 'own mask', 1)
  for (const other of held.keys()) {
    await add(await agree(crypto, state.masking.secret, roster[other].masking), 'mask', client < other ? 1 : -1)
  }
  return {
    state: { ...state, held },
    message: writeMessage('masked', { round, client }, new Uint8Array(words.buffer)),
  }
}

function checkUpdate(
  { delta, weight }: Pick<LocalUpdate, 'delta' | 'weight'>,
  length: number,
  mostWeight: number,
): void {
  const wrong =
    delta?.length !== length
      ? `has ${delta?.length ?? 'no'} numbers, the model has ${length}`
      : !delta.every(Number.isFinite)
        ? 'holds what is no number'
        : !(weight >= 0 && weight <= mostWeight)
          ? `weighs ${weight}, not 0 to ${mostWeight}`
          : null
  if (wrong) throw new InterestMineError('BAD_INPUT', `the update ${wrong}; nothing was sent`, { field: 'update' })
}

/** Reads the encrypted shares of neighbours, each at most once. */
function readDeliveries({ invitation, client, neighbours }: Shared, bytes: Uint8Array): Masked['held'] {
  const message = readMessage(bytes, 'deliveries', invitation.round)
  if (message.client !== client) throw badMessage('deliveries', 'are for another client')
  const held: Masked['held'] = new Map()
  for (let left = message.number(2); left > 0; left--) {
    const from = message.number(2)
    if (!neighbours[client].includes(from) || held.has(from))
      throw badMessage('deliveries', `name client ${from}, which is out of place`)
    held.set(from, message.bytes(SEALED_BYTES))
  }
  message.end()
  if (held.size < thresholdOf(neighbours[client])) {
    throw badMessage('deliveries', `come from ${held.size} neighbours, too few to hide among`)
  }
  return held
}

/**
 * Returns the message with the shares that open the sum: of a neighbour whose update came in, the share of its own
 * mask; of one that dropped out, the share of its masking key. Never both of one neighbour: the request names each
 * client once, and a state may be used once. Fails with BAD_INPUT where the sum would be of fewer than `leastClients`,
 * would fall into parts that can be told apart, or where the request leaves this client out.
 */
export async function revealShares(crypto: WebCrypto, state: Masked, bytes: Uint8Array): Promise<Uint8Array> {
  const { client, roster, neighbours, held, invitation, sealing } = state
  const { round, settings } = invitation
  const message = readMessage(bytes, 'request', round)
  const participation = message.bytes(roster.length)
  message.end()
  const survivors = roster.flatMap((_, other) => (participation[other] === PARTICIPATION.survived ? [other] : []))
  if (participation.some((one) => one > PARTICIPATION.survived)) throw badMessage('request', 'is not understood')
  if (participation[client] !== PARTICIPATION.survived) throw badMessage('request', 'says that this client dropped out')
  if (survivors.length < settings.leastClients)
    throw badMessage('request', `is for the sum of ${survivors.length} clients only`)
  if (!areConnected(neighbours, survivors)) throw badMessage('request', 'is for a sum that falls into parts')
  for (const other of held.keys()) {
    if (participation[other] === PARTICIPATION.absent)
      throw badMessage('request', `says that client ${other} never took part`)
  }
  markUsed(state)
  const parts: Uint8Array[] = []
  for (const [other, sealed] of held) {
    const secret = await agree(crypto, sealing.secret, roster[other].sealing)
    // Shares that cannot be decrypted are left out; those of the others may be enough.
    const text = await unseal(crypto, secret, round, sealed, aboutShares(other, client)).catch(() => null)
    if (text?.length !== 2 * SECRET_BYTES) continue
    const share =
      participation[other] === PARTICIPATION.survived ? text.subarray(SECRET_BYTES) : text.subarray(0, SECRET_BYTES)
    parts.push(encodeNumbers(2, other), share)
  }
  return writeMessage('reply', { round, client }, encodeNumbers(2, parts.length / 2), ...parts)
}
