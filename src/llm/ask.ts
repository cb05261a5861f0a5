import { InterestMineError } from '../errors.js'
import type { ChatModel, ChatRequest, Refusal, TokenUsage } from '../types/words.js'
import { readFailure } from './failure.js'
import { checkReply } from './reply.js'

/**
 * The outcome of one question to a language model. `value` fits the question's schema, or is null and `refused` says
 * why.
 */
export interface Reply {
  value: unknown
  refused: Refusal | null
  /**
   * Message where the model was not reached or broke: another try may succeed, so the reply should not be kept. Else
   * null.
   */
  failure: string | null
  /** Tokens that the question cost, answered or not. */
  tokens: TokenUsage
}

/** Refusals after which another try may succeed. */
const TRANSIENT: ReadonlySet<Refusal> = new Set(['timeout', 'http', 'failed'])

/**
 * Asks a language model once and checks its reply against the request's schema. Fails with INTERRUPTED where the signal
 * is aborted, and with LLM_FAILED, NO_RUNTIME or BAD_MODEL where further questions would fail too.
 */
export async function askModel(model: ChatModel, request: ChatRequest): Promise<Reply> {
  const interrupted = () =>
    request.signal?.aborted ? new InterestMineError('INTERRUPTED', 'stopped while asking the model') : null
  const before = interrupted()
  if (before) throw before
  try {
    const { value, usage } = await model.complete(request)
    const refused = checkReply(value, request.schema)
    return { value: refused === null ? value : null, refused, failure: null, tokens: usage }
  } catch (error) {
    const stopped = interrupted()
    if (stopped) throw stopped
    const { reason, fatal, usage, message } = readFailure(error)
    if (fatal) throw error
    return { value: null, refused: reason, failure: TRANSIENT.has(reason) ? message : null, tokens: usage }
  }
}

/**
 * Estimates the tokens of a text: one for four letters of an alphabet, or for one Chinese, Japanese or Korean
 * character.
 */
export function countTokens(text: string): number {
  const wide = text.match(/[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff]/g)?.length ?? 0
  return wide + Math.ceil((text.length - wide) / 4)
}
