import { readFileSync } from 'node:fs'
import { Tokenizer } from '@huggingface/tokenizers'
import { InterestMineError } from '../errors.js'
import { openUnigram, type ReadWord, type TokenizerDefinition } from './unigram.js'

/** Tokens of a text, special ones included. */
export interface Tokens {
  /** Ids in order; an unknown token has the id `unknownId`. */
  ids: number[]
  /** How many of them the vocabulary does not know. */
  unknown: number
}

/** Turns a text into tokens. */
export type Tokenize = (text: string) => Tokens

/** A tokenizer that was read from a file. */
export interface LoadedTokenizer {
  tokenize: Tokenize
  /** Id of the token for what the vocabulary does not know; -1: there is none. */
  unknownId: number
  /**
   * A quicker way to tokenize single words, built when asked for; null where there is none for this kind of tokenizer.
   */
  openWordReader(): ReadWord | null
  /** Ids are below this: the vocabulary's size, special tokens included. */
  size: number
  /** The text of a token; '' for a special one. */
  textOf(id: number): string
}

/**
 * Reads a `tokenizer.json` (Hugging Face form) and its configuration. The tokenizer never pads, and cuts at `maxTokens`
 * tokens but keeps the closing special token. Fails with BAD_MODEL where a file cannot be read.
 */
export function loadTokenizer(file: string, configFile: string, maxTokens: number): LoadedTokenizer {
  let tokenizer: Tokenizer
  let definition: TokenizerDefinition
  try {
    definition = JSON.parse(readFileSync(file, 'utf8'))
    tokenizer = new Tokenizer(
      { ...definition, padding: null, truncation: null },
      JSON.parse(readFileSync(configFile, 'utf8')),
    )
  } catch (cause) {
    throw new InterestMineError('BAD_MODEL', `${file} is no tokenizer that can be read`, { file }, cause)
  }
  const { unk_id: unkId, unk_token: unkToken } = definition.model ?? {}
  const unknownId = unkId ?? (unkToken === undefined ? -1 : (tokenizer.token_to_id(unkToken) ?? -1))
  return {
    tokenize(text) {
      let ids = tokenizer.encode(text).ids
      if (ids.length > maxTokens) ids = [...ids.slice(0, maxTokens - 1), ids[ids.length - 1]]
      let unknown = 0
      for (const id of ids) if (id === unknownId) unknown++
      return { ids, unknown }
    },
    unknownId,
    openWordReader: () => openUnigram(definition),
    size: Math.max(...tokenizer.get_vocab().values()) + 1,
    textOf: (id) => tokenizer.decode([id], { skip_special_tokens: true }).replace(/^##/, ''),
  }
}
