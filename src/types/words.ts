import type { Language } from './answers.js'
import type { Progress } from './options.js'

/** Why a model's answer was not taken, or there was none. The set is closed (docs/llm.md says what each means). */
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

export type Refusal = (typeof REFUSALS)[number]

export interface TokenUsage {
  input: number
  output: number
}

export interface ChatRequest {
  system: string
  user: string
  /** JSON schema of the reply: an object. */
  schema: Record<string, unknown>
  /** Tokens of the reply at most. */
  maxTokens: number
  signal?: AbortSignal
}

/**
 * A language model that answers in JSON. `id` tells it from others: replies are kept under it. A failure is an
 * InterestMineError LLM_FAILED whose `details.reason` is a Refusal; `details.fatal` says that asking on is of no use.
 */
export interface ChatModel {
  id: string
  complete(request: ChatRequest): Promise<{ value: unknown; usage: TokenUsage }>
  /** Lets go of what it holds. */
  close?(): Promise<void>
}

export interface ChatOptions {
  /** Base of an OpenAI-compatible endpoint, such as http://127.0.0.1:11434/v1. */
  url: string
  model: string
  /** Sent as a bearer token; none by default. */
  key?: string
  /** Of one try, milliseconds. Default 60,000. */
  timeout?: number
  /** After the first try, where the server is busy (429), failed (5xx) or was not reached. Default 3. */
  retries?: number
  /** Questions a minute at most. Default: no limit. */
  perMinute?: number
}

export interface LocalModelOptions {
  /** A GGUF file. */
  file: string
  /** Threads; default 1. */
  threads?: number
}

/** A reply as it is kept, so that nothing is asked twice. */
export interface KeptReply {
  /** Name and version of the prompt. */
  prompt: string
  model: string
  /** Ids of the items it is about. */
  items: string[]
  /** As the schema of the prompt has it; null where none came that fits it. */
  value: unknown
  /** Null: accepted. */
  refused: Refusal | null
}

/** What asking takes and gives. */
export interface AskOptions {
  model: ChatModel
  /** Language of the reply; default: the catalogue's. */
  language?: Language
  signal?: AbortSignal
}

export interface NameOptions extends Omit<AskOptions, 'language'> {
  /** One user; default: all. */
  user?: string
  /** Users at most, in the order in which they came. */
  limit?: number
  /** Tokens at most, of questions and replies together. */
  budget?: number
  /** Count what would be asked, ask nothing. */
  dryRun?: boolean
  onProgress?: (progress: Progress) => void
}

export interface NamedInterest {
  user: string
  interest: string
  /** The name by words of the evidence. */
  label: string
  /** What the model proposed; null where no proposal came. */
  proposed: string | null
  /** Null: accepted. */
  refused: Refusal | null
}

/** What naming did. Every interest looked at was `held`, `cached`, `asked` or is `left`. */
export interface NameReport {
  model: string
  prompt: string
  dryRun: boolean
  users: number
  /** Named groups (points and pairs) of these users, less those that they renamed themselves. */
  interests: number
  /** Of these, those that bear a name by this model now. */
  named: number
  /** Bore one already that still holds. */
  held: number
  /** The reply was kept from before, accepted or refused. */
  cached: number
  asked: number
  /** Not asked: for want of budget, or in a dry run. */
  left: number
  /** Refused now, by reason. */
  refused: Partial<Record<Refusal, number>>
  /** Of the questions and replies; in a dry run, about what would be needed. */
  tokens: TokenUsage
  /** The first 1,000 that a reply was there for. */
  results: NamedInterest[]
}

/** A text by a model, or the one made in code where the model's was refused. */
export interface Worded {
  textSource: 'words' | 'llm'
  refused: Refusal | null
  /** True where the reply was kept from before. */
  cached: boolean
  tokens: TokenUsage
}

export interface ProfileDescription extends Worded {
  user: string
  /** Two sentences; each cites items of the history. */
  sentences: { text: string; evidence: string[] }[]
}

export interface EnrichedItem extends Worded {
  item: string
  text: string
}

export interface ExpandedPhrase extends Worded {
  phrase: string
  /** Related phrases, 3 to 6; none where refused. */
  phrases: string[]
}

export interface PhrasedReason extends Worded {
  user: string
  item: string
  reason: string
}
