import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type Miner, openMiner } from '../../dist/index.js'
import { createRandom } from '../../src/random.js'
import { fitSigmoid } from '../../src/rank/calibrate.js'
import { FEATURE_COUNT, FEATURES } from '../../src/rank/features.js'
import { contributionOf } from '../../src/rank/scorer.js'
import { fitTerms } from '../../src/rank/train.js'
import { minimise } from '../../src/vectors/minimise.js'
import { crowd, withCrowd } from '../helpers/crowd.js'

describe('minimising under sign bounds', () => {
  it('finds the bounded minimum of a quadratic', () => {
    const wanted = [3, -2, 5, -1]
    const evaluate = (x: Float64Array, gradient: Float64Array) => {
      let value = 0
      wanted.forEach((w, i) => {
        const weight = 1 + 40 * i
        value += (weight / 2) * (x[i] - w) ** 2
        gradient[i] = weight * (x[i] - w)
      })
      return value
    }
    const found = minimise(evaluate, [1, 1, -1, 0], { tolerance: 1e-12 })
    expect(found[0]).toBeCloseTo(3, 4)
    expect(found[1]).toBe(0)
    expect(found[2]).toBe(0)
    expect(found[3]).toBeCloseTo(-1, 4)
  })
})

/** Lists whose target has the largest covisit; a second feature speaks against its sign; the rest is noise. */
function madeLists(count: number) {
  const random = createRandom(5)
  const size = 20
  const values = new Float32Array(count * size * FEATURE_COUNT)
  const offsets = Uint32Array.from({ length: count + 1 }, (_, i) => i * size)
  const at = (name: (typeof FEATURES)[number]) => FEATURES.indexOf(name)
  for (let list = 0; list < count; list++) {
    for (let i = 0; i < size; i++) {
      const o = (list * size + i) * FEATURE_COUNT
      values[o + at('covisit')] = i === 0 ? 0.05 + random.unit() / 10 : random.unit() < 0.6 ? 0 : random.unit() / 20
      values[o + at('text_best')] = i === 0 ? random.unit() / 2 : 0.5 + random.unit() / 2
      values[o + at('popularity')] = random.unit() * 5
      values[o + at('price_gap')] = random.unit() < 0.3 ? Number.NaN : random.unit()
    }
  }
  return { values, offsets, logWeights: new Float32Array(count * size) }
}

describe('fitting terms', () => {
  const terms = fitTerms(madeLists(200))
  const of = (feature: string) => terms.find((term) => term.feature === feature)!

  it('learns what speaks for the target', () => {
    expect(contributionOf(of('covisit'), 0.12) - contributionOf(of('covisit'), 0.01)).toBeGreaterThan(1)
  })

  it('never lets a feature speak against its sign, and keeps shapes monotone', () => {
    for (let x = 0; x < 1; x += 0.05) {
      expect(contributionOf(of('text_best'), x + 0.05)).toBeGreaterThanOrEqual(
        contributionOf(of('text_best'), x) - 1e-9,
      )
      expect(contributionOf(of('price_gap'), x + 0.05)).toBeLessThanOrEqual(contributionOf(of('price_gap'), x) + 1e-9)
    }
  })

  it('gives a feature that is 0 no part in the score', () => {
    for (const feature of ['covisit', 'text_best']) expect(contributionOf(of(feature), 0)).toBeCloseTo(0, 9)
  })

  it('drops features that are the same everywhere', () => {
    expect(terms.map((term) => term.feature)).toContain('covisit')
    expect(terms.map((term) => term.feature)).not.toContain('brand')
  })
})

describe('a held term', () => {
  it('says of values beyond its knots what it says at the outermost', () => {
    const term = { feature: 'brand_popularity', weight: -2, knots: [5, 6], steps: [1, 3], held: true as const }
    expect(contributionOf(term, 0)).toBe(contributionOf(term, 5))
    expect(contributionOf(term, 99)).toBe(contributionOf(term, 6))
    expect(contributionOf({ ...term, held: undefined } as never, 0)).not.toBe(contributionOf(term, 5))
  })

  it('is what comes of learning a feature that may speak either way', () => {
    expect(fitTerms(madeLists(100)).find(({ feature }) => feature === 'popularity')?.held).toBe(true)
  })
})

describe('calibration', () => {
  it('recovers the chances that outcomes were drawn with', () => {
    const random = createRandom(9)
    const n = 40_000
    const scores = Float64Array.from({ length: n }, () => 4 * random.unit() - 2)
    const hits = Uint8Array.from(scores, (s) => Number(random.unit() < 1 / (1 + Math.exp(-(0.7 * s - 3)))))
    const { a, b } = fitSigmoid({ scores, hits })
    expect(a).toBeCloseTo(0.7, 1)
    expect(b).toBeCloseTo(-3, 1)
  })

  /** Mean chance, and log loss. */
  const judge = (scores: Float64Array, hits: Uint8Array) => {
    const { a, b } = fitSigmoid({ scores, hits })
    const chances = scores.map((s) => 1 / (1 + Math.exp(-(a * s + b))))
    const loss = chances.reduce((sum, p, i) => sum - Math.log(hits[i] ? p : 1 - p), 0) / scores.length
    return { mean: chances.reduce((sum, p) => sum + p, 0) / scores.length, loss, a }
  }

  it('holds where scores lie far from 0 and nearly part hits from misses', () => {
    const random = createRandom(4)
    for (const offset of [0, 8, -40]) {
      const hits = Uint8Array.from({ length: 7000 }, () => Number(random.unit() < 0.01))
      const scores = Float64Array.from(hits, (hit) => offset + 4 * random.unit() + (hit ? 9 : 0))
      const { mean, loss } = judge(scores, hits)
      expect(mean).toBeCloseTo(hits.reduce((sum, hit) => sum + hit, 0) / 7000, 3)
      expect(loss).toBeLessThan(0.005)
    }
  })

  it('tells the mean chance, or nearly, where scores say nothing or the opposite', () => {
    const random = createRandom(6)
    for (const against of [0, 3]) {
      const hits = Uint8Array.from({ length: 7000 }, () => Number(random.unit() < 0.05))
      const scores = Float64Array.from(hits, (hit) => random.unit() - against * hit)
      const { mean, a } = judge(scores, hits)
      expect(mean).toBeCloseTo(hits.reduce((sum, hit) => sum + hit, 0) / 7000, 3)
      expect(a).toBeGreaterThan(0.0499)
    }
  })
})

describe('training after a build', () => {
  const isTrained = async (miner: Miner) => (await miner.status()).scorer.calibrated

  it('is done the first time that there is behaviour enough, and again when events grew by a tenth', async () => {
    const miner = await openMiner({ store: join(mkdtempSync(join(tmpdir(), 'train-')), 'a.db'), workers: 1 })
    try {
      const { items, events } = crowd(200)
      const build = (n: number, train?: boolean) =>
        miner.build({ items, events: events.slice(0, n), ...(train === undefined ? {} : { train }) })
      const first = await build(400)
      expect(first.seconds.train).toBeUndefined()
      expect(await isTrained(miner)).toBe(false)
      expect((await build(750, false)).seconds.train).toBeUndefined()
      const second = await build(760)
      expect(second.seconds.train).toBeGreaterThan(0)
      expect(second.notes.join()).toContain('trained on what users did next')
      expect(await isTrained(miner)).toBe(true)
      // One generation a build: what was only made to be trained is not kept.
      expect((await miner.generations()).generations).toHaveLength(2)
      expect((await build(800)).seconds.train).toBeUndefined()
      expect((await build(900)).seconds.train).toBeGreaterThan(0)
      expect((await build(900, true)).seconds.train).toBeGreaterThan(0)
      // What still knows a forgotten user is learnt anew, whether or not events grew.
      await miner.forget('u5')
      expect((await miner.status()).generation?.stale).toBe(true)
      const { items: same } = crowd(200)
      expect((await miner.build({ items: same })).seconds.train).toBeGreaterThan(0)
      expect((await miner.status()).generation?.stale).toBe(false)
    } finally {
      await miner.close()
    }
  })
})

describe('training a store', () => {
  it('calibrates, ranks no worse on users it did not learn from, and outlives a rebuild', async () => {
    await withCrowd(240, async (miner) => {
      const before = await miner.status()
      expect(before.scorer).toEqual({ id: 'default-1', trainedOn: null, calibrated: false })
      const report = await miner.train()
      expect(report.ndcg.after).toBeGreaterThanOrEqual(report.ndcg.before)
      expect(report.heldOut).toBeGreaterThan(0)
      const { scorer } = await miner.status()
      expect(scorer).toEqual(report.scorer)
      expect(scorer.calibrated).toBe(true)
      const list = await miner.recommend('u7', { effects: true })
      expect(list.recommendations).toHaveLength(10)
      for (const { bias, contributions, logit, score } of list.recommendations) {
        expect(bias + contributions.reduce((sum, c) => sum + c.contribution, 0)).toBeCloseTo(logit, 9)
        expect(score).toBeCloseTo(1 / (1 + Math.exp(-logit)), 12)
      }
      await miner.build({
        items: [...crowd(240).items, { id: 'new', title: 'another thing', vector: new Float32Array(16).fill(1) }],
        train: false,
      })
      expect((await miner.status()).scorer).toEqual(scorer)
    })
  })

  it('is marked stale by forgetting until it is done again', async () => {
    await withCrowd(150, async (miner) => {
      const isStale = async () => (await miner.status()).generation?.stale
      await miner.train()
      expect(await isStale()).toBe(false)
      await miner.forget('u5')
      expect(await isStale()).toBe(true)
      // A rebuild fits everything but the scorer anew.
      await miner.build({ items: crowd(150).items, train: false })
      expect(await isStale()).toBe(true)
      await miner.train()
      expect(await isStale()).toBe(false)
    })
  })

  it('can be taken back, and what bears a forgotten trace cannot be gone back to', async () => {
    await withCrowd(150, async (miner) => {
      const list = async () => JSON.stringify(await miner.recommend('u7'))
      const before = await list()
      await miner.train()
      const trained = await list()
      const { generations } = await miner.generations()
      expect(generations.map(({ id, scorer }) => [id, scorer?.calibrated])).toEqual([
        [2, true],
        [1, false],
      ])
      await miner.useGeneration(1)
      expect(await list()).toBe(before)
      expect((await miner.status()).scorer).toEqual(generations[1].scorer)
      await miner.useGeneration(2)
      expect(await list()).toBe(trained)
      await miner.forget('u5')
      await miner.build({ items: crowd(150).items, train: false })
      // The scorer still knows: both, or neither.
      await miner.train()
      const left = (await miner.generations()).generations
      expect(left).toMatchObject([{ inUse: true, stale: false }])
      expect(left).toHaveLength(1)
    })
  })

  it('is the same twice', async () => {
    const once = await withCrowd(200, async (miner) => ({
      report: { ...(await miner.train()), seconds: 0 },
      list: await miner.recommend('u3'),
    }))
    const twice = await withCrowd(200, async (miner) => ({
      report: { ...(await miner.train()), seconds: 0 },
      list: await miner.recommend('u3'),
    }))
    expect(twice).toEqual(once)
  })

  it('tells how sure it is, how chances hold and what each feature adds', async () => {
    await withCrowd(240, async (miner) => {
      const { ndcg, calibration, shapes, ablation, heldOut, generation, resumed } = await miner.train()
      expect([generation, resumed, ablation]).toEqual([2, false, null])
      for (const [mean, { low, high }] of [
        [ndcg.before, ndcg.intervals.before],
        [ndcg.after, ndcg.intervals.after],
        [ndcg.after - ndcg.before, ndcg.intervals.gain],
      ] as const) {
        expect(low).toBeLessThanOrEqual(mean + 1e-12)
        expect(high).toBeGreaterThanOrEqual(mean - 1e-12)
      }
      // The ten best of one list a user, in bins that hold about as many each.
      expect(calibration.rows.reduce((sum, { count }) => sum + count, 0)).toBe(10 * heldOut)
      const error = calibration.rows.reduce((sum, row) => sum + row.count * Math.abs(row.predicted - row.observed), 0)
      expect(calibration.ece).toBeCloseTo(error / (10 * heldOut), 12)
      expect(calibration.logLoss).toBeLessThan(calibration.constantLogLoss)
      expect(shapes.map(({ feature }) => feature)).toEqual([...FEATURES])
      const of = (feature: string) => shapes.find((shape) => shape.feature === feature)!
      expect(of('brand').points).toEqual([])
      const { points, direction, histogram } = of('covisit')
      expect(direction).toBe(1)
      expect(histogram).toHaveLength(24)
      expect(points.length).toBeGreaterThan(2)
      for (let i = 1; i < points.length; i++) {
        expect(points[i].value).toBeGreaterThan(points[i - 1].value)
        expect(points[i].contribution).toBeGreaterThanOrEqual(points[i - 1].contribution - 1e-9)
      }
      // What the shape says is what an answer adds.
      const told = of('text_best').points
      let compared = 0
      const { recommendations } = await miner.recommend('u7', { limit: 60 })
      for (const { feature, value, contribution } of recommendations.flatMap((one) => one.contributions)) {
        if (feature !== 'text_best') continue
        const [below, above] = [told.findLast((one) => one.value <= value), told.find((one) => one.value >= value)]
        if (!below || !above) continue
        expect(contribution).toBeGreaterThanOrEqual(below.contribution - 1e-6)
        expect(contribution).toBeLessThanOrEqual(above.contribution + 1e-6)
        compared++
      }
      expect(compared).toBeGreaterThan(10)
    })
  })

  it('leaves out each feature in turn where that is asked for', async () => {
    await withCrowd(200, async (miner) => {
      const stages = new Set<string>()
      const { ablation } = await miner.train({ ablate: true, onProgress: ({ stage }) => stages.add(stage) })
      expect([...stages].filter((stage) => stage !== 'fit')).toEqual(['adapter', 'lists', 'scorer', 'ablation'])
      const { without, ndcg, lists, heldOut } = ablation!
      const names = without.map(({ feature }) => feature)
      expect(names).toContain('covisit')
      expect(names).not.toContain('brand')
      expect(new Set(names).size).toBe(names.length)
      expect(lists).toBeGreaterThan(0)
      expect(heldOut).toBeGreaterThan(0)
      for (const [k, { lost, low, high }] of without.entries()) {
        expect(lost).toBeLessThanOrEqual(k === 0 ? ndcg : without[k - 1].lost)
        expect(low).toBeLessThanOrEqual(lost + 1e-12)
        expect(high).toBeGreaterThanOrEqual(lost - 1e-12)
      }
    })
  })

  it('stopped after the adapter, changes nothing, and the next one goes on from there to the same end', async () => {
    const whole = await withCrowd(200, (miner) => miner.train())
    await withCrowd(200, async (miner) => {
      const before = await miner.recommend('u3')
      const stopAt = async (wanted: string, message: string) => {
        const stop = new AbortController()
        const onProgress = ({ stage }: { stage: string }) => {
          if (stage === wanted) stop.abort()
        }
        await expect(miner.train({ onProgress, signal: stop.signal })).rejects.toMatchObject({
          code: 'INTERRUPTED',
          message: expect.stringContaining(message),
        })
        expect(await miner.recommend('u3')).toEqual(before)
      }
      await stopAt('adapter', 'nothing that could be resumed')
      await stopAt('lists', 'resumes there')
      await stopAt('scorer', 'resumes there')
      const stages: string[] = []
      const report = await miner.train({ onProgress: ({ stage }) => stages.push(stage) })
      expect(stages).not.toContain('adapter')
      expect({ ...report, seconds: 0 }).toEqual({ ...whole, resumed: true, seconds: 0 })
      // It was of that training: the next one learns anew.
      expect((await miner.train()).resumed).toBe(false)
    })
  })

  it('does not go on from an adapter that knows a forgotten user', async () => {
    await withCrowd(200, async (miner) => {
      const stop = new AbortController()
      const onProgress = ({ stage }: { stage: string }) => {
        if (stage === 'lists') stop.abort()
      }
      await expect(miner.train({ onProgress, signal: stop.signal })).rejects.toMatchObject({ code: 'INTERRUPTED' })
      await miner.forget('u5')
      expect((await miner.train()).resumed).toBe(false)
    })
  })

  it('refuses a store with too little behaviour and leaves it as it was', async () => {
    await withCrowd(20, async (miner) => {
      const before = await miner.recommend('u3')
      await expect(miner.train()).rejects.toMatchObject({
        code: 'LIMIT',
        message: expect.stringContaining('100 users'),
      })
      expect(await miner.recommend('u3')).toEqual(before)
    })
  })
})
