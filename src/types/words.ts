import type { Language } from './answers.js'
import type { Progress } from './options.js'

/**
 * Why a language model's reply was not used, or why there was none. The set is closed; docs/llm.md says what each
 * means.
 */
export const REFUSALS = [
  'timeout',
  'http',
  'failed',
  'refused',
  'truncated',
  'not-json',
  'schema',
  'unknown-id',
  'too-long',
  'unsafe',
  'forbidden',
  'script',
  'single-title',
  'prompt-words',
  'unsupported',
  'uncounted',
  'too-wide',
  'duplicate',
  'budget',
] as const

/** One of `REFUSALS`. */
export type Refusal = (typeof REFUSALS)[number]

/** Tokens that a language model read and wrote. */
export interface TokenUsage {
  /** Tokens of questions. */
  input: number
  /** Tokens of replies. */
  output: number
}

/** One question to a language model. */
export interface ChatRequest {
  /** System message. */
  system: string
  /** User message. */
  user: string
  /** JSON schema of the reply, which is an object. */
  schema: Record<string, unknown>
  /** Most tokens of the reply. */
  maxTokens: number
  signal?: AbortSignal
}

/** A language model that replies in JSON. */
export interface ChatModel {
  /** Identifies the model; replies are kept under it. */
  id: string
  /**
   * Asks one question. `value` is the parsed reply. A failure should be an InterestMineError LLM_FAILED whose
   * `details.reason` is a Refusal; `details.fatal` says that further questions would fail too.
   */
  complete(request: ChatRequest): Promise<{ value: unknown; usage: TokenUsage }>
  /** Releases its memory and connections. */
  close?(): Promise<void>
}

/** Options of `openChat`. */
export interface ChatOptions {
  /** Base of an OpenAI-compatible endpoint, such as http://127.0.0.1:11434/v1. */
  url: string
  /** Name of the model at the endpoint. */
  model: string
  /** Sent as a bearer token; none by default. */
  key?: string
  /** Milliseconds for one try. Default 60,000. */
  timeout?: number
  /** Tries after the first one, where the server is busy (429), failed (5xx) or was not reached. Default 3. */
  retries?: number
  /** Most questions a minute. Default: no limit. */
  perMinute?: number
}

/** Options of `openLocalModel`. */
export interface LocalModelOptions {
  /** Path of a GGUF file. */
  file: string
  /** Number of threads; default 1. */
  threads?: number
}

/** A reply as the store keeps it, so that no question is asked twice. */
export interface KeptReply {
  /** Name and version of the prompt, as in "name-interest@3". */
  prompt: string
  /** Id of the model. */
  model: string
  /** Ids of the items that the question was about. */
  items: string[]
  /** The reply, in the form of the prompt's schema; null where no reply fitted it. */
  value: unknown
  /** Null: accepted. */
  refused: Refusal | null
}

/** Options of the methods that ask a language model for a text. */
export interface AskOptions {
  model: ChatModel
  /** Language of the reply; default: that of most of the catalogue's texts. */
  language?: Language
  signal?: AbortSignal
}

/** Options of `Miner.nameInterests`. */
export interface NameOptions extends Omit<AskOptions, 'language'> {
  /** Id of the one user whose interests are named; default: all users. */
  user?: string
  /** Most users, in the order in which they came to the store. */
  limit?: number
  /** Most tokens, of questions and replies together. */
  budget?: number
  /** Only count what would be asked. */
  dryRun?: boolean
  onProgress?: (progress: Progress) => void
}

/** What became of the name of one interest. */
export interface NamedInterest {
  /** Id of the user. */
  user: string
  /** Id of the interest. */
  interest: string
  /** The name made from the words of the evidence. */
  label: string
  /** The name that the model proposed; null where no proposal came. */
  proposed: string | null
  /** Null: accepted. */
  refused: Refusal | null
}

/** What a run of naming did. Each of the `interests` is counted in one of `held`, `cached`, `asked` and `left`. */
export interface NameReport {
  /** Id of the model. */
  model: string
  /** Name and version of the prompt. */
  prompt: string
  dryRun: boolean
  /** Users looked at. */
  users: number
  /** Named groups (points and pairs) of these users, without those that they renamed themselves. */
  interests: number
  /** Interests that have a name by this model after the run. */
  named: number
  /** Interests that had such a name before, which still fits. */
  held: number
  /** Interests for which a reply was kept from before, accepted or refused. */
  cached: number
  /** Interests that the model was asked about. */
  asked: number
  /** Interests that were not asked about: the budget was too small, or it was a dry run. */
  left: number
  /** Number of refusals of this run, by reason. */
  refused: Partial<Record<Refusal, number>>
  /** Tokens of questions and replies; in a dry run, an estimate of what would be needed. */
  tokens: TokenUsage
  /** The first 1,000 interests that there was a reply for, or that were asked about. */
  results: NamedInterest[]
}

/** Where a text comes from, and what it cost. */
export interface Worded {
  /** 'llm': written by the model; 'words': made in code, because the model's text was refused or nothing was asked. */
  textSource: 'words' | 'llm'
  /** Why the model's text was refused; null where it was not. */
  refused: Refusal | null
  /** Whether the reply was kept from before. */
  cached: boolean
  /** Tokens of this call. */
  tokens: TokenUsage
}

/** Answer of `Miner.describe`: a user's profile in sentences. */
export interface ProfileDescription extends Worded {
  user: string
  /** Two sentences, none where the user has no interests. `evidence`: ids of the items that each rests on. */
  sentences: { text: string; evidence: string[] }[]
}

/** Answer of `Miner.enrichItem`: a text for an item. */
export interface EnrichedItem extends Worded {
  /** Id of the item. */
  item: string
  text: string
}

/** Answer of `Miner.expandPhrase`. */
export interface ExpandedPhrase extends Worded {
  phrase: string
  /** Related phrases, 3 to 6; none where refused. */
  phrases: string[]
}

/** Answer of `Miner.phraseReason`: why an item suits a user, in a sentence. */
export interface PhrasedReason extends Worded {
  user: string
  /** Id of the item. */
  item: string
  reason: string
}
