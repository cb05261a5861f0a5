import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type ChatServer, linesOf, startChatServer } from '../helpers/chat-server.js'
import { type Ended, start } from '../helpers/place.js'
import { BIN, makeFolder, run, type Shop } from './shop.js'

let shop: Shop
let server: ChatServer
beforeAll(() => {
  shop = makeFolder()
  const built = run(['build-index', 'catalog.jsonl', '--events', 'events.csv', '--json'], shop.folder)
  expect(built.code, built.err).toBe(0)
}, 120_000)
afterAll(() => shop?.remove())
beforeEach(async () => {
  server = await startChatServer((asked) => ({
    text: JSON.stringify({ head: 'pots', label: 'Tea pots', evidence: linesOf(asked).map(({ id }) => id) }),
  }))
})
afterEach(() => server.close())

/** The server lives in this process, so the command must not block it. */
const name = (cwd: string, ...words: string[]): Promise<Ended> =>
  start([BIN, 'name', ...words], { cwd, env: { A_KEY: 'k-17' } }).ended
const endpoint = () => ['--llm-url', server.url, '--llm-model', 'tiny']

describe('name', () => {
  it('asks, says what became of it, and what it cost', async () => {
    const cwd = shop.copy()
    const { code, out, err } = await name(
      cwd,
      ...endpoint(),
      '--llm-key-env',
      'A_KEY',
      '--price-in',
      '2',
      '--price-out',
      '10',
      '--json',
    )
    expect(code, err).toBe(0)
    const report = JSON.parse(out)
    expect(report).toMatchObject({ model: 'tiny', prompt: 'name-interest@1', dryRun: false, left: 0 })
    expect(report.asked).toBeGreaterThan(0)
    const { input, output } = report.tokens
    expect(report.cost).toBeCloseTo((2 * input + 10 * output) / 1e6, 12)
    expect(report.refused).toEqual({ unsupported: report.asked })
    expect(server.asked[0].headers.authorization).toBe('Bearer k-17')
    expect(out + err).not.toContain('k-17')
    const again = await name(cwd, ...endpoint())
    expect(again.code, again.err).toBe(0)
    expect(again.out).toMatch(new RegExp(`asked +0; ${report.asked} known from earlier replies`))
    expect(again.out).toMatch(/unsupported/)
    expect(again.out).toMatch(/Tea pots/)
  })

  it('counts without asking', async () => {
    const { code, out } = await name(shop.folder, '--dry-run', ...endpoint())
    expect(code).toBe(0)
    expect(out).toMatch(/^Nothing was asked/)
    expect(out).toMatch(/tokens +about [\d,]+ in/)
    expect(server.asked).toHaveLength(0)
  })

  it('tells a user in two sentences where asked to', async () => {
    server.answer = () => ({ text: 'no' })
    const cwd = shop.copy()
    const { code, out, err } = await name(cwd, '--user', 'u1', '--describe', ...endpoint(), '--json')
    expect(code, err).toBe(0)
    const { description } = JSON.parse(out)
    expect(description).toMatchObject({ user: 'u1', textSource: 'words', refused: 'not-json' })
    expect(description.sentences).toHaveLength(2)
    const shown = await name(cwd, '--user', 'u1', '--describe', ...endpoint())
    expect(shown.out).toContain(description.sentences[0].text)
    for (const { evidence } of description.sentences) expect(shown.out).toContain(`Rests on: ${evidence[0]}`)
  })

  it('is stopped by Ctrl-C and says that it resumes', async () => {
    const cwd = shop.copy()
    server.answer = (asked) => ({ text: '{}', after: asked.before === 0 ? 0 : 20_000 })
    const running = start([BIN, 'name', ...endpoint()], { cwd })
    while (server.asked.length < 2) await new Promise((resolve) => setTimeout(resolve, 20))
    running.child.kill('SIGINT')
    const { code, err } = await running.ended
    expect(code).toBe(1)
    expect(err).toMatch(/interest-mine: stopped[^\n]*resume/)
    server.answer = () => ({ text: '{}' })
    const { out } = await name(cwd, ...endpoint(), '--json')
    expect(JSON.parse(out)).toMatchObject({ cached: 1, refused: { schema: JSON.parse(out).interests } })
  })

  it.each([
    [['--llm-model', 'm'], /--llm-url is missing/],
    [['--llm-url', 'http://127.0.0.1:1/v1'], /--llm-model is missing/],
    [['--llm-url', 'nonsense', '--llm-model', 'm'], /no address of a language model/],
    [['--llm-url', 'http://127.0.0.1:1/v1', '--llm-model', 'm', '--llm-key-env', 'NOT_SET'], /"NOT_SET" is not set/],
    [['--llm-url', 'http://127.0.0.1:1/v1', '--llm-file', 'catalog.jsonl'], /two models/],
    [['--llm-url', 'http://127.0.0.1:1/v1', '--llm-model', 'm', '--describe'], /--describe needs --user/],
    [['--budget', '0'], /--budget takes a whole number/],
  ])('refuses %j', async (words, message) => {
    const { code, out, err } = await name(shop.folder, ...words)
    expect([code, out]).toEqual([2, ''])
    expect(err).toMatch(message)
  })

  it('fails where no endpoint answers, where the key is wrong and where there is no file', async () => {
    server.answer = () => ({ status: 401 })
    const key = await name(shop.folder, ...endpoint(), '--json')
    expect(key.code).toBe(1)
    expect(JSON.parse(key.err).error).toMatchObject({
      code: 'LLM_FAILED',
      message: expect.stringMatching(/check the key/),
    })
    const gone = await name(shop.folder, '--user', 'u1', '--llm-url', 'http://127.0.0.1:1/v1', '--llm-model', 'm')
    expect([gone.code, gone.out]).toEqual([1, ''])
    expect(gone.err).toMatch(/http:\/\/127\.0\.0\.1:1\/v1 could not be reached: connection refused/)
    expect(gone.err).not.toContain('Warning')
    const file = await name(shop.folder, '--llm-file', 'none.gguf')
    expect(file.code).toBe(1)
    expect(file.err).toMatch(/"none.gguf" \(the model\) does not exist/)
  })

  it('says what to install, or that it is no model, for a file that is none', async () => {
    writeFileSync(join(shop.folder, 'junk.gguf'), 'junk')
    const { code, err } = await name(shop.folder, '--llm-file', 'junk.gguf', '--json')
    expect(code).toBe(1)
    const { error } = JSON.parse(err)
    if (error.code === 'NO_RUNTIME') expect(error.message).toMatch(/run: npm i node-llama-cpp@3\.21\.1 @node-llama-cpp/)
    else expect(error).toMatchObject({ code: 'BAD_MODEL', message: expect.stringContaining('junk.gguf') })
  })
})
