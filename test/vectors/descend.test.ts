import { describe, expect, it } from 'vitest'
import { openRounds } from '../../src/privacy/rounds.js'
import { createRandom } from '../../src/random.js'
import { descend } from '../../src/vectors/descend.js'
import type { Rounds } from '../../src/vectors/rounds.js'

const WANTED = [1.5, -1, 0.7]
/** Each contributor wants a point near WANTED; loss: half the squared distance. */
const points = (contributors: number) => {
  const random = createRandom(8)
  return Array.from({ length: contributors }, () => WANTED.map((x) => x + 2 * random.unit() - 1))
}

function solve(wanted: number[][], rounds: Rounds, bounds: (0 | 1 | -1)[] = [0, 0, 0]): Float64Array {
  return descend({
    start: new Float64Array(3),
    bounds,
    contributors: wanted.length,
    gradientsAt: (x) => (i, into) => {
      for (let k = 0; k < 3; k++) into[k] += x[k] - wanted[i][k]
    },
    penalties: new Float64Array(3),
    rounds,
    rate: 0.1,
    step: () => undefined,
  })
}

const plan = { sampleRate: 0.5, steps: 100, clip: 1 }

describe('descending by noisy sums', () => {
  it('finds the minimum through noise, the nearer the more contribute', () => {
    const miss = (contributors: number) => {
      const found = solve(points(contributors), openRounds({ ...plan, noiseMultiplier: 5 }, createRandom(2)))
      return Math.max(...WANTED.map((x, k) => Math.abs(found[k] - x)))
    }
    expect(miss(5000)).toBeLessThan(0.08)
    expect(miss(40)).toBeGreaterThan(miss(5000))
  })

  it('keeps to the signs', () => {
    const found = solve(points(2000), openRounds({ ...plan, noiseMultiplier: 1 }, createRandom(2)), [-1, -1, 1])
    expect(found[0]).toBeCloseTo(0, 9)
    expect(found[1]).toBeCloseTo(-1, 1)
    expect(found[2]).toBeCloseTo(0.7, 1)
  })

  it('lets one contributor move a sum by no more than the clip, however far off they are', () => {
    const sumsOf = (wanted: number[][]) => {
      const sums: Float64Array[] = []
      const everybody = Int32Array.from(wanted.keys())
      const rounds = { ...plan, steps: 1, noiseMultiplier: 0 }
      solve(wanted, { ...rounds, drawParticipants: () => everybody, addNoiseTo: (sum) => sums.push(sum.slice()) })
      return sums[0]
    }
    const others = points(50)
    const without = sumsOf(others)
    const withOne = sumsOf([...others, [1e6, -1e6, 1e6]])
    const moved = Math.hypot(...without.map((x, k) => x - withOne[k]))
    expect(moved).toBeLessThanOrEqual(1 + 1e-9)
    expect(moved).toBeGreaterThan(0.9)
  })
})
