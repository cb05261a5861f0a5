import { setTimeout as sleep } from 'node:timers/promises'
import type { APIError } from 'openai'
import { InterestMineError, quote } from '../errors.js'
import type { ChatModel, ChatOptions, ChatRequest, TokenUsage } from '../types/words.js'
import { describeCause, isPermanentFailure } from './connection-errors.js'
import { llmFailure } from './failure.js'
import { readJson } from './reply.js'

/** Milliseconds that a reply may take. */
const TIMEOUT = 60_000
/** Further tries where the server is busy or fails. */
const RETRIES = 3
/** HTTP statuses after which asking again is useless: the key, the address or the model's name is wrong. */
const FATAL = new Set([401, 403, 404])
/** HTTP statuses by which servers refuse a field that they do not know. */
const NOT_UNDERSTOOD = new Set([400, 415, 422])

/**
 * Forms of a request, the strictest first. Where a server does not understand one, the next is tried; the one that it
 * understands is kept.
 */
const REQUEST_FORMS = [
  { schema: true, limit: 'max_tokens' },
  // Reasoning models take no temperature.
  { schema: true, limit: 'max_completion_tokens' },
  { schema: false, limit: 'max_tokens' },
] as const
/** Tokens for reasoning, beside those of the reply. */
const REASONING_TOKENS = 2000

/**
 * Opens a language model behind an OpenAI-compatible endpoint. Where the server is busy or fails, it waits (as long as
 * the server says, or longer each time) and asks again. Where the server does not understand the request, it is asked
 * in other forms, at last with the schema in the prompt. Fails with BAD_OPTION where the address, the model's name or
 * `perMinute` is wrong. `complete` fails with LLM_FAILED, whose details hold the reason and the tokens used.
 */
export async function openChat(options: ChatOptions): Promise<ChatModel> {
  const { model, key, timeout = TIMEOUT, retries = RETRIES, perMinute } = options
  const url = readUrl(options.url)
  if (typeof model !== 'string' || model === '') {
    throw new InterestMineError('BAD_OPTION', 'a model must be named', { option: 'model' })
  }
  const { OpenAI, APIConnectionTimeoutError, APIError } = await import('openai')
  const client = new OpenAI({
    baseURL: url,
    // Never left out: the client would then take OPENAI_API_KEY from the environment and send it to this server.
    apiKey: key ?? 'none',
    organization: null,
    project: null,
    timeout,
    maxRetries: retries,
    logLevel: 'off',
  })
  const pace = createPace(perMinute)
  let form = 0
  const send = async (request: ChatRequest, { schema, limit }: (typeof REQUEST_FORMS)[number]) => {
    // The client leaves listeners on the signal that it is given, so each question gets a signal of its own.
    request.signal?.throwIfAborted()
    const stop = new AbortController()
    const relay = () => stop.abort()
    request.signal?.addEventListener('abort', relay)
    let permanent: unknown = null
    const asked = client
      .withOptions({
        fetch: (input, init) =>
          fetch(input, init).catch((error) => {
            // The client would wait and ask again although no server is there.
            if (isPermanentFailure(error)) {
              permanent = error
              stop.abort()
            }
            throw error
          }),
      })
      .chat.completions.create(
        {
          model,
          messages: [
            { role: 'system', content: schema ? request.system : describeSchema(request) },
            { role: 'user', content: request.user },
          ],
          ...(schema
            ? {
                response_format: {
                  type: 'json_schema',
                  json_schema: { name: 'reply', strict: true, schema: request.schema },
                },
              }
            : {}),
          ...(limit === 'max_tokens'
            ? { temperature: 0, max_tokens: request.maxTokens }
            : { max_completion_tokens: request.maxTokens + REASONING_TOKENS }),
        },
        { signal: stop.signal },
      )
    try {
      return await asked
    } catch (error) {
      throw permanent ?? error
    } finally {
      request.signal?.removeEventListener('abort', relay)
    }
  }
  const translate = (error: unknown): unknown => {
    const { origin, pathname } = new URL(url)
    const who = `the language model at ${origin}${pathname}`
    if (error instanceof APIConnectionTimeoutError) {
      return llmFailure('timeout', `${who} gave no answer in ${timeout} ms`, { cause: error })
    }
    const permanent = isPermanentFailure(error)
    if (!permanent && !(error instanceof APIError)) {
      return llmFailure('http', `${who} gave an answer that could not be read`, { cause: error })
    }
    const { status } = error as Partial<APIError>
    if (status === undefined) {
      const why = describeCause(error)
      const message = `${who} could not be reached${why === null ? '' : `: ${why}`}`
      return llmFailure('http', permanent ? `${message}; check the address` : message, {
        fatal: permanent,
        cause: error,
      })
    }
    // The server's own message is left out: it is untrusted, and may repeat the key.
    const fatal = FATAL.has(status)
    const why = status === 404 ? `; check the address and the model ${quote(model)}` : '; check the key'
    return llmFailure('http', `${who} answered with status ${status}${fatal ? why : ''}`, { fatal, cause: error })
  }
  return {
    id: model,
    async complete(request) {
      await pace(request.signal)
      for (let tried = form; ; tried++) {
        try {
          const completion = await send(request, REQUEST_FORMS[tried])
          form = tried
          return readCompletion(completion)
        } catch (error) {
          const other = error instanceof APIError && NOT_UNDERSTOOD.has(error.status as number)
          if (other && tried + 1 < REQUEST_FORMS.length) continue
          throw error instanceof InterestMineError ? error : translate(error)
        }
      }
    },
  }
}

function readUrl(text: unknown): string {
  const url = typeof text === 'string' && URL.canParse(text) ? new URL(text) : null
  if (url && /^https?:$/.test(url.protocol) && url.username === '') return url.href.replace(/\/$/, '')
  const message = `${quote(text)} is no address of a language model; write one such as http://127.0.0.1:11434/v1`
  throw new InterestMineError('BAD_OPTION', message, { option: 'llm-url' })
}

/** The system prompt with the reply's schema in words, for servers that take no schema. */
function describeSchema({ system, schema }: ChatRequest): string {
  return `${system}\n\nAnswer with one JSON object and nothing else. Its JSON schema: ${JSON.stringify(schema)}`
}

/** The part of a completion that is read. Servers may leave any of it out. */
interface Completion {
  choices?: { finish_reason?: string | null; message?: { content?: string | null; refusal?: string | null } }[]
  usage?: { prompt_tokens?: number; completion_tokens?: number }
}

function readCompletion(completion: Completion): { value: unknown; usage: TokenUsage } {
  const [choice] = completion?.choices ?? []
  const { content, refusal } = choice?.message ?? {}
  const count = (n: unknown) => (typeof n === 'number' && n >= 0 ? n : 0)
  const usage = { input: count(completion?.usage?.prompt_tokens), output: count(completion?.usage?.completion_tokens) }
  if (refusal || choice?.finish_reason === 'content_filter') {
    throw llmFailure('refused', 'the model refused to answer', { usage })
  }
  if (choice?.finish_reason === 'length') throw llmFailure('truncated', 'the reply was cut off', { usage })
  return { value: readJson(typeof content === 'string' ? content : '', usage), usage }
}

/**
 * A function that waits so that requests start at least 60 / `perMinute` seconds apart. Fails with BAD_OPTION where
 * `perMinute` is not above 0.
 */
function createPace(perMinute: number | undefined): (signal?: AbortSignal) => Promise<void> {
  if (perMinute === undefined) return async () => undefined
  if (!(perMinute > 0)) {
    throw new InterestMineError('BAD_OPTION', 'questions a minute must be more than 0', { option: 'perMinute' })
  }
  let next = 0
  return async (signal) => {
    const now = performance.now()
    const start = Math.max(now, next)
    next = start + 60_000 / perMinute
    if (start > now) await sleep(start - now, undefined, { signal })
  }
}
