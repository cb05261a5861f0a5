import { InterestMineError, quote } from '../errors.js'
import { REFUSALS, type Refusal, type TokenUsage } from '../types/words.js'

/** Details of a failed question. */
interface FailureDetails {
  /** Whether the next question would fail too; false by default. */
  fatal?: boolean
  /** Tokens that the question cost all the same; none by default. */
  usage?: TokenUsage
  cause?: unknown
}

/** The error (LLM_FAILED) for a question that got no reply that can be used. */
export function llmFailure(reason: Refusal, message: string, details: FailureDetails = {}): InterestMineError {
  const { fatal = false, usage = { input: 0, output: 0 }, cause } = details
  return new InterestMineError('LLM_FAILED', message, { reason, fatal, usage }, cause)
}

/**
 * Reason, tokens and message of a failed question. `fatal`: the next one would fail too. Any error is accepted, since a
 * caller's own model may throw anything.
 */
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
    // Other errors of ours mean that a package or a model is missing, which the next question would not change.
    fatal: details.fatal === true || (ours && error.code !== 'LLM_FAILED'),
    usage: (details.usage as TokenUsage | undefined) ?? { input: 0, output: 0 },
    message: ours ? error.message : quote(error instanceof Error ? error.message : String(error), 200),
  }
}
