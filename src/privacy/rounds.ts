import type { Random } from '../random.js'
import type { Rounds, RoundsPlan } from '../vectors/rounds.js'

/** Opens the rounds of a plan. `random` must be unpredictable, or the noise could be computed and subtracted. */
export function openRounds(plan: RoundsPlan, random: Random): Rounds {
  const { sampleRate, noiseMultiplier, clip } = plan
  const draw = createGaussian(random)
  return {
    ...plan,
    takePart(count) {
      const places: number[] = []
      for (let place = 0; place < count; place++) if (random.unit() < sampleRate) places.push(place)
      return Int32Array.from(places)
    },
    disturb(sum) {
      for (let i = 0; i < sum.length; i++) sum[i] += noiseMultiplier * clip * draw()
    },
  }
}

/** Normal numbers that one number of noise is made from. */
const ADDENDS = 4

/**
 * A source of standard normal numbers (Box and Muller 1958). Each is a scaled sum of four: the gaps between the
 * floating-point values that a single one can take would give away what the noise hides (Mironov 2012; Holohan and
 * Braghin 2021).
 */
export function createGaussian(random: Random): () => number {
  let spare: number | null = null
  const normal = () => {
    if (spare !== null) {
      const kept = spare
      spare = null
      return kept
    }
    const radius = Math.sqrt(-2 * Math.log(1 - random.unit()))
    const angle = 2 * Math.PI * random.unit()
    spare = radius * Math.sin(angle)
    return radius * Math.cos(angle)
  }
  return () => {
    let sum = 0
    for (let k = 0; k < ADDENDS; k++) sum += normal()
    return sum / Math.sqrt(ADDENDS)
  }
}
