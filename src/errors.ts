/** Every code a failure may carry. The set is closed: scripts may switch on it. */
export const ERROR_CODES = [
  'NO_STORE',
  'STORE_BUSY',
  'STORE_DAMAGED',
  'STORE_TOO_NEW',
  'UNKNOWN_ITEM',
  'UNKNOWN_INTEREST',
  'BAD_INPUT',
  'BAD_OPTION',
  'BAD_MODEL',
  'ENCODER_MISMATCH',
  'NO_TEXT',
  'NO_RUNTIME',
  'LIMIT',
  'BUDGET_SPENT',
  'LLM_FAILED',
  'INTERRUPTED',
  'CLOSED',
  'INTERNAL',
] as const

export type ErrorCode = (typeof ERROR_CODES)[number]

/**
 * The one error class of this package. `message` says what, where, the value, and what to do next, in one line.
 * `details` repeats the parts for programs: `file`, `line`, `field`, `value`, `near` …
 */
export class InterestMineError extends Error {
  readonly code: ErrorCode
  readonly details: Record<string, unknown>

  constructor(code: ErrorCode, message: string, details: Record<string, unknown> = {}, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'InterestMineError'
    this.code = code
    this.details = details
  }

  toJSON(): { code: ErrorCode; message: string } {
    return { ...this.details, code: this.code, message: this.message }
  }
}

/** Shows an untrusted value inside a message: quoted, one line, at most `max` characters. */
export function quote(value: unknown, max = 60): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value))
  const line = text.replace(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]+/g, ' ')
  return `"${line.length > max ? `${line.slice(0, max)}…` : line}"`
}
export function interruption(): InterestMineError {
  return new InterestMineError('INTERRUPTED', 'stopped; what was finished is kept, and the next run resumes')
}
