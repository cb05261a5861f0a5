import { describe, expect, it, vi } from 'vitest'
import { renderTraining } from '../../dist/index.js'
import { planTraining } from '../../src/learn/plan.js'
import { plainHistory } from '../../src/mine/history.js'
import { planPrivacy } from '../../src/privacy/plan.js'
import { openRounds } from '../../src/privacy/rounds.js'
import { createRandom } from '../../src/random.js'
import { FEATURE_COUNT, FEATURE_SIGNS, FEATURES } from '../../src/rank/features.js'
import { fitTermsPrivately, type UserLists } from '../../src/rank/private.js'
import { fitSigmoidPrivately } from '../../src/rank/private-calibrate.js'
import { FIXED_RULERS } from '../../src/rank/rulers.js'
import { contributionOf } from '../../src/rank/scorer.js'
import { crowd, withCrowd } from '../helpers/crowd.js'

vi.setConfig({ testTimeout: 60_000 })

const plan = { sampleRate: 0.5, steps: 60, clip: 4 }

describe('planning a private training', () => {
  const privacy = planPrivacy({ dpEpsilon: 8 }, 600)!

  it('keeps everybody else asked for the same, whatever one user did', () => {
    const users = Array.from({ length: 600 }, (_, u) => plainHistory([u % 9, 10 + (u % 7), 20 + (u % 5), 30 + (u % 4)]))
    const without = planTraining(
      users.map((history, u) => (u === 17 ? plainHistory([]) : history)),
      1,
      privacy,
    )
    const withAll = planTraining(users, 1, privacy)
    expect(without.trainingUsers).toEqual(withAll.trainingUsers)
    expect(without.heldOutUsers).toEqual(withAll.heldOutUsers)
    expect(without.targetCounts.filter((_, u) => u !== 17)).toEqual(withAll.targetCounts.filter((_, u) => u !== 17))
    expect(withAll.targetCounts[17]).toBeGreaterThan(0)
  })

  it('takes a delta below one over the users, and fails where the budget makes no sense', () => {
    expect(planPrivacy({ dpEpsilon: 1 }, 1000)!.delta).toBe(1e-5)
    expect(planPrivacy({ dpEpsilon: 1 }, 10 ** 6)!.delta).toBeCloseTo(10 ** -6.6, 12)
    expect(planPrivacy({}, 1000)).toBeNull()
    for (const options of [
      { dpEpsilon: 0 },
      { dpEpsilon: -1 },
      { dpEpsilon: Number.NaN },
      { dpEpsilon: Infinity },
      { dpEpsilon: 1e-9 },
      { dpEpsilon: 1, dpDelta: 0 },
      { dpEpsilon: 1, dpDelta: 1e-3 },
      { dpDelta: 1e-6 },
    ]) {
      expect(() => planPrivacy(options, 1000), JSON.stringify(options)).toThrow(
        expect.objectContaining({ code: 'BAD_OPTION' }),
      )
    }
  })
})

/** One list a user, whose target has the largest covisit; text_best speaks against its sign. */
function madeLists(users: number): UserLists {
  const random = createRandom(5)
  const size = 20
  const values = new Float32Array(users * size * FEATURE_COUNT)
  for (let row = 0; row < users * size; row++) {
    const at = (name: (typeof FEATURES)[number]) => row * FEATURE_COUNT + FEATURES.indexOf(name)
    const isTarget = row % size === 0
    values[at('covisit')] = isTarget ? 0.05 + random.unit() / 10 : random.unit() < 0.6 ? 0 : random.unit() / 20
    values[at('text_best')] = isTarget ? random.unit() / 2 : 0.5 + random.unit() / 2
    values[at('popularity')] = random.unit() * 5
  }
  return {
    values,
    offsets: Uint32Array.from({ length: users + 1 }, (_, i) => i * size),
    logWeights: new Float32Array(users * size),
    firsts: Uint32Array.from({ length: users + 1 }, (_, i) => i),
  }
}

describe('fitting terms privately', () => {
  it('learns through noise, and keeps signs', () => {
    const rounds = openRounds({ ...plan, noiseMultiplier: 2 }, createRandom(2))
    const terms = fitTermsPrivately(madeLists(800), rounds)
    const of = (feature: string) => terms.find((term) => term.feature === feature)!
    expect(contributionOf(of('covisit'), 0.12) - contributionOf(of('covisit'), 0.01)).toBeGreaterThan(1)
    for (let x = 0; x < 1; x += 0.1) {
      expect(contributionOf(of('text_best'), x + 0.1)).toBeGreaterThanOrEqual(contributionOf(of('text_best'), x) - 1e-9)
    }
  })

  it('has a ruler for every feature that is learnt, which looks at no list', () => {
    expect(FIXED_RULERS.map(({ feature }) => feature)).toEqual(Object.keys(FEATURE_SIGNS))
    const fit = (users: number) =>
      fitTermsPrivately(madeLists(users), openRounds({ ...plan, noiseMultiplier: 3 }, createRandom(2)))
    const rulersOf = (terms: ReturnType<typeof fit>) =>
      terms.map(({ feature, scale, knots }) => [feature, scale, knots])
    expect(rulersOf(fit(30))).toEqual(rulersOf(fit(60)))
  })

  it('lets a user move a sum by the clip at most, with however many lists', () => {
    const lists = madeLists(60)
    const sumOf = (firsts: Uint32Array) => {
      const sums: Float64Array[] = []
      const rounds = { ...plan, steps: 1, noiseMultiplier: 0 }
      const takers = Int32Array.from({ length: firsts.length - 1 }, (_, i) => i)
      fitTermsPrivately(
        { ...lists, firsts },
        { ...rounds, drawParticipants: () => takers, addNoiseTo: (sum) => sums.push(sum.slice()) },
      )
      return sums[0]
    }
    // The last of eleven users has fifty lists, or none.
    const firsts = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
    const [withAll, without] = [sumOf(Uint32Array.from([...firsts, 60])), sumOf(Uint32Array.from([...firsts, 10]))]
    const moved = Math.hypot(...withAll.map((x, k) => x - without[k]))
    expect(moved).toBeLessThanOrEqual(plan.clip + 1e-9)
    expect(moved).toBeGreaterThan(0.9 * plan.clip)
  })
})

describe('calibrating privately', () => {
  it('finds scale and offset of made chances', () => {
    const random = createRandom(4)
    const users = 3000
    const size = 50
    const scores = Float64Array.from({ length: users * size }, () => 8 * random.unit() ** 2)
    const hits = Uint8Array.from(scores, (score) => Number(random.unit() < 1 / (1 + Math.exp(7 - 0.8 * score))))
    const firsts = Uint32Array.from({ length: users + 1 }, (_, i) => i * size)
    const rounds = openRounds({ ...plan, noiseMultiplier: 3 }, createRandom(2))
    const { a, b } = fitSigmoidPrivately({ scores, hits }, firsts, rounds)
    expect(Math.abs(a - 0.8)).toBeLessThan(0.08)
    expect(Math.abs(b + 7)).toBeLessThan(0.4)
  })
})

describe('training privately', () => {
  it('installs a scorer, says what is promised and what is not, and a build does not replace it', async () => {
    await withCrowd(520, async (miner) => {
      const report = await miner.train({ dpEpsilon: 8, tryEpsilons: [8, null] })
      const { privacy, installed, resumed, scorer, curve, ndcg, users, heldOut } = report
      expect([installed, resumed, scorer.calibrated]).toEqual([true, false, true])
      expect(users + heldOut).toBe(520)
      expect(privacy).toMatchObject({ epsilon: 8, delta: 1e-5, unit: 'user' })
      expect(privacy!.parts.map(({ part }) => part)).toEqual(['adapter', 'scorer', 'calibration'])
      for (const { noiseMultiplier, clip, sampleRate, steps, epsilon } of privacy!.parts) {
        expect(Math.min(noiseMultiplier, clip, sampleRate, steps, epsilon)).toBeGreaterThan(0)
        expect(epsilon).toBeLessThan(8)
      }
      expect(privacy!.covers.length * privacy!.notCovered.length).toBeGreaterThan(0)
      expect(curve.length).toBeGreaterThan(1)
      expect(ndcg.after).toBeGreaterThan(0.5)
      const tried = privacy!.tried!
      expect(tried.map(({ epsilon }) => epsilon)).toEqual([8, null])
      expect(tried[0].ndcg).toBe(ndcg.after)
      for (const { ndcg: value, low, high } of tried) {
        expect(low).toBeLessThanOrEqual(value)
        expect(high).toBeGreaterThanOrEqual(value)
      }
      const page = renderTraining(report, { store: 'a.db' })
      expect(page).toMatch(/<figure id="privacy">[\s\S]*?<polyline[\s\S]*?<\/svg>/)
      expect(page).toContain(tried[0].ndcg.toFixed(4))
      expect(page).toContain('Not covered')
      const before = (await miner.recommend('u3')).recommendations
      const built = await miner.build({ ...crowd(520), train: true })
      expect(built.notes.join('\n')).toContain('train --dp-epsilon 8')
      expect((await miner.recommend('u3')).recommendations).toEqual(before)
      const { training } = await miner.evaluate({ dpEpsilon: 8, baselines: 'none', sample: 50 })
      expect(training!.installed).toBe(true)
      expect(training!.adapter).toBeGreaterThan(0)
      expect(training!.privacy).toEqual({ epsilon: 8, delta: 1e-5 })
    })
  })

  it('is done again, and paid for again, by forget --retrain; where the budget does not reach nothing is trained', async () => {
    await withCrowd(503, async (miner) => {
      await miner.train({ dpEpsilon: 8 })
      const { retrained } = await miner.forget('u9', { retrain: true })
      expect(retrained).toMatchObject({ trained: true, note: null })
      const training = { epsilon: 8, delta: 1e-5, rho: null }
      expect((await miner.privacyLedger()).spendings).toMatchObject([training, training])
      const { items } = crowd(1)
      const buildAgain = async () => (await miner.build({ items, train: true })).notes.join('\n')
      expect(await buildAgain()).toContain('train --dp-epsilon 8')
      await miner.setPrivacyBudget({ epsilon: 20, delta: 1e-4 })
      const spent = await miner.forget('u10', { retrain: true })
      expect(spent.retrained).toMatchObject({ trained: false, note: expect.stringContaining('budget') })
      expect((await miner.status()).scorer).toMatchObject({ id: 'default-1', calibrated: false })
      expect((await miner.privacyLedger()).spendings).toHaveLength(2)
      // The default scorer hides everybody, and no build puts one in its place that does not.
      expect(await buildAgain()).toContain('train --dp-epsilon 8')
      expect((await miner.status()).scorer.id).toBe('default-1')
      const { retrained: still } = await miner.forget('u11', { retrain: true })
      expect(still).toMatchObject({ trained: false, note: expect.stringContaining('train --dp-epsilon 8') })
    })
  })

  it('refuses what makes no sense, and too few users, and leaves the store as it was', async () => {
    await withCrowd(300, async (miner) => {
      const before = await miner.recommend('u3')
      await expect(miner.train({ dpEpsilon: 8 })).rejects.toMatchObject({ code: 'LIMIT' })
      await expect(miner.train({ dpEpsilon: 0 })).rejects.toMatchObject({ code: 'BAD_OPTION' })
      await expect(miner.train({ dpDelta: 1e-6 })).rejects.toMatchObject({ code: 'BAD_OPTION' })
      await expect(miner.train({ dpEpsilon: 8, dpDelta: 0.5 })).rejects.toMatchObject({ code: 'BAD_OPTION' })
      expect(await miner.recommend('u3')).toEqual(before)
      expect((await miner.status()).scorer.id).toBe('default-1')
      expect((await miner.privacyLedger()).spendings).toEqual([])
    })
  })
})
