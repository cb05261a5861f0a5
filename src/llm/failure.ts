import { InterestMineError, quote } from '../errors.js'
import { REFUSALS, type Refusal, type TokenUsage } from '../types/words.js'

interface FailureDetails {
  /** The next question would not be answered either. */
  fatal?: boolean
  /** What the question cost all the same. */
  usage?: TokenUsage
  cause?: unknown
}

/** A question that got no answer that can be read. */
export function llmFailure(reason: Refusal, message: string, details: FailureDetails = {}): InterestMineError {
  const { fatal = false, usage = { input: 0, output: 0 }, cause } = details
  return new InterestMineError('LLM_FAILED', message, { reason, fatal, usage }, cause)
}

/** What became of a question that failed. A caller's own model may throw anything. */
export function readFailure(error: unknown): {
  reason: Refusal
  fatal: boolean
  usage: TokenUsage
  message: string
} {
  const ours = error instanceof InterestMineError
  const details: Record<string, unknown> = ours && error.code === 'LLM_FAILED' ? error.details : {}
  return {
    reason: REFUSALS.find((one) => one === details.reason) ?? 'failed',
    // A package or a model that is missing stays missing.
    fatal: details.fatal === true || (ours && error.code !== 'LLM_FAILED'),
    usage: (details.usage as TokenUsage | undefined) ?? { input: 0, output: 0 },
    message: ours ? error.message : quote(error instanceof Error ? error.message : String(error), 200),
  }
}
