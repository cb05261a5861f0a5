// Made-up words in made-up voices: a buzz or hiss through three resonances, as the oldest speech synthesisers did.

/** Resonances of a man's mouth, hertz. */
const VOWELS = {
  a: [730, 1090, 2440],
  e: [530, 1840, 2480],
  i: [270, 2290, 3010],
  o: [570, 840, 2410],
  u: [300, 870, 2240],
}
/** What stands before a vowel: hertz of a hiss, and whether the voice sounds with it. */
const STARTS = { s: [6000, 0], f: [1800, 0], z: [5000, 1], m: [250, 1], '': [0, 1] }

export const RATE = 16_000

/** `count` words of three syllables, each a list of [start, vowel], all different. */
export function makeWords(count, random) {
  const words = new Map()
  while (words.size < count) {
    const word = Array.from({ length: 3 }, () => [random.below(5), random.below(5)])
    words.set(
      word.join(' '),
      word.map(([s, v]) => [Object.keys(STARTS)[s], Object.keys(VOWELS)[v]]),
    )
  }
  return [...words.values()]
}

/** How somebody speaks: pitch in hertz, size of the mouth, pace, breath. */
export function makeVoice(random) {
  const between = (low, high) => low + random.unit() * (high - low)
  return { pitch: between(85, 230), mouth: between(0.87, 1.2), pace: between(0.85, 1.2), breath: between(0.01, 0.06) }
}

/** Samples of a word in a voice. */
export function speak(word, { pitch, mouth, pace, breath }, random) {
  const samples = []
  let turn = 0
  for (const [n, [start, vowel]] of word.entries()) {
    const [hiss, voiced] = STARTS[start]
    const resonate = VOWELS[vowel].map((hertz) => createResonator(hertz * mouth, 90))
    const noise = createResonator(Math.max(200, hiss) * mouth, 700)
    const [before, length] = [start === '' ? 0 : 0.09 / pace, 0.24 / pace]
    const bend = 1 + 0.12 * (1 - n) + 0.04 * (random.unit() - 0.5)
    for (let i = 0; i < (before + length) * RATE; i++) {
      const t = i / RATE
      turn += (pitch * bend * (1 + 0.01 * (random.unit() - 0.5))) / RATE
      const white = random.unit() - 0.5
      const pulse = turn % 1 < 0.1 ? 1 - (turn % 1) * 10 : 0
      const source = t < before ? white * 0.12 + pulse * voiced * 0.4 : pulse + white * breath
      const spoken =
        t < before && hiss > 0 ? noise(source) : resonate.reduce((sum, filter, k) => sum + filter(source) / (k + 1), 0)
      samples.push(spoken * Math.min(1, t * 40, (before + length - t) * 30))
    }
  }
  const loudest = samples.reduce((most, x) => Math.max(most, Math.abs(x)), 1e-9)
  return Float32Array.from(samples, (x) => (0.6 * x) / loudest)
}

/** Two poles: what rings at `hertz`, `width` hertz wide. */
function createResonator(hertz, width) {
  const radius = Math.exp((-Math.PI * width) / RATE)
  const turn = 2 * radius * Math.cos((2 * Math.PI * Math.min(hertz, 7500)) / RATE)
  let [one, two] = [0, 0]
  return (x) => {
    const y = (1 - radius) * x + turn * one - radius * radius * two
    two = one
    one = y
    return y
  }
}
