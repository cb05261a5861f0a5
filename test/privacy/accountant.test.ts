import { describe, expect, it } from 'vitest'
import { convertClassic, findNoise, renyiOf, spentEpsilon } from '../../src/privacy/accountant.js'
import type { GaussianRounds } from '../../src/vectors/rounds.js'

const rounds = (noiseMultiplier: number, sampleRate: number, steps: number): GaussianRounds => ({
  noiseMultiplier,
  sampleRate,
  steps,
})
/** Batches of 256 of the 60,000 pictures of MNIST, as the tutorial of TensorFlow Privacy trains on them. */
const mnist = (noise: number, epochs: number) => rounds(noise, 256 / 60000, Math.floor((epochs * 60000) / 256))

describe('epsilon of subsampled Gaussian rounds', () => {
  it.each([
    // TensorFlow Privacy, tutorials/README.md, delta 1e-5.
    ['TF Privacy, 15 epochs', mnist(1.3, 15), 1.19],
    ['TF Privacy, 60 epochs', mnist(1.1, 60), 3.01],
    ['TF Privacy, 45 epochs', mnist(0.7, 45), 7.1],
    // Abadi et al. 2016, section 3.1: q = .01, sigma = 4, 10,000 steps.
    ['moments accountant', rounds(4, 0.01, 10_000), 1.26],
  ])('by the classic conversion is that of published tables: %s', (_, part, published) => {
    expect(spentEpsilon([part], 1e-5, convertClassic)).toBeCloseTo(published, 2)
  })

  it.each([
    // PyPI dp-accounting 0.6 (Google), RdpAccountant().get_epsilon.
    [rounds(1.1, 256 / 60000, 14_062), 1e-5, 2.596556],
    [rounds(1.3, 256 / 60000, 3515), 1e-5, 0.95443],
    [rounds(4, 0.01, 10_000), 1e-5, 1.03549],
    [rounds(5, 0.25, 60), 1e-5, 1.720231],
    [rounds(10, 1, 100), 1e-6, 5.22154],
  ])('is that of another accountant: %o at delta %d', (part, delta, theirs) => {
    expect(spentEpsilon([part], delta)).toBeCloseTo(theirs, 4)
  })

  it('grows with steps and sampling, falls with noise and delta, and adds up over parts', () => {
    const base = spentEpsilon([rounds(2, 0.1, 50)], 1e-5)
    expect(spentEpsilon([rounds(2, 0.1, 100)], 1e-5)).toBeGreaterThan(base)
    expect(spentEpsilon([rounds(2, 0.2, 50)], 1e-5)).toBeGreaterThan(base)
    expect(spentEpsilon([rounds(3, 0.1, 50)], 1e-5)).toBeLessThan(base)
    expect(spentEpsilon([rounds(2, 0.1, 50)], 1e-3)).toBeLessThan(base)
    const [whole, halves] = [[rounds(2, 0.1, 50)], [rounds(2, 0.1, 20), rounds(2, 0.1, 30)]]
    expect(spentEpsilon(halves, 1e-5)).toBeCloseTo(spentEpsilon(whole, 1e-5), 9)
  })

  it('is infinite without noise, and 0 where nobody takes part', () => {
    expect(spentEpsilon([rounds(0, 0.1, 1)], 1e-5)).toBe(Infinity)
    expect(renyiOf(rounds(1, 0, 1), 8)).toBe(0)
  })
})

describe('the Rényi divergence of a round', () => {
  it.each([
    // Integrated with 30 digits (mpmath) from definition 2 of Mironov, Talwar & Zhang 2019.
    [0.01, 1.1, 1.5, 0.0000955452857187],
    [0.01, 1.1, 2.5, 0.000162077409370004],
    [0.01, 1.1, 10.3, 0.000882243442346185],
    [0.25, 0.9, 1.5, 0.0889744671985347],
    [0.25, 0.9, 2.5, 0.219102377775652],
    // Whole orders, from dp-accounting.
    [0.01, 1.1, 2, 0.000128510081605163],
    [0.01, 1.1, 32, 8.46941643367593],
    [0.25, 0.9, 8, 3.35454307536018],
  ])('q %d, noise %d, order %d', (sampleRate, noiseMultiplier, order, value) => {
    expect(renyiOf({ sampleRate, noiseMultiplier }, order) / value).toBeCloseTo(1, 8)
  })

  it('is that of a Gaussian where everybody takes part', () => {
    expect(renyiOf({ sampleRate: 1, noiseMultiplier: 3 }, 4.5)).toBeCloseTo(4.5 / 18, 12)
  })

  it('joins whole orders and those between without a step', () => {
    const at = (order: number) => renyiOf({ sampleRate: 0.2, noiseMultiplier: 1.5 }, order)
    expect(at(6)).toBeCloseTo((at(6 - 1e-6) + at(6 + 1e-6)) / 2, 9)
  })
})

describe('noise for an epsilon', () => {
  const partsOf = (factor: number) => [rounds(factor, 0.25, 60), rounds(2 * factor, 0.25, 60)]

  it.each([0.1, 1, 8, 50])('keeps to %d, and hardly less would do', (epsilon) => {
    const noise = findNoise(partsOf, epsilon, 1e-5)!
    expect(spentEpsilon(partsOf(noise), 1e-5)).toBeLessThanOrEqual(epsilon)
    expect(spentEpsilon(partsOf(0.999 * noise), 1e-5)).toBeGreaterThan(epsilon)
  })

  it('is told not to be where none would do', () => {
    expect(findNoise(partsOf, 1e-9, 1e-5)).toBeNull()
  })
})
