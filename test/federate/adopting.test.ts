import { describe, expect, it } from 'vitest'
import type { Miner } from '../../dist/index.js'
import {
  createModel,
  FED_ADAM,
  type FederatedModel,
  historiesOf,
  moveModel,
  type PublicItems,
  ROUND_SETTINGS,
  trainLocally,
  writeAdapterFile,
} from '../../src/federate/index.js'
import { crowd, withCrowd } from '../helpers/crowd.js'

const { crypto } = globalThis

/** Learns what the crowd does, as if all of it were one client. */
async function learnCrowd(items: PublicItems): Promise<FederatedModel> {
  const liked = Array.from({ length: 400 }, (): string[] => [])
  for (const { user, item } of crowd(400).events) liked[Number(user.slice(1))].push(item)
  const histories = historiesOf(items, liked)
  let model = await createModel(crypto, items, { dims: 16, idDims: 8 })
  let moments = null
  for (let round = 0; round < 30; round++) {
    const { delta } = trainLocally(
      { model, settings: { ...ROUND_SETTINGS, negatives: 60 } },
      items.vectors,
      histories,
      round,
    )
    ;({ model, moments } = moveModel(model, delta, FED_ADAM, moments))
  }
  return model
}

describe('a store that is given a federated adapter', () => {
  it('learns its scorer with it, places its items by it, and says so', async () => {
    await withCrowd(400, async (miner: Miner) => {
      const items = await miner.itemVectors()
      expect([items.ids.length, items.vectors.rows, items.vectors.dims]).toEqual([120, 120, 16])
      const adapter = writeAdapterFile({ model: await learnCrowd(items), ids: [...items.ids] })
      const report = await miner.train({ adapter })
      expect(report).toMatchObject({ installed: true, curve: [], resumed: false })
      const { recommendations } = await miner.recommend('u1', { limit: 5 })
      expect(recommendations.some(({ sources }) => sources.includes('adapter'))).toBe(true)
      const [{ contributions }] = recommendations
      expect(contributions.find(({ feature }) => feature === 'adapter')!.contribution).not.toBe(0)
      // Without it, one is trained here.
      expect((await miner.train()).curve.length).toBeGreaterThan(0)
    })
  }, 120_000)

  it('refuses what is none, or is for another encoder or other items, and stays as it was', async () => {
    await withCrowd(120, async (miner: Miner) => {
      const items = await miner.itemVectors()
      const model = await createModel(crypto, items)
      const write = (changes: Partial<FederatedModel>, ids: readonly string[] = items.ids) =>
        writeAdapterFile({ model: { ...model, ...changes }, ids: [...ids] })
      expect(() => write({}, items.ids.slice(1))).toThrow('does not name each of its items')
      const huge = model.values.map(() => 1e38)
      for (const [adapter, code, message] of [
        [new Uint8Array(40), 'BAD_INPUT', 'does not start as a message'],
        [write({}).subarray(0, 2000), 'BAD_INPUT', 'ends after 2000 bytes'],
        [write({ encoder: 'other-1' }), 'ENCODER_MISMATCH', 'was made for vectors of "other-1"'],
        [
          write(
            {},
            items.ids.map((id) => `x${id}`),
          ),
          'BAD_INPUT',
          'none of them is in this store',
        ],
        [write({ values: huge }), 'BAD_INPUT', 'numbers that are too large'],
      ] as const) {
        await expect(miner.train({ adapter })).rejects.toMatchObject({
          code,
          message: expect.stringContaining(message),
        })
      }
      expect((await miner.status()).scorer.id).toBe('default-1')
    })
  }, 60_000)
})
