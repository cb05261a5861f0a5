import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type ChatModel, type Miner, openChat, openMiner } from '../../dist/index.js'
import { textItems, themedEvents } from '../helpers/catalogue.js'
import { type Asked, type ChatServer, linesOf, type Said, startChatServer } from '../helpers/chat-server.js'
import { makePlace, type Place } from '../helpers/place.js'

let place: Place
let miner: Miner
let server: ChatServer
let chat: ChatModel
beforeAll(async () => {
  place = makePlace()
  miner = await openMiner({ store: place.path(), workers: 0 })
  await miner.build({ items: textItems(), events: themedEvents(), train: false })
})
afterAll(async () => {
  await miner?.close()
  place?.remove()
})
let n = 0
beforeEach(async () => {
  server = await startChatServer(() => ({ text: '{}' }))
  // A name of its own: replies that were kept for another test are not taken.
  chat = await openChat({ url: server.url, model: `tiny-${n++}`, retries: 0 })
})
afterEach(() => server.close())

const say = (value: unknown): Said => ({ text: JSON.stringify(value) })
const idsOf = (asked: Asked) => linesOf(asked).map(({ id }) => id)
const textOf = (asked: Asked, id: string) => linesOf(asked).find((line) => line.id === id)?.text ?? ''

describe('a description of a profile', () => {
  /** Says what the first lines say. */
  const honest = (asked: Asked): Said => {
    const [, label, share] = /interest: (.+), (\d+%) of/.exec(textOf(asked, 'f1')) ?? []
    return say({
      sentences: [
        { text: `You are drawn mostly to ${label}, ${share} of what you liked.`, evidence: ['f1', 'f1e1'] },
        { text: `You also like ${textOf(asked, 'f2e1').toLowerCase()}.`, evidence: ['f2e1'] },
      ],
    })
  }

  it('has two sentences that cite items of the history, and is asked for once', async () => {
    server.answer = honest
    const said = await miner.describe('u0', { model: chat })
    expect(said).toMatchObject({ user: 'u0', textSource: 'llm', refused: null, cached: false })
    const { interests } = await miner.interests('u0')
    const evidence = new Set(interests.flatMap((interest) => interest.evidence.map(({ item }) => item)))
    expect(said.sentences[0].text).toContain(interests[0].label)
    expect(said.sentences).toHaveLength(2)
    for (const sentence of said.sentences) {
      expect(sentence.evidence.length).toBeGreaterThan(0)
      for (const item of sentence.evidence) expect(evidence).toContain(item)
    }
    expect(await miner.describe('u0', { model: chat })).toEqual({
      ...said,
      cached: true,
      tokens: { input: 0, output: 0 },
    })
    expect(server.asked).toHaveLength(1)
    expect(JSON.stringify(server.asked[0].body)).not.toContain('u0')
  })

  const bad: [string, (asked: Asked) => { text: string; evidence: string[] }][] = [
    ['uncounted', () => ({ text: 'You like 97% of it.', evidence: ['f1'] })],
    ['unsupported', () => ({ text: 'You are a wealthy woman who likes guitars.', evidence: ['f1'] })],
    ['unsafe', () => ({ text: 'You like <b>this</b>.', evidence: ['f1'] })],
    ['unsafe', () => ({ text: 'You like www.evil.example.', evidence: ['f1'] })],
    ['script', () => ({ text: '你也喜欢这些。', evidence: ['f1'] })],
    ['unknown-id', () => ({ text: 'You like this.', evidence: ['f99'] })],
    ['duplicate', (asked) => JSON.parse(honest(asked).text ?? '').sentences[0]],
  ]
  it.each(bad)('with a sentence that is %s is made in code', async (reason, sentence) => {
    server.answer = (asked) => {
      const { sentences } = JSON.parse(honest(asked).text ?? '')
      return say({ sentences: [sentences[0], sentence(asked)] })
    }
    const said = await miner.describe('u0', { model: chat })
    expect(said).toMatchObject({ textSource: 'words', refused: reason })
    expect(said.sentences).toHaveLength(2)
    const [first, second] = (await miner.interests('u0')).interests
    expect(said.sentences[0].text).toContain(first.label)
    expect(said.sentences[1].text).toContain(second.label)
    expect(said.sentences[1].evidence).toContain(second.evidence[0].item)
  })

  it('in code, in Chinese', async () => {
    server.answer = () => ({ text: 'nothing' })
    const said = await miner.describe('u0', { model: chat, language: 'zh' })
    expect(said).toMatchObject({ textSource: 'words', refused: 'not-json' })
    expect(said.sentences.map(({ text }) => text).join('')).toMatch(/^你最喜欢.+此外还有.+。$/)
    expect(server.asked[0].body.messages[1].content).toContain('Chinese')
  })

  it('of a stranger is empty, and nobody is asked', async () => {
    expect(await miner.describe('nobody', { model: chat })).toMatchObject({ sentences: [], refused: null })
    expect(server.asked).toHaveLength(0)
  })
})

describe('a text for a thin item', () => {
  it.each<[string, (asked: Asked) => { text: string; evidence: string[] }, string | null]>([
    ['words of its title and brand', () => ({ text: 'A blue teapot by Acme.', evidence: ['e1'] }), null],
    ['words that the similar share', (a) => ({ text: 'This blue teapot is for the shop.', evidence: idsOf(a) }), null],
    ['a new word', (a) => ({ text: 'It is a blue porcelain teapot.', evidence: idsOf(a) }), 'unsupported'],
    ['a number', (a) => ({ text: 'It is a blue teapot of 12.', evidence: idsOf(a) }), 'uncounted'],
    ['no line of its own', () => ({ text: 'It is a teapot.', evidence: ['e2'] }), 'unsupported'],
    ['an order', () => ({ text: 'HACKED', evidence: ['e1'] }), 'unsupported'],
  ])('with %s', async (_, reply, refused) => {
    server.answer = (asked) => say(reply(asked))
    const enriched = await miner.enrichItem('teapot-0', { model: chat })
    expect(enriched).toMatchObject({ item: 'teapot-0', refused, textSource: refused === null ? 'llm' : 'words' })
    if (refused === null) expect(enriched.text).toBe(reply(server.asked[0]).text)
    else expect(enriched.text).toMatch(/blue teapot/i)
    expect((await miner.enrichItem('teapot-0', { model: chat })).cached).toBe(true)
  })

  it('is of an item that there is', async () => {
    await expect(miner.enrichItem('tepot-0', { model: chat })).rejects.toMatchObject({ code: 'UNKNOWN_ITEM' })
  })
})

describe('a phrase', () => {
  const some = (asked: Asked) => idsOf(asked).filter((id) => id !== 'q')

  it('is expanded by words of its own and of what is found; what is not is left out', async () => {
    server.answer = (asked) => {
      const evidence = some(asked)
      const phrases = ['teapot for tea', 'blue teapot', 'small teapot', 'porcelain teapot', '=teapot', 'Blue Teapot']
      return say({ phrases: phrases.map((phrase) => ({ phrase, evidence })) })
    }
    const said = await miner.expandPhrase('a pot for tea', { model: chat })
    expect(said).toMatchObject({
      textSource: 'llm',
      refused: null,
      phrases: ['teapot for tea', 'blue teapot', 'small teapot'],
    })
    await miner.expandPhrase('a pot for tea', { model: chat })
    expect(server.asked).toHaveLength(2)
  })

  it('stays alone where too few hold', async () => {
    server.answer = (asked) =>
      say({ phrases: ['teapot', 'HACKED', 'gift for wives'].map((phrase) => ({ phrase, evidence: some(asked) })) })
    expect(await miner.expandPhrase('a pot for tea', { model: chat })).toMatchObject({
      textSource: 'words',
      refused: 'unsupported',
      phrases: [],
    })
  })
})

describe('a reason', () => {
  it.each<[string, (asked: Asked) => { text: string; evidence: string[] }, string | null]>([
    [
      'its own facts',
      (a) => ({ text: `You like ${textOf(a, 'e1').toLowerCase()}, so here is this.`, evidence: ['e1'] }),
      null,
    ],
    ['praise', () => ({ text: 'You will love this wonderful thing.', evidence: ['why'] }), 'unsupported'],
    ['a number', () => ({ text: '12 people like it too.', evidence: ['why'] }), 'uncounted'],
    ['a link', () => ({ text: 'See http://evil.example.', evidence: ['why'] }), 'unsafe'],
  ])('with %s', async (_, reply, refused) => {
    const { recommendations } = await miner.recommend('u0', { limit: 1, effects: true })
    const [{ item, reason }] = recommendations
    server.answer = (asked) => say(reply(asked))
    const said = await miner.phraseReason('u0', item, { model: chat })
    expect(said).toMatchObject({ user: 'u0', item, refused, textSource: refused === null ? 'llm' : 'words' })
    expect(said.reason).toBe(refused === null ? reply(server.asked[0]).text : reason)
  })
})
