import { mkdtempSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { BASELINES, type EvaluateOptions, type EvaluateReport, evaluate, idOf } from '../../dist/evaluate/index.js'
import { type Interaction, type Item, openMiner } from '../../dist/index.js'
import { createRandom } from '../../src/random.js'
import { FEATURE_SIGNS } from '../../src/rank/features.js'

vi.setConfig({ testTimeout: 60_000 })

const THEMES = 12
const DAY = 86_400_000

/** Themes of ten items; users stay in one theme and go through it in order, now and then to a stray item. */
function crowd(users = 160, dated = true): { items: Item[]; events: Interaction[] } {
  const random = createRandom(3)
  const items = Array.from({ length: 10 * THEMES }, (_, i) => {
    const vector = Float32Array.from({ length: 16 }, (_, k) => (k === Math.floor(i / 10) ? 2 : 0) + random.unit())
    return { id: `p${i}`, title: `thing ${i} of theme ${Math.floor(i / 10)}`, vector }
  })
  const events = Array.from({ length: users }, (_, u) => {
    const theme = random.below(THEMES)
    const from = random.below(4)
    return Array.from({ length: 6 }, (_, k) => ({
      user: `u${u}`,
      item: `p${random.unit() < 0.1 ? random.below(10 * THEMES) : 10 * theme + from + k}`,
      type: 'purchase',
      at: dated ? Date.UTC(2025, 0, 1) + (5 * (u % 40) + k) * DAY : null,
    }))
  }).flat()
  return { items, events }
}

const run = (more: Partial<EvaluateOptions> = {}) => evaluate({ ...crowd(), workers: 0, ...more })
/** What has to repeat. */
const repeated = ({ seconds: _, peakMB: __, ...report }: EvaluateReport) => JSON.stringify(report)

describe('leave-one-out', () => {
  let report: EvaluateReport
  it('reports metrics with intervals, baselines, candidates, calibration and slices', async () => {
    report = await run()
    expect(report.users).toBe(160)
    expect(report.questions).toBe(160)
    expect(report.protocol).toMatchObject({
      split: 'leave-one-out',
      statistics: 'strict',
      sample: null,
      shuffledTies: false,
      cut: null,
      places: 10,
      diversity: 0.3,
      items: 120,
      trainUsers: 160,
    })
    const names = ['recall', 'ndcg', 'mrr', 'hit'].flatMap((name) => [5, 10, 20].map((k) => `${name}@${k}`))
    expect(Object.keys(report.metrics).sort()).toEqual(names.sort())
    for (const { value, low, high } of Object.values(report.metrics)) {
      expect(low).toBeLessThanOrEqual(value)
      expect(high).toBeGreaterThanOrEqual(value)
    }
    expect(report.metrics['hit@10']).toEqual(report.metrics['recall@10'])
    expect(Object.keys(report.served.metrics)).toContain('ndcg@10')
    expect(Object.keys(report.served.metrics)).not.toContain('ndcg@20')
    expect(Object.keys(report.baselines)).toEqual(BASELINES.map(idOf))
    expect(report.candidates.recall.value).toBeGreaterThanOrEqual(report.metrics['recall@20'].value)
    expect(Object.keys(report.candidates.bySource)).toContain('covisit')
    for (const { found, only } of Object.values(report.candidates.bySource)) expect(only).toBeLessThanOrEqual(found)
    const { bins, ece, logLoss } = report.calibration
    expect(bins.reduce((n, { count }) => n + count, 0)).toBe(1600)
    expect(ece).toBeGreaterThanOrEqual(0)
    expect(logLoss.value).toBeLessThan(logLoss.constant)
    expect(report.slices.coldUsers).toEqual({ questions: 0, metrics: null, textKnn: null })
    expect(report.slices.tailItems.textKnn).not.toBeNull()
    expect(report.training).toMatchObject({ users: expect.any(Number), installed: expect.any(Boolean) })
    expect(report.ablation).toBeNull()
    expect(JSON.parse(JSON.stringify(report))).toEqual(report)
  })

  it('ranks a planted crowd far above popularity, and about as well as the methods that know its form', () => {
    const { metrics, baselines } = report
    expect(metrics['ndcg@10'].value).toBeGreaterThan(0.4)
    expect(baselines.popularity.difference?.['ndcg@10'].low).toBeGreaterThan(0.2)
    expect(Object.keys(baselines)).toHaveLength(BASELINES.length)
    for (const { metrics: theirs } of Object.values(baselines))
      expect(metrics['ndcg@10'].value).toBeGreaterThan(0.85 * theirs!['ndcg@10'].value)
  })

  it('says the same again, with threads or without', async () => {
    expect(repeated(await run())).toBe(repeated(report))
    expect(repeated(await run({ workers: 2 }))).toBe(repeated(report))
  })

  it('says the same on a store, and leaves it as it was', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'evaluate-'))
    const miner = await openMiner({ store: join(folder, 'a.db'), workers: 0 })
    try {
      await miner.build(crowd())
      const before = [await miner.status(), await miner.recommend('u3'), readdirSync(folder)]
      expect(repeated(await miner.evaluate())).toBe(repeated(report))
      expect([await miner.status(), await miner.recommend('u3'), readdirSync(folder)]).toEqual(before)
    } finally {
      await miner.close()
    }
  })

  it('knows nothing of test events: others there change neither the training nor other answers', async () => {
    const { items, events } = crowd()
    // The last event of the first fifty users becomes another item; nobody else's history is touched.
    const last = new Map(events.map(({ user }, i) => [user, i]))
    const changed = events.map((event, i) =>
      last.get(event.user) === i && Number(event.user.slice(1)) < 50 ? { ...event, item: 'p119' } : event,
    )
    const other = await evaluate({ items, events: changed, workers: 0 })
    expect(other.training).toEqual(report.training)
    expect(other.protocol).toEqual(report.protocol)
    // Lists do not depend on what is asked for.
    expect(other.served.traits).toEqual(report.served.traits)
    expect(other.candidates.mean).toBe(report.candidates.mean)
    expect(other.metrics).not.toEqual(report.metrics)
  })

  it('with refit lets statistics see the validation events, and says so', async () => {
    const refit = await run({ refit: true, baselines: 'none' })
    expect(refit.protocol).toMatchObject({ statistics: 'refit', trainEvents: report.protocol.trainEvents + 160 })
    expect(refit.protocol.text).toMatch(/refit/)
    expect(refit.training).toEqual(report.training)
    expect(refit.baselines).toEqual({})
  })

  it('marks a sample, which learns from everybody', async () => {
    const sampled = await run({ sample: 40, seed: 7, baselines: ['popularity'] })
    expect(sampled.users).toBe(40)
    expect(sampled.protocol.sample).toEqual({ users: 40, of: 160 })
    expect(sampled.protocol.text).toMatch(/sample of 40 of 160 users/)
    expect(sampled.protocol.trainUsers).toBe(160)
    expect(Object.keys(sampled.baselines)).toEqual(['popularity'])
  })

  it('leaves out each feature and each source in turn', async () => {
    const { ablation } = await run({ ablate: true, baselines: 'none', sample: 5 })
    expect(Object.keys(ablation?.features ?? {}).sort()).toEqual(Object.keys(FEATURE_SIGNS).sort())
    expect(ablation?.sources).toHaveProperty('covisit')
    expect(ablation?.lists).toBeGreaterThan(0)
    // No item has a brand.
    expect(ablation?.features.brand).toEqual({ value: 0, low: 0, high: 0 })
  })

  it('shuffles ties and says so', async () => {
    const { items, events } = crowd()
    const sameDay = events.map((event) => ({ ...event, at: '2025-01-01' }))
    const [plain, shuffled] = await Promise.all(
      [false, true].map((shuffleTies) =>
        evaluate({ items, events: sameDay, shuffleTies, baselines: 'none', workers: 0 }),
      ),
    )
    expect(shuffled.protocol.shuffledTies).toBe(true)
    expect(shuffled.metrics).not.toEqual(plain.metrics)
  })

  it('goes on with the default scorer where there is too little to learn from', async () => {
    const few = await evaluate({ ...crowd(30), workers: 0, baselines: 'none', ablate: true })
    expect(few.training).toBeNull()
    expect(few.ablation).toBeNull()
    expect(few.calibration.calibrated).toBe(false)
    expect(few.notes.join('\n')).toMatch(/default scorer served: training needs 100 users/)
  })
})

describe('one cut in time', () => {
  it('asks for what came after it, and tells new users and items apart', async () => {
    const { items, events } = crowd()
    const added = [
      ...events,
      ...[0, 1, 2].map((k) => ({ user: 'late', item: `p${k}`, type: 'purchase', at: '2025-12-01' })),
      { user: 'u1', item: 'fresh', type: 'purchase', at: '2025-12-02' },
    ]
    const fresh = { id: 'fresh', title: 'a fresh thing', vector: items[15].vector! }
    const report = await evaluate({ items: [...items, fresh], events: added, split: 'time', workers: 0 })
    const { protocol, slices } = report
    expect(protocol).toMatchObject({ split: 'time', statistics: 'before-cut', leastItems: 1 })
    expect(protocol.cut).toMatch(/^2025-/)
    expect(slices.coldItems.questions).toBe(1)
    expect(slices.newUsers.questions).toBeGreaterThanOrEqual(3)
    expect(slices.coldUsers.questions).toBeGreaterThanOrEqual(3)
    expect(slices.coldItems.textKnn).not.toBeNull()
    expect(report.questions).toBeGreaterThan(report.users)
  })

  it('needs times', async () => {
    await expect(evaluate({ ...crowd(30, false), split: 'time', workers: 0 })).rejects.toMatchObject({
      code: 'BAD_INPUT',
      message: expect.stringContaining('no positive event has a time'),
    })
  })
})

describe('what cannot be evaluated', () => {
  it.each<[string, Partial<Record<keyof EvaluateOptions, unknown>>]>([
    ['split', { split: 'random' }],
    ['refit', { split: 'time', refit: true }],
    ['sample', { sample: 0 }],
    ['sample', { sample: 1.5 }],
    ['seed', { seed: 0.5 }],
    ['diversity', { diversity: 2 }],
    ['baselines', { baselines: ['pop'] }],
    ['baselines', { baselines: 'popularity' }],
    ['workers', { workers: -1 }],
    ['events', { events: undefined }],
  ])('says what is wrong with %s', async (option, more) => {
    await expect(run(more as Partial<EvaluateOptions>)).rejects.toMatchObject({
      code: 'BAD_OPTION',
      message: expect.stringContaining(option),
      details: { option },
    })
  })

  it('says when there is nothing to ask', async () => {
    const { items, events } = crowd()
    await expect(evaluate({ items, events: events.slice(0, 4), workers: 0 })).rejects.toMatchObject({ code: 'LIMIT' })
    const miner = await openMiner({ store: join(mkdtempSync(join(tmpdir(), 'evaluate-')), 'a.db') })
    await expect(miner.evaluate()).rejects.toMatchObject({ code: 'NO_STORE' })
    await miner.close()
  })

  it('stops when it is told to, and leaves nothing behind', async () => {
    // Other tests evaluate meanwhile: this one gets a place of its own.
    const place = mkdtempSync(join(tmpdir(), 'evaluate-place-'))
    vi.stubEnv('TMPDIR', place)
    const stop = new AbortController()
    let meanwhile = 0
    const onProgress: EvaluateOptions['onProgress'] = ({ stage }) => {
      if (stage !== 'questions') return
      meanwhile = readdirSync(place).length
      stop.abort()
    }
    await expect(run({ signal: stop.signal, onProgress })).rejects.toMatchObject({
      code: 'INTERRUPTED',
      message: 'the evaluation was stopped; the next one starts anew',
    })
    vi.unstubAllEnvs()
    expect(meanwhile).toBeGreaterThan(0)
    expect(readdirSync(place)).toEqual([])
  })
})
