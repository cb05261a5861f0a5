/** Half width of the filter, in periods of the lower of both rates. */
const REACH = 16

/**
 * Resamples from rate `from` to rate `to` (whole numbers, samples a second) by a windowed sinc (Hann, 16 periods to
 * either side). Frequencies that the new rate cannot hold are filtered out. n samples become ceil(n * to / from); where
 * the rates are equal the same array is returned.
 */
export function resample(samples: Float32Array, from: number, to: number): Float32Array {
  if (from === to) return samples
  const scale = Math.min(1, to / from)
  const reach = REACH / scale
  const taps = tabulate(scale, reach, to / gcd(from, to), from / to)
  const result = new Float32Array(Math.ceil((samples.length * to) / from))
  const { phases, width, weights } = taps
  for (let i = 0; i < result.length; i++) {
    const first = Math.floor((i * from) / to) - Math.ceil(reach) + 1
    const row = (i % phases) * width
    let sum = 0
    const low = Math.max(0, -first)
    const high = Math.min(width, samples.length - first)
    for (let k = low; k < high; k++) sum += weights[row + k] * samples[first + k]
    result[i] = sum
  }
  return result
}

/** Filter weights for each position that a new sample may have between two old ones; each row sums to 1. */
function tabulate(scale: number, reach: number, phases: number, step: number) {
  const width = 2 * Math.ceil(reach)
  const weights = new Float32Array(phases * width)
  for (let phase = 0; phase < phases; phase++) {
    const at = (phase * step) % 1
    let total = 0
    for (let k = 0; k < width; k++) {
      const x = k - Math.ceil(reach) + 1 - at
      const bell = Math.abs(x) < reach ? 0.5 + 0.5 * Math.cos((Math.PI * x) / reach) : 0
      weights[phase * width + k] = bell * sinc(x * scale)
      total += weights[phase * width + k]
    }
    for (let k = 0; k < width; k++) weights[phase * width + k] /= total
  }
  return { phases, width, weights }
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x)
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b)
}
