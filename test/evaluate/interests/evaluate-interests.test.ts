import { mkdtempSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { evaluateInterests, type InterestsReport, type InterestsSettings } from '../../../dist/evaluate/index.js'
import { openMiner } from '../../../dist/index.js'

vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 })

const shop = {
  items: { file: resolve('fixtures/shop/catalog.jsonl') },
  events: { file: resolve('fixtures/shop/events.csv') },
}
const quick: InterestsSettings = { sample: 14, personas: 8, seeds: 2 }
/** What has to repeat. */
const repeated = ({ seconds: _, peakMB: __, pace: ___, ...report }: InterestsReport) => JSON.stringify(report)

describe('interests of a small shop', () => {
  let report: InterestsReport
  beforeAll(async () => {
    report = await evaluateInterests({ ...shop, ...quick, workers: 0 })
  })

  it('finds planted interests again, far better than peers on raw vectors', () => {
    const { planted } = report
    expect(planted).toMatchObject({ personas: 8, seeds: [1001, 1002], leaves: 26, leastItems: 5 })
    expect(planted?.peers).toHaveLength(10)
    for (const kind of ['clean', 'stray', 'hard'] as const) {
      const ours = planted?.ours[kind]
      expect(ours?.value).toBeGreaterThan(0.75)
      expect(ours?.low).toBeLessThanOrEqual(ours!.value)
      for (const { ami, difference } of planted!.peers)
        expect(ours!.value - ami[kind]!.value).toBeCloseTo(difference[kind]!.value, 10)
      const raw = planted!.peers.filter(({ space }) => space === 'raw')
      expect(raw).toHaveLength(5)
      for (const { difference } of raw) expect(difference[kind]?.value).toBeGreaterThan(0.05)
    }
  })

  it('chooses cuts for peers, and says which', () => {
    const told = { height: 0, least: 0, none: 0 }
    for (const { id, setting } of report.planted!.peers) {
      const kind = id === 'hdbscan' ? 'least' : id === 'ward' || id === 'average' ? 'height' : 'none'
      told[kind]++
      if (kind === 'height') expect(setting).toBeGreaterThan(0.2)
      else if (kind === 'least') expect([2, 3]).toContain(setting)
      else expect(setting).toBeNull()
    }
    expect(told).toEqual({ height: 4, least: 2, none: 4 })
  })

  it('judges labels: true, unique, telling, beside other ways to name', () => {
    const { labels } = report
    expect(labels).toMatchObject({ supported: 1, supportedWithoutTexts: 1, unsupported: [], unique: 1 })
    const { points, named, broad, unassigned } = labels!.items
    expect(named.value).toBeGreaterThanOrEqual(points.value)
    expect(named.value + broad.value + unassigned.value).toBeCloseTo(1, 10)
    expect(labels?.specificity?.ours.any?.value).toBeGreaterThan(0.9)
    const { peers } = labels!.specificity!
    expect(peers.map(({ id }) => id)).toEqual(['keybert', 'c-tf-idf', 'medoid-title', 'leaf-name'])
    for (const { trials } of peers) expect(trials).toBeGreaterThan(10)
  })

  it('tells what comes next, what lasts and how sure it is', () => {
    const { next, stability, confidence } = report
    expect(next?.falls.any.value).toBeGreaterThanOrEqual(next!.falls.point.value)
    expect(next?.matched.named?.mined.value).toBeGreaterThan(5 * next!.matched.named!.chance)
    const { mined, byLeaf, ratio } = next!.matched.all!
    expect(ratio!.value).toBeCloseTo(mined.value / byLeaf.value, 10)
    expect(stability?.points).toBeGreaterThan(20)
    expect(stability?.kept.value).toBeGreaterThanOrEqual(stability!.identical.value)
    expect(stability?.identical.value).toBeGreaterThan(0.7)
    expect(confidence?.interests).toBeGreaterThan(20)
    expect(confidence?.bins.reduce((n, { count }) => n + count, 0)).toBe(confidence?.interests)
    expect(confidence?.ece).toBeLessThan(0.3)
    expect(report.pace?.profilesPerSecond).toBeGreaterThan(0)
    expect(report.pace?.longest.items).toBeGreaterThan(100)
    expect(JSON.parse(JSON.stringify(report))).toEqual(report)
  })

  it('says the same with threads, of a store that holds the same and stays as it was', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'evaluate-interests-'))
    const miner = await openMiner({ store: join(folder, 'a.db'), workers: 2 })
    try {
      await miner.build(shop)
      const before = [await miner.status(), readdirSync(folder)]
      expect(repeated(await miner.evaluateInterests(quick))).toBe(repeated(report))
      expect([await miner.status(), readdirSync(folder)]).toEqual(before)
    } finally {
      await miner.close()
    }
  })

  it('stops when it is told to', async () => {
    const stop = new AbortController()
    const onProgress: InterestsSettings['onProgress'] = ({ stage }) => {
      if (stage === 'mining') stop.abort()
    }
    const stopped = evaluateInterests({ ...shop, ...quick, workers: 0, signal: stop.signal, onProgress })
    await expect(stopped).rejects.toMatchObject({ code: 'INTERRUPTED' })
  })
})

describe('what cannot be judged', () => {
  const own = Array.from({ length: 60 }, (_, i) => ({
    id: `p${i}`,
    title: `thing ${i} of kind ${i % 6}`,
    categories: ['Shop', `kind ${i % 6}`],
    vector: Float32Array.from({ length: 8 }, (_, k) => Number(k === i % 6) + 0.01 * ((i * 7 + k) % 5)),
  }))
  const events = Array.from({ length: 20 * 12 }, (_, i) => {
    const [user, k] = [Math.floor(i / 12), i % 12]
    return { user: `u${user}`, item: `p${(user + 6 * k) % 60}`, type: 'view', at: Date.UTC(2025, 0, 1 + i) }
  })

  it('is left out with its reason: vectors of the caller, short histories', async () => {
    const report = await evaluateInterests({ items: own, events, workers: 0 })
    expect(report.planted).toBeNull()
    expect(report.labels?.specificity).toBeNull()
    expect(report.notes.join('\n')).toMatch(/no interests were planted: the items bring their own vectors/)
    expect(report.labels).not.toBeNull()
    const short = await evaluateInterests({ items: own, events: events.slice(0, 4), workers: 0 })
    expect([short.labels, short.next, short.stability, short.confidence, short.pace]).toEqual(Array(5).fill(null))
    expect(short.notes.join('\n')).toMatch(/no user has 10 liked items/)
  })

  it('is left out where categories are tags or too few', async () => {
    const plain = own.map(({ vector: _, ...item }) => item)
    const few = plain.map((item, i) => ({ ...item, categories: ['Shop', `kind ${i % 3}`] }))
    const tags = plain.map((item, i) => ({ ...item, categories: [`a${i % 3}`, `b${(i * 5) % 7}`, `c${(i * 3) % 4}`] }))
    const reasons = await Promise.all(
      [few, tags].map(async (items) => (await evaluateInterests({ items, events, workers: 0 })).notes.join('\n')),
    )
    expect(reasons[0]).toMatch(/fewer than six leaf categories/)
    expect(reasons[1]).toMatch(/categories are tags/)
  })

  it.each([
    ['sample', { sample: 0 }],
    ['personas', { personas: 1.5 }],
    ['seeds', { seeds: -1 }],
    ['seed', { seed: 0.5 }],
  ])('and a wrong %s is refused', async (option, settings) => {
    await expect(evaluateInterests({ ...shop, ...settings })).rejects.toMatchObject({
      code: 'BAD_OPTION',
      details: { option },
    })
  })
})
