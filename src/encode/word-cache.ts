import type { LoadedTokenizer, Tokenize, Tokens } from './tokenizer.js'

/** Words whose tokens are remembered; then they are forgotten and met anew. Far more than a catalogue uses often. */
const MOST_WORDS = 100_000
/** A longer run without a space is hardly met twice. */
const LONGEST_WORD = 40

/**
 * The tokens that `tokenize` gives of a text with single spaces, for tokenizers that read each word between them by
 * itself, which is some ten times as fast: a word's tokens are remembered. What `tokenize` puts around every text stays around it.
 */
export function cacheWords({ tokenize, openWordReader, unknownId }: LoadedTokenizer, maxTokens: number): Tokenize {
  const readWord = openWordReader()
  const around = tokenize('').ids
  const before = Math.ceil(around.length / 2)
  const after = around.length - before
  const known = new Map<string, Tokens>()
  const readNew = (word: string): Tokens => {
    const quick = readWord?.(word)
    if (quick) return { ids: quick, unknown: quick.reduce((sum, id) => sum + Number(id === unknownId), 0) }
    const { ids, unknown } = tokenize(word)
    return { ids: ids.slice(before, ids.length - after), unknown }
  }
  const read = (word: string): Tokens => {
    const cached = known.get(word)
    if (cached) return cached
    const tokens = readNew(word)
    if (word.length > LONGEST_WORD) return tokens
    if (known.size >= MOST_WORDS) known.clear()
    known.set(word, tokens)
    return tokens
  }
  return (text) => {
    const ids = around.slice(0, before)
    let unknown = 0
    for (const word of text.split(' ')) {
      if (word === '') continue
      const tokens = read(word)
      unknown += tokens.unknown
      for (const id of tokens.ids) ids.push(id)
      if (ids.length > maxTokens) break
    }
    ids.length = Math.min(ids.length, maxTokens - after)
    for (let i = before; i < around.length; i++) ids.push(around[i])
    return { ids, unknown }
  }
}
