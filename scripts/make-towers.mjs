/**
 * Makes fixtures/towers, a toy model of a joint space: words, pictures of coloured shapes with patterns, and sounds.
 * Everything follows from seeds, so the same versions of Node.js and ONNX Runtime give the same bytes:
 *
 *     npm run build && node scripts/make-towers.mjs
 *
 * It is for tests alone: it knows the pictures of fixtures/pictures.mjs and nothing of the world.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import ort from 'onnxruntime-node'
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
import { filesOf, sealFiles } from './seal.mjs'
import { fitTowers } from './towers/contrast.mjs'
import { headOf, pictureFeatures, wordsGraph } from './towers/graphs.mjs'

const DIMS = 32
const OUT = fileURLToPath(new URL('../fixtures/towers', import.meta.url))

/** Chinese is read by characters, as the tokenizer cuts it. */
const wordsIn = (text) => text.match(/\p{Script=Han}|[a-z]+/gu)
const VOCABULARY = [
  '[PAD]',
  '[UNK]',
  ...new Set([
    ...Object.values(PATTERNS).flatMap(({ words, zh }) => [...words, ...wordsIn(zh)]),
    ...Object.keys(COLOURS),
    ...Object.values(COLOURS).flatMap(({ zh }) => wordsIn(zh)),
    ...Object.keys(SHAPES),
    ...Object.values(SHAPES).flatMap(({ zh }) => wordsIn(zh)),
  ]),
]
const idOf = new Map(VOCABULARY.map((word, id) => [word, id]))
const idsOf = (text) => wordsIn(text).map((word) => idOf.get(word))

const PICTURES_OF_EACH = 14

const random = generator(11)
const pictures = Array.from({ length: PICTURES_OF_EACH }, () => allPictures()).flat()
const { weights, nodes } = pictureFeatures()
const eyes = await ort.InferenceSession.create(
  encodeGraph({ inputs: { pixels: 4 }, outputs: { features: 2 }, weights, nodes }),
)
const features = []
for (const picture of pictures) {
  const { features: found } = await eyes.run({ pixels: tensorOf(drawPicture(picture, random)) })
  features.push(found.data)
}

const table = Float32Array.from({ length: VOCABULARY.length * DIMS }, () => (random() * 2 - 1) * 0.3)
const head = fitTowers({
  features,
  table,
  dims: DIMS,
  epochs: 50,
  seed: 5,
  say: (i, chance) => idsOf(sayPicture(pictures[i], chance)),
  isTrue: (ids, i) => ids.every((id) => knownOf(pictures[i]).has(id)),
})
const image = encodeGraph({
  inputs: { pixels: 4 },
  outputs: { embeds: 2 },
  weights: { ...weights, ...headOf(head).weights },
  nodes: [...nodes, ...headOf(head).nodes],
})

mkdirSync(OUT, { recursive: true })
const write = (name, content) => writeFileSync(join(OUT, name), content)
write('image.onnx', image)
write('text.onnx', encodeGraph(wordsGraph(table, DIMS)))
write('tokenizer.json', `${JSON.stringify(tokenizer(), null, 1)}\n`)
write('tokenizer_config.json', `${JSON.stringify({ tokenizer_class: 'BertTokenizer', unk_token: '[UNK]' })}\n`)
const towers = {
  text: {
    model: 'text.onnx',
    tokenizer: 'tokenizer.json',
    tokenizerConfig: 'tokenizer_config.json',
    dims: DIMS,
    maxTokens: 64,
    pooling: 'mean',
    prefixes: { query: '', passage: '' },
  },
  image: {
    model: 'image.onnx',
    input: 'pixels',
    output: 'embeds',
    dims: DIMS,
    size: SIDE,
    resize: 'exact',
    interpolation: 'bilinear',
    mean: [0.5, 0.5, 0.5],
    std: [0.5, 0.5, 0.5],
  },
}
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

/** Whole words, and Chinese by characters. */
function tokenizer() {
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

/** The pattern always, colour and shape at times: "dots", "red checked circle", "蓝色条纹". */
function sayPicture(picture, chance) {
  const { pattern, colour, shape } = picture
  const [withColour, withShape] = [chance() < 0.6, chance() < 0.6]
  if (chance() < 0.35) {
    return `${withColour ? COLOURS[colour].zh : ''}${PATTERNS[pattern].zh}${withShape ? SHAPES[shape].zh : ''}`
  }
  const word = PATTERNS[pattern].words[chance() < 0.5 ? 0 : 1]
  return `${withColour ? colour : ''} ${word} ${withShape ? shape : ''}`
}

/** Every word that is true of a picture. */
function knownOf({ pattern, colour, shape }) {
  const words = `${PATTERNS[pattern].words.join(' ')} ${colour} ${shape}`
  return new Set(idsOf(`${words} ${captionOf({ pattern, colour, shape }, 'zh')}`))
}

function tensorOf(pixels) {
  const data = new Float32Array(pixels.length)
  for (let at = 0; at < SIDE * SIDE; at++)
    for (let c = 0; c < 3; c++) data[c * SIDE * SIDE + at] = pixels[at * 3 + c] / 127.5 - 1
  return new ort.Tensor('float32', data, [1, 3, SIDE, SIDE])
}
