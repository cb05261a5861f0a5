import { InterestMineError } from '../errors.js'
import type { ChatModel, ChatRequest, Refusal, TokenUsage } from '../types.js'
import { readFailure } from './failure.js'
import { checkReply } from './reply.js'

/** What came of a question. `value` fits the schema, else it is null and `refused` says why. */
export interface Reply {
  value: unknown
  refused: Refusal | null
  /** Why the model was not reached, or broke: another try may do better, so the reply is not worth keeping; else null. */
  failure: string | null
  tokens: TokenUsage
}

const TRANSIENT: ReadonlySet<Refusal> = new Set(['timeout', 'http', 'failed'])

/** Asks once. Fails with INTERRUPTED, and where asking on is of no use: with LLM_FAILED, NO_RUNTIME, BAD_MODEL. */
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

/** About how many tokens a text is: four letters of an alphabet, or one Chinese character, a token. */
export function countTokens(text: string): number {
  const wide = text.match(/[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff]/g)?.length ?? 0
  return wide + Math.ceil((text.length - wide) / 4)
}
