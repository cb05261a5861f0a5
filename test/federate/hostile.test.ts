import { describe, expect, it } from 'vitest'
import {
  createModel,
  openRound,
  type RoundSettings,
  readAdapterFile,
  readInvitation,
  writeAdapterFile,
  writeInvitation,
} from '../../src/federate/index.js'
import { countParameters } from '../../src/federate/parameters.js'
import { crypto, type Disturbances, drawUpdates, invite, items, playRound } from './clients.js'

const { model } = await invite()
const CLIENTS = 9
const updates = drawUpdates(CLIENTS, countParameters(model.shape), 1)
const honest = await playRound(await invite(), updates)

type Step = Parameters<NonNullable<Disturbances['tamper']>>[0]
const STEPS: Step[] = ['advertisement', 'shares', 'masked', 'reply']
const changed = (bytes: Uint8Array, at: number, value: number) => bytes.slice().fill(value, at, at + 1)

/** What each kind of bad message is made from, and what the server says of it. */
const BAD: [string, (good: Uint8Array) => Uint8Array, RegExp][] = [
  ['nothing', () => new Uint8Array(0), /does not start as a message/],
  ['noise', () => crypto.getRandomValues(new Uint8Array(300)), /does not start as a message/],
  ['a text', () => 'hello' as unknown as Uint8Array, /is not bytes/],
  ['a later version', (good) => changed(good, 4, 2), /is of version 2, this is version 1/],
  ['another kind', (good) => changed(good, 5, 200), /is another message: 200/],
  ['another round', (good) => changed(good, 8, 6), /is of round 6, this is round 7/],
  ['half of it', (good) => good.subarray(0, good.length >> 1), /ends after \d+ bytes/],
  ['more than it', (good) => Uint8Array.of(...good, 0), /has 1 bytes too many/],
  ['the same twice', (good) => good, /came before|is the second one of client 0/],
]

describe('a message that is bad is set aside, and the round goes on', () => {
  it.each(STEPS)('%s', async (step) => {
    const tamper: Disturbances['tamper'] = (at, messages) =>
      at === step ? [...BAD.map(([, make]) => make(messages[0])), ...messages] : messages
    const { mean, setAside } = await playRound(await invite(), updates, { tamper })
    expect(mean).toEqual(honest.mean)
    expect(setAside.map((reason, i) => [BAD[i][0], reason])).toEqual(
      BAD.map(([what, , reason]) => [what, expect.stringMatching(reason)]),
    )
  })

  it.each(['shares', 'masked', 'reply'])('%s of a client that is not in the roster', async (step) => {
    const tamper: Disturbances['tamper'] = (at, messages) =>
      at === step ? [...messages, changed(messages[0], 6, 99)] : messages
    const { mean, setAside } = await playRound(await invite(), updates, { tamper })
    expect(mean).toEqual(honest.mean)
    expect(setAside).toEqual([expect.stringContaining('of client 99, of which none is awaited')])
  })

  it('a key that is no point of the curve', async () => {
    const tamper: Disturbances['tamper'] = (at, messages) =>
      at === 'advertisement' ? [...messages, changed(messages[0].slice().fill(7, 13, 60), 80, 1)] : messages
    expect((await playRound(await invite(), updates, { tamper })).setAside).toEqual([
      expect.stringContaining('holds a key that is none'),
    ])
  })

  it('an update of an earlier round, sent again', async () => {
    const before = await playRound({ ...(await invite()), round: 6 }, updates)
    const tamper: Disturbances['tamper'] = (at, messages) =>
      at === 'masked' ? [before.masked.get(0)!, ...messages.slice(1)] : messages
    const { clients, setAside } = await playRound(await invite({ neighbours: 8 }), updates, { tamper })
    expect([clients, setAside]).toEqual([CLIENTS - 1, [expect.stringContaining('is of round 6')]])
  })
})

describe('a client that lies', () => {
  it.each([16, 32])('by words beyond what it may send is found out in the sum of %i bits', async (bits) => {
    const tamper: Disturbances['tamper'] = (at, messages) =>
      at === 'masked'
        ? [Uint8Array.from(messages[0], (byte, i) => (i < 16 ? byte : (byte + 31 * i) & 255)), ...messages.slice(1)]
        : messages
    await expect(playRound(await invite({ bits, range: 0.25 }), updates, { tamper })).rejects.toMatchObject({
      code: 'LIMIT',
      message: 'round 7 failed: the sum is longer than any that honest clients could make; the model stays as it is',
    })
  })

  it('by a weight beyond what it may have is found out', async () => {
    const tamper: Disturbances['tamper'] = (at, messages) =>
      at === 'masked' ? [changed(messages[0], 15, messages[0][15] ^ 128), ...messages.slice(1)] : messages
    await expect(playRound(await invite(), updates, { tamper })).rejects.toMatchObject({
      code: 'LIMIT',
      message: expect.stringContaining('the weights are impossible'),
    })
  })

  it('by an update longer than the clip is found out', async () => {
    const loud = updates.map(({ delta, weight, loss }) => ({ delta: delta.map((x) => 1e6 * x), weight, loss }))
    await expect(playRound(await invite(), loud)).rejects.toThrow('longer than any that honest clients could make')
  })

  it('about a share makes the round fail, never the model wrong', async () => {
    const tamper: Disturbances['tamper'] = (at, messages) =>
      at === 'reply' ? messages.map((bytes) => changed(bytes, 16, bytes[16] ^ 1)) : messages
    await expect(playRound(await invite(), updates, { tamper })).rejects.toMatchObject({ code: 'LIMIT' })
    await expect(playRound(await invite(), updates, { tamper, beforeMasked: [0, 1] })).rejects.toMatchObject({
      code: 'LIMIT',
    })
  })
})

describe('an invitation', () => {
  it('is read as it was written', async () => {
    const invitation = await invite()
    expect(readInvitation(writeInvitation(invitation))).toEqual(invitation)
  })

  it('that is cut anywhere is refused', async () => {
    const bytes = writeInvitation(await invite())
    for (let length = 0; length < bytes.length; length += length < 900 ? 1 : 97) {
      expect(() => readInvitation(bytes.subarray(0, length))).toThrow(expect.objectContaining({ code: 'BAD_INPUT' }))
    }
  })

  it.each<[Partial<RoundSettings>, string]>([
    [{ clip: 0 }, '"clip" is a number from 0.000001 to 1000000, not "0"'],
    [{ bits: 24 }, '"bits" is 16 or 32, not "24"'],
    [{ neighbours: 7 }, '"neighbours" is an even number, not "7"'],
    [{ leastClients: 2 }, '"leastClients" is a whole number from 3 to 10000, not "2"'],
    [{ batch: Number.NaN }, '"batch" is a whole number from 1 to 65536, not "null"'],
    [{ shout: 1 } as object, '"shout" is not a setting, not "1"'],
  ])('of %o is refused by server and client', async (settings, why) => {
    const invitation = await invite(settings)
    const refusal = expect.objectContaining({ code: 'BAD_OPTION', message: `federated training: ${why}` })
    expect(() => openRound(invitation)).toThrow(refusal)
    expect(() => readInvitation(writeInvitation(invitation))).toThrow(refusal)
  })

  it('with a shape that does not fit its bytes, or numbers that are none, is refused', async () => {
    const invitation = await invite()
    const wider = { ...invitation, model: { ...model, shape: { ...model.shape, dims: 1024 } } }
    expect(() => readInvitation(writeInvitation(wider))).toThrow(expect.objectContaining({ code: 'BAD_INPUT' }))
    const huge = { ...invitation, model: { ...model, shape: { ...model.shape, items: 1e12 } } }
    expect(() => readInvitation(writeInvitation(huge))).toThrow(expect.objectContaining({ code: 'BAD_OPTION' }))
    const nan = { ...invitation, model: { ...model, values: model.values.map(() => Number.NaN) } }
    expect(() => readInvitation(writeInvitation(nan))).toThrow('holds values that are no numbers')
  })
})

describe('an adapter file', () => {
  it('is read as it was written, and refused where it does not name its items', async () => {
    const made = await createModel(crypto, items, { dims: 8, idDims: 2 })
    const bytes = writeAdapterFile({ model: made, ids: [...items.ids] })
    expect(readAdapterFile(bytes)).toEqual({ model: made, ids: items.ids })
    expect(() => readAdapterFile(writeAdapterFile({ model: made, ids: ['p0'] }))).toThrow(
      'does not name each of its items',
    )
    expect(() => readAdapterFile(bytes.subarray(0, bytes.length - 1))).toThrow(/ends after/)
    expect(() => readAdapterFile(new TextEncoder().encode('{"no": "model"}'))).toThrow(/does not start as a message/)
  })
})
