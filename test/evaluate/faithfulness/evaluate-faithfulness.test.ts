import { resolve } from 'node:path'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { evaluateFaithfulness, type FaithfulnessReport } from '../../../dist/evaluate/index.js'
import { openMiner } from '../../../dist/index.js'
import { makePlace } from '../../helpers/place.js'

vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 })

const shop = {
  items: { file: resolve('fixtures/shop/catalog.jsonl') },
  events: { file: resolve('fixtures/shop/events.csv') },
}
const quick = { sample: 14, counterfactuals: 10 }
/** What has to repeat. */
function repeated({ seconds: _, peakMB: __, counterfactuals, ...report }: FaithfulnessReport): string {
  const { milliseconds: ___, ...sets } = counterfactuals ?? { milliseconds: null }
  return JSON.stringify({ ...report, sets })
}

describe('explanations of a small shop', () => {
  let report: FaithfulnessReport
  beforeAll(async () => {
    report = await evaluateFaithfulness({ ...shop, ...quick, workers: 0 })
  })
  const of = (id: string) => report.explainers.find((one) => one.id === id)!

  it('rest on what they cite, more than on as many other items', () => {
    expect(report.recommendations).toBe(140)
    expect(report.explainers.map(({ id }) => id)).toEqual(['cited', 'random', 'popular', 'recent'])
    expect(of('cited').sufficiency.value).toBeGreaterThan(0.9)
    for (const id of ['random', 'popular', 'recent']) {
      expect(of('cited').sufficiency.value).toBeGreaterThan(of(id).sufficiency.value)
      expect(of('cited').necessity.value).toBeGreaterThan(of(id).necessity.value + 0.1)
      expect(of('cited').share.low).toBeGreaterThan(of(id).share.high)
    }
  })

  it('have curves that end where the share says', () => {
    expect(report.explainers).toHaveLength(4)
    for (const { deletion, insertion, share } of report.explainers) {
      expect([deletion, insertion].map((curve) => curve.length)).toEqual([3, 3])
      expect(deletion[2]).toBeCloseTo(1 - share.value, 10)
    }
    const { deletion, insertion } = of('cited')
    expect(deletion[0]).toBeGreaterThan(deletion[2])
    expect(insertion[0]).toBeGreaterThan(1 - deletion[0])
  })

  it('name counterfactual sets that hold when tried, and none too large', () => {
    const { asked, found, holds, minimal, size, milliseconds, reasons } = report.counterfactuals!
    expect(asked).toBe(10)
    expect(holds).toEqual({ value: 1, low: 1, high: 1 })
    expect(minimal).toEqual({ value: 1, low: 1, high: 1 })
    expect(size?.value).toBeGreaterThanOrEqual(1)
    expect(milliseconds.p99).toBeGreaterThanOrEqual(milliseconds.p50)
    const without = Object.values(reasons).reduce((n, count) => n + count, 0)
    expect(found.value).toBeCloseTo(1 - without / asked, 10)
  })

  it('add up', () => {
    expect(report.errors.contributions).toBeLessThan(1e-9)
    expect(report.errors.effects).toBeLessThan(1e-9)
    expect(JSON.parse(JSON.stringify(report))).toEqual(report)
  })

  it('are judged the same with threads, on a store that holds the same', async () => {
    const place = makePlace()
    const miner = await openMiner({ store: place.path(), workers: 2 })
    try {
      await miner.build(shop)
      expect(repeated(await miner.evaluateFaithfulness(quick))).toBe(repeated(report))
    } finally {
      await miner.close()
      place.remove()
    }
  })

  it('are those of the list as it is served', async () => {
    const plain = await evaluateFaithfulness({ ...shop, ...quick, diversity: 0, workers: 0 })
    expect(plain.protocol.diversity).toBe(0)
    expect(repeated(plain)).not.toBe(repeated(report))
  })

  it.each([
    ['sample', { sample: -1 }],
    ['counterfactuals', { counterfactuals: 0 }],
    ['diversity', { diversity: 2 }],
    ['events', { events: undefined as never }],
  ])('are not judged with a wrong %s', async (option, more) => {
    await expect(evaluateFaithfulness({ ...shop, ...more })).rejects.toMatchObject({
      code: 'BAD_OPTION',
      details: { option },
    })
  })

  it('stop when they are told to', async () => {
    const stop = new AbortController()
    const stopped = evaluateFaithfulness({
      ...shop,
      workers: 0,
      signal: stop.signal,
      onProgress: ({ stage }) => {
        if (stage === 'explanations') stop.abort()
      },
    })
    await expect(stopped).rejects.toMatchObject({ code: 'INTERRUPTED' })
  })
})
