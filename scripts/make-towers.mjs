/**
 * Makes fixtures/towers, a toy model of a joint space: words, pictures of coloured shapes with patterns, and sounds.
 * Everything follows from seeds, so the same versions of Node.js and ONNX Runtime give the same bytes:
 *
 *     npm run build && node scripts/make-towers.mjs
 *
 * It is for tests alone: it knows the pictures and sounds of fixtures/ and nothing of the world.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import ort from 'onnxruntime-node'
import { createFeatures } from '../dist/encode/features.js'
import { toTensor } from '../dist/encode/pixels.js'
import { cutWindows } from '../dist/encode/windows.js'
import { encodeGraph } from '../dist/vectors/onnx-graph.js'
import {
  allPictures,
  COLOURS,
  captionOf,
  drawPicture,
  generator,
  PATTERNS,
  SHAPES,
  SIDE,
} from '../fixtures/pictures.mjs'
import { allSounds, describeSound, KINDS, makeSound, PITCHES, RATE } from '../fixtures/sounds.mjs'
import { filesOf, sealFiles } from './seal.mjs'
import { fitTowers } from './towers/contrast.mjs'
import { headOf, pictureFeatures, soundFeatures, wordsGraph } from './towers/graphs.mjs'

/**
 * @import { AudioTower, ImageTower } from '../dist/encode/tower-manifest.js'
 */

const DIMS = 32
const OUT = fileURLToPath(new URL('../fixtures/towers', import.meta.url))
const PICTURES_OF_EACH = 14
const SOUNDS_OF_EACH = 60

const TEXT = {
  model: 'text.onnx',
  tokenizer: 'tokenizer.json',
  tokenizerConfig: 'tokenizer_config.json',
  dims: DIMS,
  maxTokens: 64,
  pooling: 'mean',
  prefixes: { query: '', passage: '' },
}
/** @type {Omit<ImageTower, 'background'>} */
const IMAGE = {
  model: 'image.onnx',
  input: 'pixels',
  output: 'embeds',
  dims: DIMS,
  size: SIDE,
  resize: 'exact',
  interpolation: 'bilinear',
  rescale: 1 / 255,
  mean: [0.5, 0.5, 0.5],
  std: [0.5, 0.5, 0.5],
  channels: 'rgb',
  layout: 'nchw',
}
/** @type {AudioTower} */
const AUDIO = {
  model: 'audio.onnx',
  input: 'spectrum',
  output: 'embeds',
  dims: DIMS,
  sampleRate: RATE,
  window: 1,
  hop: 0.5,
  most: 30,
  padding: 'repeat',
  normalise: 'peak',
  features: {
    kind: 'mel',
    fft: 512,
    hop: 256,
    bands: 32,
    from: 50,
    to: 8000,
    scale: 'slaney',
    norm: 'slaney',
    log: 'db',
    floor: 1e-6,
    centre: true,
  },
  shape: [1, 1, 'frames', 'bands'],
}

/** Chinese is read by characters, as the tokenizer cuts it. */
const wordsIn = (text) => text.match(/\p{Script=Han}|[a-z]+/gu) ?? []
/** @type {Record<string, { words?: string[], zh: string }>[]} */
const THINGS = [PATTERNS, COLOURS, SHAPES, KINDS, PITCHES]
const lexicon = THINGS.flatMap((things) =>
  Object.entries(things).flatMap(([name, { words = [name], zh }]) => [...words, ...wordsIn(zh)]),
)
const VOCABULARY = ['[PAD]', '[UNK]', ...new Set(lexicon)]
const idOf = new Map(VOCABULARY.map((word, id) => [word, id]))
const idsOf = (text) => wordsIn(text).map((word) => idOf.get(word))

const random = generator(11)
const table = Float32Array.from({ length: VOCABULARY.length * DIMS }, () => (random() * 2 - 1) * 0.3)
const learn = (settings) => fitTowers({ table, dims: DIMS, seed: 5, ...settings })

const pictures = Array.from({ length: PICTURES_OF_EACH }, () => allPictures()).flat()
const image = await makeTower({
  input: 'pixels',
  filters: pictureFeatures(),
  inputs: pictures.map((one) => [
    toTensor({ data: drawPicture(one, random), width: SIDE, height: SIDE }, { ...IMAGE, background: [255, 255, 255] }),
  ]),
  learning: {
    epochs: 50,
    say: (i, chance) => idsOf(sayPicture(pictures[i], chance)),
    isTrue: holdsFor(
      pictures.map((one) => `${PATTERNS[one.pattern].words.join(' ')} ${captionOf(one)} ${captionOf(one, 'zh')}`),
    ),
  },
})
const sounds = Array.from({ length: SOUNDS_OF_EACH }, () => allSounds()).flat()
const toSpectrum = createFeatures(AUDIO, null)
const audio = await makeTower({
  input: 'spectrum',
  filters: soundFeatures(),
  inputs: await Promise.all(
    sounds.map((one) =>
      Promise.all(cutWindows({ samples: makeSound(one, random), rate: RATE }, AUDIO).map(toSpectrum)),
    ),
  ),
  learning: {
    epochs: 30,
    say: (i, chance) => idsOf(saySound(sounds[i], chance)),
    isTrue: holdsFor(sounds.map((one) => `${describeSound(one)} ${describeSound(one, 'zh')}`)),
  },
})

mkdirSync(OUT, { recursive: true })
const write = (name, content) => writeFileSync(join(OUT, name), content)
write(IMAGE.model, image)
write(AUDIO.model, audio)
write(TEXT.model, encodeGraph(wordsGraph(table, DIMS)))
write(TEXT.tokenizer, `${JSON.stringify(makeTokenizer(), null, 1)}\n`)
write(TEXT.tokenizerConfig, `${JSON.stringify({ tokenizer_class: 'BertTokenizer', unk_token: '[UNK]' })}\n`)
const towers = { text: TEXT, image: IMAGE, audio: AUDIO }
const manifest = {
  format: 2,
  id: 'toy-towers',
  joint: true,
  languages: ['en', 'zh'],
  licence: 'Apache-2.0',
  source: 'scripts/make-towers.mjs',
  towers,
  files: sealFiles(OUT, filesOf({ towers })),
}
write('manifest.json', `${JSON.stringify(manifest, null, 2)}\n`)

/** Bytes of a model: the filters, and what was learnt over what they give. `inputs`: of each sample, one or more. */
async function makeTower({ input, filters: { weights, nodes }, inputs, learning }) {
  const graph = { inputs: { [input]: 4 }, outputs: { features: 2 }, weights, nodes }
  const session = await ort.InferenceSession.create(encodeGraph(graph))
  const features = []
  for (const [{ data, dims }] of inputs) {
    const found = await session.run({ [input]: new ort.Tensor('float32', data, dims) })
    features.push(found.features.data)
  }
  const head = headOf(learn({ features, ...learning }))
  return encodeGraph({
    inputs: graph.inputs,
    outputs: { embeds: 2 },
    weights: { ...weights, ...head.weights },
    nodes: [...nodes, ...head.nodes],
  })
}

/** Whether words hold for sample i, of which all that is true is said in `truths`. */
function holdsFor(truths) {
  const known = truths.map((truth) => new Set(idsOf(truth)))
  return (ids, i) => ids.every((id) => known[i].has(id))
}

/** The pattern always, colour and shape at times: "dots", "red checked circle", "蓝色条纹". */
function sayPicture({ pattern, colour, shape }, chance) {
  const [withColour, withShape] = [chance() < 0.6, chance() < 0.6]
  if (chance() < 0.35) {
    return `${withColour ? COLOURS[colour].zh : ''}${PATTERNS[pattern].zh}${withShape ? SHAPES[shape].zh : ''}`
  }
  const word = PATTERNS[pattern].words[chance() < 0.5 ? 0 : 1]
  return `${withColour ? colour : ''} ${word} ${withShape ? shape : ''}`
}

/** What kind of sound, how high, or both. */
function saySound({ kind, pitch }, chance) {
  const [all, chinese] = [chance(), chance() < 0.35]
  const [how, what] = chinese ? [PITCHES[pitch].zh, KINDS[kind].zh] : [pitch, kind]
  return `${all < 0.85 ? how : ''} ${all > 0.15 ? what : ''}`
}

/** Whole words, and Chinese by characters. */
function makeTokenizer() {
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: [],
    normalizer: { type: 'BertNormalizer', clean_text: true, handle_chinese_chars: true, lowercase: true },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: null,
    decoder: null,
    model: {
      type: 'WordPiece',
      unk_token: '[UNK]',
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
      vocab: Object.fromEntries(idOf),
    },
  }
}
