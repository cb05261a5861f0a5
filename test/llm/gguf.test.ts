import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ChatModel, type Miner, openLocalModel, openMiner } from '../../dist/index.js'
import { makePlace, type Place } from '../helpers/place.js'
import { HOSTILE, OBEYED } from './hostile.js'

/** A real model, where this names one: its replies are its own, so only what holds of any reply is asked. */
const FILE = process.env.INTEREST_MINE_GGUF ?? ''
/** Of fixtures/notes. */
const USER = 'u_9adbb8'

describe.skipIf(FILE === '')('a GGUF model in this process', () => {
  let place: Place
  let miner: Miner
  let model: ChatModel
  beforeAll(async () => {
    place = makePlace()
    model = openLocalModel({ file: FILE })
    miner = await openMiner({ store: place.path(), workers: 0 })
    const file = (name: string) => ({ file: `fixtures/${name}` })
    await miner.build({ items: file('notes/catalog.jsonl'), events: file('notes/events.csv'), train: false })
  }, 120_000)
  afterAll(async () => {
    await miner?.close()
    await model?.close?.()
    place?.remove()
  })

  it('answers in the schema, with ids of the enum, the same each time', async () => {
    const schema = {
      type: 'object',
      additionalProperties: false,
      required: ['label', 'evidence'],
      properties: {
        label: { type: 'string', maxLength: 40 },
        evidence: { type: 'array', minItems: 1, maxItems: 2, items: { type: 'string', enum: ['e1', 'e2'] } },
      },
    }
    const request = {
      system: 'Name what the lines share.',
      user: 'e1: glass teapot\ne2: iron teapot',
      schema,
      maxTokens: 80,
    }
    const { value, usage } = await model.complete(request)
    const { label, evidence } = value as { label: string; evidence: string[] }
    expect(typeof label).toBe('string')
    expect(['e1', 'e2']).toEqual(expect.arrayContaining(evidence))
    expect(usage.input).toBeGreaterThan(10)
    expect((await model.complete(request)).value).toEqual(value)
    await expect(model.complete({ ...request, maxTokens: 3 })).rejects.toMatchObject({
      code: 'LLM_FAILED',
      details: { reason: 'truncated', usage: { output: expect.any(Number) } },
    })
  }, 300_000)

  it('names interests, and what it says is checked', async () => {
    const report = await miner.nameInterests({ model, limit: 2 })
    expect(report.asked).toBeGreaterThan(0)
    expect(report.tokens.output).toBeGreaterThan(0)
    const { interests } = await miner.interests(report.results[0].user)
    let found = 0
    for (const { proposed, refused, interest } of report.results) {
      const named = interests.find(({ id }) => id === interest)
      found += Number(named !== undefined)
      if (named) expect(named.labelSource === 'llm').toBe(refused === null)
      if (refused === null) expect(proposed).not.toMatch(OBEYED)
    }
    expect(found).toBeGreaterThan(0)
    expect(await miner.nameInterests({ model, limit: 2 })).toMatchObject({ asked: 0 })
  }, 600_000)

  it('is stopped by its signal', async () => {
    const stop = new AbortController()
    setTimeout(() => stop.abort(), 300)
    await expect(miner.describe(USER, { model, signal: stop.signal })).rejects.toMatchObject({
      code: 'INTERRUPTED',
    })
  }, 60_000)

  it('obeys no title into a name', async () => {
    const vector = (t: number, i: number) => [t === 0 ? 3 : 0, t === 1 ? 3 : 0, i / 10, 1]
    const orders = HOSTILE.slice(0, 2)
    const items = ['glass teapot', 'wool scarf'].flatMap((words, t) =>
      ['Blue', 'Small', 'Plain', 'Heavy', 'Old'].map((quality, i) => ({
        id: `${t}-${i}`,
        title: `${quality} ${words}${i === 4 ? ` ${orders[t]}` : ''}`,
        vector: vector(t, i),
      })),
    )
    const events = items.map(({ id }) => ({ user: 'u', item: id, type: 'purchase' }))
    const other = await openMiner({ store: place.path(), workers: 0 })
    await other.build({ items, events, train: false })
    const report = await other.nameInterests({ model })
    expect(report.asked).toBeGreaterThan(0)
    const { interests } = await other.interests('u')
    expect(interests.length).toBeGreaterThan(0)
    for (const { label } of interests) expect(label).not.toMatch(OBEYED)
    await other.close()
  }, 600_000)
})
