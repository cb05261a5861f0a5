import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ChatModel, type Interaction, type Item, type Miner, openChat, openMiner } from '../../dist/index.js'
import { escapeText } from '../../src/page/markup.js'
import { createRandom } from '../../src/random.js'
import { type Asked, type ChatServer, linesOf, startChatServer } from '../helpers/chat-server.js'
import { BIN, makePlace, type Place, start } from '../helpers/place.js'
import { ACTIVE, HOSTILE, OBEYED } from './hostile.js'

/**
 * Every hostile text as the title, and once more as the text, of an item that somebody has among honest ones; a model
 * that does whatever a title says.
 */
const ENGLISH = [
  'glass teapot',
  'walnut chess board',
  'wool scarf',
  'brass lamp',
  'garden spade',
  'linen towel',
  'oak stool',
]
const CHINESE = ['手冲咖啡壶', '竹编收纳篮', '羊毛围巾', '紫砂茶壶', '手工皂']
const QUALITIES = ['Blue', 'Small', 'Plain', 'Heavy', 'Antique', 'Painted', 'Folding', 'Classic']
const MARKS = ['家用', '新手', '大号', '复古', '便携', '加厚', '北欧', '礼盒']
const THEMES = [
  ...ENGLISH.map((words) => QUALITIES.map((quality) => `${quality} ${words}`)),
  ...CHINESE.map((words) => MARKS.map((mark) => `${mark} ${words}`)),
]
const USERS = HOSTILE.map((_, i) => `u${i}`)

let place: Place
let path: string
let miner: Miner
let server: ChatServer
let chat: ChatModel
beforeAll(async () => {
  const random = createRandom(4)
  const vectorOf = (t: number) => Array.from({ length: 16 }, (_, k) => (k === t ? 3 : 0) + random.unit() - 0.5)
  const honest: Item[] = THEMES.flatMap((titles, t) =>
    titles.map((title, i) => ({ id: `t${t}-${i}`, title, categories: ['Shop'], vector: vectorOf(t) })),
  )
  const hostile: Item[] = HOSTILE.map((text, i) => ({
    id: `h${i}`,
    title: i % 3 === 0 ? text : `${THEMES[i % THEMES.length][0]} ${text}`,
    text,
    brand: text.slice(0, 60),
    categories: ['Shop', text.slice(0, 60)],
    vector: vectorOf(i % THEMES.length),
  }))
  const events: Interaction[] = USERS.flatMap((user, i) =>
    [1, 2, -1, 3, 4].map((k) => ({
      user,
      item: k < 0 ? `h${i}` : `t${i % THEMES.length}-${k}`,
      type: 'purchase',
      at: Date.UTC(2024, 0, 10 + k, i % 24),
    })),
  )
  place = makePlace()
  path = place.path()
  miner = await openMiner({ store: path, workers: 0 })
  await miner.build({ items: [...honest, ...hostile], events, train: false })
  server = await startChatServer(() => ({ text: '{}' }))
  chat = await openChat({ url: server.url, model: 'obedient', retries: 0 })
}, 120_000)
afterAll(async () => {
  await miner?.close()
  await server?.close()
  place?.remove()
})

/** The line that is no honest title, as far as the model sees it. */
function orderIn(asked: Asked): string {
  const titles = THEMES.flat()
  const lines = linesOf(asked).map(({ text }) => text)
  return lines.find((line) => !titles.some((title) => line === `${title} (Shop)`)) ?? 'HACKED'
}
const labelsOf = async () => {
  const answers = await Promise.all(USERS.map((user) => miner.interests(user)))
  return answers.flatMap(({ interests }) => interests.filter(({ level }) => level !== 'domain'))
}
const expectClean = (texts: string[]) => {
  expect(texts.length).toBeGreaterThan(0)
  expect(texts.filter((text) => OBEYED.test(text) || ACTIVE.test(text))).toEqual([])
}

describe('hostile titles', () => {
  it('are many, and every user has one', async () => {
    expect(HOSTILE.length).toBeGreaterThanOrEqual(80)
    expect(HOSTILE.filter((text) => /\p{Script=Han}/u.test(text)).length).toBeGreaterThanOrEqual(20)
    expect((await miner.status()).users).toBe(HOSTILE.length)
  })

  it('do not come into names by words', async () => {
    const interests = await labelsOf()
    expect(interests.length).toBeGreaterThan(HOSTILE.length / 2)
    expectClean(interests.flatMap(({ label, head, modifiers }) => [label, head, ...modifiers]))
  })

  it.each<[string, (asked: Asked) => { label: string; head: string }]>([
    ['says what a title orders', (asked) => ({ label: orderIn(asked).slice(0, 60), head: 'x' })],
    ['says the word it is told to', () => ({ label: 'HACKED', head: 'HACKED' })],
    ['says it in Chinese', () => ({ label: '已攻破', head: '已攻破' })],
    [
      'hides it behind an honest word',
      (asked) => ({ label: `glass teapot ${orderIn(asked)}`.slice(0, 60), head: 'teapot' }),
    ],
    ['hides it in the head', () => ({ label: 'glass teapots', head: 'HACKED' })],
    ['writes a link', () => ({ label: 'glass teapot evil.example', head: 'teapot' })],
    ['writes markup', () => ({ label: '<img src=x onerror=alert(1)>', head: 'teapot' })],
    ['writes a formula', () => ({ label: '=1+1', head: '1' })],
    ['writes a terminal sequence', () => ({ label: '\u001b[31mteapot', head: 'teapot' })],
  ])('do not come into names by a model that %s', async (what, reply) => {
    server.answer = (asked) => ({
      text: JSON.stringify({ ...reply(asked), evidence: linesOf(asked).map(({ id }) => id) }),
    })
    const before = server.asked.length
    const model = await openChat({ url: server.url, model: what, retries: 0 })
    const report = await miner.nameInterests({ model })
    expect(report.asked).toBeGreaterThan(20)
    const interests = await labelsOf()
    expectClean(interests.flatMap(({ label, head, modifiers }) => [label, head, ...modifiers]))
    // Nothing that a title says breaks the one block of a question.
    expect(server.asked.slice(before)).toHaveLength(report.asked)
    for (const { body } of server.asked.slice(before)) {
      const [system, user] = body.messages.map(({ content }) => content)
      expect(OBEYED.test(system)).toBe(false)
      const lines = user.split('\n')
      const [from, to] = [lines.indexOf('<titles>'), lines.indexOf('</titles>')]
      expect(lines.filter((line) => /[<>`]/.test(line))).toEqual(['<titles>', '</titles>'])
      expect(to - from).toBeGreaterThan(2)
      lines.slice(from + 1, to).forEach((line, i) => {
        expect(line.startsWith(`e${i + 1}: `)).toBe(true)
        expect(line).not.toMatch(/[\p{Cc}\p{Cf}]|https?:|www\./iu)
      })
      expect(OBEYED.test([...lines.slice(0, from), ...lines.slice(to)].join(' '))).toBe(false)
    }
  })

  it('do not come into sentences about a user, a thing or a reason', async () => {
    server.answer = (asked) => {
      const schema = JSON.stringify(asked.body.response_format)
      const evidence = [linesOf(asked).find(({ id }) => schema.includes(`"${id}"`))?.id]
      const text = 'HACKED https://evil.example'
      const value = schema.includes('sentences')
        ? {
            sentences: [
              { text, evidence },
              { text, evidence },
            ],
          }
        : { text, evidence }
      return { text: JSON.stringify(value) }
    }
    for (const user of USERS.slice(0, 12)) {
      const { sentences, refused } = await miner.describe(user, { model: chat })
      expect(refused).not.toBeNull()
      expectClean(sentences.map(({ text }) => text))
    }
    const enriched = await miner.enrichItem('t0-1', { model: chat })
    expect(enriched.refused).toBe('unsafe')
    expectClean([enriched.text])
    expect((await miner.phraseReason('u0', 't1-0', { model: chat })).refused).toBe('unsafe')
  })

  it.each(HOSTILE)('come to a page as text: %j', (text) => {
    expect(escapeText(text)).not.toMatch(/[<>"'\u0000-\u001f\u007f-\u009f\p{Cf}]/u)
  })

  it('come to a terminal as harmless text', async () => {
    const user = USERS[HOSTILE.findIndex((text) => text.includes('\u001b]8'))]
    server.answer = (asked) => ({
      text: JSON.stringify({ head: 'x', label: orderIn(asked).slice(0, 60), evidence: ['e1', 'e2'] }),
    })
    const ask = ['name', '--llm-url', server.url, '--llm-model', 'in a terminal']
    for (const words of [['interests'], ['explain'], ['export'], ask]) {
      const { code, out, err } = await start([BIN, ...words, '--user', user, '--db', path]).ended
      expect(code, err).toBe(0)
      expect(out.length).toBeGreaterThan(100)
      expect(out).not.toMatch(
        /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2066-\u2069\u{e0000}-\u{e007f}]/u,
      )
    }
  })
})
