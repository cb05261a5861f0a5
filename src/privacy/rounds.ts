import type { Random } from '../random.js'
import type { Rounds, RoundsPlan } from '../vectors/rounds.js'

/** `chance` must be one that nobody can foretell, or the noise can be taken off again. */
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

/** Numbers that one number of noise is made from. */
const ADDENDS = 4

/**
 * Standard normal numbers (Box & Muller 1958). Each is a sum of four, scaled: the gaps between the floating-point
 * numbers that one alone can take tell what lies under it (Mironov 2012; Holohan & Braghin 2021).
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
