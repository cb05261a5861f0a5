import { z } from 'zod'
import type { Refusal, TokenUsage } from '../types/words.js'
import { llmFailure } from './failure.js'

/** A reply longer than this is none. */
const MOST_CHARACTERS = 20_000

/** The JSON object in a model's text: alone, in a fence, or behind its thoughts. Fails with LLM_FAILED `not-json`. */
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
      // The next form may be it.
    }
  }
  throw llmFailure('not-json', 'the model did not answer in JSON', { usage })
}

/** Checks a reply against the schema of its question; null: it fits. */
export function checkReply(value: unknown, schema: Record<string, unknown>): Refusal | null {
  const { success, error } = z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0]).safeParse(value)
  if (success) return null
  const [issue] = error.issues
  if (issue.code === 'invalid_value') return 'unknown-id'
  if (issue.code === 'too_big' && issue.origin === 'string') return 'too-long'
  return 'schema'
}
