import { describe, expect, it } from 'vitest'
import { acceptInvitation, maskUpdate, revealShares, shareSecrets } from '../../src/federate/client.js'
import { decodeSum, encodeUpdate } from '../../src/federate/fixed-point.js'
import type { LocalUpdate } from '../../src/federate/local.js'
import { drawNeighbours } from '../../src/federate/neighbours.js'
import { countParameters } from '../../src/federate/parameters.js'
import { admitClients, collectMasked, openRound, passShares } from '../../src/federate/server.js'
import type { RoundSettings } from '../../src/federate/settings.js'
import { createRandom } from '../../src/random.js'
import { crypto, drawUpdates, invite, playRound, SETTINGS } from './clients.js'

const { model } = await invite()
const LENGTH = countParameters(model.shape)
const CLIENTS = 9

/** What the sum of these clients is without any masks. */
function sumOf(updates: readonly LocalUpdate[], clients: number[], settings: RoundSettings) {
  const words = clients.map((c) => encodeUpdate(updates[c], settings, updates.length, createRandom(c)))
  const sum = words[0].slice()
  for (const other of words.slice(1)) for (let i = 0; i < sum.length; i++) sum[i] += other[i]
  const { weight, sum: total } = decodeSum(sum, settings, updates.length)
  return { weight, mean: Float32Array.from(total, (x) => x / weight) }
}
const all = Array.from({ length: CLIENTS }, (_, client) => client)
const without = (...gone: number[]) => all.filter((client) => !gone.includes(client))

describe('a round', () => {
  const updates = drawUpdates(CLIENTS, LENGTH, 1)

  it.each([16, 32])('gives the exact sum of what was sent, in %i bits', async (bits) => {
    const invitation = await invite({ bits, range: 0.25 })
    const { mean, weight, clients, setAside } = await playRound(invitation, updates)
    expect({ mean, weight }).toEqual(sumOf(updates, all, invitation.settings))
    expect([clients, setAside]).toEqual([CLIENTS, []])
  })

  it('is near the weighted mean of the updates', async () => {
    const { mean } = await playRound(await invite(), updates)
    const total = updates.reduce((sum, { weight }) => sum + weight, 0)
    for (let i = 0; i < LENGTH; i += 50) {
      const wanted = updates.reduce((sum, { delta, weight }) => sum + (delta[i] * weight) / total, 0)
      expect(Math.abs(mean[i] - wanted)).toBeLessThan(1e-6)
    }
  })

  it.each([
    ['before they share', { beforeShares: [2, 5] }, without(2, 5)],
    ['after sharing, before the update', { beforeMasked: [0, 8] }, without(0, 8)],
    ['after the update', { beforeReply: [1, 7] }, all],
    ['at every step', { beforeShares: [3], beforeMasked: [6], beforeReply: [4] }, without(3, 6)],
  ])('survives clients that drop out %s', async (_, weather, left) => {
    const { mean, weight, clients } = await playRound(await invite({ neighbours: 8 }), updates, weather)
    expect({ mean, weight }).toEqual(sumOf(updates, left, { ...SETTINGS, neighbours: 8 }))
    expect(clients).toBe(left.length)
  })

  it.each([
    ['before they share', { beforeShares: without(1, 2, 3) }, '3 clients shared their secrets, it takes 4'],
    ['before the update', { beforeMasked: without(1, 2, 3) }, '3 clients sent an update, it takes 4'],
    ['before the reply', { beforeReply: without(1, 2, 3) }, 'too few shares came in'],
  ])('fails where too many drop out %s, and says that the model stays', async (_, weather, why) => {
    await expect(playRound(await invite({ neighbours: 8 }), updates, weather)).rejects.toMatchObject({
      code: 'LIMIT',
      message: `round 7 failed: ${why}; the model stays as it is`,
    })
  })

  it('fails where those left fall into parts that could be told apart', async () => {
    // A ring of neighbours, cut at two places that are not beside each other.
    const ring = drawNeighbours(CLIENTS, 2, 5)
    const opposite = all.find((client) => client !== 0 && !ring[0].includes(client))!
    const cut = playRound(await invite({ neighbours: 2 }), updates, { beforeMasked: [0, opposite] })
    await expect(cut).rejects.toMatchObject({ code: 'LIMIT', message: expect.stringContaining('fall into parts') })
  })

  it('adds noise to the sum in multiples of the clip, where it is asked to', async () => {
    const invitation = await invite({ clip: 2, range: 2 })
    const { mean, weight } = await playRound(invitation, updates)
    let drawn = 0
    const noise = { multiplier: 3, normal: () => (drawn++ % 2 === 0 ? 1 : -1) }
    const noisy = await playRound(invitation, updates, { noise })
    expect(drawn).toBe(LENGTH)
    expect(noisy.mean).toHaveLength(LENGTH)
    noisy.mean.forEach((x, i) => {
      expect(x - mean[i]).toBeCloseTo((i % 2 === 0 ? 6 : -6) / weight, 5)
    })
  })

  it('counts a client without events as nothing, and fails where there are only such', async () => {
    const nothing = { delta: new Float32Array(LENGTH), weight: 0, loss: Number.NaN }
    const some = updates.map((update, client) => (client < 4 ? update : nothing))
    const { mean } = await playRound(await invite(), some)
    expect(mean).toEqual(sumOf(some, [0, 1, 2, 3], SETTINGS).mean.map((x) => x))
    await expect(
      playRound(
        await invite(),
        updates.map(() => nothing),
      ),
    ).rejects.toThrow('nobody had anything to learn from')
  })
})

describe('what the server sees of one client', () => {
  /** Chi-square of the words' bytes against evenness, as deviations from its mean. */
  const unevenness = (bytes: Uint8Array) => {
    const counts = new Float64Array(256)
    for (const byte of bytes) counts[byte]++
    const expected = bytes.length / 256
    const chi = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
    return (chi - 255) / Math.sqrt(2 * 255)
  }
  const correlation = (a: ArrayLike<number>, b: ArrayLike<number>) => {
    const [x, y] = [a, b].map((list) => {
      const mean = Array.from(list).reduce((sum, one) => sum + one, 0) / list.length
      return Array.from(list, (one) => one - mean)
    })
    const dot = (p: number[], q: number[]) => p.reduce((sum, one, i) => sum + one * q[i], 0)
    return dot(x, y) / Math.sqrt(dot(x, x) * dot(y, y))
  }

  it('is noise: even, and unlike the update, whatever that is', async () => {
    const invitation = await invite(
      {},
      {
        ...model,
        shape: { ...model.shape, idDims: 8 },
        values: new Float32Array(countParameters({ ...model.shape, idDims: 8 })),
      },
    )
    const length = invitation.model.values.length
    const silent = { delta: new Float32Array(length), weight: 1000, loss: 0 }
    const loud = { delta: new Float32Array(length).fill(1 / Math.sqrt(length)), weight: 1000, loss: 0 }
    const varied = drawUpdates(CLIENTS, length, 2)
    const runs = await Promise.all(
      [silent, loud, varied[0]].map((first) => playRound(invitation, [first, ...varied.slice(1)])),
    )
    const seen = runs.map(({ masked }) => masked.get(0)!.subarray(12))
    const words = seen.map((bytes) => new Int32Array(bytes.slice().buffer))
    const clear = encodeUpdate(silent, invitation.settings, CLIENTS, createRandom(0))
    // The test can tell: without masks it is far from even.
    expect(unevenness(new Uint8Array(clear.buffer))).toBeGreaterThan(100)
    for (const bytes of seen) expect(Math.abs(unevenness(bytes))).toBeLessThan(5)
    const spread = 5 / Math.sqrt(length)
    expect(Math.abs(correlation(words[2].subarray(1), varied[0].delta))).toBeLessThan(spread)
    for (const [a, b] of [
      [0, 1],
      [0, 2],
      [1, 2],
    ])
      expect(Math.abs(correlation(words[a], words[b]))).toBeLessThan(spread)
  })

  it('is another each time, though the update is the same', async () => {
    const updates = drawUpdates(CLIENTS, LENGTH, 1)
    const [a, b] = await Promise.all([playRound(await invite(), updates), playRound(await invite(), updates)])
    expect(a.mean).toEqual(b.mean)
    const alike = a.masked.get(0)!.filter((byte, i) => byte === b.masked.get(0)![i]).length
    expect(alike / a.masked.get(0)!.length).toBeLessThan(0.03)
  })

  it('stays noise where all that came in is added up: each own mask is left until shares come', async () => {
    const updates = drawUpdates(CLIENTS, LENGTH, 1)
    const { masked } = await playRound(await invite(), updates)
    const words = [...masked.values()].map((bytes) => new Uint32Array(bytes.slice(12).buffer))
    const sum = words.reduce((total, one) => total.map((word, i) => word + one[i]))
    expect(Math.abs(unevenness(new Uint8Array(sum.buffer)))).toBeLessThan(5)
  })
})

describe('a client', () => {
  const updates = drawUpdates(CLIENTS, LENGTH, 1)
  /** All clients as they are before the request for shares, and that request. */
  async function untilRequest() {
    const opened = openRound(await invite())
    const joined = await Promise.all(all.map(() => acceptInvitation(crypto, opened.message)))
    const admission = await admitClients(
      crypto,
      opened,
      joined.map(({ message }) => message),
      5,
    )
    const shared = await Promise.all(joined.map(({ state }) => shareSecrets(crypto, state, admission.message)))
    const passed = await passShares(
      admission.state,
      shared.map(({ message }) => message),
    )
    const masked = await Promise.all(
      shared.map(({ state }, c) => maskUpdate(crypto, state, passed.messages[c]!, updates[c], c)),
    )
    const { message, state } = await collectMasked(
      passed.state,
      masked.map((one) => one.message),
    )
    return { joined, shared, masked, passed, request: message, collected: state, roster: admission.message }
  }

  it('takes no step twice, so it never gives both kinds of share of one client', async () => {
    const { joined, shared, masked, passed, request, roster } = await untilRequest()
    const reply = await revealShares(crypto, masked[0].state, request)
    // Header, count, and one share for each of its six neighbours.
    expect(reply.length).toBe(12 + 2 + 6 * 34)
    const dropped = request.slice()
    dropped[12 + 3] = 1
    await expect(revealShares(crypto, masked[0].state, dropped)).rejects.toThrow('taken already')
    await expect(maskUpdate(crypto, shared[0].state, passed.messages[0]!, updates[1], 0)).rejects.toThrow(
      'taken already',
    )
    await expect(shareSecrets(crypto, joined[0].state, roster)).rejects.toThrow('taken already')
  })

  it.each([
    ['of too few', (bytes: Uint8Array) => bytes.fill(1, 12 + 3), 'the sum of 3 clients only'],
    ['without itself', (bytes: Uint8Array) => bytes.fill(1, 12, 13), 'this client dropped out'],
    ['that forgets who took part', (bytes: Uint8Array) => bytes.fill(0, 12 + 5), 'never took part'],
    ['in no known words', (bytes: Uint8Array) => bytes.fill(9, 12 + 5), 'is not understood'],
    ['that is cut', (bytes: Uint8Array) => bytes.subarray(0, 15), 'ends after 15 bytes'],
    ['of another round', (bytes: Uint8Array) => bytes.fill(8, 8, 9), 'is of round 8, this is round 7'],
  ])('refuses to open a sum %s', async (_, change, why) => {
    const { masked, request } = await untilRequest()
    await expect(revealShares(crypto, masked[0].state, change(request.slice()))).rejects.toMatchObject({
      code: 'BAD_INPUT',
      message: expect.stringContaining(why),
    })
  })

  it.each([
    ['NaN', { delta: new Float32Array(LENGTH).fill(Number.NaN), weight: 1 }, 'holds what is no number'],
    ['the wrong length', { delta: new Float32Array(3), weight: 1 }, `has 3 numbers, the model has ${LENGTH}`],
    ['too much weight', { delta: new Float32Array(LENGTH), weight: 2000 }, 'weighs 2000, not 0 to 1000'],
  ])('sends no update of %s', async (_, update, why) => {
    const { joined, passed } = await untilRequest()
    expect(joined).toHaveLength(CLIENTS)
    const opened = openRound(await invite())
    const fresh = await Promise.all(all.map(() => acceptInvitation(crypto, opened.message)))
    const { message } = await admitClients(
      crypto,
      opened,
      fresh.map((one) => one.message),
      5,
    )
    const { state } = await shareSecrets(crypto, fresh[0].state, message)
    await expect(maskUpdate(crypto, state, passed.messages[0]!, update, 0)).rejects.toThrow(why)
  })

  it("does not join a round whose roster leaves it out, or is another round's", async () => {
    const { roster } = await untilRequest()
    const { state } = await acceptInvitation(crypto, openRound(await invite()).message)
    await expect(shareSecrets(crypto, state, roster)).rejects.toThrow('does not hold this client')
  })
})
