import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type EditAction,
  ERROR_CODES,
  type ErrorCode,
  type Interaction,
  InterestMineError,
  type Item,
  type Miner,
  type OpenOptions,
  openMiner,
  type Recommendation,
  type RecommendOptions,
} from '../dist/index.js'
import { idOf, textItems, themedEvents, vectorItems } from './helpers/catalogue.js'
import { makePlace, type Place, runScript } from './helpers/place.js'

const SHOP = resolve('fixtures/shop')
const shopItems: Item[] = readFileSync(`${SHOP}/catalog.jsonl`, 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line))
const planted: [user: string, { interests: { items: string[]; words: string[] }[]; disliked: string[] }][] =
  Object.entries(JSON.parse(readFileSync(`${SHOP}/expected.json`, 'utf8')).users)

const ITEMS = vectorItems()
const EVENTS = themedEvents()
const ALL = 10_000
const FEBRUARY = Date.UTC(2024, 1, 1)
const DAY = 86_400_000

let place: Place
/** The fixture's shop, built once with the bundled encoder and closed: tests that write take a copy. */
let shop: string
const opened: Miner[] = []

/** Opens a miner that is closed after the test. */
async function open(options: Partial<OpenOptions> = {}): Promise<Miner> {
  const miner = await openMiner({ store: place.path(), workers: 0, ...options })
  opened.push(miner)
  return miner
}

/** A store of items that bring their own vectors. */
async function openThemed(events: Interaction[] = EVENTS, items: Item[] = ITEMS): Promise<Miner> {
  const miner = await open()
  await miner.build({ items, events })
  return miner
}

async function codeOf(work: () => unknown): Promise<ErrorCode> {
  try {
    await work()
  } catch (error) {
    expect(error).toBeInstanceOf(InterestMineError)
    const { code, message } = error as InterestMineError
    expect(ERROR_CODES).toContain(code)
    expect(message).toMatch(/^[^\n]+$/)
    return code
  }
  throw new Error('nothing was thrown')
}

const json = (value: unknown) => JSON.stringify(value)
const idsOf = (list: { item: string }[]) => list.map(({ item }) => item)
const listFor = async (miner: Miner, user: string, options?: RecommendOptions) =>
  (await miner.recommend(user, options)).recommendations
/** Item -> its logit and how it comes about. */
const scoresOf = async (miner: Miner, user: string) => {
  const list = await listFor(miner, user, { limit: ALL, diversity: 0 })
  return Object.fromEntries(list.map(({ item, logit, contributions }) => [item, { logit, contributions }]))
}

function expectScored({ bias, contributions, logit, score }: Recommendation): void {
  const sum = contributions.reduce((total, { contribution }) => total + contribution, bias)
  expect(sum).toBeCloseTo(logit, 6)
  expect(score).toBeCloseTo(1 / (1 + Math.exp(-logit)), 9)
}

beforeAll(async () => {
  place = makePlace()
  shop = place.path('shop.db')
  const miner = await openMiner({ store: shop })
  const report = await miner.build({
    items: { file: `${SHOP}/catalog.jsonl` },
    events: { file: `${SHOP}/events.csv` },
    prune: true,
  })
  expect(report.items).toMatchObject({ read: 160, added: 160, rejected: 0 })
  expect(report.events).toMatchObject({ read: 2316, added: 2316, rejected: 0, users: 72 })
  expect(report).toMatchObject({ encoded: 160, language: 'en', rejectedFile: null })
  await miner.close()
}, 120_000)
afterAll(() => place?.remove())

const openShop = (options: Partial<OpenOptions> = {}) => open({ store: place.copy(shop), ...options })
const closeAll = async () => {
  for (const miner of opened.splice(0)) await miner.close()
}

describe('a profile and its list', () => {
  let miner: Miner
  beforeAll(async () => {
    miner = await openMiner({ store: place.copy(shop), workers: 0 })
  })
  afterAll(() => miner.close())

  it('are the same in explain, interests and recommend', async () => {
    for (const [user] of planted.filter((_, i) => i % 3 === 0)) {
      const { kind, recommendations, ...profile } = await miner.explain(user)
      expect(profile).toEqual(await miner.interests(user))
      expect({ user, kind, recommendations }).toEqual(await miner.recommend(user, { effects: true }))
    }
  })

  it('account for every liked item once, and recommend only what is new', async () => {
    let cited = 0
    for (const [user] of planted) {
      const { interests, unassigned, recommendations, kind } = await miner.explain(user)
      const evidence = interests.flatMap((interest) => interest.evidence)
      const placed = [...evidence, ...unassigned]
      expect(new Set(idsOf(placed)).size).toBe(placed.length)
      expect(placed.reduce((sum, { weight }) => sum + weight, 0)).toBeCloseTo(1, 9)
      for (const interest of interests) {
        expect(idsOf(interest.evidence)).toContain(interest.medoid)
        expect(interest.evidence.reduce((sum, { weight }) => sum + weight, 0)).toBeCloseTo(interest.weight, 9)
      }
      const seen = new Set(idsOf((await miner.exportUser(user)).events))
      expect(kind).toBe('personal')
      expect(recommendations).toHaveLength(10)
      for (const one of recommendations) {
        expectScored(one)
        expect(seen.has(one.item)).toBe(false)
        expect(idsOf(one.evidence).every((item) => seen.has(item))).toBe(true)
        cited += one.evidence.length
      }
    }
    expect(cited).toBeGreaterThan(planted.length)
  })

  it('hold what was planted, and nothing disliked', async () => {
    let met = 0
    let named = 0
    let shunned = 0
    for (const [user, { interests, disliked }] of planted) {
      const answer = await miner.interests(user)
      for (const item of disliked) {
        shunned++
        expect(idsOf(answer.interests.flatMap(({ evidence }) => evidence))).not.toContain(item)
      }
      for (const { items, words } of interests) {
        met++
        const best = answer.interests
          .map(({ evidence, label }) => ({ label, shared: items.filter((id) => idsOf(evidence).includes(id)).length }))
          .sort((a, b) => b.shared - a.shared)[0]
        const label = best?.label.toLowerCase() ?? ''
        if (best && best.shared >= items.length / 2 && words.some((word) => label.includes(word.toLowerCase()))) named++
      }
    }
    expect(named / met).toBeGreaterThan(0.8)
    expect(shunned).toBeGreaterThan(10)
  })

  it('give the exact effect of each cited item', async () => {
    const [user] = planted[0]
    const [first] = await listFor(miner, user, { effects: true })
    expect(first.evidence.length).toBeGreaterThan(0)
    for (const { item, effect } of first.evidence) {
      const without = await miner.explain(user, first.item, { without: [item] })
      expect(first.logit - without.logit).toBeCloseTo(effect ?? Number.NaN, 9)
    }
  })

  it('name a set without which an item leaves the list, none of it to spare', async () => {
    let found = 0
    for (const [user] of planted.slice(0, 4)) {
      for (const { item } of (await listFor(miner, user)).slice(0, 2)) {
        const { counterfactual, rank } = await miner.explain(user, item)
        if (!counterfactual) continue
        found++
        expect(counterfactual.rankBefore).toBe(rank)
        expect(idsOf(await listFor(miner, user, { without: counterfactual.remove }))).not.toContain(item)
        for (const spared of counterfactual.remove) {
          const without = counterfactual.remove.filter((id) => id !== spared)
          expect(idsOf(await listFor(miner, user, { without }))).toContain(item)
        }
      }
    }
    expect(found).toBeGreaterThan(2)
  })

  it('says why an item is not listed', async () => {
    const [user, { interests }] = planted[0]
    expect(await miner.explain(user, interests[0].items[0])).toMatchObject({
      rank: null,
      scoreRank: null,
      counterfactual: null,
      counterfactualReason: 'in-history',
    })
    const all = await listFor(miner, user, { limit: ALL, diversity: 0 })
    const last = all[all.length - 1]
    expect(await miner.explain(user, last.item)).toMatchObject({
      rank: null,
      logit: last.logit,
      counterfactualReason: 'not-listed',
    })
    const second = await miner.explain(user, all[1].item, { diversity: 0 })
    expect(second).toMatchObject({ rank: 2, scoreRank: 2, logit: all[1].logit, contributions: all[1].contributions })
  })

  it('has as many entries as asked for, as far as there are items', async () => {
    const [user] = planted[1]
    const seen = new Set(idsOf((await miner.exportUser(user)).events))
    for (const limit of [1, 7, 60]) expect(await listFor(miner, user, { limit })).toHaveLength(limit)
    const all = await listFor(miner, user, { limit: ALL })
    expect(new Set(idsOf(all)).size).toBe(all.length)
    expect(all).toHaveLength(shopItems.length - seen.size)
    expect(all.map(({ rank }) => rank)).toEqual(all.map((_, i) => i + 1))
  })

  it('stand in order of score without diversity', async () => {
    for (const [user] of planted.slice(0, 6)) {
      const logits = (await listFor(miner, user, { diversity: 0, limit: 50 })).map(({ logit }) => logit)
      expect(logits).toHaveLength(50)
      expect(logits).toEqual([...logits].sort((a, b) => b - a))
    }
  })

  it('keep to a filter, however narrow', async () => {
    const [user] = planted[2]
    const seen = new Set(idsOf((await miner.exportUser(user)).events))
    const tests: [where: string[], (item: Item) => boolean][] = [
      [['category=Sewing'], ({ categories }) => (categories ?? []).flat().includes('Sewing')],
      [['price<20'], ({ price }) => price !== undefined && price < 20],
      [['price>=20', 'category!=Outdoors'], (i) => i.price! >= 20 && !(i.categories ?? []).flat().includes('Outdoors')],
      [[`id=${shopItems[3].id}`], ({ id }) => id === shopItems[3].id],
      [['brand=no such brand'], () => false],
    ]
    for (const [where, test] of tests) {
      const wanted = shopItems.filter(test).map(({ id }) => id)
      expect(wanted.some((id) => !seen.has(id))).toBe(!where[0].startsWith('brand'))
      expect(idsOf(await listFor(miner, user, { where, limit: ALL })).sort()).toEqual(
        wanted.filter((id) => !seen.has(id)).sort(),
      )
      const { results } = await miner.search('a present', { where, limit: ALL })
      expect(idsOf(results).sort()).toEqual(wanted.sort())
    }
  })

  it('leave out what is excluded, and what if it had not been there', async () => {
    const [user, { interests }] = planted[3]
    const before = json(await miner.recommend(user))
    const top = idsOf(await listFor(miner, user)).slice(0, 3)
    const others = idsOf(await listFor(miner, user, { exclude: top, limit: ALL }))
    expect([top.length, others.length > 50]).toEqual([3, true])
    expect(others.filter((id) => top.includes(id))).toEqual([])
    const without = interests[0].items
    const list = await listFor(miner, user, { without, limit: ALL, effects: true })
    expect(list.filter(({ evidence }) => evidence.length > 0).length).toBeGreaterThan(10)
    expect(
      list.flatMap(({ item, evidence }) => [item, ...idsOf(evidence)]).filter((id) => without.includes(id)),
    ).toEqual([])
    const profile = await miner.explain(user, { without })
    expect(profile.interests.length).toBeGreaterThan(0)
    expect(idsOf(profile.interests.flatMap(({ evidence }) => evidence)).filter((id) => without.includes(id))).toEqual(
      [],
    )
    const { interests: mined } = await miner.interests(user)
    const { recommendations } = await miner.explain(user, { mute: [mined[0].id], limit: 50 })
    expect(recommendations.some(({ interest }) => interest === mined[0].id)).toBe(false)
    expect(recommendations).toHaveLength(50)
    expect(json(await miner.recommend(user))).toBe(before)
  })

  it('may mute an interest that is gone without some of the items', async () => {
    const tried = { there: 0, gone: 0 }
    for (const [user] of planted.slice(0, 4)) {
      for (const { id } of (await miner.interests(user)).interests) {
        const { recommendations } = await miner.recommend(user, { mute: [id], limit: 5 })
        for (const { item } of recommendations.slice(0, 2)) {
          const { counterfactual } = await miner.explain(user, item, { mute: [id], limit: 5 })
          if (!counterfactual) continue
          const without = { limit: 5, without: counterfactual.remove }
          // Where the interest went with the items, none is left to mute.
          const { interests } = await miner.explain(user, without)
          const isThere = interests.some((one) => one.id === id)
          expect(idsOf(await listFor(miner, user, isThere ? { ...without, mute: [id] } : without))).not.toContain(item)
          tried[isThere ? 'there' : 'gone']++
        }
      }
    }
    expect(tried.there).toBeGreaterThan(10)
    expect(tried.gone).toBeGreaterThan(0)
  })

  it('see nothing that came after now', async () => {
    const [user] = planted[4]
    const { events } = await miner.exportUser(user)
    const times = events.map(({ at }) => at!).sort()
    const now = times[times.length >> 1]
    const past = await miner.explain(user, { now, limit: ALL })
    const known = events.filter(({ at }) => at! <= now)
    expect(past.events).toBe(known.length)
    const seen = new Set(idsOf(known))
    expect(past.interests.length).toBeGreaterThan(0)
    for (const { evidence, lastSeen } of past.interests) {
      expect(evidence.length).toBeGreaterThan(0)
      expect(lastSeen! <= now).toBe(true)
      for (const one of evidence) expect(seen.has(one.item) && one.lastSeen! <= now).toBe(true)
    }
    const later = idsOf(events).filter((id) => !seen.has(id))
    expect(later.length).toBeGreaterThan(0)
    expect(idsOf(past.recommendations)).toEqual(expect.arrayContaining(later))
    expect(await miner.interests(user, { now: Date.parse(now) })).toEqual(await miner.interests(user, { now }))
    expect(await miner.explain(user, { now: '1999-01-01' })).toMatchObject({
      events: 0,
      interests: [],
      kind: 'popular',
    })
  })

  it('of a stranger are empty and popular', async () => {
    const answer = await miner.explain('nobody at all')
    expect(answer).toMatchObject({ events: 0, interests: [], unassigned: [], kind: 'popular' })
    expect(answer.recommendations).toHaveLength(10)
    for (const { interest, evidence, sources, reason } of answer.recommendations) {
      expect([interest, evidence, sources]).toEqual([null, [], ['popular']])
      expect(reason).toMatch(/popular/i)
    }
  })

  it('of a guest rest on what the guest brings, and nothing is kept', async () => {
    const before = await miner.status()
    const [, { interests }] = planted[5]
    const { items } = interests[0]
    const byItems = await miner.recommend({ items, limit: 20 })
    expect(byItems).toMatchObject({ user: null, kind: 'guest' })
    expect(byItems.recommendations).toHaveLength(20)
    expect(idsOf(byItems.recommendations).filter((id) => items.includes(id))).toEqual([])
    for (const one of byItems.recommendations) expectScored(one)
    const wish = await miner.recommend({ like: 'watercolour brushes for painting' })
    expect(wish.recommendations[0].sources).toContain('wish')
    expect(wish.recommendations[0].title).toMatch(/watercolour|brush|paint/i)
    const both = await miner.recommend({ items, like: 'watercolour brushes for painting', limit: 20 })
    expect(both.recommendations.some(({ sources }) => sources.includes('wish'))).toBe(true)
    expect(both.recommendations.some(({ evidence }) => evidence.length > 0)).toBe(true)
    expect(await miner.status()).toEqual(before)
    expect(await codeOf(() => miner.recommend({}))).toBe('BAD_OPTION')
    expect(await codeOf(() => miner.recommend({ like: '  ' }))).toBe('BAD_OPTION')
  })

  it('finds by a phrase and by an item, best first', async () => {
    const { results } = await miner.search('noise-cancelling headphones')
    expect(results[0].title).toMatch(/headphones/i)
    const { results: similar } = await miner.similar(results[0].item, { limit: 200 })
    expect(similar).toHaveLength(shopItems.length - 1)
    expect(idsOf(similar)).not.toContain(results[0].item)
    const similarities = similar.map(({ similarity }) => similarity)
    expect(similarities).toEqual([...similarities].sort((a, b) => b - a))
    expect(Math.abs(similarities[0])).toBeLessThanOrEqual(1)
  })
})

describe('edits', () => {
  afterAll(closeAll)
  const ACTIONS: EditAction[] = [
    { mute: true },
    { unmute: true },
    { boost: 4 },
    { boost: 0.2 },
    { rename: 'My own name' },
    { pin: true },
    { unpin: true },
    { notMe: true },
  ]

  it('are each taken back to the byte', async () => {
    const miner = await openShop()
    const [user] = planted[0]
    const { interests } = await miner.interests(user)
    for (const { id } of interests) {
      for (const action of ACTIONS) {
        const before = json(await miner.explain(user))
        const { edits } = await miner.editInterest(user, id, action)
        expect(edits.at(-1)).toMatchObject({
          interest: id,
          action: expect.stringMatching(Object.keys(action)[0].slice(0, 3)),
        })
        await miner.explain(user)
        expect((await miner.undoEdit(user)).edits).toEqual([])
        expect(json(await miner.explain(user))).toBe(before)
      }
    }
    expect(await codeOf(() => miner.undoEdit(user))).toBe('BAD_OPTION')
    // Several on one another, taken back one by one.
    const states: string[] = []
    for (const action of ACTIONS.slice(0, 6)) {
      states.push(json(await miner.explain(user)))
      await miner.editInterest(user, interests[0].id, action)
    }
    for (const before of states.reverse()) {
      await miner.undoEdit(user)
      expect(json(await miner.explain(user))).toBe(before)
    }
  })

  it('do what they say', async () => {
    const miner = await openShop()
    const [user] = planted[0]
    const { interests } = await miner.interests(user)
    const [first, second, third] = interests
    const stateOf = async (id: string) => (await miner.interests(user)).interests.find((one) => one.id === id)
    await miner.editInterest(user, first.id, { mute: true })
    expect(await stateOf(first.id)).toMatchObject({ label: first.label, weight: first.weight, state: { muted: true } })
    expect((await listFor(miner, user, { limit: 60 })).some(({ interest }) => interest === first.id)).toBe(false)
    await miner.editInterest(user, first.id, { unmute: true })
    expect((await listFor(miner, user, { limit: 60 })).some(({ interest }) => interest === first.id)).toBe(true)
    await miner.editInterest(user, second.id, { rename: '  Things\u202e to \u0007 wear ' })
    expect(await stateOf(second.id)).toMatchObject({
      label: expect.stringMatching(/^Things +to +wear$/),
      labelSource: 'user',
    })
    await miner.editInterest(user, third.id, { pin: true })
    expect((await miner.interests(user)).interests[0]).toMatchObject({ id: third.id, state: { pinned: true } })
    expect((await listFor(miner, user, { limit: 3 })).some(({ interest }) => interest === third.id)).toBe(true)
    const plain = await miner.explain(user, { limit: 60, diversity: 0 })
    await miner.editInterest(user, third.id, { boost: 3 })
    const compared = { boosted: 0, others: 0 }
    for (const one of await listFor(miner, user, { limit: 60, diversity: 0 })) {
      const before = plain.recommendations.find(({ item }) => item === one.item)
      if (!before) continue
      compared[one.interest === third.id ? 'boosted' : 'others']++
      expect(one.logit - before.logit).toBeCloseTo(one.interest === third.id ? Math.log(3) : 0, 9)
    }
    expect(Math.min(compared.boosted, compared.others)).toBeGreaterThan(0)
    const { edits } = await miner.edits(user)
    expect(edits.map(({ action, value }) => [action, value])).toEqual([
      ['mute', null],
      ['unmute', null],
      ['rename', expect.stringMatching(/^Things/)],
      ['pin', null],
      ['boost', 3],
    ])
  })

  it('boost: never fewer places', async () => {
    const miner = await openShop()
    let tried = 0
    let gained = 0
    for (const [user] of planted.slice(0, 6)) {
      const { interests } = await miner.interests(user)
      for (const { id } of interests.slice(0, 3)) {
        const places = async (options: RecommendOptions) =>
          (await listFor(miner, user, options)).filter(({ interest }) => interest === id).length
        const options = [{}, { diversity: 0 }, { diversity: 1 }, { limit: 5, diversity: 0.6 }]
        const before = await Promise.all(options.map(places))
        for (const boost of [1.3, 10]) {
          await miner.editInterest(user, id, { boost })
          const after = await Promise.all(options.map(places))
          after.forEach((count, i) => {
            expect(count, `${user} ${id} x ${boost} ${json(options[i])}`).toBeGreaterThanOrEqual(before[i])
            tried += Number(before[i] > 0)
            gained += Number(count > before[i])
          })
          await miner.undoEdit(user)
        }
      }
    }
    expect(tried).toBeGreaterThan(50)
    expect(gained).toBeGreaterThan(10)
  })

  it('not me: takes the events out of the profile, and its items stay away', async () => {
    const miner = await openShop()
    const [user] = planted[0]
    const { interests } = await miner.interests(user)
    const gone = interests[0]
    await miner.editInterest(user, gone.id, { notMe: true })
    const answer = await miner.explain(user, { limit: ALL })
    const items = idsOf(gone.evidence)
    expect(items.length).toBeGreaterThan(2)
    const placed = [...answer.interests.flatMap(({ evidence }) => evidence), ...answer.unassigned]
    expect(idsOf(placed).filter((id) => items.includes(id))).toEqual([])
    expect(placed.reduce((sum, { weight }) => sum + weight, 0)).toBeCloseTo(1, 9)
    expect(answer.interests.map(({ id }) => id)).not.toContain(gone.id)
    expect(answer.recommendations.filter(({ evidence }) => evidence.length > 0).length).toBeGreaterThan(10)
    for (const { item, interest, evidence } of answer.recommendations) {
      expect([item, ...idsOf(evidence)].filter((id) => items.includes(id))).toEqual([])
      expect(interest).not.toBe(gone.id)
    }
    expect((await miner.exportUser(user)).events).toHaveLength(answer.events)
  })

  it('outlive rebuilds', async () => {
    const miner = await openThemed()
    const [first, second] = (await miner.interests('u0')).interests
    await miner.editInterest('u0', first.id, { mute: true })
    await miner.editInterest('u0', second.id, { rename: 'Kept' })
    const more = vectorItems(10)
    const events = [...themedEvents(20, 8, 10), { user: 'u0', item: first.medoid, at: FEBRUARY }]
    const { generation: before } = await miner.status()
    await miner.build({ items: more, events, prune: true })
    const { generation: after } = await miner.status()
    expect(after!.id).toBeGreaterThan(before!.id)
    const { interests, recommendations } = await miner.explain('u0', { limit: ALL })
    const holder = interests.find(({ evidence }) => idsOf(evidence).includes(first.medoid))
    expect(holder).toMatchObject({ id: first.id, state: { muted: true } })
    expect(interests.find(({ id }) => id === second.id)).toMatchObject({ label: 'Kept', labelSource: 'user' })
    expect(recommendations.some(({ interest }) => interest === second.id)).toBe(true)
    expect(recommendations.some(({ interest }) => interest === first.id)).toBe(false)
    expect((await miner.undoEdit('u0')).edits).toHaveLength(1)
  })

  it('have their limits', async () => {
    const miner = await openThemed()
    const [{ id }] = (await miner.interests('u0')).interests
    const edit = (action: unknown) => codeOf(() => miner.editInterest('u0', id, action as EditAction))
    for (const boost of [0, 0.09, 11, -1, Number.NaN]) expect(await edit({ boost })).toBe('BAD_OPTION')
    for (const rename of ['', ' \u200b ', 'x'.repeat(81)]) expect(await edit({ rename })).toBe('BAD_OPTION')
    expect(await edit({})).toBe('BAD_OPTION')
    expect(await codeOf(() => miner.editInterest('u0', 'no-such', { mute: true }))).toBe('UNKNOWN_INTEREST')
    expect(await codeOf(() => miner.editInterest('stranger', id, { mute: true }))).toBe('UNKNOWN_INTEREST')
    expect((await miner.edits('u0')).edits).toEqual([])
  })
})

describe("the caller's own candidates", () => {
  let miner: Miner
  beforeAll(async () => {
    miner = await openMiner({ store: place.copy(shop), workers: 0 })
  })
  afterAll(async () => {
    await miner.close()
    await closeAll()
  })
  const everything = shopItems.map(({ id }) => id)

  it('stand in the order of their score, with the entries of recommend', async () => {
    for (const user of [planted[0][0], planted[5][0], 'stranger']) {
      const list = await miner.recommend(user, { limit: ALL, diversity: 0, effects: true })
      expect(list.recommendations.length).toBeGreaterThan(50)
      const ranked = await miner.rank(user, idsOf(list.recommendations).reverse(), { effects: true })
      expect(ranked).toEqual(list)
      const few = idsOf(list.recommendations).filter((_, i) => i % 7 === 3)
      const alone = await miner.rank(user, few, { effects: true })
      const expected = list.recommendations.filter((_, i) => i % 7 === 3).map((one, i) => ({ ...one, rank: i + 1 }))
      expect(alone).toEqual({ ...list, recommendations: expected })
      const best = await miner.rank(user, few, { effects: true, limit: 2 })
      expect(best.recommendations).toEqual(expected.slice(0, 2))
    }
  })

  it('have one explanation and one score, whichever way it is asked for', async () => {
    const [user] = planted[3]
    const { recommendations, kind } = await miner.rank(user, everything, { effects: true })
    expect(kind).toBe('personal')
    expect(recommendations).toHaveLength(everything.length)
    for (const { rank, ...entry } of recommendations.filter((_, i) => i % 5 === 0)) {
      expectScored({ rank, ...entry })
      const {
        counterfactual,
        counterfactualReason,
        scoreRank,
        whyNot,
        rank: _,
        user: __,
        ...told
      } = await miner.explain(user, entry.item)
      expect(entry).toEqual(told)
    }
  })

  it('may be in the history: scored as they are, said so, and no evidence for themselves', async () => {
    const [user] = planted[1]
    const seen = [...new Set(idsOf((await miner.exportUser(user)).events))]
    const { recommendations } = await miner.rank(user, everything, { effects: true })
    expect(idsOf(recommendations)).toEqual(expect.arrayContaining(seen))
    let tried = 0
    for (const { item, logit, evidence, sources, reason } of recommendations) {
      expect(/ in your history already/.test(reason)).toBe(seen.includes(item))
      if (!seen.includes(item)) continue
      expect(sources).toEqual([])
      expect(idsOf(evidence)).not.toContain(item)
      expect((await miner.explain(user, item)).logit).toBe(logit)
      for (const { item: cited, effect } of evidence) {
        const [without] = (await miner.rank(user, [item], { without: [cited] })).recommendations
        expect(logit - without.logit).toBeCloseTo(effect ?? Number.NaN, 9)
        tried++
      }
    }
    expect(tried).toBeGreaterThan(seen.length)
    // What if it had not been there?
    const [asNew] = (await miner.rank(user, [seen[0]], { without: [seen[0]] })).recommendations
    expect(asNew.reason).not.toContain('already')
  })

  it('of a muted interest are scored the same, and said to be muted', async () => {
    const edited = await openShop()
    const [user] = planted[0]
    const before = await edited.rank(user, everything, { effects: true })
    const { interests } = await edited.interests(user)
    const muted = interests[0]
    const whatIf = await edited.rank(user, everything, { effects: true, mute: [muted.id] })
    await edited.editInterest(user, muted.id, { mute: true })
    const after = await edited.rank(user, everything, { effects: true })
    expect(after).toEqual(whatIf)
    const core = ({ recommendations }: { recommendations: Recommendation[] }) =>
      recommendations.map(({ item, logit, contributions, interest }) => ({ item, logit, contributions, interest }))
    expect(core(after)).toEqual(core(before))
    const listed = new Set(idsOf(await listFor(edited, user, { limit: ALL })))
    let silenced = 0
    for (const { interest, item, reason, sources } of after.recommendations) {
      expect(/ muted or disowned/.test(reason)).toBe(interest === muted.id)
      if (interest !== muted.id) continue
      silenced++
      expect([listed.has(item), sources]).toEqual([false, []])
    }
    expect(silenced).toBeGreaterThan(2)
    expect(await codeOf(() => edited.rank(user, everything, { mute: ['nothing'] }))).toBe('UNKNOWN_INTEREST')
  })

  it('count once, all or the best, none at all too', async () => {
    const [user] = planted[2]
    const [a, b] = everything
    const { recommendations } = await miner.rank(user, [a, b, a, a, b])
    expect(idsOf(recommendations).sort()).toEqual([a, b].sort())
    expect(recommendations.map(({ rank }) => rank)).toEqual([1, 2])
    const effects = recommendations.flatMap(({ evidence }) => evidence.map(({ effect }) => effect))
    expect(effects.length).toBeGreaterThan(0)
    expect(effects.every((effect) => effect === null)).toBe(true)
    expect(await miner.rank(user, [])).toEqual({ user, kind: 'personal', recommendations: [] })
  })

  it('are ranked for a guest too', async () => {
    const [a, b, ...rest] = everything
    const guest = { items: [a, b], like: 'something to paint with' }
    const list = await miner.recommend({ ...guest, limit: ALL, diversity: 0, effects: true })
    expect(list.recommendations).toHaveLength(shopItems.length - 2)
    expect(await miner.rank(guest, idsOf(list.recommendations), { effects: true })).toEqual(list)
    const [known] = (await miner.rank({ items: [a] }, [a])).recommendations
    expect(known.evidence).toEqual([])
    expect(await codeOf(() => miner.rank({}, rest))).toBe('BAD_OPTION')
  })

  it('must be in the catalogue: all that are not are named', async () => {
    const own = await openThemed()
    const gone = ITEMS[3].id
    await own.build({ items: ITEMS.filter(({ id }) => id !== gone), prune: true })
    const ids = [ITEMS[0].id, 'teapot-00', gone, 'nothing at all', 'x1', 'x2']
    await expect(own.rank('u0', ids)).rejects.toMatchObject({
      code: 'UNKNOWN_ITEM',
      message: expect.stringMatching(/^no items "teapot-00" \(near: "teapot-0".*"teapot-3".* and 2 more in the cat/),
      details: { item: 'teapot-00', items: ids.slice(1), near: expect.arrayContaining(['teapot-0']) },
    })
    expect(await codeOf(() => own.rank('u0', 'teapot-0' as never))).toBe('BAD_OPTION')
    expect(await codeOf(() => own.rank('u0', Array(10_001).fill('teapot-0')))).toBe('BAD_OPTION')
    expect(await codeOf(() => own.rank('u0', ['teapot-0'], { limit: 0 }))).toBe('BAD_OPTION')
    expect(await codeOf(() => own.rank('', ['teapot-0']))).toBe('BAD_OPTION')
  })
})

describe('what is written', () => {
  afterAll(closeAll)
  const later: Interaction[] = [
    { user: 'u0', item: idOf('guitar', 1), type: 'purchase', at: FEBRUARY },
    { user: 'new one', item: idOf('guitar', 2), type: 'purchase', at: FEBRUARY + DAY },
  ]

  it('is seen by the next call, of this miner, of another, and of another process', async () => {
    const store = place.path()
    const one = await open({ store })
    await one.build({ items: ITEMS, events: EVENTS })
    const other = await open({ store })
    const before = await other.interests('u0')
    expect(await other.explain('new one')).toMatchObject({ events: 0, kind: 'popular' })
    await one.addEvents(later)
    for (const miner of [one, other]) {
      expect((await miner.interests('u0')).events).toBe(before.events + 1)
      expect(await miner.explain('new one')).toMatchObject({ events: 1, kind: 'personal' })
    }
    const answer = json(await one.explain('u0'))
    expect(json(await other.explain('u0'))).toBe(answer)
    const script = `const miner = await openMiner({ store: given[0] })
      const seen = await miner.explain('u0')
      await miner.addEvents(given[1])
      await miner.close()
      process.stdout.write(JSON.stringify(seen))`
    const written = { user: 'u0', item: idOf('wool scarf', 3), at: FEBRUARY + 2 * DAY }
    expect(await runScript(script, store, [written])).toBe(answer)
    for (const miner of [one, other]) {
      const { events, recommendations } = await miner.explain('u0', { limit: ALL })
      expect(events).toBe(before.events + 2)
      expect(idsOf(recommendations)).toContain(idOf('wool scarf', 4))
      expect(idsOf(recommendations)).not.toContain(written.item)
    }
    // An edit is seen as well, and so is forgetting.
    const [{ id }] = (await one.interests('u0')).interests
    await one.editInterest('u0', id, { rename: 'Renamed elsewhere' })
    expect(json(await other.interests('u0'))).toBe(json(await one.interests('u0')))
    expect(await other.forget('u0')).toMatchObject({ forgotten: true, events: before.events + 2 })
    expect(await one.interests('u0')).toEqual({
      user: 'u0',
      events: 0,
      summary: '',
      interests: [],
      wishes: [],
      unassigned: [],
      disowned: [],
    })
  })

  it('stays in its own store', async () => {
    const [one, other] = await Promise.all([openThemed(), openThemed([])])
    const before = json(await other.recommend('u0'))
    await one.addEvents(later)
    expect(json(await other.recommend('u0'))).toBe(before)
    const [a, b] = await Promise.all([one.recommend('u0'), other.recommend('u0')])
    expect([a.kind, b.kind]).toEqual(['personal', 'popular'])
  })

  it('counts once, and not at all where the item is unknown or the time is to come', async () => {
    const miner = await openThemed()
    const again = await miner.addEvents([...EVENTS.slice(0, 5), ...EVENTS.slice(0, 2)])
    const distinct = new Set(EVENTS.slice(0, 5).map(json)).size
    expect(again.events).toMatchObject({ read: 7, added: 0, duplicate: 7, rejected: 0 })
    expect(distinct).toBe(5)
    const { events, rejected } = await miner.addEvents([
      { user: 'u0', item: 'no such item' },
      { user: '', item: ITEMS[0].id },
      { user: 'u0', item: ITEMS[0].id, at: Date.now() + 3 * DAY },
      { user: 'u0', item: ITEMS[0].id, value: -1 },
      { user: 'u0', item: ITEMS[1].id, at: new Date(FEBRUARY) },
    ])
    expect(events).toMatchObject({ read: 5, added: 1, duplicate: 0, rejected: 4 })
    expect(rejected.map(({ line }) => line).sort()).toEqual([1, 2, 3, 4])
  })

  it('by another process while this one reads is counted exactly once', async () => {
    const store = place.path()
    const miner = await open({ store })
    await miner.build({ items: ITEMS, events: EVENTS })
    const fresh = Array.from({ length: 150 }, (_, i) => ({
      user: ['u0', 'u1'][i % 2],
      item: ITEMS[(i * 7) % ITEMS.length].id,
      at: FEBRUARY + i * DAY,
    }))
    const script = `const miner = await openMiner({ store: given[0], workers: 0 })
      for (const event of given[1]) await miner.addEvents([event])
      await miner.close()`
    let over = false
    const writing = runScript(script, store, fresh).finally(() => {
      over = true
    })
    while (!over) {
      await miner.recommend('u0', { limit: 1 })
      await sleep(0)
    }
    await writing
    const anew = await openThemed([...EVENTS, ...fresh])
    for (const user of ['u0', 'u1', 'u5']) expect(await scoresOf(miner, user)).toEqual(await scoresOf(anew, user))
  })

  it('comes from arrays, generators and async generators alike', async () => {
    const sources = [
      () => EVENTS,
      function* () {
        yield* EVENTS
      },
      async function* () {
        for (const event of EVENTS) yield event
      },
    ]
    const answers: string[] = []
    for (const source of sources) {
      const miner = await open()
      await miner.addItems(new Set(ITEMS))
      await miner.addEvents(source())
      answers.push(json(await miner.recommend('u3')))
    }
    expect(new Set(answers).size).toBe(1)
  })

  it('ends where the source fails, and nothing of it is kept', async () => {
    const miner = await openThemed()
    const before = json(await miner.explain('u1'))
    const { events } = await miner.status()
    const broken = function* () {
      yield later[0]
      throw new Error('the source broke')
    }
    await expect(miner.addEvents(broken())).rejects.toThrow('the source broke')
    await expect(miner.addEvents(broken(), { weights: { click: -1 } })).rejects.toThrow('the source broke')
    expect((await miner.status()).events).toBe(events)
    expect(json(await miner.explain('u1'))).toBe(before)
  })

  it('against a theme lowers what is like it, and only that', async () => {
    const miner = await openThemed()
    const before = await scoresOf(miner, 'u0')
    const disliked = [idOf('wool scarf', 0), idOf('wool scarf', 1)]
    await miner.addEvents(disliked.map((item, i) => ({ user: 'u0', item, type: 'dislike', at: FEBRUARY + i })))
    const after = await scoresOf(miner, 'u0')
    for (let i = 2; i < 8; i++)
      expect(after[idOf('wool scarf', i)].logit).toBeLessThan(before[idOf('wool scarf', i)].logit)
    const others = Object.keys(after).filter((id) => !id.startsWith('wool-scarf'))
    for (const id of others) expect(after[id].logit).toBeLessThanOrEqual(before[id].logit)
    const same = others.filter((id) => after[id].logit === before[id].logit)
    expect(same.length).toBeGreaterThan(others.length / 2)
    for (const id of disliked) expect(after[id]).toBeUndefined()
    const { interests, unassigned, events } = await miner.interests('u0')
    const placed = idsOf([...interests.flatMap(({ evidence }) => evidence), ...unassigned])
    expect(placed).toHaveLength(6)
    expect(placed.filter((id) => disliked.includes(id))).toEqual([])
    expect(events).toBe(10)
  })

  it('means the same on every scale of ratings', async () => {
    const rated = EVENTS.map((event, i) => ({ ...event, type: 'rating', value: 1 + (i % 5) }))
    const answers: string[] = []
    for (const scale of [1, 5, 10, 100]) {
      const onScale = rated.map((event) => ({ ...event, value: (event.value * scale) / 5 }))
      const miner = await openThemed(onScale)
      answers.push(json(await Promise.all(['u0', 'u5', 'u11'].map((user) => miner.explain(user, { limit: ALL })))))
    }
    expect(new Set(answers).size).toBe(1)
    // A scale that only the last event tells is as good.
    const split = rated.map((event) => ({ ...event, value: event.value * 2 }))
    const low = split.filter(({ value }) => value <= 4)
    const miner = await openThemed(low)
    await miner.addEvents(split.filter(({ value }) => value > 4))
    const whole = await openThemed(split)
    expect(await scoresOf(miner, 'u5')).toEqual(await scoresOf(whole, 'u5'))
  })
})

describe('events in any order', () => {
  const users = ['u0', 'u1', 'u2', 'new']
  const items = vectorItems(4)
  // Ratings of 1 and 5 fix the scale, so that no later event asks for a new generation.
  const base: Interaction[] = [
    ...themedEvents(6, 6, 4),
    { user: 'u3', item: items[0].id, type: 'rating', value: 1, at: FEBRUARY },
    { user: 'u3', item: items[1].id, type: 'rating', value: 5, at: FEBRUARY + 1 },
  ]
  const kind = fc.constantFrom('view', 'click', 'purchase', 'like', 'dislike', 'hide', 'skip')
  const one = fc.record({ user: fc.constantFrom(...users), item: fc.nat(items.length - 1), type: kind })
  const rating = fc.option(fc.integer({ min: 1, max: 5 }), { nil: undefined, freq: 2 })
  /** Each with a time of its own, before, among and after those of the base. */
  const written = fc
    .array(fc.record({ what: one, value: rating, dwell: fc.constantFrom(undefined, 1, 500) }), {
      minLength: 1,
      maxLength: 24,
    })
    .chain((list) =>
      fc
        .uniqueArray(fc.integer({ min: -40, max: 40 }), { minLength: list.length, maxLength: list.length })
        .map((hours) =>
          list.map(({ what, value, dwell }, i): Interaction => {
            const at = Date.UTC(2024, 0, 3) + hours[i] * 3_600_000 + 1
            return {
              user: what.user,
              item: items[what.item].id,
              type: what.type,
              at,
              ...(value && { value }),
              ...(dwell && { dwell }),
            }
          }),
        ),
    )
  const order = written.chain((events) =>
    fc.record({
      events: fc.constant(events),
      shuffled: fc.shuffledSubarray(events, { minLength: events.length }),
      cuts: fc.array(fc.nat(events.length), { maxLength: 3 }),
    }),
  )

  it('give the same answers, to the byte, as at once, and count as in a store built with all of them', async () => {
    const generation = place.path()
    const first = await openMiner({ store: generation, workers: 0 })
    await first.build({ items, events: base })
    await first.close()
    await fc.assert(
      fc.asyncProperty(order, async ({ events, shuffled, cuts }) => {
        const miners = await Promise.all(
          [place.copy(generation), place.copy(generation), place.path()].map((store) =>
            openMiner({ store, workers: 0 }),
          ),
        )
        const [piecemeal, atOnce, whole] = miners
        try {
          const bounds = [0, ...cuts.sort((a, b) => a - b), shuffled.length]
          for (let i = 1; i < bounds.length; i++) {
            await piecemeal.addEvents(shuffled.slice(bounds[i - 1], bounds[i]))
            // A call between writes, so that deltas are laid over deltas.
            await piecemeal.recommend('u0')
          }
          await atOnce.addEvents(events)
          await whole.build({ items, events: [...base, ...events] })
          for (const user of users) {
            // Fitted parts (the space, phrases) are those of one generation in the first two: equal to the byte.
            expect(json(await piecemeal.explain(user))).toBe(json(await atOnce.explain(user)))
            // The third was fitted later; statistics, and so every score, are the same all the same.
            expect(await scoresOf(piecemeal, user)).toEqual(await scoresOf(whole, user))
          }
        } finally {
          for (const miner of miners) await miner.close()
        }
      }),
      { numRuns: 8 },
    )
  })
})

describe('items that come, change and go', () => {
  afterAll(closeAll)

  it('are found at once, only what changed being encoded', async () => {
    const miner = await openShop()
    const painting = ['Craft & Hobby', 'Painting', 'Watercolour']
    const fresh = { id: 'new-brush', title: 'Squirrel mop brush for watercolour washes', categories: painting }
    const strange = { id: 'new-pump', title: 'Diesel water pump for building sites' }
    const changed = { ...shopItems[0], title: 'Stainless kettle for the camp fire' }
    const cheaper = { ...shopItems[1], price: 1.5 }
    const report = await miner.addItems([fresh, strange, changed, cheaper, shopItems[2]])
    expect(report.items).toEqual({ read: 5, added: 2, updated: 2, unchanged: 1, removed: 0, rejected: 0 })
    expect(await miner.status()).toMatchObject({ items: 162, generation: { id: 1, pendingItems: 4 } })
    expect(idsOf((await miner.search('watercolour mop brush', { limit: 3 })).results)).toContain(fresh.id)
    expect(idsOf((await miner.search('kettle for the camp fire', { limit: 3 })).results)).toContain(changed.id)
    const near = idsOf((await miner.similar(fresh.id, { limit: 5 })).results)
    expect(near).toHaveLength(5)
    expect(near).not.toContain(fresh.id)
    expect(idsOf((await miner.recommend({ like: 'x', where: 'price<2' })).recommendations)).toEqual([cheaper.id])
    // Nobody has met it: its text brings it to who paints, with reasons, and before what is as new and unlike.
    const { interests } = await miner.interests('cust-26314')
    const painter = interests.find(({ label }) => /watercolour/i.test(label))
    const list = await listFor(miner, 'cust-26314', { limit: ALL, diversity: 0 })
    const cold = list.find(({ item }) => item === fresh.id)!
    expect(cold.interest).toBe(painter?.id)
    expect(cold.evidence.some(({ item }) => idsOf(painter!.evidence).includes(item))).toBe(true)
    expect(cold.logit).toBeGreaterThan(list.find(({ item }) => item === strange.id)!.logit + 0.5)
    const { logit, scoreRank } = await miner.explain('cust-26314', fresh.id, { limit: ALL })
    expect([logit, scoreRank]).toEqual([cold.logit, cold.rank])
    // Price is no text; each of the other three has one or two.
    expect(report.encoded).toBe(3)
    expect(report.texts).toBeGreaterThanOrEqual(3)
    expect(report.texts).toBeLessThanOrEqual(6)
  })

  it('are the same set after folding into a new generation', async () => {
    const miner = await openThemed()
    const fresh = vectorItems(10).filter(({ id }) => /-[89]$/.test(id))
    const changed = ITEMS.slice(0, 3).map((item) => ({ ...item, title: `Renewed ${item.title}`, price: 99 }))
    await miner.addItems([...fresh, ...changed])
    const kept = [...changed, ...ITEMS.slice(3), ...fresh]
    const look = async () => {
      const { results } = await miner.similar(ITEMS[10].id, { limit: ALL })
      const { recommendations } = await miner.recommend('u0', { limit: ALL })
      const dear = await miner.recommend('u0', { limit: ALL, where: 'price=99' })
      return {
        similar: results.map(({ item, title }) => `${item} ${title}`).sort(),
        list: recommendations.map(({ item, title }) => `${item} ${title}`).sort(),
        dear: idsOf(dear.recommendations).sort(),
      }
    }
    const before = await look()
    expect(before.dear.length).toBeGreaterThan(0)
    expect(before.similar).toEqual(
      kept
        .filter(({ id }) => id !== ITEMS[10].id)
        .map(({ id, title }) => `${id} ${title}`)
        .sort(),
    )
    const report = await miner.build({ items: kept, prune: true })
    expect(report.items).toMatchObject({ added: 0, updated: 0, unchanged: kept.length, removed: 0 })
    expect((await miner.status()).generation).toMatchObject({ id: 2, pendingItems: 0 })
    expect(await look()).toEqual(before)
  })

  it('vanish when they are removed, though their events stay', async () => {
    const miner = await openThemed()
    const seen = idsOf((await miner.exportUser('u0')).events)
    const gone = [seen[0], ITEMS.find(({ id }) => !seen.includes(id))!.id]
    const report = await miner.build({ items: ITEMS.filter(({ id }) => !gone.includes(id)), prune: true })
    expect(report.items).toMatchObject({ removed: 2 })
    expect(await miner.hasItems(gone)).toEqual([false, false])
    for (const user of ['u0', 'u1', 'stranger']) {
      const list = idsOf(await listFor(miner, user, { limit: ALL }))
      expect(list.length).toBeGreaterThan(30)
      expect(list.filter((id) => gone.includes(id))).toEqual([])
    }
    const other = ITEMS.find(({ id }) => !gone.includes(id))!.id
    const { results } = await miner.similar(other, { limit: ALL })
    expect(idsOf(results).filter((id) => gone.includes(id))).toEqual([])
    expect(results).toHaveLength(ITEMS.length - 3)
    expect(await codeOf(() => miner.similar(gone[0]))).toBe('UNKNOWN_ITEM')
    expect((await miner.exportUser('u0')).events).toHaveLength(seen.length)
    // Back again, with what was known of it.
    await miner.addItems(ITEMS.filter(({ id }) => gone.includes(id)))
    expect(idsOf((await miner.similar(other, { limit: ALL })).results)).toEqual(expect.arrayContaining(gone))
    const list = idsOf(await listFor(miner, 'u0', { limit: ALL }))
    expect(list).toContain(gone[1])
    expect(list).not.toContain(gone[0])
  })

  it('that were removed stay away, also where the build ended before its index was made', async () => {
    const miner = await openThemed([])
    const stop = new AbortController()
    const build = miner.build({
      items: ITEMS.slice(1),
      prune: true,
      signal: stop.signal,
      onProgress: ({ stage }) => stage === 'fit' && stop.abort(),
    })
    expect(await codeOf(() => build)).toBe('INTERRUPTED')
    expect(await miner.hasItems([ITEMS[0].id])).toEqual([false])
    expect(idsOf(await listFor(miner, 'u0', { limit: ALL })).sort()).toEqual(
      ITEMS.slice(1)
        .map(({ id }) => id)
        .sort(),
    )
  })

  it('may be cited after they are gone, and a counterfactual that names one can be asked for', async () => {
    const miner = await openThemed()
    const seen = [...new Set(idsOf((await miner.exportUser('u0')).events))]
    const newest = seen[seen.length - 1]
    await miner.build({ items: ITEMS.filter(({ id }) => id !== newest), prune: true })
    const { recommendations, interests } = await miner.explain('u0')
    expect(idsOf(interests.flatMap(({ evidence }) => evidence))).toContain(newest)
    expect(idsOf(await listFor(miner, 'u0', { exclude: [newest] }))).toEqual(idsOf(recommendations))
    let named = 0
    for (const { item } of recommendations) {
      const { counterfactual } = await miner.explain('u0', item)
      if (!counterfactual?.remove.includes(newest)) continue
      named++
      expect(idsOf(await listFor(miner, 'u0', { without: counterfactual.remove }))).not.toContain(item)
    }
    expect(named).toBeGreaterThan(0)
  })

  it('that change their text do not bend what was counted', async () => {
    // The expected reading time, and with it what a short stay means, goes with the text.
    const items = [{ ...ITEMS[0], text: 'word '.repeat(10) }, ...ITEMS.slice(1)]
    const longer = { ...ITEMS[0], text: 'word '.repeat(2000) }
    const read = ['a', 'b', 'c'].flatMap((user, u) =>
      [0, 1, 9].map((i, k) => ({ user, item: ITEMS[i].id, type: 'read', dwell: 20, at: FEBRUARY + k * DAY + u })),
    )
    const more = { user: 'a', item: ITEMS[20].id, at: FEBRUARY + 9 * DAY }
    const countsOf = async (miner: Miner) => {
      const { recommendations } = await miner.recommend({ items: [ITEMS[1].id], limit: ALL, diversity: 0 })
      return recommendations
        .flatMap(({ item, contributions }) =>
          contributions.map(({ feature, value }) => [item, feature, value] as const),
        )
        .filter(([, feature]) => feature === 'covisit' || feature === 'popularity')
        .sort()
    }
    const laid = await openThemed([...EVENTS, ...read], items)
    await laid.addItems([longer])
    await laid.addEvents([more])
    const asFitted = await openThemed([...EVENTS, ...read], items)
    await asFitted.addEvents([more])
    const anew = await openThemed([...EVENTS, ...read, more], [longer, ...ITEMS.slice(1)])
    // As it was read when it was counted, or as it would be counted today; never a mixture.
    const counts = await countsOf(laid)
    expect(counts.length).toBeGreaterThan(10)
    expect([await countsOf(asFitted), await countsOf(anew)]).toContainEqual(counts)
  })

  it('are removed by the file only where it says so, and not many without a word', async () => {
    const miner = await openThemed()
    expect(await codeOf(() => miner.build({ items: ITEMS.slice(0, 20), prune: true }))).toBe('LIMIT')
    expect((await miner.status()).items).toBe(ITEMS.length)
    expect((await miner.build({ items: ITEMS.slice(0, 20) })).items).toMatchObject({ removed: 0 })
    expect((await miner.build({ items: ITEMS.slice(0, 20), prune: true, yes: true })).items).toMatchObject({
      removed: 28,
    })
    expect((await miner.status()).items).toBe(20)
  })

  it('are not all lost to an empty catalogue', async () => {
    const store = place.path()
    const miner = await open({ store })
    await miner.build({ items: ITEMS, events: EVENTS })
    expect(await codeOf(() => miner.build({ items: [], prune: true, yes: true }))).toBe('BAD_INPUT')
    expect(existsSync(store)).toBe(true)
    expect(await miner.status()).toMatchObject({ items: ITEMS.length, events: EVENTS.length })
  })
})

describe("the caller's own vectors", () => {
  afterAll(closeAll)

  it('are of one length, in all items or in none', async () => {
    const [dims] = [ITEMS[0].vector.length]
    const miner = await openThemed()
    expect(await miner.status()).toMatchObject({ encoder: { id: `caller:${dims}`, dims } })
    const { rejected, items } = await miner.addItems([
      { id: 'short', title: 'short', vector: [1, 2] },
      { id: 'none', title: 'none' },
      { id: 'zero', title: 'zero', vector: Array(dims).fill(0) },
      { id: 'nan', title: 'nan', vector: Array(dims).fill(Number.NaN) },
      { id: 'good', title: 'good', vector: Float64Array.from(ITEMS[0].vector) },
    ])
    expect(items).toMatchObject({ read: 5, added: 1, rejected: 4 })
    expect(rejected.map(({ line, field }) => [line, field])).toEqual([1, 2, 3, 4].map((line) => [line, 'vector']))
    expect((await miner.similar('good', { limit: 1 })).results[0]).toMatchObject({ item: ITEMS[0].id })
    expect((await miner.similar('good', { limit: 1 })).results[0].similarity).toBeCloseTo(1, 5)
  })

  it('have no words: a phrase cannot be encoded', async () => {
    const miner = await openThemed()
    expect(await codeOf(() => miner.search('teapot'))).toBe('NO_TEXT')
    expect(await codeOf(() => miner.recommend({ like: 'teapot' }))).toBe('NO_TEXT')
    expect(await codeOf(() => miner.embed(['teapot']))).toBe('NO_TEXT')
  })

  it('need no model, and count by direction alone', async () => {
    const longer = await openThemed(
      EVENTS,
      ITEMS.map((item) => ({ ...item, vector: item.vector.map((x) => x * 8) })),
    )
    const plain = await openThemed()
    expect(json(await longer.explain('u2'))).toBe(json(await plain.explain('u2')))
  })
})

describe('encoders', () => {
  afterAll(closeAll)

  it('never meet: another one is refused, until the index is built with it', async () => {
    const store = place.copy(shop)
    const e5 = 'multilingual-e5-small'
    const other = await open({ store, encoder: e5 })
    for (const call of [
      () => other.recommend('cust-26314'),
      () => other.search('tea'),
      () => other.similar(shopItems[0].id),
    ]) {
      expect(await codeOf(call)).toBe('ENCODER_MISMATCH')
    }
    const named = await open({ store, encoder: 'all-MiniLM-L6-v2' })
    const before = json(await named.search('watercolour brush'))
    // A change of encoder that was stopped half-way changes no answer.
    const stop = new AbortController()
    const build = other.build({
      items: shopItems,
      signal: stop.signal,
      onProgress: ({ stage }) => stage === 'encode' && stop.abort(),
    })
    expect(await codeOf(() => build)).toBe('INTERRUPTED')
    const unnamed = await open({ store })
    expect(json(await unnamed.search('watercolour brush'))).toBe(before)
    expect(json(await named.search('watercolour brush'))).toBe(before)
  })

  it('are followed by a miner that has another one open', async () => {
    const store = place.path()
    const items = textItems(3)
    const one = await open({ store })
    await one.build({ items })
    await one.search('tea')
    const other = await open({ store, encoder: 'multilingual-e5-small' })
    const report = await other.build({ items })
    expect(report).toMatchObject({ encoder: { dims: 384 }, encoded: items.length })
    expect(json(await one.search('painted teapot'))).toBe(json(await other.search('painted teapot')))
  })

  it('give vectors of unit length, the same every time', async () => {
    const miner = await openShop()
    const { data, rows, dims } = await miner.embed(['red scarf', 'red scarf', 'quantum physics'])
    expect([rows, dims]).toEqual([3, 384])
    expect([...data.subarray(0, dims)]).toEqual([...data.subarray(dims, 2 * dims)])
    for (let row = 0; row < rows; row++) {
      expect(Math.hypot(...data.subarray(row * dims, (row + 1) * dims))).toBeCloseTo(1, 5)
    }
  })
})

describe('the same input', () => {
  afterAll(closeAll)

  it('gives the same answers whether threads help or not', async () => {
    const items = textItems(4)
    const answers: string[] = []
    for (const workers of [0, 2]) {
      const miner = await open({ workers })
      const report = await miner.build({ items, events: themedEvents(8, 8, 4) })
      expect(report).toMatchObject({ encoded: items.length, encoder: { id: 'all-MiniLM-L6-v2-int8' } })
      const users = await Promise.all(['u0', 'u1', 'u6'].map((user) => miner.explain(user)))
      answers.push(json([users, await miner.search('folding chair'), await miner.similar(items[5].id)]))
    }
    expect(answers[1]).toBe(answers[0])
  })

  it('gives the same answers in two stores, whatever the seed that is named', async () => {
    for (const seed of [1, 42]) {
      const answers: string[] = []
      for (let i = 0; i < 2; i++) {
        const miner = await open({ seed })
        await miner.build({ items: ITEMS, events: EVENTS })
        answers.push(
          json(await Promise.all(['u0', 'u1', 'u2', 'u3'].map((user) => miner.explain(user, { limit: 20 })))),
        )
      }
      expect(answers[1]).toBe(answers[0])
    }
  })
})

describe('misuse', () => {
  afterAll(closeAll)

  it('has a code of its own', async () => {
    const miner = await openThemed()
    const codes: [ErrorCode, () => unknown][] = [
      ['UNKNOWN_ITEM', () => miner.similar('teapot-00')],
      ['UNKNOWN_ITEM', () => miner.explain('u0', 'nothing')],
      ['UNKNOWN_ITEM', () => miner.recommend({ items: ['nothing'] })],
      ['UNKNOWN_INTEREST', () => miner.recommend('u0', { mute: ['nothing'] })],
      ['BAD_OPTION', () => miner.recommend('u0', { limit: 0 })],
      ['BAD_OPTION', () => miner.recommend('u0', { limit: 10_001 })],
      ['BAD_OPTION', () => miner.similar(ITEMS[0].id, { limit: 1.5 })],
      ['BAD_OPTION', () => miner.recommend('u0', { diversity: 1.1 })],
      ['BAD_OPTION', () => miner.recommend('u0', { diversity: Number.NaN })],
      ['BAD_OPTION', () => miner.recommend('u0', { now: 'yesterday' })],
      ['BAD_OPTION', () => miner.interests('u0', { now: 'yesterday' })],
      ['BAD_OPTION', () => miner.recommend('u0', { where: 'no condition' })],
      ['BAD_OPTION', () => miner.recommend('u0', { where: 'price<cheap' })],
      ['BAD_OPTION', () => miner.addEvents([], { weights: 'bazaar' as 'shop' })],
      ['BAD_INPUT', () => miner.addEvents([], { weights: { click: 'many' } as never })],
      ['BAD_INPUT', () => miner.addEvents({ file: place.path('no-such.csv') })],
      ['BAD_INPUT', () => miner.addItems({ file: place.folder })],
    ]
    for (const [code, call] of codes) expect(await codeOf(call), String(call)).toBe(code)
    expect((await miner.recommend('u0')).recommendations).toHaveLength(10)
    await expect(miner.similar('teapot-00')).rejects.toMatchObject({
      details: { near: expect.arrayContaining(['teapot-0']) },
    })
  })

  it('is caught before a store is made', async () => {
    const store = place.path()
    expect(await codeOf(() => openMiner({ store, mustExist: true }))).toBe('NO_STORE')
    expect(existsSync(store)).toBe(false)
    expect(await codeOf(() => openMiner({ store: resolve('package.json') }))).toBe('STORE_DAMAGED')
    const empty = await open()
    expect(await codeOf(() => empty.recommend('u0'))).toBe('NO_STORE')
    expect(await codeOf(() => empty.search('tea'))).toBe('NO_STORE')
    expect(await codeOf(() => empty.addEvents(EVENTS))).toBe('NO_STORE')
    const wrong = await open({ encoder: 'no-such-model' })
    expect(await codeOf(() => wrong.build({ items: textItems(1) }))).toBe('BAD_MODEL')
  })

  it('of a closed miner is told', async () => {
    const miner = await openThemed()
    const [{ id }] = (await miner.interests('u0')).interests
    await miner.close()
    await miner.close()
    const calls: (() => unknown)[] = [
      () => miner.recommend('u0'),
      () => miner.recommend({ items: [ITEMS[0].id] }),
      () => miner.rank('u0', [ITEMS[0].id]),
      () => miner.interests('u0'),
      () => miner.explain('u0'),
      () => miner.similar(ITEMS[0].id),
      () => miner.search('tea'),
      () => miner.build({ items: ITEMS }),
      () => miner.addItems(ITEMS),
      () => miner.addEvents(EVENTS),
      () => miner.editInterest('u0', id, { mute: true }),
      () => miner.undoEdit('u0'),
      () => miner.forget('u0'),
      () => miner.edits('u0'),
      () => miner.status(),
      () => miner.doctor(),
      () => miner.generations(),
      () => miner.useGeneration(1),
      () => miner.exportUser('u0'),
      () => miner.embed(['tea']),
      () => miner.hasItems(['tea']),
    ]
    const told: string[] = []
    for (const call of calls) told.push(`${await codeOf(call).catch((error) => error.message)} ${call}`)
    expect(told.filter((line) => !line.startsWith('CLOSED '))).toEqual([])
  })

  it('closing waits for what is being written', async () => {
    const store = place.path()
    const miner = await open({ store })
    const building = miner.build({ items: ITEMS, events: EVENTS })
    const adding = miner.addEvents([{ user: 'late', item: ITEMS[0].id, at: FEBRUARY }])
    await miner.close()
    expect((await building).items).toMatchObject({ added: ITEMS.length })
    expect((await adding).events).toMatchObject({ added: 1 })
    const again = await open({ store, mustExist: true })
    expect(await again.status()).toMatchObject({ items: ITEMS.length, events: EVENTS.length + 1 })
  })
})
