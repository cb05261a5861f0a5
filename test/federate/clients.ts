import { maskUpdate } from '../../src/federate/client.js'
import {
  acceptInvitation,
  admitClients,
  closeRound,
  collectMasked,
  createModel,
  type FederatedModel,
  type Invitation,
  openRound,
  type PublicItems,
  passShares,
  ROUND_SETTINGS,
  type RoundSettings,
  type RoundSum,
  revealShares,
  shareSecrets,
} from '../../src/federate/index.js'
import type { LocalUpdate } from '../../src/federate/local.js'
import { createRandom } from '../../src/random.js'
import { normalise } from '../../src/vectors/matrix.js'

export const { crypto } = globalThis
export const DIMS = 24
export const ITEMS = 60

/** Themes of ten items, whose texts tell the theme. */
export const items: PublicItems = (() => {
  const random = createRandom(4)
  const data = Float32Array.from({ length: ITEMS * DIMS }, (_, i) => {
    const row = Math.floor(i / DIMS)
    return (i % DIMS === Math.floor(row / 10) ? 2 : 0) + random.unit() - 0.5
  })
  for (let row = 0; row < ITEMS; row++) normalise(data.subarray(row * DIMS, (row + 1) * DIMS))
  const ids = Array.from({ length: ITEMS }, (_, row) => `p${row}`)
  return { encoder: 'themes-1', ids, vectors: { data, rows: ITEMS, dims: DIMS } }
})()

/** What a user liked: five items of one theme, one after the other. */
export function walk(seed: number): string[] {
  const random = createRandom(seed)
  const from = 10 * random.below(ITEMS / 10) + random.below(5)
  return Array.from({ length: 5 }, (_, k) => `p${from + k}`)
}

export const SETTINGS: RoundSettings = {
  ...ROUND_SETTINGS,
  neighbours: 6,
  leastClients: 4,
  batch: 64,
  negatives: 20,
  bits: 32,
  range: 1,
}

export async function invite(settings: Partial<RoundSettings> = {}, model?: FederatedModel): Promise<Invitation> {
  const made = model ?? (await createModel(crypto, items, { dims: 8, idDims: 2, seed: 3 }))
  return { round: 7, model: made, settings: { ...SETTINGS, ...settings } }
}

/** Updates by chance, of length `clip`. */
export function drawUpdates(clients: number, length: number, seed: number, clip = 1): LocalUpdate[] {
  const random = createRandom(seed)
  return Array.from({ length: clients }, () => {
    const delta = normalise(Float32Array.from({ length }, () => random.unit() - 0.5)).map((x) => x * clip)
    return { delta, weight: 1 + random.below(1000), loss: 0 }
  })
}

/** At which step which clients (places in the list) stop answering, and what the network does to their messages. */
export interface Disturbances {
  beforeShares?: number[]
  beforeMasked?: number[]
  beforeReply?: number[]
  /** Noise that the server adds. */
  noise?: { multiplier: number; normal: () => number }
  /** Changes the messages of a step on their way to the server. */
  tamper?: (step: 'advertisement' | 'shares' | 'masked' | 'reply', messages: Uint8Array[]) => Uint8Array[]
}

export interface Played extends RoundSum {
  /** Masked updates as the server saw them, by client. */
  masked: Map<number, Uint8Array>
  /** Messages of all steps that were set aside. */
  setAside: string[]
}

/** A whole round: every client with its update, all messages as bytes. */
export async function playRound(
  invitation: Invitation,
  updates: readonly LocalUpdate[],
  {
    beforeShares = [],
    beforeMasked = [],
    beforeReply = [],
    noise,
    tamper = (_, messages) => messages,
  }: Disturbances = {},
): Promise<Played> {
  const setAside: string[] = []
  const note = <T extends { refused: { reason: string }[] }>(found: T): T => {
    setAside.push(...found.refused.map(({ reason }) => reason))
    return found
  }
  const opened = openRound(invitation)
  const joined = await Promise.all(updates.map(() => acceptInvitation(crypto, opened.message)))
  const advertised = tamper(
    'advertisement',
    joined.map(({ message }) => message),
  )
  const admission = note(await admitClients(crypto, opened, advertised, 5))
  const stays = (gone: number[]) => (_: unknown, client: number) => !gone.includes(client)
  const shared = await Promise.all(joined.map(({ state }) => shareSecrets(crypto, state, admission.message)))
  const sharers = shared.filter(stays(beforeShares))
  const passed = note(
    await passShares(
      admission.state,
      tamper(
        'shares',
        sharers.map(({ message }) => message),
      ),
    ),
  )
  const masked = await Promise.all(
    sharers
      .filter(({ state }) => !beforeMasked.includes(state.client))
      .map(({ state }) =>
        maskUpdate(crypto, state, passed.messages[state.client]!, updates[state.client], state.client),
      ),
  )
  const collected = note(
    await collectMasked(
      passed.state,
      tamper(
        'masked',
        masked.map(({ message }) => message),
      ),
    ),
  )
  const replies = await Promise.all(
    masked
      .filter(({ state }) => !beforeReply.includes(state.client) && collected.state.survivors.has(state.client))
      .map(({ state }) => revealShares(crypto, state, collected.message)),
  )
  const closed = note(await closeRound(crypto, collected.state, tamper('reply', replies), noise))
  return { ...closed, masked: new Map(masked.map(({ state, message }) => [state.client, message])), setAside }
}
