import { readFileSync } from 'node:fs'
import {
  answer,
  fit,
  type Item,
  openModel,
  type PackInput,
  packArtefacts,
  packColumns,
  plainHistory,
  unpackArtefacts,
} from 'interest-mine'
import { beforeAll, describe, expect, it } from 'vitest'

// What a stranger can do with plain arrays: no store, no encoder, no files but those of the fixture.

const items: Item[] = readFileSync('fixtures/shop/catalog.jsonl', 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line))

/** A text as counts of its words, in 64 places. */
function vectorOf({ title, text = '' }: Item): number[] {
  const vector = Array<number>(64).fill(0)
  for (const word of `${title} ${title} ${text}`.toLowerCase().match(/\p{L}+/gu) ?? []) {
    let hash = 7
    for (const letter of word) hash = (31 * hash + letter.codePointAt(0)!) % 1_000_003
    vector[hash % 64]++
  }
  return vector
}

const users = (() => {
  const rowOf = new Map(items.map(({ id }, row) => [id, row]))
  const [header, ...lines] = readFileSync('fixtures/shop/events.csv', 'utf8').trim().split('\n')
  const [user, item, at] = ['user', 'item', 'timestamp'].map((name) =>
    header.split(',').findIndex((column) => column.startsWith(name)),
  )
  const liked = new Map<string, Map<number, number>>()
  for (const line of lines) {
    const cells = line.split(',')
    const row = rowOf.get(cells[item])
    if (row === undefined) continue
    const own = liked.get(cells[user]) ?? new Map()
    liked.set(cells[user], own.set(row, 1000 * Number(cells[at])))
  }
  return [...liked.values()].map((own) => {
    const times = [...own].sort((a, b) => a[1] - b[1])
    return { rows: times.map(([row]) => row), at: times.map(([, time]) => time) }
  })
})()

const input: PackInput = { items, vectors: items.map(vectorOf), users }
const OPTIONS = {
  limit: 5,
  diversity: 0.3,
  exclude: new Set<number>(),
  allow: null,
  effects: true,
  language: 'en' as const,
  now: Number.NaN,
}
const longest = users.reduce((most, one) => (one.rows.length > most.rows.length ? one : most))
const ask = (model: ReturnType<typeof openModel>) =>
  answer(model, { user: 'u', history: plainHistory(longest.rows), edits: [] }, OPTIONS)

describe('the core, from the public entry, with plain arrays', () => {
  let answered: ReturnType<typeof ask>
  let packed: Record<string, Uint8Array>
  beforeAll(async () => {
    const artefacts = await fit(await packColumns(input), { seed: 1 })
    packed = packArtefacts(artefacts)
    answered = ask(openModel(artefacts))
  })

  it('finds interests with evidence of the history', () => {
    const known = new Set(longest.rows.map((row) => items[row].id))
    expect(answered.interests.length).toBeGreaterThan(0)
    let cited = 0
    for (const { label, evidence } of answered.interests) {
      expect(label).not.toBe('')
      for (const { item } of evidence) {
        expect(known).toContain(item)
        cited++
      }
    }
    expect(cited).toBeGreaterThan(2)
  })

  it('recommends what is new, and contributions sum to the logit', () => {
    expect(answered.recommendations).toHaveLength(5)
    const known = new Set(longest.rows.map((row) => items[row].id))
    for (const { item, logit, bias, contributions, reason } of answered.recommendations) {
      expect(known).not.toContain(item)
      expect(reason).not.toBe('')
      expect(contributions.reduce((sum, { contribution }) => sum + contribution, bias)).toBeCloseTo(logit, 9)
    }
  })

  it('gives the same bytes twice, and the same answers after a way through bytes', async () => {
    const again = packArtefacts(await fit(await packColumns(input), { seed: 1 }))
    expect(Object.keys(again)).toEqual(Object.keys(packed))
    for (const [name, bytes] of Object.entries(again)) expect(Buffer.compare(bytes, packed[name]), name).toBe(0)
    expect(ask(openModel(unpackArtefacts(packed)))).toEqual(answered)
  })

  it('says what does not fit', async () => {
    const refused = (change: Partial<PackInput>) => expect(packColumns({ ...input, ...change })).rejects
    await refused({ vectors: input.vectors.slice(1) }).toMatchObject({
      code: 'BAD_INPUT',
      details: { field: 'vectors' },
    })
    await refused({ vectors: [[1, 2], ...input.vectors.slice(1)] }).toMatchObject({ code: 'BAD_INPUT' })
    await refused({ vectors: [[Number.NaN, ...vectorOf(items[0]).slice(1)], ...input.vectors.slice(1)] }).toMatchObject(
      {
        code: 'BAD_INPUT',
        details: { field: 'vectors', row: 0 },
      },
    )
    await refused({ vectors: items.map(() => [0, 0]) }).toMatchObject({ code: 'BAD_INPUT' })
    await refused({ items: [items[1], ...items.slice(1)] }).toMatchObject({
      code: 'BAD_INPUT',
      details: { field: 'id', row: 1 },
    })
    await refused({ items: [{ id: 'x' } as Item, ...items.slice(1)] }).toMatchObject({ details: { field: 'title' } })
    await refused({ users: undefined as never }).toMatchObject({ code: 'BAD_INPUT', details: { field: 'users' } })
    await refused({ users: [{ rows: ['length'] as never }] }).toMatchObject({ details: { user: 0, row: 'length' } })
    await refused({ users: [[0, 1] as never] }).toMatchObject({ code: 'BAD_INPUT', details: { user: 0 } })
    await refused({ titleVectors: [] }).toMatchObject({ code: 'BAD_INPUT', details: { field: 'titleVectors' } })
    await refused({ users: [{ rows: [0, items.length] }] }).toMatchObject({
      code: 'BAD_INPUT',
      details: { user: 0, row: items.length },
    })
  })
})
