import { InterestMineError } from '../errors.js'
import { hashText } from '../hash.js'
import type { Host } from '../host.js'
import { askModel, countTokens } from '../llm/ask.js'
import { fillPrompt, type Prompt, promptId } from '../llm/template.js'
import type { Store } from '../store/store.js'
import type { Language } from '../types/answers.js'
import type { ChatModel, ChatRequest, Refusal, TokenUsage, Worded } from '../types/words.js'

/** The parts of a miner that asking a language model needs. */
export type ModelHost = Pick<Host, 'store' | 'load' | 'readUser'>

/** A question to a language model: a prompt with its inputs. */
export interface ModelQuestion {
  prompt: Prompt
  /** Text for each input of the prompt, by name. */
  inputs: Record<string, string>
  /** Ids of the lines of evidence that a reply may cite. */
  ids: string[]
  /** Ids of the items that the reply will be about. */
  items: string[]
  /** Store key of the user whom it is about; null where it is about no user. */
  user: number | null
}

/** A reply to a question, from the store or from the model, and whether it may be used. */
export interface JudgedReply {
  /** The reply, in the form of the prompt's schema; null where no reply fitted it. */
  value: unknown
  /** Why it must not be used; null where it may. */
  refused: Refusal | null
  /** Whether it comes from the store. */
  cached: boolean
  /** Message where the model was not reached or broke; null where it replied. */
  failure: string | null
  /** Tokens that were used now. */
  tokens: TokenUsage
}

const NO_TOKENS: TokenUsage = { input: 0, output: 0 }

/** Names of languages in prompts. */
export const LANGUAGES: Record<Language, string> = { en: 'English', zh: 'Chinese' }

/** The prompt's name and version and the model's id, as in "name-interest@3 qwen2.5:7b". */
export function promptAndModel(prompt: Prompt, model: ChatModel): string {
  return `${promptId(prompt)} ${model.id}`
}

/** The request to a model that asks a question. */
export function requestOf({ prompt, inputs, ids }: ModelQuestion, signal?: AbortSignal): ChatRequest {
  return { ...fillPrompt(prompt, inputs, ids), signal }
}

/** Estimates the tokens of a question and of its reply, the latter at its longest. */
export function estimateTokens({ system, user, schema, maxTokens }: ChatRequest): TokenUsage {
  return { input: countTokens(system) + countTokens(user) + countTokens(JSON.stringify(schema)), output: maxTokens }
}

/** Hash of a question to a model: of the prompt's version, the model, the texts that it reads, and the items' ids. */
function hashQuestion({ prompt, items }: ModelQuestion, request: ChatRequest, model: ChatModel): Uint8Array {
  return hashText(JSON.stringify([promptAndModel(prompt, model), request.system, request.user, [...items].sort()]))
}

/**
 * The reply to a question that the store has, the user's own or else another user's; null where it has none. It is
 * judged again, because the result may depend on the user's other interests, and stored for this user if anything
 * changed, unless `write` is false. `judge` says why a reply must not be used, null where it may.
 */
export async function findKeptReply(
  store: Store,
  model: ChatModel,
  question: ModelQuestion,
  judge: (value: unknown) => Refusal | null,
  write = true,
): Promise<JudgedReply | null> {
  const hash = hashQuestion(question, requestOf(question), model)
  const found = await store.findReply(hash, question.user)
  if (!found) return null
  const { reply, own } = found
  const refused = reply.value === null ? reply.refused : judge(reply.value)
  const changed = !own || refused !== reply.refused
  if (write && changed) await store.saveReply(hash, question.user, { ...reply, refused })
  return { value: reply.value, refused, cached: true, failure: null, tokens: NO_TOKENS }
}

/** The reply that the store has (`findKeptReply`), else one by the model (`askAndKeep`, with its errors). */
export async function findOrAsk(
  store: Store,
  model: ChatModel,
  question: ModelQuestion,
  judge: (value: unknown) => Refusal | null,
  signal?: AbortSignal,
): Promise<JudgedReply> {
  return (await findKeptReply(store, model, question, judge)) ?? askAndKeep(store, model, question, judge, signal)
}

/** The part of an answer that says where its text comes from and what it cost. */
export function wordedOf({ refused, cached, tokens }: JudgedReply): Worded {
  return { textSource: refused === null ? 'llm' : 'words', refused, cached, tokens }
}

/** The same for a text made in code because there was nothing to ask about. */
export const NOT_ASKED: Worded = { textSource: 'words', refused: null, cached: false, tokens: NO_TOKENS }

/** Checks that a value is a ChatModel. Fails with BAD_OPTION. */
export function checkModel(model: unknown): void {
  const { id, complete } = (model ?? {}) as { id?: unknown; complete?: unknown }
  if (typeof id === 'string' && id !== '' && typeof complete === 'function') return
  throw new InterestMineError('BAD_OPTION', 'model must be { id, complete }: openChat and openLocalModel give one', {
    option: 'model',
  })
}

/**
 * Asks the model, judges its reply and stores it, accepted or refused, unless the model was not reached. Fails with
 * INTERRUPTED where the signal is aborted, and with LLM_FAILED, NO_RUNTIME or BAD_MODEL where further questions would
 * fail too.
 */
export async function askAndKeep(
  store: Store,
  model: ChatModel,
  question: ModelQuestion,
  judge: (value: unknown) => Refusal | null,
  signal?: AbortSignal,
): Promise<JudgedReply> {
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
