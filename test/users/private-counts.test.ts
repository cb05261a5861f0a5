import Database from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Interaction, type Miner, openMiner, type PrivateUserBaseAnswer } from '../../dist/index.js'
import { crowd } from '../helpers/crowd.js'
import { useMiners } from '../helpers/miners.js'
import { makePlace, type Place, runScript } from '../helpers/place.js'

const { items, events } = crowd(60)
/** So much that noise is 0, but for one answer in 10^13. */
const LOUD = 100

let place: Place
let plain: string
const { open } = useMiners()

async function build(given: Interaction[], budget: number | null = 1000): Promise<string> {
  const store = place.path()
  const miner = await openMiner({ store, workers: 0 })
  await miner.build({ items, events: given, train: false })
  if (budget !== null) await miner.setPrivacyBudget({ epsilon: budget })
  await miner.close()
  return store
}

beforeAll(async () => {
  place = makePlace()
  plain = await build(events)
})
afterAll(() => place?.remove())

/** Answers as they were paid for: nothing held back. */
function paidIn(store: string): { question: string; answer: PrivateUserBaseAnswer['interests'] }[] {
  const db = new Database(store, { readonly: true })
  try {
    const rows = db.prepare('SELECT question, answer FROM spendings ORDER BY seq').all() as Record<string, string>[]
    return rows.map(({ question, answer }) => ({ question, answer: JSON.parse(answer) }))
  } finally {
    db.close()
  }
}

async function countsOf(given: Interaction[]) {
  const store = await build(given)
  await (await open(store)).privateUserBase({ epsilon: LOUD })
  return paidIn(store)[0].answer
}

describe('counts with noise', () => {
  it('name the same topics and items whoever is there, all of them, and change by one user in three counts by one', async () => {
    const counts = await countsOf(events)
    const shape = (list: typeof counts) => list.map(({ users: _, ...rest }) => rest)
    expect(counts.length).toBeGreaterThan(8)
    expect(counts.reduce((sum, { users }) => sum + users, 0)).toBeGreaterThan(40)
    // Somebody who likes everything, twice over, and stands in the middle.
    const all = items.flatMap(({ id }) =>
      [1, 2].map((k) => ({ user: 'u999', item: id, type: 'purchase', at: 1.77e12 + k })),
    )
    const more = await countsOf([...events.slice(0, 100), ...all, ...events.slice(100)])
    expect(shape(more)).toEqual(shape(counts))
    const gains = more.map(({ users }, i) => users - counts[i].users)
    expect(gains.filter((gain) => gain !== 0)).toEqual([1, 1, 1])
    const nobody = await countsOf([{ user: 'u1', item: 'p1' }])
    expect(shape(nobody)).toEqual(shape(counts))
    expect(nobody.every(({ users }) => users === 0)).toBe(true)
  })

  it('show what reaches beyond the noise, most first, and say how they were made', async () => {
    const miner = await open(place.copy(plain))
    const loud = await miner.privateUserBase({ epsilon: LOUD, minUsers: 1 })
    expect(loud).toMatchObject({
      leastUsers: 1,
      privacy: { epsilon: LOUD, delta: 0, mechanism: 'discrete-laplace', bound: 3, left: 900 },
    })
    expect(loud.privacy.scale).toBeCloseTo(0.03, 6)
    const sizes = loud.interests.map(({ users }) => users)
    expect(sizes).toEqual([...sizes].sort((a, b) => b - a))
    expect(sizes.length).toBeGreaterThan(5)
    for (const { items: shown } of loud.interests) expect(shown.length).toBeGreaterThan(0)
    expect(await miner.privateUserBase({ epsilon: LOUD, minUsers: 1, limit: 2 })).toMatchObject({
      total: loud.total,
      interests: loud.interests.slice(0, 2),
    })
    const few = await miner.privateUserBase({ epsilon: LOUD })
    expect(few.interests.length).toBeGreaterThan(0)
    expect(few.interests).toEqual(loud.interests.filter(({ users }) => users >= 5))
    const quiet = await miner.privateUserBase({ epsilon: 0.5, delta: 1e-6, minUsers: 1 })
    expect(quiet.privacy.mechanism).toBe('discrete-gaussian')
    expect(quiet.leastUsers).toBeGreaterThan(30)
    expect(quiet.interests.every(({ users }) => users >= quiet.leastUsers)).toBe(true)
  })

  it('of an audience are those of its topic, and leave out what users muted', async () => {
    const miner = await open(place.copy(plain))
    const [first] = (await miner.privateUserBase({ epsilon: LOUD })).interests
    const size = await miner.audienceSize({ interest: first.label, epsilon: LOUD })
    expect(size).toMatchObject({
      interest: { id: first.id, label: first.label },
      like: null,
      total: first.users,
      minUsers: 5,
    })
    expect(size.privacy).toMatchObject({ bound: 1, left: 800 })
    expect(await miner.audienceSize({ interest: first.id, epsilon: LOUD })).toEqual(size)
    // In another generation the question is new.
    for (const user of ['u1', 'u2', 'u3', 'u4', 'u5']) {
      for (const { id } of (await miner.interests(user)).interests) await miner.editInterest(user, id, { mute: true })
    }
    await miner.build({ items: [...items, { ...items[0], id: 'one-more' }], train: false })
    const all = await miner.privateUserBase({ epsilon: LOUD, minUsers: 1 })
    const sum = (answer: PrivateUserBaseAnswer) => answer.interests.reduce((total, { users }) => total + users, 0)
    expect(sum(all)).toBeLessThan((await countsOf(events)).reduce((total, { users }) => total + users, 0))
  })
})

describe('exact counts of audiences', () => {
  it('are told from so many on, and name nobody', async () => {
    const miner = await open(place.copy(plain))
    const [first] = (await miner.userBase()).interests
    const named = await miner.audience({ interest: first.id })
    expect(await miner.audienceSize({ interest: first.id })).toEqual({
      interest: named.interest,
      like: null,
      total: named.total,
      minUsers: 5,
      privacy: null,
    })
    expect((await miner.audienceSize({ interest: first.id, minUsers: named.total + 1 })).total).toBeNull()
  })
})

describe('the budget', () => {
  const spent = { code: 'BUDGET_SPENT' }

  it('is needed, is spent once for a question in a generation, and refuses when it does not reach', async () => {
    const store = await build(events, null)
    const miner = await open(store)
    expect(await miner.privacyLedger()).toEqual({ budget: null, spent: 0, left: 0, spendings: [] })
    await expect(miner.privateUserBase({ epsilon: 1 })).rejects.toMatchObject(spent)
    await miner.setPrivacyBudget({ epsilon: 1.5 })
    const first = await miner.privateUserBase({ epsilon: 1, minUsers: 1 })
    expect(first.privacy.left).toBe(0.5)
    // New events change nothing until they are folded in: the answer was paid for as it is.
    await miner.addEvents([{ user: 'u0', item: 'p50' }])
    expect(await (await open(store)).privateUserBase({ epsilon: 1, minUsers: 1 })).toEqual(first)
    await expect(miner.privateUserBase({ epsilon: 1, delta: 1e-6 })).rejects.toMatchObject({
      ...spent,
      details: { epsilon: 1, left: 0.5 },
    })
    const [{ id }] = (await miner.userBase({ minUsers: 1 })).interests
    await expect(miner.audienceSize({ interest: id, epsilon: 0.6 })).rejects.toMatchObject({ code: expect.any(String) })
    const { spendings, left } = await miner.privacyLedger()
    expect(spendings).toMatchObject([
      { epsilon: 1, delta: 0, rho: null, question: expect.stringContaining('interests') },
    ])
    expect(left).toBe(0.5)
    await miner.setPrivacyBudget({ epsilon: 1 })
    await expect(miner.privateUserBase({ epsilon: 0.001 })).rejects.toMatchObject(spent)
    expect((await miner.privateUserBase({ epsilon: 1, minUsers: 1 })).privacy.left).toBe(0)
  })

  it('is not spent twice by two processes', async () => {
    const store = await build(events, 1)
    const ask = (...epsilons: number[]) =>
      Promise.all(
        epsilons.map((epsilon) =>
          runScript(
            `const miner = await openMiner({ store: given[0], workers: 0 })
             try { console.log(JSON.stringify(await miner.privateUserBase({ epsilon: given[1] }))) }
             catch (error) { console.log(error.code) }
             await miner.close()`,
            store,
            epsilon,
          ),
        ),
      )
    const answers = await ask(0.6, 0.7)
    expect(answers.filter((one) => one.includes('BUDGET_SPENT'))).toHaveLength(1)
    const [one, other] = await ask(0.2, 0.2)
    expect(one).toBe(other)
    expect((await (await open(store)).privacyLedger()).spendings).toHaveLength(2)
  })

  it.each([
    ['no epsilon', (miner: Miner) => miner.privateUserBase({} as never)],
    ['an epsilon of nothing', (miner: Miner) => miner.privateUserBase({ epsilon: 0 })],
    ['a delta that is no chance', (miner: Miner) => miner.privateUserBase({ epsilon: 1, delta: 2 })],
    ['a delta alone', (miner: Miner) => miner.audienceSize({ interest: 'x', delta: 1e-6 })],
    ['a budget below nothing', (miner: Miner) => miner.setPrivacyBudget({ epsilon: -1 })],
    ['a budget without delta', (miner: Miner) => miner.setPrivacyBudget({ epsilon: 1, delta: 0 })],
    ['no such domain', (miner: Miner) => miner.privateUserBase({ epsilon: 1, domain: 'nowhere' })],
  ])('with %s fails', async (_, ask) => {
    await expect(ask(await open(place.copy(plain)))).rejects.toMatchObject({ code: 'BAD_OPTION' })
  })
})
