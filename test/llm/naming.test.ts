import { readFileSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  type ChatModel,
  type Interaction,
  type InterestsAnswer,
  type Item,
  openChat,
  openMiner,
} from '../../dist/index.js'
import { createRandom } from '../../src/random.js'
import { type Asked, type ChatServer, linesOf, type Said, startChatServer } from '../helpers/chat-server.js'
import { useMiners } from '../helpers/miners.js'
import { makePlace, type Place } from '../helpers/place.js'

const THEMES = ['glass teapot', 'walnut chess board', 'wool scarf', 'brass lamp'] as const
const QUALITIES = ['Blue', 'Small', 'Plain', 'Classic', 'Heavy', 'Antique', 'Painted', 'Folding']
/** In other words than the titles'. */
const NAMES: Record<string, { label: string; head: string }> = {
  'glass teapot': { label: 'teapots of glass', head: 'teapots' },
  'walnut chess board': { label: 'Chess boards · walnut', head: 'chess boards' },
  'wool scarf': { label: 'Scarfs of wool', head: 'Scarfs' },
  'brass lamp': { label: 'Lamps of brass', head: 'Lamps' },
}
const idOf = (theme: string, i: number) => `${theme.replaceAll(' ', '-')}-${i}`

function shop(): Item[] {
  const random = createRandom(3)
  return THEMES.flatMap((theme, t) =>
    QUALITIES.map((quality, i) => ({
      id: idOf(theme, i),
      title: `${quality} ${theme}`,
      categories: ['Shop', ['Kitchen', 'Games', 'Clothes', 'Light'][t]],
      vector: Array.from({ length: 16 }, (_, k) => (k === t ? 3 : 0) + random.unit() - 0.5),
    })),
  )
}
const liked = (user: string, ...items: string[]): Interaction[] =>
  items.map((item, k) => ({ user, item, type: 'purchase', at: Date.UTC(2024, 0, 1 + k) }))
const EVENTS = [
  ...liked(
    'ann',
    ...[0, 1, 2, 3].map((i) => idOf('glass teapot', i)),
    ...[0, 1, 2].map((i) => idOf('walnut chess board', i)),
  ),
  ...liked('ben', ...[4, 5, 6].map((i) => idOf('glass teapot', i)), ...[1, 2, 3].map((i) => idOf('wool scarf', i))),
  ...liked('cid', ...[0, 1, 2, 3].map((i) => idOf('glass teapot', i))),
]

let place: Place
let server: ChatServer
let chat: ChatModel
let path: string
const miners = useMiners()

const themeOf = (asked: Asked) => THEMES.find((theme) => linesOf(asked)[0].text.includes(theme)) ?? ''
const say = (value: unknown): Said => ({ text: JSON.stringify(value) })
const evidenceOf = (asked: Asked) => linesOf(asked).map(({ id }) => id)
const honest = (asked: Asked): Said => say({ ...NAMES[themeOf(asked)], evidence: evidenceOf(asked) })

const open = (store = path) => miners.open(store)
const labelsOf = ({ interests }: InterestsAnswer) => interests.map(({ label }) => label)

let built: string
beforeAll(async () => {
  place = makePlace()
  built = place.path()
  const miner = await openMiner({ store: built, workers: 0 })
  await miner.build({ items: shop(), events: EVENTS, train: false })
  await miner.close()
})
afterAll(() => place?.remove())
beforeEach(async () => {
  path = place.copy(built)
  server = await startChatServer(honest)
  chat = await openChat({ url: server.url, model: 'tiny', retries: 0, timeout: 2000 })
})
afterEach(async () => {
  await server.close()
})

describe('naming interests', () => {
  it('lays accepted names over the mined ones, at once and in every process', async () => {
    const miner = await open()
    const other = await open()
    const before = await other.interests('ann')
    expect(before.interests.map(({ labelSource }) => labelSource)).toEqual(['words', 'words'])
    const report = await miner.nameInterests({ user: 'ann', model: chat })
    expect(report).toMatchObject({
      model: 'tiny',
      users: 1,
      interests: 2,
      named: 2,
      asked: 2,
      cached: 0,
      left: 0,
      refused: {},
    })
    expect(report.tokens.input).toBeGreaterThan(200)
    const { interests } = await other.interests('ann')
    expect(
      interests.map(({ label, head, modifiers, labelSource }) => ({ label, head, modifiers, labelSource })),
    ).toEqual([
      { label: 'Teapots of glass', head: 'Teapots', modifiers: ['glass'], labelSource: 'llm' },
      { label: 'Chess boards · walnut', head: 'Chess boards', modifiers: ['walnut'], labelSource: 'llm' },
    ])
    expect(interests.map(({ id }) => id)).toEqual(before.interests.map(({ id }) => id))
    const { recommendations } = await other.recommend('ann', { limit: 5 })
    expect(recommendations.map(({ reason }) => reason).join()).toContain('Teapots of glass')
  })

  it('shows the model titles, and neither users nor ids nor addresses', async () => {
    await (await open()).nameInterests({ model: chat })
    const said = JSON.stringify(server.asked.map(({ body }) => body))
    expect(said).toContain('Blue glass teapot')
    expect(said).not.toMatch(/\b(ann|ben|cid)\b|glass-teapot-\d/)
    const { schema } = server.asked[0].body.response_format!.json_schema
    expect(schema).toMatchObject({ properties: { evidence: { items: { enum: evidenceOf(server.asked[0]) } } } })
  })

  it('asks nothing twice, and once where two users have the same evidence', async () => {
    const miner = await open()
    const first = await miner.nameInterests({ model: chat })
    // Ann and Cid like the same teapots.
    expect(first).toMatchObject({ users: 3, interests: 5, asked: 4, cached: 1 })
    expect(labelsOf(await miner.interests('cid'))).toEqual(['Teapots of glass'])
    const second = await miner.nameInterests({ model: chat })
    expect(second).toMatchObject({ asked: 0, left: 0, tokens: { input: 0, output: 0 } })
    expect(second.held + second.cached).toBe(5)
    expect(server.asked).toHaveLength(4)
    const another = await openChat({ url: server.url, model: 'other' })
    expect(await miner.nameInterests({ user: 'cid', model: another })).toMatchObject({ asked: 1 })
  })

  it('says what it would ask, and asks nothing', async () => {
    const miner = await open()
    const report = await miner.nameInterests({ model: chat, dryRun: true })
    expect(report).toMatchObject({ dryRun: true, interests: 5, asked: 0, left: 5, named: 0 })
    expect(report.tokens.input).toBeGreaterThan(500)
    expect(server.asked).toHaveLength(0)
    expect((await miner.exportUser('ann')).replies).toEqual([])
  })

  it('keeps within its budget, and goes on with the next', async () => {
    const miner = await open()
    const { tokens } = await miner.nameInterests({ model: chat, dryRun: true })
    const budget = Math.ceil((tokens.input + tokens.output) / 5) + 1
    const report = await miner.nameInterests({ model: chat, budget })
    expect(report.asked).toBeGreaterThan(0)
    expect(report.left).toBeGreaterThan(0)
    expect(report.refused).toEqual({ budget: report.left })
    expect(report.tokens.input + report.tokens.output).toBeLessThanOrEqual(budget)
    const rest = await miner.nameInterests({ model: chat })
    expect(rest.asked + report.asked).toBe(4)
  })

  it('is stopped at any moment and resumes', async () => {
    const miner = await open()
    const stop = new AbortController()
    server.answer = (asked) => {
      if (asked.before === 1) stop.abort()
      return { ...honest(asked), after: asked.before === 1 ? 5000 : 0 }
    }
    const started = performance.now()
    await expect(miner.nameInterests({ model: chat, signal: stop.signal })).rejects.toMatchObject({
      code: 'INTERRUPTED',
    })
    expect(performance.now() - started).toBeLessThan(2000)
    expect(labelsOf(await miner.interests('ann'))).toContain('Teapots of glass')
    server.answer = honest
    expect(await miner.nameInterests({ model: chat })).toMatchObject({ asked: 3, held: 1, named: 5 })
  })

  it('stops where the model fails again and again; nothing of that is kept', async () => {
    const miner = await open()
    await miner.addEvents(
      liked(
        'dot',
        ...[4, 5, 6].map((i) => idOf('walnut chess board', i)),
        ...[4, 5, 6].map((i) => idOf('brass lamp', i)),
      ),
    )
    server.answer = () => ({ status: 500 })
    await expect(miner.nameInterests({ model: chat })).rejects.toMatchObject({
      code: 'LLM_FAILED',
      details: { reason: 'http' },
    })
    expect(server.asked).toHaveLength(5)
    server.answer = honest
    expect(await miner.nameInterests({ user: 'ann', model: chat })).toMatchObject({ asked: 2, named: 2 })
    server.answer = () => ({ status: 401 })
    await expect(miner.nameInterests({ user: 'dot', model: chat })).rejects.toThrow(/check the key/)
  })

  it('fails where every question failed on the way, and says why', async () => {
    const quick = await openChat({ url: server.url, model: 'tiny', retries: 0, timeout: 100 })
    server.answer = (asked) => ({ ...honest(asked), after: 500 })
    await expect((await open()).nameInterests({ user: 'ann', model: quick })).rejects.toMatchObject({
      code: 'LLM_FAILED',
      message: `none of 2 questions was answered: the language model at ${server.url} gave no answer in 100 ms`,
      details: { reason: 'timeout' },
    })
  })

  it('goes on after a reply that is slow or broken', async () => {
    const quick = await openChat({ url: server.url, model: 'tiny', retries: 0, timeout: 300 })
    server.answer = (asked) => (asked.before === 0 ? { ...honest(asked), after: 1000 } : honest(asked))
    const miner = await open()
    expect(await miner.nameInterests({ user: 'ann', model: quick })).toMatchObject({
      named: 1,
      refused: { timeout: 1 },
    })
    expect(await miner.nameInterests({ user: 'ann', model: quick })).toMatchObject({ named: 2, asked: 1, held: 1 })
  })
})

describe('a reply that does not hold', () => {
  it.each<[string, (asked: Asked) => Said]>([
    ['not-json', () => ({ text: 'Glass teapots!' })],
    ['truncated', () => ({ text: '{"label": "Teapots of gl', finish: 'length' })],
    ['refused', () => ({ refusal: 'no' })],
    ['schema', () => say({ label: 'Teapots of glass' })],
    ['unknown-id', () => say({ label: 'Teapots of glass', head: 'Teapots', evidence: ['e1', 'e99'] })],
    ['too-long', (a) => say({ label: 'Teapots of glass '.repeat(9), head: 'Teapots', evidence: evidenceOf(a) })],
    ['unsafe', (a) => say({ label: '<b>Glass</b> teapots', head: 'teapots', evidence: evidenceOf(a) })],
    ['unsafe', (a) => say({ label: '=Glass teapots', head: 'teapots', evidence: evidenceOf(a) })],
    ['unsafe', (a) => say({ label: '\u001b[31mGlass teapots', head: 'teapots', evidence: evidenceOf(a) })],
    ['unsafe', (a) => say({ label: 'Glass teapots www.evil.example', head: 'teapots', evidence: evidenceOf(a) })],
    ['unsupported', (a) => say({ label: 'Porcelain teapots', head: 'teapots', evidence: evidenceOf(a) })],
    ['unsupported', (a) => say({ label: 'HACKED', head: 'HACKED', evidence: evidenceOf(a) })],
    [
      'single-title',
      (a) => say({ label: linesOf(a)[0].text.replace(/ \(.*/, ''), head: 'teapot', evidence: evidenceOf(a) }),
    ],
    ['prompt-words', (a) => say({ label: 'Groups of titles', head: 'titles', evidence: evidenceOf(a) })],
    ['script', (a) => say({ label: '玻璃茶壶', head: '茶壶', evidence: evidenceOf(a) })],
    ['forbidden', (a) => say({ label: 'Cluster 7', head: 'Cluster', evidence: evidenceOf(a) })],
  ])('%s: leaves the name by words, is counted, and is not asked again', async (reason, answer) => {
    const miner = await open()
    const before = labelsOf(await miner.interests('cid'))
    server.answer = answer
    const report = await miner.nameInterests({ user: 'cid', model: chat })
    expect(report).toMatchObject({ asked: 1, named: 0, refused: { [reason]: 1 } })
    expect(report.results[0]).toMatchObject({ user: 'cid', label: before[0], refused: reason })
    expect((await miner.interests('cid')).interests[0]).toMatchObject({ label: before[0], labelSource: 'words' })
    expect(await miner.nameInterests({ user: 'cid', model: chat })).toMatchObject({
      asked: 0,
      cached: 1,
      refused: { [reason]: 1 },
    })
  })

  it('is not taken for two interests of one user', async () => {
    const miner = await open()
    await miner.build({
      items: [0, 1, 2, 3].map((i) => ({
        ...shop()[i],
        id: `g${i}`,
        title: `${QUALITIES[i]} glass lamp teapot`,
        vector: shop()[24 + i].vector,
      })),
      events: liked('eve', 'g0', 'g1', 'g2', 'g3', ...[0, 1, 2, 3].map((i) => idOf('glass teapot', i))),
      prune: false,
    })
    server.answer = (asked) => say({ label: 'Teapots of glass', head: 'Teapots', evidence: evidenceOf(asked) })
    const report = await miner.nameInterests({ user: 'eve', model: chat })
    const labels = labelsOf(await miner.interests('eve'))
    expect(labels.filter((label) => label === 'Teapots of glass')).toHaveLength(1)
    expect(new Set(labels).size).toBe(labels.length)
    expect(report.refused.duplicate).toBe(1)
  })
})

describe('a name', () => {
  it("gives way to the user's own, and comes back when that is undone", async () => {
    const miner = await open()
    await miner.nameInterests({ user: 'cid', model: chat })
    const [{ id }] = (await miner.interests('cid')).interests
    await miner.editInterest('cid', id, { rename: 'My pots' })
    expect((await miner.interests('cid')).interests[0]).toMatchObject({ label: 'My pots', labelSource: 'user' })
    const asked = server.asked.length
    expect(await miner.nameInterests({ user: 'cid', model: chat })).toMatchObject({ interests: 0, asked: 0 })
    expect(server.asked).toHaveLength(asked)
    await miner.undoEdit('cid')
    expect((await miner.interests('cid')).interests[0]).toMatchObject({ label: 'Teapots of glass', labelSource: 'llm' })
  })

  it('stays as long as its words stand in half of the evidence, unasked', async () => {
    const miner = await open()
    await miner.nameInterests({ user: 'cid', model: chat })
    await miner.addEvents(liked('cid', idOf('glass teapot', 4), idOf('glass teapot', 5)))
    expect(labelsOf(await miner.interests('cid'))).toEqual(['Teapots of glass'])
    expect(await miner.nameInterests({ user: 'cid', model: chat })).toMatchObject({ held: 1, asked: 0 })
    // The same items, called something else now.
    await miner.addItems(shop().map((item) => ({ ...item, title: item.title.replace('glass', 'steel') })))
    expect((await miner.interests('cid')).interests[0]).toMatchObject({ labelSource: 'words' })
  })

  it('goes with its user, out of every file, and is shown to them before', async () => {
    const miner = await open()
    await miner.nameInterests({ model: chat })
    const { replies } = await miner.exportUser('ben')
    expect(replies).toContainEqual({
      prompt: 'name-interest@1',
      model: 'tiny',
      items: [4, 5, 6].map((i) => idOf('glass teapot', i)),
      value: { ...NAMES['glass teapot'], evidence: ['e1', 'e2', 'e3'] },
      refused: null,
    })
    await miner.forget('ben')
    expect((await miner.exportUser('ben')).replies).toEqual([])
    await miner.forget('ann')
    await miner.forget('cid')
    await miner.close()
    const bytes = readFileSync(path)
    expect(bytes.includes('Teapots of glass')).toBe(false)
  })

  it('by a model of the caller, that may throw anything', async () => {
    const miner = await open()
    const broken: ChatModel = { id: 'mine', complete: () => Promise.reject(new TypeError('x is not a function')) }
    await expect(miner.nameInterests({ user: 'cid', model: broken })).rejects.toMatchObject({
      code: 'LLM_FAILED',
      message: expect.stringContaining('x is not a function'),
      details: { reason: 'failed' },
    })
    await expect(miner.nameInterests({ model: {} as ChatModel })).rejects.toMatchObject({ code: 'BAD_OPTION' })
    await expect(miner.nameInterests({ model: chat, budget: 0 })).rejects.toMatchObject({ code: 'BAD_OPTION' })
  })
})
