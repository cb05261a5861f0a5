import { readFileSync } from 'node:fs'
import { InterestMineError } from '../errors.js'
import { normalise } from '../vectors/matrix.js'
import type { EncoderCore } from './encoder-core.js'
import type { Manifest } from './manifest.js'
import { readTable, sumRows } from './token-table.js'
import { loadTokenizer } from './tokenizer.js'
import { cacheWords } from './word-cache.js'

/**
 * Opens a static encoder: the vector of a text is the sum of the table's rows of its tokens, scaled to unit length.
 * Needs no ONNX Runtime. Fails with BAD_MODEL where the table is broken or has fewer rows than the tokenizer has
 * tokens.
 */
export function openStaticCore(directory: string, manifest: Manifest): EncoderCore {
  const { dims, maxTokens, model, tokenizer, tokenizerConfig, prefixes } = manifest
  const file = `${directory}/${model}`
  const table = readTable(readFileSync(file), dims, file)
  const words = loadTokenizer(`${directory}/${tokenizer}`, `${directory}/${tokenizerConfig}`, maxTokens)
  if (words.size > table.scales.length) {
    const message = `${file} has ${table.scales.length} rows for the ${words.size} tokens of its tokenizer`
    throw new InterestMineError('BAD_MODEL', message, { file })
  }
  const read = cacheWords(words, maxTokens)
  return {
    manifest,
    encodeOne(text, kind, output) {
      const { ids, unknown } = read(prefixes[kind] + text)
      sumRows(table, ids, output)
      normalise(output)
      return { tokens: ids.length, unknown, runMs: 0 }
    },
    async close() {},
  }
}
