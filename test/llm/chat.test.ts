import { getEventListeners } from 'node:events'
import { afterEach, describe, expect, it } from 'vitest'
import type { ChatModel, ChatOptions } from '../../dist/index.js'
import { openChat } from '../../src/llm/chat.js'
import { type ChatServer, type Said, startChatServer } from '../helpers/chat-server.js'

const SCHEMA = { type: 'object', additionalProperties: false, required: ['a'], properties: { a: { type: 'string' } } }
const REQUEST = { system: 'You answer.', user: 'What?', schema: SCHEMA, maxTokens: 50 }
const GOOD: Said = { text: '{"a":"yes"}' }

let server: ChatServer | undefined
afterEach(async () => {
  await server?.close()
})

/** A server that says these one after the other, the last one for ever. */
async function serve(
  said: Said[],
  options: Partial<ChatOptions> = {},
): Promise<{ chat: ChatModel; server: ChatServer }> {
  server = await startChatServer(({ before }) => said[Math.min(before, said.length - 1)])
  return { chat: await openChat({ url: server.url, model: 'tiny', retries: 2, ...options }), server }
}

const failureOf = (chat: ChatModel) =>
  chat.complete(REQUEST).then(
    () => null,
    ({ code, message, details }) => ({ code, message, ...details }),
  )

describe('a chat model', () => {
  it('asks in the protocol and reads value and usage', async () => {
    const { chat, server } = await serve([GOOD])
    expect(await chat.complete(REQUEST)).toEqual({ value: { a: 'yes' }, usage: { input: 3, output: 1 } })
    const [{ body, headers }] = server.asked
    expect(body).toMatchObject({ model: 'tiny', max_tokens: 50, temperature: 0 })
    expect(body.messages.map(({ role, content }) => [role, content])).toEqual([
      ['system', 'You answer.'],
      ['user', 'What?'],
    ])
    expect(body.response_format?.json_schema.schema).toEqual(SCHEMA)
    expect(headers.authorization).toBe('Bearer none')
  })

  it('sends the key it was given, and none of the environment', async () => {
    process.env.OPENAI_API_KEY = 'sk-of-somebody-else'
    process.env.OPENAI_ORG_ID = 'org-else'
    try {
      const { chat, server } = await serve([GOOD])
      await chat.complete(REQUEST)
      expect(JSON.stringify(server.asked[0].headers)).not.toMatch(/else/)
      const keyed = await openChat({ url: server.url, model: 'tiny', key: 'k1' })
      await keyed.complete(REQUEST)
      expect(server.asked[1].headers.authorization).toBe('Bearer k1')
    } finally {
      delete process.env.OPENAI_API_KEY
      delete process.env.OPENAI_ORG_ID
    }
  })

  it.each([
    ['a fence', '```json\n{"a":"yes"}\n```'],
    ['thoughts in front', '<think>{"a": "no"} hm</think>\n{"a":"yes"}'],
  ])('reads JSON behind %s', async (_, text) => {
    const { chat } = await serve([{ text }])
    expect((await chat.complete(REQUEST)).value).toEqual({ a: 'yes' })
  })

  it.each<[string, Said, string]>([
    ['prose', { text: 'Sure! It is yes.' }, 'not-json'],
    ['nothing', { text: '' }, 'not-json'],
    ['half a reply', { text: '{"a":"ye', finish: 'length' }, 'truncated'],
    ['a refusal', { refusal: 'I cannot help with that' }, 'refused'],
    ['a filtered reply', { text: '', finish: 'content_filter' }, 'refused'],
    ['a completion without choices', { raw: '{"object":"chat.completion"}' }, 'not-json'],
  ])('counts %s as a failure that cost tokens, or none', async (_, said, reason) => {
    const { chat, server } = await serve([said])
    expect(await failureOf(chat)).toMatchObject({ code: 'LLM_FAILED', reason, fatal: false })
    expect(server.asked).toHaveLength(1)
  })

  it('asks again where the server is busy or failed, and waits as long as it says', async () => {
    const { chat, server } = await serve([{ status: 429, headers: { 'retry-after': '1' } }, { status: 500 }, GOOD])
    const started = performance.now()
    expect((await chat.complete(REQUEST)).value).toEqual({ a: 'yes' })
    expect(performance.now() - started).toBeGreaterThan(990)
    expect(server.asked).toHaveLength(3)
  })

  it('gives up where it stays so', async () => {
    const { chat, server } = await serve([{ status: 503, headers: { 'retry-after-ms': '5' } }])
    expect(await failureOf(chat)).toMatchObject({ code: 'LLM_FAILED', reason: 'http', fatal: false })
    expect(server.asked).toHaveLength(3)
  })

  it('asks in words where a server refuses a schema, once and for all', async () => {
    const { chat, server } = await serve([GOOD])
    server.answer = ({ body }) => ('response_format' in body ? { status: 400 } : GOOD)
    expect((await chat.complete(REQUEST)).value).toEqual({ a: 'yes' })
    await chat.complete(REQUEST)
    expect(server.asked.map(({ body }) => 'response_format' in body)).toEqual([true, true, false, false])
    expect(server.asked[3].body.messages[0].content).toContain(JSON.stringify(SCHEMA))
  })

  it('says the limit in the way that models which think want it', async () => {
    const { chat, server } = await serve([GOOD])
    server.answer = ({ body }) => ('max_tokens' in body || 'temperature' in body ? { status: 400 } : GOOD)
    expect((await chat.complete(REQUEST)).value).toEqual({ a: 'yes' })
    expect(server.asked[1].body).toMatchObject({
      max_completion_tokens: 2050,
      response_format: { type: 'json_schema' },
    })
    server.answer = () => ({ status: 422 })
    expect(await failureOf(chat)).toMatchObject({ reason: 'http', fatal: false })
  })

  it.each([
    [401, /check the key/],
    [403, /check the key/],
    [404, /check the address and the model "tiny"/],
  ])('says what to do about status %i, and not what the server says', async (status, message) => {
    const raw = JSON.stringify({ error: { message: 'Incorrect key sk-secret \u001b[31m' } })
    const { chat, server } = await serve([{ status, raw }], { key: 'sk-secret' })
    const failure = await failureOf(chat)
    expect(failure).toMatchObject({
      code: 'LLM_FAILED',
      reason: 'http',
      fatal: true,
      message: expect.stringMatching(message),
    })
    expect(JSON.stringify(failure)).not.toMatch(/sk-secret|\u001b/)
    expect(server.asked).toHaveLength(1)
  })

  it('does not wait for ever', async () => {
    const { chat } = await serve([{ ...GOOD, after: 2000 }], { timeout: 100, retries: 0 })
    expect(await failureOf(chat)).toMatchObject({ code: 'LLM_FAILED', reason: 'timeout' })
  })

  it.each<[string, Said]>([
    ['is cut', { cut: true }],
    ['is no JSON at all', { raw: '<html>proxy</html>' }],
  ])('outlives an answer that %s', async (_, said) => {
    const { chat } = await serve([said], { retries: 0 })
    expect(await failureOf(chat)).toMatchObject({
      code: 'LLM_FAILED',
      reason: expect.stringMatching(/^(http|not-json)$/),
    })
  })

  it('is stopped by its signal', async () => {
    const { chat } = await serve([{ ...GOOD, after: 5000 }])
    const stop = new AbortController()
    setTimeout(() => stop.abort(), 50)
    const started = performance.now()
    await expect(chat.complete({ ...REQUEST, signal: stop.signal })).rejects.toThrow()
    expect(performance.now() - started).toBeLessThan(2000)
  })

  it('keeps to its rate', async () => {
    const { chat, server } = await serve([GOOD], { perMinute: 300 })
    const started = performance.now()
    for (let i = 0; i < 3; i++) await chat.complete(REQUEST)
    expect(performance.now() - started).toBeGreaterThan(395)
    expect(server.asked).toHaveLength(3)
  })

  it.each([
    [{ url: 'localhost:11434', model: 'm' }, /no address of a language model/],
    [{ url: 'ftp://a/b', model: 'm' }, /no address/],
    [{ url: 'http://user:pw@host/v1', model: 'm' }, /no address/],
    [{ url: 'http://127.0.0.1:1/v1', model: '' }, /must be named/],
    [{ url: 'http://127.0.0.1:1/v1', model: 'm', perMinute: 0 }, /more than 0/],
  ])('refuses options that are none: %j', async (options, message) => {
    await expect(openChat(options)).rejects.toMatchObject({
      code: 'BAD_OPTION',
      message: expect.stringMatching(message),
    })
  })

  it('says when nobody is there, without asking again', async () => {
    const { server: gone } = await serve([GOOD])
    await gone.close()
    server = undefined
    for (const url of [gone.url, 'http://127.0.0.1:1/v1']) {
      const chat = await openChat({ url, model: 'm', retries: 3 })
      const started = performance.now()
      expect(await failureOf(chat)).toMatchObject({
        code: 'LLM_FAILED',
        reason: 'http',
        fatal: true,
        message: expect.stringContaining(`${url} could not be reached: connection refused`),
      })
      // The first wait of the client is longer.
      expect(performance.now() - started).toBeLessThan(400)
    }
  })

  it('leaves no listener on the signal of its questions', async () => {
    const { chat } = await serve([GOOD])
    const { signal } = new AbortController()
    for (let i = 0; i < 3; i++) await chat.complete({ ...REQUEST, signal })
    expect(getEventListeners(signal, 'abort')).toEqual([])
  })
})
