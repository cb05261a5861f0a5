import { z } from 'zod'
import type { Refusal, TokenUsage } from '../types/words.js'
import { llmFailure } from './failure.js'

/** Longer replies are cut, and are then no JSON. */
const MOST_CHARACTERS = 20_000

/**
 * Parses the JSON value in a model's text: alone, in a code fence, or after reasoning that ends with </think>. Fails
 * with LLM_FAILED and reason `not-json`; `usage` goes into the error.
 */
export function readJson(text: string, usage?: TokenUsage): unknown {
  const said = text
    .slice(0, MOST_CHARACTERS)
    .replace(/^[\s\S]*<\/think>/, '')
    .trim()
  for (const part of [said, /^```(?:json)?\s*([\s\S]*?)\s*```$/.exec(said)?.[1]]) {
    if (part === undefined) continue
    try {
      return JSON.parse(part)
    } catch {
      // Not in this form; try the next.
    }
  }
  throw llmFailure('not-json', 'the model did not answer in JSON', { usage })
}

/**
 * Checks a reply against the JSON schema of its question. Returns null where it fits, else `unknown-id` (not one of the
 * allowed values), `too-long` (a text) or `schema`.
 */
export function checkReply(value: unknown, schema: Record<string, unknown>): Refusal | null {
  const { success, error } = z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0]).safeParse(value)
  if (success) return null
  const [issue] = error.issues
  if (issue.code === 'invalid_value') return 'unknown-id'
  if (issue.code === 'too_big' && issue.origin === 'string') return 'too-long'
  return 'schema'
}
