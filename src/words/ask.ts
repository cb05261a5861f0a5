import { InterestMineError } from '../errors.js'
import { hashText } from '../hash.js'
import type { Host } from '../host.js'
import { askModel, countTokens } from '../llm/ask.js'
import { fillPrompt, type Prompt, promptId } from '../llm/template.js'
import type { Store } from '../store/store.js'
import type { Language } from '../types/answers.js'
import type { ChatModel, ChatRequest, Refusal, TokenUsage, Worded } from '../types/words.js'

/** What asking a language model needs of the miner. */
export type ModelHost = Pick<Host, 'store' | 'load' | 'readUser'>

/** A prompt with what fills it. */
export interface ModelQuestion {
  prompt: Prompt
  inputs: Record<string, string>
  /** Ids of the lines that a reply may cite. */
  ids: string[]
  /** Catalogue ids of the items that the reply will be about. */
  items: string[]
  /** Store key of the user it is about; null: nobody. */
  user: number | null
}

export interface Answered {
  /** Fits the prompt's schema; null where none came that does. */
  value: unknown
  /** Null: the reply holds. */
  refused: Refusal | null
  cached: boolean
  /** Why the model was not reached; null: it answered. */
  failure: string | null
  tokens: TokenUsage
}

const NO_TOKENS: TokenUsage = { input: 0, output: 0 }

/** Languages as prompts name them. */
export const LANGUAGES: Record<Language, string> = { en: 'English', zh: 'Chinese' }

export function askerOf(prompt: Prompt, model: ChatModel): string {
  return `${promptId(prompt)} ${model.id}`
}

export function requestOf({ prompt, inputs, ids }: ModelQuestion, signal?: AbortSignal): ChatRequest {
  return { ...fillPrompt(prompt, inputs, ids), signal }
}

/** About what a question and its reply cost, the reply at its longest. */
export function estimateTokens({ system, user, schema, maxTokens }: ChatRequest): TokenUsage {
  return { input: countTokens(system) + countTokens(user) + countTokens(JSON.stringify(schema)), output: maxTokens }
}

/** Stands for a question to a model: the prompt's version, the texts that the model sees, all items it is about. */
function hashQuestion({ prompt, items }: ModelQuestion, request: ChatRequest, model: ChatModel): Uint8Array {
  return hashText(JSON.stringify([askerOf(prompt, model), request.system, request.user, [...items].sort()]))
}

/**
 * A reply that is kept, about this user or another, judged anew: what holds may depend on the user's other interests.
 * Null: none is. `write` false leaves the store as it is.
 */
export async function recall(
  store: Store,
  model: ChatModel,
  question: ModelQuestion,
  judge: (value: unknown) => Refusal | null,
  write = true,
): Promise<Answered | null> {
  const hash = hashQuestion(question, requestOf(question), model)
  const found = await store.findReply(hash, question.user)
  if (!found) return null
  const { reply, own } = found
  const refused = reply.value === null ? reply.refused : judge(reply.value)
  const changed = !own || refused !== reply.refused
  if (write && changed) await store.saveReply(hash, question.user, { ...reply, refused })
  return { value: reply.value, refused, cached: true, failure: null, tokens: NO_TOKENS }
}

/** The reply that is kept, else a new one. */
export async function recallOrAsk(
  store: Store,
  model: ChatModel,
  question: ModelQuestion,
  judge: (value: unknown) => Refusal | null,
  signal?: AbortSignal,
): Promise<Answered> {
  return (await recall(store, model, question, judge)) ?? askAndKeep(store, model, question, judge, signal)
}

/** What is said of a text beside the text. */
export function accountOf({ refused, cached, tokens }: Answered): Worded {
  return { textSource: refused === null ? 'llm' : 'words', refused, cached, tokens }
}

/** Where there is nothing to ask about. */
export const UNASKED: Worded = { textSource: 'words', refused: null, cached: false, tokens: NO_TOKENS }

/** Fails with BAD_OPTION where it is no model. */
export function checkModel(model: unknown): void {
  const { id, complete } = (model ?? {}) as { id?: unknown; complete?: unknown }
  if (typeof id === 'string' && id !== '' && typeof complete === 'function') return
  throw new InterestMineError('BAD_OPTION', 'model must be { id, complete }: openChat and openLocalModel give one', {
    option: 'model',
  })
}

/** Asks, judges and keeps the reply, unless the model was not reached. Fails as `ask` does. */
export async function askAndKeep(
  store: Store,
  model: ChatModel,
  question: ModelQuestion,
  judge: (value: unknown) => Refusal | null,
  signal?: AbortSignal,
): Promise<Answered> {
  const request = requestOf(question, signal)
  const { value, refused: broken, failure, tokens } = await askModel(model, request)
  const refused = broken ?? judge(value)
  if (failure === null) {
    const { prompt, items, user } = question
    const reply = { prompt: promptId(prompt), model: model.id, items, value, refused }
    await store.saveReply(hashQuestion(question, request, model), user, reply)
  }
  return { value, refused, cached: false, failure, tokens }
}
