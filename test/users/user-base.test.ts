import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type AudienceAnswer, type Miner, type OpenOptions, openMiner, type UserBaseAnswer } from '../../dist/index.js'
import { useMiners } from '../helpers/miners.js'
import { makePlace, type Place } from '../helpers/place.js'

/** English products and Chinese notes, and what to look for in each. */
const CASES = [
  {
    name: 'shop',
    phrase: 'yarn for knitting',
    word: /yarn|wool|knit/i,
    domain: 'Outdoors',
    held: ['camping', 'bread baking', 'cycling', 'a pot for green tea'],
    unheld: ['zzzz qqq xxkcd', 'asdf jkl qwerty', 'wine', 'diesel engine parts', 'stocks and bonds'],
  },
  {
    name: 'notes',
    phrase: '跑马拉松',
    word: /跑|马拉松|配速/,
    domain: '美食',
    held: ['露营', '猫粮', '面包', '摄影'],
    unheld: ['zzzz qqq xxkcd', '啊啊啊啊', '红酒', '柴油发动机', '股票投资'],
  },
] as const

let place: Place
const built = new Map<string, string>()
const miners = useMiners()

beforeAll(async () => {
  place = makePlace()
  for (const { name } of CASES) {
    const store = place.path(`${name}.db`)
    const miner = await openMiner({ store, workers: 1 })
    const [items, events] = [`fixtures/${name}/catalog.jsonl`, `fixtures/${name}/events.csv`]
    await miner.build({ items: { file: items }, events: { file: events }, train: false })
    await miner.close()
    built.set(name, store)
  }
}, 120_000)
afterAll(() => place?.remove())

/** A miner on a copy of its own. */
const open = (name: string, options: Partial<OpenOptions> = {}) => miners.open(place.copy(built.get(name)!), options)

const ALL = 10_000

describe.each(CASES)('the user base of $name', ({ name, phrase, word, domain, held, unheld }) => {
  let miner: Miner
  let base: UserBaseAnswer
  beforeAll(async () => {
    miner = await openMiner({ store: place.copy(built.get(name)!), workers: 0 })
    base = await miner.userBase({ minUsers: 1, limit: ALL })
  })
  afterAll(() => miner?.close())

  it('is what its users hold, counted: the audience of each interest has as many as it says', async () => {
    expect(base.interests.length).toBeGreaterThan(8)
    expect(base.total).toBe(base.interests.length)
    expect(base.withheld).toEqual({ interests: 0, users: null })
    const sizes = base.interests.map(({ users }) => users)
    expect(sizes).toEqual([...sizes].sort((a, b) => b - a))
    expect(new Set(base.interests.map(({ id }) => id)).size).toBe(sizes.length)
    expect(new Set(base.interests.map(({ label }) => label.toLowerCase())).size).toBe(sizes.length)
    const held = new Set<string>()
    for (const interest of base.interests) {
      expect(interest.share).toBeCloseTo(interest.users / base.users, 12)
      expect(interest.items.length).toBeGreaterThan(0)
      const audience = await miner.audience({ interest: interest.id, limit: ALL })
      expect(audience.total).toBe(interest.users)
      expect(audience.users).toHaveLength(interest.users)
      const weight = audience.users.reduce((sum, one) => sum + one.weight, 0) / base.users
      expect(interest.weight).toBeCloseTo(weight, 9)
      const evidence = audience.users.reduce((sum, one) => sum + one.evidence.length, 0)
      expect(interest.growth!.recent + interest.growth!.earlier).toBe(evidence)
      for (const { user, interests } of audience.users) for (const { id } of interests) held.add(`${user} ${id}`)
    }
    // Every fine interest of every user is counted once, by the name that its user sees.
    const mined = new Set<string>()
    const users = new Set([...held].map((one) => one.split(' ')[0]))
    for (const user of users) {
      const { interests } = await miner.interests(user)
      for (const { id, level } of interests) if (level !== 'domain') mined.add(`${user} ${id}`)
    }
    expect(held).toEqual(mined)
  })

  it('shows nothing that fewer than five hold, nor who anybody is', async () => {
    const shown = await miner.userBase({ limit: ALL })
    expect(shown.minUsers).toBe(5)
    expect(shown.interests).toEqual(
      base.interests
        .filter(({ users }) => users >= 5)
        .map((one) => expect.objectContaining({ id: one.id, users: one.users })),
    )
    const most = base.interests[0].users
    const hidden = await miner.userBase({ minUsers: most + 1 })
    expect(hidden).toMatchObject({ interests: [], total: 0 })
    expect(hidden.withheld.interests).toBe(base.interests.length)
    expect(hidden.withheld.users).toBeGreaterThan(most)
    const everybody = await miner.userBase({ minUsers: base.users + 1 })
    expect(everybody.withheld.users).toBeNull()
    const { users } = await miner.audience({ interest: base.interests[0].id, limit: ALL })
    expect([users.length, shown.interests.length > 0]).toEqual([most, true])
    for (const { user } of users) expect(JSON.stringify(shown)).not.toContain(user)
  })

  it('is cut to a domain and to a number', async () => {
    const part = await miner.userBase({ domain: domain.toUpperCase(), minUsers: 1 })
    expect(part.interests.length).toBeGreaterThan(0)
    expect(part.interests).toEqual(base.interests.filter((one) => one.domain.includes(domain)).slice(0, 20))
    const two = await miner.userBase({ limit: 2, minUsers: 1 })
    expect(two.interests).toEqual(base.interests.slice(0, 2))
    expect(two.total).toBe(base.total)
  })

  it('has audiences by evidence, strongest first, also for a phrase', async () => {
    const check = (answer: AudienceAnswer) => {
      expect(answer.users.length).toBeGreaterThan(0)
      const strengths = answer.users.map(({ confidence }) => confidence)
      expect(strengths).toEqual([...strengths].sort((a, b) => b - a))
      for (const { weight, confidence, evidence, interests } of answer.users) {
        expect(weight > 0 && weight <= 1 && confidence > 0 && confidence <= 1).toBe(true)
        expect(interests.length).toBeGreaterThan(0)
        expect(evidence.length).toBeGreaterThan(0)
        const times = evidence.map(({ lastSeen }) => Date.parse(lastSeen!))
        expect(times).toEqual([...times].sort((a, b) => b - a))
      }
    }
    const [first] = base.interests
    const byId = await miner.audience({ interest: first.id, limit: 3 })
    check(byId)
    expect(byId.users).toHaveLength(Math.min(3, first.users))
    expect(byId).toMatchObject({ interest: { id: first.id, label: first.label, domain: first.domain }, like: null })
    expect(await miner.audience({ interest: first.label.toUpperCase(), limit: 3 })).toEqual(byId)
    const like = await miner.audience({ like: phrase, limit: 5 })
    check(like)
    expect(like).toMatchObject({ interest: null, like: phrase })
    expect(like.total).toBeGreaterThan(0)
    expect(like.total).toBeLessThan(base.users / 2)
    for (const { evidence } of like.users) expect(evidence.some(({ title }) => word.test(title))).toBe(true)
  })

  it('has an audience for what the catalogue has, and none for nonsense and the rest', async () => {
    const sizes = async (phrases: readonly string[]) =>
      Promise.all(phrases.map(async (like) => [like, (await miner.audience({ like })).total]))
    expect(await sizes(unheld)).toEqual(unheld.map((like) => [like, 0]))
    for (const [like, size] of await sizes(held)) expect(size, String(like)).toBeGreaterThan(0)
  })

  it('gives the same bytes with threads and without, and again', async () => {
    const threaded = await open(name, { workers: 2 })
    expect(JSON.stringify(await threaded.userBase({ minUsers: 1, limit: ALL }))).toBe(JSON.stringify(base))
    expect(JSON.stringify(await miner.userBase({ minUsers: 1, limit: ALL }))).toBe(JSON.stringify(base))
  })
})

describe('what users do', () => {
  const holders = async (miner: Miner, interest: string) =>
    (await miner.audience({ interest, limit: ALL })).users.map(({ user }) => user)

  it('counts at once: events, what is muted, disowned or undone, and who is forgotten', async () => {
    const miner = await open('shop')
    const [{ id, label, items }] = (await miner.userBase()).interests
    const before = await miner.audience({ interest: id, limit: ALL })
    const [{ user, interests, evidence }] = before.users
    const more = before.users.find((one) => one.user !== user)!
    const everywhere = async (who: string) => (await holders(miner, id)).includes(who)

    for (const one of interests) await miner.editInterest(user, one.id, { mute: true })
    expect(await everywhere(user)).toBe(false)
    expect((await miner.userBase()).interests.find((one) => one.id === id)?.users).toBe(before.total - 1)
    for (const _ of interests) await miner.undoEdit(user)
    expect(await everywhere(user)).toBe(true)
    for (const one of interests) await miner.editInterest(user, one.id, { notMe: true })
    expect(await everywhere(user)).toBe(false)
    for (const _ of interests) await miner.undoEdit(user)

    await miner.forget(more.user)
    expect(await everywhere(more.user)).toBe(false)
    expect((await miner.userBase()).interests.find(({ id: one }) => one === id)?.users).toBe(before.total - 1)

    const taken = [...new Set([...evidence, ...items].map(({ item }) => item))].slice(0, 6)
    const at = Date.parse('2026-06-07T12:00:00Z')
    await miner.addEvents(taken.map((item, i) => ({ user: 'newcomer', item, type: 'purchase', at: at + i })))
    expect(await everywhere('newcomer'), label).toBe(true)
    expect(
      (await miner.audience({ interest: id, now: at - 1, limit: ALL })).users.map((one) => one.user),
    ).not.toContain('newcomer')
  })

  it('is counted by the same topics after a rebuild', async () => {
    const miner = await open('shop')
    const before = await miner.userBase({ minUsers: 1, limit: ALL })
    await miner.addItems(
      Array.from({ length: 8 }, (_, i) => ({
        id: `telescope-${i}`,
        title: `Telescope for star gazing, model ${i}, ${['reflector', 'refractor'][i % 2]}`,
        categories: ['Electronics', 'Telescopes'],
      })),
    )
    await miner.addEvents([{ user: 'u-new', item: 'telescope-1' }])
    await miner.build({ items: { file: 'fixtures/shop/catalog.jsonl' }, train: false })
    expect((await miner.status()).generation?.id).toBe(2)
    const after = await miner.userBase({ minUsers: 1, limit: ALL })
    const known = new Map(after.interests.map(({ id, label }) => [id, label]))
    const kept = before.interests.filter(({ id, label }) => known.get(id) === label)
    expect(kept.length / before.interests.length).toBeGreaterThanOrEqual(0.95)
  })
})

describe('a question about the user base', () => {
  it.each([
    ['no such interest', { interest: 'tnothing' }, 'UNKNOWN_INTEREST'],
    ['neither interest nor phrase', {}, 'BAD_OPTION'],
    ['both', { interest: 'x', like: 'y' }, 'BAD_OPTION'],
    ['an empty phrase', { like: '  ' }, 'BAD_OPTION'],
    ['a phrase of nothing that shows', { like: '\u001b[31m\u200b\u202e' }, 'BAD_OPTION'],
    ['a phrase without end', { like: 'tea '.repeat(126) }, 'BAD_OPTION'],
    ['a limit of none', { interest: 'x', limit: 0 }, 'BAD_OPTION'],
  ])('with %s fails', async (_, options, code) => {
    await expect((await open('shop')).audience(options)).rejects.toMatchObject({ code })
  })

  it('takes a phrase as it shows it, and so do search, a guest and a wish', async () => {
    const miner = await open('shop')
    const hostile = ' \u001b[31mgreen\u200b\u202e\u0007tea\u001b[0m '
    const plain = 'green tea'
    const audience = await miner.audience({ like: hostile })
    expect(audience).toEqual(await miner.audience({ like: plain }))
    expect(audience.like).toBe(plain)
    expect(await miner.search(hostile)).toEqual(await miner.search(plain))
    expect(await miner.recommend({ like: hostile })).toEqual(await miner.recommend({ like: plain }))
    expect((await miner.addInterest('anybody', hostile)).edits[0]).toMatchObject({ value: plain, label: plain })
    const long = 'x'.repeat(501)
    for (const refused of [() => miner.search(long), () => miner.recommend({ like: long })]) {
      await expect(refused()).rejects.toMatchObject({ code: 'BAD_OPTION' })
    }
    await expect(miner.addInterest('anybody', 'x'.repeat(81))).rejects.toMatchObject({ code: 'BAD_OPTION' })
  })

  it('names what is near to what it does not know', async () => {
    const miner = await open('shop')
    const [{ label }] = (await miner.userBase()).interests
    const wrong = `${label.slice(0, -1)}x`
    await expect(miner.audience({ interest: wrong })).rejects.toMatchObject({
      code: 'UNKNOWN_INTEREST',
      details: { interest: wrong, near: expect.arrayContaining([label]) },
    })
    await expect(miner.userBase({ domain: 'Outdors' })).rejects.toMatchObject({
      code: 'BAD_OPTION',
      details: { near: expect.arrayContaining(['Outdoors']) },
    })
    await expect(miner.userBase({ minUsers: 0 })).rejects.toMatchObject({ code: 'BAD_OPTION' })
  })

  it('can be stopped, and asked again', async () => {
    const miner = await open('shop')
    const stop = new AbortController()
    const seen: string[] = []
    const asked = miner.userBase({
      signal: stop.signal,
      onProgress: ({ stage }) => {
        seen.push(stage)
        stop.abort()
      },
    })
    await expect(asked).rejects.toMatchObject({ code: 'INTERRUPTED' })
    expect(new Set(seen)).toEqual(new Set(['profiles']))
    expect((await miner.userBase()).interests.length).toBeGreaterThan(0)
  })

  it('is answered where nobody did anything, and where no event has a time', async () => {
    const miner = await miners.open(place.path())
    const items = Array.from({ length: 9 }, (_, i) => ({ id: `p${i}`, title: `Teapot ${i}`, vector: [1, i / 9, 0, 0] }))
    await miner.build({ items })
    expect(await miner.userBase()).toEqual({
      users: 0,
      minUsers: 5,
      recentSince: null,
      total: 0,
      interests: [],
      withheld: { interests: 0, users: null },
    })
    await miner.addEvents([0, 1, 2, 3].flatMap((i) => ['a', 'b'].map((user) => ({ user, item: `p${i}` }))))
    const { recentSince, interests } = await miner.userBase({ minUsers: 1 })
    expect(recentSince).toBeNull()
    expect(interests.length).toBeGreaterThan(0)
    for (const { growth, trend } of interests) expect([growth, trend]).toEqual([null, 'steady'])
  })
})
