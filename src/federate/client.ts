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
 * The client's half of a round (docs/federate.md). Each step takes the state that the one before returned and the
 * server's next message, and gives the message to send. A state is good for one message: keys used twice would tell the
 * server what it must not know. What is refused (BAD_INPUT) uses nothing up.
 */
export interface Joined {
  invitation: Invitation
  /** Keys that shares are sealed by, and that masks come from. */
  sealing: KeyPair
  masking: KeyPair
}

export interface Shared extends Joined {
  /** This client's place in the roster. */
  client: number
  roster: { sealing: Uint8Array<ArrayBuffer>; masking: Uint8Array<ArrayBuffer> }[]
  neighbours: Int32Array[]
  /** What this client's own mask comes from. */
  own: Uint8Array<ArrayBuffer>
}

export interface Masked extends Shared {
  /** Neighbours that this client masked with, and the sealed shares that it holds for them. */
  held: Map<number, Uint8Array<ArrayBuffer>>
}

/** Two shares in one sealed text: of the masking key, and of what the own mask comes from. */
export const SEALED_BYTES = 2 * SECRET_BYTES + SEAL_BYTES

/** What the server knows of a client when it asks for shares. */
export const PARTICIPATION = { absent: 0, dropped: 1, survived: 2 } as const

const usedStates = new WeakSet<object>()

function markUsed(state: Joined): void {
  if (usedStates.has(state)) {
    throw new InterestMineError('BAD_INPUT', 'this step of the federated round was taken already: its keys are used up')
  }
  usedStates.add(state)
}

/** Answers an invitation with fresh keys. Fails with BAD_INPUT, BAD_OPTION. */
export async function acceptInvitation(
  crypto: WebCrypto,
  bytes: Uint8Array,
): Promise<{ state: Joined; message: Uint8Array }> {
  const invitation = readInvitation(bytes)
  const [sealing, masking] = [await makeKeys(crypto), await makeKeys(crypto)]
  const message = writeMessage('advertisement', { round: invitation.round, client: 0 }, sealing.public, masking.public)
  return { state: { invitation, sealing, masking }, message }
}

/** Splits this client's secrets among its neighbours, each share sealed for its holder. Fails with BAD_INPUT. */
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

/** Whose shares, for whom. */
function aboutShares(from: number, to: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(encodeNumbers(2, from, to))
}

/**
 * Masks an update: with every neighbour that shared its secrets, one of the two adds what the other takes away, and the
 * client's own mask on top. `seed` is for rounding. Fails with BAD_INPUT, before anything is sent.
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

/** The sealed shares of neighbours, each once. */
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
 * Gives the shares that open the sum: of a neighbour whose update came in, that of its own mask; of one that dropped
 * out, that of its masking key. Never both of one, for the request gives each client one participation and a state is good
 * for one request. Refuses (BAD_INPUT) where the sum would be of too few, or fall into parts that can be told apart.
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
    // What a neighbour sealed wrongly is kept back; the others' shares may be enough.
    const text = await unseal(crypto, secret, round, sealed, aboutShares(other, client)).catch(() => null)
    if (text?.length !== 2 * SECRET_BYTES) continue
    const share =
      participation[other] === PARTICIPATION.survived ? text.subarray(SECRET_BYTES) : text.subarray(0, SECRET_BYTES)
    parts.push(encodeNumbers(2, other), share)
  }
  return writeMessage('reply', { round, client }, encodeNumbers(2, parts.length / 2), ...parts)
}
