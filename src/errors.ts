/** All codes of `InterestMineError`. The set is closed: scripts may switch on it. */
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

/** One of `ERROR_CODES`. */
export type ErrorCode = (typeof ERROR_CODES)[number]

/**
 * The only error class of this package. `message` says in one line what is wrong, where, with which value, and what to
 * do next.
 */
export class InterestMineError extends Error {
  readonly code: ErrorCode
  /** The parts of the message for programs: `file`, `line`, `field`, `option`, `value`, `near` … */
  readonly details: Record<string, unknown>

  /** `cause`: the error that led to this one, if any. */
  constructor(code: ErrorCode, message: string, details: Record<string, unknown> = {}, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'InterestMineError'
    this.code = code
    this.details = details
  }

  /** The error as a JSON object: its details, with code and message beside them. */
  toJSON(): { code: ErrorCode; message: string } {
    return { ...this.details, code: this.code, message: this.message }
  }
}

/**
 * An untrusted value for use inside a message: in double quotes, on one line, without control and invisible characters,
 * cut after `max` characters. What is not a string is written as JSON.
 */
export function quote(value: unknown, max = 60): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value))
  const line = text.replace(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]+/g, ' ')
  return `"${line.length > max ? `${line.slice(0, max)}…` : line}"`
}

/** The error INTERRUPTED of work that was stopped by a signal. */
export function interruption(): InterestMineError {
  return new InterestMineError('INTERRUPTED', 'stopped; what was finished is kept, and the next run resumes')
}
