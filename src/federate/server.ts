import { InterestMineError } from '../errors.js'
import { PARTICIPATION, SEALED_BYTES } from './client.js'
import { createWords, decodeSum, levelsOf, type Words, wordsOf } from './fixed-point.js'
import { agree, checkPublic, importSecret, PUBLIC_BYTES, SECRET_BYTES, type WebCrypto } from './keys.js'
import { addMask } from './masks.js'
import { type Invitation, writeInvitation } from './messages.js'
import { areConnected, drawNeighbours, thresholdOf } from './neighbours.js'
import { countParameters } from './parameters.js'
import { checkSettings } from './settings.js'
import { joinShares, type Share } from './shamir.js'
import { badMessage, encodeNumbers, type Kind, readMessage, writeMessage } from './wire.js'

/**
 * State of a round that was opened. The server's half of a round (docs/federate.md) is five functions: each takes the
 * state that the one before returned and the messages that came in, in any order, and returns what to send. A message
 * that is malformed, of another round, a repeated one, or by a client that is not expected is set aside and listed in
 * `refused`. Where too few are left the round fails with LIMIT: nothing is learnt and the model stays as it is.
 */
export interface Opened extends Invitation {
  /** The invitation, the same for all clients. */
  message: Uint8Array<ArrayBuffer>
}

/** State of a round whose roster is drawn up. */
export interface Admitted extends Opened {
  /** Public keys of the clients, in order; a client's place is its position here. */
  roster: { sealing: Uint8Array<ArrayBuffer>; masking: Uint8Array<ArrayBuffer> }[]
  /** For each client, the places of its neighbours, ascending. */
  neighbours: Int32Array[]
}

/** State of a round whose clients shared their secrets. */
export interface Sharing extends Admitted {
  /** Places of the clients that shared their secrets. */
  sharers: Set<number>
}

/** State of a round whose masked updates are summed. */
export interface Collected extends Sharing {
  /** Places of the clients whose masked update came in. */
  survivors: Set<number>
  /** Sum of the masked updates, still masked. */
  sum: Words
}

/** A message that was set aside. */
export interface Refused {
  /** Its position in the list of messages. */
  at: number
  reason: string
}

/** Most clients of one round: with more of them, too few steps would be left for one client's numbers. */
const MOST_CLIENTS = 10_000

/** Opens a round. Fails with BAD_OPTION where its number is not 0 to 2^32 - 1 or a setting is out of range. */
export function openRound(invitation: Invitation): Opened {
  const { round } = invitation
  if (!Number.isInteger(round) || round < 0 || round >= 2 ** 32) {
    throw new InterestMineError('BAD_OPTION', `a round has a whole number from 0 to 2^32 - 1, not ${round}`, {
      option: 'round',
    })
  }
  checkSettings(invitation.settings)
  return { ...invitation, message: writeInvitation(invitation) }
}

/**
 * Draws up the roster: the clients that answered, in the order of their messages. `seed` draws which of them mask with
 * each other. `message` goes to every client; `admitted` holds, for each client of the roster, the position of its
 * message. Fails with LIMIT where too few answered.
 */
export async function admitClients(
  crypto: WebCrypto,
  state: Opened,
  messages: readonly Uint8Array[],
  seed: number,
): Promise<{ state: Admitted; message: Uint8Array<ArrayBuffer>; admitted: number[]; refused: Refused[] }> {
  const seen = new Set<string>()
  let clients = 0
  const { taken, refused } = await readEach(messages, async (bytes, at) => {
    const message = readMessage(bytes, 'advertisement', state.round)
    if (clients === MOST_CLIENTS) throw badMessage('advertisement', `came when the roster was full (${MOST_CLIENTS})`)
    const keys = { sealing: message.bytes(PUBLIC_BYTES), masking: message.bytes(PUBLIC_BYTES) }
    message.end()
    for (const key of Object.values(keys)) {
      if (seen.has(key.join())) throw badMessage('advertisement', 'holds a key that came before')
      await checkPublic(crypto, key).catch(() => {
        throw badMessage('advertisement', 'holds a key that is none')
      })
    }
    for (const key of Object.values(keys)) seen.add(key.join())
    clients++
    return { keys, at }
  })
  const roster = taken.map(({ keys }) => keys)
  requireClients(state, roster.length, 'answered')
  const header = { round: state.round, client: 0 }
  const keys = roster.flatMap(({ sealing, masking }) => [sealing, masking])
  return {
    state: { ...state, roster, neighbours: drawNeighbours(roster.length, state.settings.neighbours, seed) },
    message: writeMessage('roster', header, encodeNumbers(4, seed), encodeNumbers(2, roster.length), ...keys),
    admitted: taken.map(({ at }) => at),
    refused,
  }
}

/**
 * Passes the encrypted shares on. Returns in `messages` what to send to each client of the roster, null where it shared
 * nothing. Fails with LIMIT where too few clients, or too few neighbours of one, shared their secrets.
 */
export async function passShares(
  state: Admitted,
  messages: readonly Uint8Array[],
): Promise<{ state: Sharing; messages: (Uint8Array<ArrayBuffer> | null)[]; refused: Refused[] }> {
  const { round, roster, neighbours } = state
  const sealedFor = roster.map(() => new Map<number, Uint8Array>())
  const everyone = new Set(roster.keys())
  const sharers = new Set<number>()
  const { refused } = await readEach(messages, async (bytes) => {
    const message = readMessage(bytes, 'shares', round)
    const { client } = message
    checkSender('shares', client, everyone, sharers)
    const sealed = Array.from(neighbours[client], (to) => {
      if (message.number(2) !== to) throw badMessage('shares', 'are not for each neighbour in order')
      return message.bytes(SEALED_BYTES)
    })
    message.end()
    sharers.add(client)
    for (const [i, to] of neighbours[client].entries()) sealedFor[to].set(client, sealed[i])
  })
  requireClients(state, sharers.size, 'shared their secrets')
  for (const client of sharers) {
    if (sealedFor[client].size < thresholdOf(neighbours[client]))
      throw failure(state, 'a client has too few neighbours left')
  }
  const deliveries = sealedFor.map((sealed, client) => {
    if (!sharers.has(client)) return null
    const parts = [...sealed].sort(([a], [b]) => a - b).flatMap(([from, text]) => [encodeNumbers(2, from), text])
    return writeMessage('deliveries', { round, client }, encodeNumbers(2, sealed.size), ...parts)
  })
  return { state: { ...state, sharers }, messages: deliveries, refused }
}

/**
 * Sums the masked updates. `message` is to be sent to each client whose update came in. Fails with LIMIT where these
 * are too few or not connected as neighbours.
 */
export async function collectMasked(
  state: Sharing,
  messages: readonly Uint8Array[],
): Promise<{ state: Collected; message: Uint8Array<ArrayBuffer>; refused: Refused[] }> {
  const { round, settings, model, roster, neighbours, sharers } = state
  const sum = createWords(settings.bits, countParameters(model.shape) + 1)
  const survivors = new Set<number>()
  const { refused } = await readEach(messages, async (bytes) => {
    const message = readMessage(bytes, 'masked', round)
    checkSender('masked', message.client, sharers, survivors)
    const words = wordsOf(settings.bits, message.bytes(sum.byteLength).buffer)
    message.end()
    survivors.add(message.client)
    for (let i = 0; i < sum.length; i++) sum[i] += words[i]
  })
  requireClients(state, survivors.size, 'sent an update')
  if (!areConnected(neighbours, survivors)) throw failure(state, 'those left fall into parts')
  const participation = roster.map((_, client) => {
    if (!sharers.has(client)) return PARTICIPATION.absent
    return survivors.has(client) ? PARTICIPATION.survived : PARTICIPATION.dropped
  })
  return {
    state: { ...state, survivors, sum },
    message: writeMessage('request', { round, client: 0 }, encodeNumbers(1, ...participation)),
    refused,
  }
}

/** The result of a round. */
export interface RoundSum {
  /** Weighted mean of the clients' updates: one number for each of the model's. */
  mean: Float32Array
  /** Sum of their weights, each 0..1. */
  weight: number
  /** How many clients it is the mean of. */
  clients: number
  refused: Refused[]
}

/**
 * Removes the masks from the sum by the shares that came in, and divides by the weights. `noise` adds Gaussian noise to
 * every number of the sum: `multiplier` times `clip` times `normal()`, which the caller draws with standard deviation
 * 1. Fails with LIMIT where too few shares came in, where shares are wrong, and where the sum is none that honest
 * clients could have sent: longer than `clip` allows, or of an impossible weight.
 */
export async function closeRound(
  crypto: WebCrypto,
  state: Collected,
  messages: readonly Uint8Array[],
  noise: { multiplier: number; normal: () => number } | null = null,
): Promise<RoundSum> {
  const { round, settings, roster, neighbours, sharers, survivors } = state
  const { shares, refused } = await gatherShares(state, messages)
  const secretOf = (client: number) => {
    const found = shares.get(client) ?? []
    const threshold = thresholdOf(neighbours[client])
    if (found.length < threshold) throw failure(state, 'too few shares came in')
    return Uint8Array.from(joinShares(found.slice(0, threshold)))
  }
  const sum = state.sum.slice() as Words
  for (const client of survivors) await addMask(crypto, sum, secretOf(client), { use: 'own mask', round }, -1)
  for (const client of sharers) {
    if (survivors.has(client)) continue
    const key = await importSecret(crypto, secretOf(client), roster[client].masking).catch(() => {
      throw failure(state, 'shares of a key are wrong')
    })
    for (const other of neighbours[client]) {
      if (!survivors.has(other)) continue
      // Of two neighbours the first in the roster adds the mask and the second subtracts it: undo what the survivor did.
      const secret = await agree(crypto, key, roster[other].masking)
      await addMask(crypto, sum, secret, { use: 'mask', round }, other < client ? -1 : 1)
    }
  }
  const { weight, sum: total } = decodeSum(sum, settings, roster.length)
  if (weight === 0) throw failure(state, 'nobody had anything to learn from')
  if (weight > survivors.size) throw failure(state, 'the weights are impossible')
  const added = total.map((x) => x + (noise ? noise.multiplier * settings.clip * noise.normal() : 0))
  // Each update is at most `clip` long, so their weighted sum is at most weight * clip long, apart from rounding.
  const rounding = (survivors.size * settings.range * Math.sqrt(total.length)) / levelsOf(settings.bits, roster.length)
  const length = Math.sqrt(total.reduce((square, x) => square + x * x, 0))
  if (length > weight * settings.clip + rounding)
    throw failure(state, 'the sum is longer than any that honest clients could make')
  return { mean: Float32Array.from(added, (x) => x / weight), weight, clients: survivors.size, refused }
}

/** Shares by the client whose secret they belong to, each from another neighbour. */
async function gatherShares(
  { round, neighbours, sharers, survivors }: Collected,
  messages: readonly Uint8Array[],
): Promise<{ shares: Map<number, Share[]>; refused: Refused[] }> {
  const shares = new Map<number, Share[]>()
  const replied = new Set<number>()
  const { refused } = await readEach(messages, async (bytes) => {
    const message = readMessage(bytes, 'reply', round)
    const { client } = message
    checkSender('reply', client, survivors, replied)
    const given = new Map<number, Share>()
    for (let left = message.number(2); left > 0; left--) {
      const of = message.number(2)
      const x = neighbours[of]?.indexOf(client) + 1
      if (!(x > 0) || !sharers.has(of) || given.has(of))
        throw badMessage('reply', `has a share of client ${of}, which is out of place`)
      given.set(of, { x, bytes: message.bytes(SECRET_BYTES) })
    }
    message.end()
    replied.add(client)
    for (const [of, share] of given) shares.set(of, [...(shares.get(of) ?? []), share])
  })
  return { shares, refused }
}

/** Reads each message by itself. A message that fails with an InterestMineError is set aside. */
async function readEach<T>(
  messages: readonly Uint8Array[],
  read: (bytes: Uint8Array, at: number) => Promise<T>,
): Promise<{ taken: T[]; refused: Refused[] }> {
  const taken: T[] = []
  const refused: Refused[] = []
  for (const [at, bytes] of messages.entries()) {
    try {
      taken.push(await read(bytes, at))
    } catch (error) {
      if (!(error instanceof InterestMineError)) throw error
      refused.push({ at, reason: error.message })
    }
  }
  return { taken, refused }
}

function checkSender(kind: Kind, client: number, expected: ReadonlySet<number>, received: ReadonlySet<number>): void {
  if (!expected.has(client)) throw badMessage(kind, `is of client ${client}, of which none is awaited`)
  if (received.has(client)) throw badMessage(kind, `is the second one of client ${client}`)
}

function requireClients(state: Invitation, clients: number, what: string): void {
  const { leastClients } = state.settings
  if (clients < leastClients) throw failure(state, `${clients} clients ${what}, it takes ${leastClients}`)
}

function failure({ round }: Invitation, why: string): InterestMineError {
  return new InterestMineError('LIMIT', `round ${round} failed: ${why}; the model stays as it is`, { round })
}
