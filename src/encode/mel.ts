import type { Matrix } from '../columns.js'
import { createMatrix } from '../vectors/matrix.js'
import type { Features } from './tower-manifest.js'

/** Settings of a log-mel spectrogram in a manifest. */
export type MelFeatures = Extract<Features, { kind: 'mel' }>

/**
 * A function from samples (-1..1, at `sampleRate` a second) to their log-mel spectrogram: one row a frame, one column a
 * band. The numbers are those of librosa (Hann window, power 2).
 */
export function createMel(mel: MelFeatures, sampleRate: number): (samples: Float32Array) => Matrix {
  const { fft, hop, bands, floor } = mel
  const window = Float64Array.from({ length: fft }, (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / fft))
  const filters = melFilters(mel, sampleRate)
  const transform = createFft(fft)
  return (given) => {
    const samples = mel.centre ? mirrorEnds(given, fft / 2) : given
    const frames = Math.max(0, 1 + Math.floor((samples.length - fft) / hop))
    const result = createMatrix(frames, bands)
    const real = new Float64Array(fft)
    const imaginary = new Float64Array(fft)
    for (let frame = 0; frame < frames; frame++) {
      for (let i = 0; i < fft; i++) real[i] = samples[frame * hop + i] * window[i]
      imaginary.fill(0)
      transform(real, imaginary)
      filters.forEach(({ first, weights }, band) => {
        let power = 0
        for (let k = 0; k < weights.length; k++) {
          const [re, im] = [real[first + k], imaginary[first + k]]
          power += weights[k] * (re * re + im * im)
        }
        result.data[frame * bands + band] = LOGARITHMS[mel.log](Math.max(floor, power))
      })
    }
    return result
  }
}

const LOGARITHMS = { db: (x: number) => 10 * Math.log10(x), log10: Math.log10, ln: Math.log }

/** Samples with `by` more at both ends, mirrored at the end sample, which is not repeated. */
function mirrorEnds(samples: Float32Array, by: number): Float32Array {
  const n = samples.length
  const padded = new Float32Array(n + 2 * by)
  padded.set(samples, by)
  const period = Math.max(1, 2 * (n - 1))
  const at = (i: number) => {
    const k = ((i % period) + period) % period
    return samples[k < n ? k : period - k] ?? 0
  }
  for (let i = 1; i <= by; i++) {
    padded[by - i] = at(-i)
    padded[by + n - 1 + i] = at(n - 1 + i)
  }
  return padded
}

/**
 * Triangular filters over the bins of the transform, evenly spaced in mel. `weights` start at bin `first`; all other
 * bins have weight 0.
 */
function melFilters({ fft, bands, from, to, scale, norm }: MelFeatures, sampleRate: number) {
  const { toMel, toHertz } = SCALES[scale]
  const [low, high] = [toMel(from), toMel(to)]
  const edges = Array.from({ length: bands + 2 }, (_, i) => toHertz(low + ((high - low) * i) / (bands + 1)))
  const bins = fft / 2 + 1
  return Array.from({ length: bands }, (_, band) => {
    const [left, middle, right] = edges.slice(band, band + 3)
    const area = norm === 'slaney' ? 2 / (right - left) : 1
    const all = Float64Array.from({ length: bins }, (_, bin) => {
      const hertz = (bin * sampleRate) / fft
      const weight = Math.min((hertz - left) / (middle - left), (right - hertz) / (right - middle))
      return Math.max(0, weight) * area
    })
    const first = Math.max(
      0,
      all.findIndex((weight) => weight > 0),
    )
    const last = all.findLastIndex((weight) => weight > 0)
    return { first, weights: all.subarray(first, last + 1) }
  })
}

/** Slaney's scale is linear up to 1,000 Hz, which is 15 mel. */
const KNEE = 15
const STEP = Math.log(6.4) / 27
const SCALES = {
  slaney: {
    toMel: (f: number) => (f < 1000 ? (3 * f) / 200 : KNEE + Math.log(f / 1000) / STEP),
    toHertz: (m: number) => (m < KNEE ? (200 * m) / 3 : 1000 * Math.exp(STEP * (m - KNEE))),
  },
  htk: {
    toMel: (f: number) => 2595 * Math.log10(1 + f / 700),
    toHertz: (m: number) => 700 * (10 ** (m / 2595) - 1),
  },
}

/** A fast Fourier transform of n (a power of two) complex numbers, in place. */
function createFft(n: number): (real: Float64Array, imaginary: Float64Array) => void {
  const bits = Math.log2(n)
  const order = Int32Array.from({ length: n }, (_, i) => {
    let reversed = 0
    for (let b = 0; b < bits; b++) if (i & (1 << b)) reversed |= 1 << (bits - 1 - b)
    return reversed
  })
  const cos = Float64Array.from({ length: n / 2 }, (_, i) => Math.cos((2 * Math.PI * i) / n))
  const sin = Float64Array.from({ length: n / 2 }, (_, i) => Math.sin((2 * Math.PI * i) / n))
  return (real, imaginary) => {
    for (let i = 0; i < n; i++) {
      const j = order[i]
      if (j <= i) continue
      const [re, im] = [real[i], imaginary[i]]
      real[i] = real[j]
      imaginary[i] = imaginary[j]
      real[j] = re
      imaginary[j] = im
    }
    for (let half = 1; half < n; half *= 2) {
      const stride = n / (2 * half)
      for (let start = 0; start < n; start += 2 * half) {
        for (let k = 0; k < half; k++) {
          const [c, s] = [cos[k * stride], sin[k * stride]]
          const [a, b] = [start + k, start + k + half]
          const re = real[b] * c + imaginary[b] * s
          const im = imaginary[b] * c - real[b] * s
          real[b] = real[a] - re
          imaginary[b] = imaginary[a] - im
          real[a] += re
          imaginary[a] += im
        }
      }
    }
  }
}
