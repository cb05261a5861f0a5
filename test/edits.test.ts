import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type EditAction,
  InterestMineError,
  type InterestsAnswer,
  type Item,
  type Miner,
  type OpenOptions,
  openMiner,
  type RecommendOptions,
} from '../dist/index.js'
import { themedEvents, vectorItems } from './helpers/catalogue.js'
import { useMiners } from './helpers/miners.js'
import { makePlace, type Place } from './helpers/place.js'

const SHOP = resolve('fixtures/shop')
const catalogue: Item[] = readFileSync(`${SHOP}/catalog.jsonl`, 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line))
const users = Object.keys(JSON.parse(readFileSync(`${SHOP}/expected.json`, 'utf8')).users)
const [USER] = users
/** After the last event of the fixture. */
const JUNE = Date.UTC(2026, 5, 20)
const DAY = 86_400_000

let place: Place
/** The fixture's shop, built once and closed: every test takes a copy. */
let shop: string
const miners = useMiners()

const open = ({ store = place.path(), ...options }: Partial<OpenOptions> = {}) =>
  miners.open(store, { clock: () => JUNE, ...options })
const openShop = (options: Partial<OpenOptions> = {}) => open({ store: place.copy(shop), ...options })

beforeAll(async () => {
  place = makePlace()
  shop = place.path('shop.db')
  const miner = await openMiner({ store: shop })
  await miner.build({ items: { file: `${SHOP}/catalog.jsonl` }, events: { file: `${SHOP}/events.csv` }, prune: true })
  await miner.close()
}, 120_000)
afterAll(() => place?.remove())

const json = (value: unknown) => JSON.stringify(value)
const itemsOf = (list: { item: string }[]) => list.map(({ item }) => item).sort()
const listFor = async (miner: Miner, user: string, options?: RecommendOptions) =>
  (await miner.recommend(user, options)).recommendations
const interestOf = async (miner: Miner, id: string, user = USER) =>
  (await miner.interests(user)).interests.find((one) => one.id === id)!

async function failureOf(work: () => Promise<unknown>): Promise<InterestMineError> {
  try {
    await work()
  } catch (error) {
    expect(error).toBeInstanceOf(InterestMineError)
    expect((error as InterestMineError).message).toMatch(/^[^\n]+$/)
    return error as InterestMineError
  }
  throw new Error('nothing was thrown')
}
const codeOf = async (work: () => Promise<unknown>) => (await failureOf(work)).code

/** What holds of every profile, whatever was edited. */
function expectWhole({ interests, unassigned, wishes }: InterestsAnswer, liked: readonly string[]): void {
  const placed = [...interests.flatMap(({ evidence }) => evidence), ...unassigned]
  expect(itemsOf(placed)).toEqual([...liked].sort())
  if (liked.length > 0) expect(placed.reduce((sum, { weight }) => sum + weight, 0)).toBeCloseTo(1, 9)
  for (const { evidence, medoid, weight } of interests) {
    expect(itemsOf(evidence)).toContain(medoid)
    expect(evidence.reduce((sum, one) => sum + one.weight, 0)).toBeCloseTo(weight, 9)
  }
  for (const named of [interests, wishes]) {
    const labels = named.map(({ label }) => label.trim().toLowerCase())
    expect(new Set(labels).size).toBe(labels.length)
    for (const label of labels) expect(label).toMatch(/\p{L}/u)
  }
  const ids = [...interests, ...wishes].map(({ id }) => id)
  expect(new Set(ids).size).toBe(ids.length)
}

describe('merged interests', () => {
  it('are one: evidence, weight, id and name of the first, and one place among the others', async () => {
    const miner = await openShop()
    const before = await miner.interests(USER)
    const [first, second, third] = before.interests
    await miner.editInterest(USER, second.id, { mute: true })
    const { edits, merged: went } = await miner.editInterest(USER, first.id, { merge: [second.id] })
    expect(edits.at(-1)).toMatchObject({ action: 'merge', interest: first.id, value: second.id })
    expect(went).toEqual([
      { id: first.id, label: first.label, state: first.state },
      { id: second.id, label: second.label, state: { ...second.state, muted: true } },
    ])
    expect(await miner.edits(USER)).not.toHaveProperty('merged')
    const after = await miner.interests(USER)
    expect(after.interests.map(({ id }) => id)).toEqual([first.id, third.id])
    const merged = after.interests[0]
    expect(itemsOf(merged.evidence)).toEqual(itemsOf([...first.evidence, ...second.evidence]))
    expect(merged.weight).toBeCloseTo(first.weight + second.weight, 9)
    expect(merged.label).toBe(`${first.label}, ${second.label}`)
    expect(merged.state).toEqual(first.state)
    expect(after.interests[1]).toEqual(third)
    expectWhole(after, itemsOf([...before.interests.flatMap(({ evidence }) => evidence), ...before.unassigned]))
    await miner.editInterest(USER, first.id, { merge: [third.id] })
    expect((await miner.interests(USER)).interests).toHaveLength(1)
  })

  it('recommend from each of what they were, and are muted as one', async () => {
    const miner = await openShop()
    const [first, second] = (await miner.interests(USER)).interests
    const apart = await listFor(miner, USER, { limit: 100, mute: [first.id, second.id] })
    const open = await listFor(miner, USER, { limit: 100 })
    await miner.editInterest(USER, first.id, { merge: [second.id] })
    const together = await listFor(miner, USER, { limit: 100 })
    const carried = (list: typeof open, ...ids: string[]) =>
      itemsOf(list.filter(({ interest }) => interest !== null && ids.includes(interest)))
    expect(carried(together, first.id)).toEqual(carried(open, first.id, second.id))
    expect(carried(together, first.id).length).toBeGreaterThan(2)
    const whatIf = await listFor(miner, USER, { limit: 100, mute: [first.id] })
    await miner.editInterest(USER, first.id, { mute: true })
    expect(await listFor(miner, USER, { limit: 100 })).toEqual(whatIf)
    expect(itemsOf(whatIf)).toEqual(itemsOf(apart))
  })

  it('cannot be merged with themselves, wishes or what is not there', async () => {
    const miner = await openShop()
    const [first, second] = (await miner.interests(USER)).interests
    const merge = (ids: string[], id = first.id) => failureOf(() => miner.editInterest(USER, id, { merge: ids }))
    expect((await merge([])).code).toBe('BAD_OPTION')
    expect((await merge([first.id])).message).toContain('itself')
    const typo = await merge([`${second.id.slice(0, -1)}!`])
    expect([typo.code, typo.details.near]).toEqual(['UNKNOWN_INTEREST', [second.id]])
    const { edits } = await miner.addInterest(USER, 'sourdough')
    expect((await merge([edits[0].interest])).message).toContain('wish')
    expect((await merge([second.id], edits[0].interest)).code).toBe('BAD_OPTION')
    await miner.editInterest(USER, first.id, { merge: [second.id] })
    for (const action of [{ mute: true }, { split: {} }, { merge: [first.id] }] as EditAction[]) {
      expect(await codeOf(() => miner.editInterest(USER, second.id, action))).toBe('UNKNOWN_INTEREST')
    }
    expect((await miner.edits(USER)).edits).toHaveLength(2)
  })
})

describe('a split interest', () => {
  it('becomes two by the items that are named, or where it was joined last', async () => {
    const miner = await openShop()
    const before = await miner.interests(USER)
    const [whole] = before.interests
    const items = whole.evidence.slice(-2).map(({ item }) => item)
    for (const split of [{ items }, {}]) {
      await miner.editInterest(USER, whole.id, { boost: 2 })
      const { edits } = await miner.editInterest(USER, whole.id, { split })
      const after = await miner.interests(USER)
      const parts = after.interests.filter(({ id }) => id === whole.id || id === edits.at(-1)!.value)
      expect(parts).toHaveLength(2)
      expect(itemsOf(parts.flatMap(({ evidence }) => evidence))).toEqual(itemsOf(whole.evidence))
      expect(parts.map(({ state }) => state.boost)).toEqual([2, 2])
      if ('items' in split) expect(itemsOf(parts.find(({ id }) => id !== whole.id)!.evidence)).toEqual(items.sort())
      expectWhole(after, itemsOf([...before.interests.flatMap(({ evidence }) => evidence), ...before.unassigned]))
      await miner.undoEdit(USER)
      await miner.undoEdit(USER)
    }
    expect(await miner.interests(USER)).toEqual(before)
  })

  it('goes its own ways, and merged again is what it was', async () => {
    const miner = await openShop()
    const before = await miner.explain(USER)
    const [whole] = before.interests
    const { edits } = await miner.editInterest(USER, whole.id, { split: {} })
    const part = String(edits.at(-1)!.value)
    await miner.editInterest(USER, part, { rename: 'Aside' })
    await miner.editInterest(USER, part, { mute: true })
    expect(await interestOf(miner, part)).toMatchObject({ label: 'Aside', state: { muted: true } })
    expect(await interestOf(miner, whole.id)).toMatchObject({ state: { muted: false } })
    const list = await listFor(miner, USER, { limit: 100 })
    expect(list.some(({ interest }) => interest === whole.id)).toBe(true)
    for (const { interest } of list) expect(interest).not.toBe(part)
    await miner.editInterest(USER, whole.id, { merge: [part] })
    expect(await miner.explain(USER)).toEqual(before)
  })

  it('that was merged falls into what it was', async () => {
    const miner = await openShop()
    const before = await miner.interests(USER)
    const [first, second, third] = before.interests
    await miner.editInterest(USER, second.id, { merge: [first.id, third.id] })
    await miner.editInterest(USER, second.id, { split: {} })
    expect(await miner.interests(USER)).toEqual(before)
    await miner.editInterest(USER, first.id, { notMe: true })
    expect((await miner.interests(USER)).interests.map(({ id }) => id)).toEqual([second.id, third.id])
  })

  it('that was merged, step by step too, gives each its id and its own name back, whichever weighs most', async () => {
    const miner = await openShop()
    let tried = 0
    for (const user of users) {
      const named = (await miner.interests(user)).interests.slice(0, 3)
      if (named.length < 3) continue
      const [first, second, third] = named
      await miner.editInterest(user, second.id, { rename: 'Mine' })
      const shown = async () =>
        (await miner.interests(user)).interests.map(({ id, label, evidence }) => [id, label, itemsOf(evidence)])
      const before = await shown()
      await miner.editInterest(user, second.id, { merge: [first.id] })
      await miner.editInterest(user, third.id, { merge: [second.id] })
      await miner.editInterest(user, third.id, { rename: 'All of it' })
      await miner.editInterest(user, third.id, { split: {} })
      expect(await shown()).toEqual(before)
      tried++
    }
    expect(tried).toBeGreaterThan(10)
  })

  it('that was merged keeps its id with what bore it before, where items are named', async () => {
    const miner = await openShop()
    const [first, second] = (await miner.interests(USER)).interests
    await miner.editInterest(USER, second.id, { merge: [first.id] })
    await miner.editInterest(USER, second.id, { split: { items: itemsOf(second.evidence) } })
    for (const one of [first, second]) {
      const after = await interestOf(miner, one.id)
      expect([after.label, itemsOf(after.evidence)]).toEqual([one.label, itemsOf(one.evidence)])
    }
    await miner.undoEdit(USER)
    // One item taken out: what is left is still both, and falls into them later.
    const [{ item }] = first.evidence
    const { edits } = await miner.editInterest(USER, second.id, { split: { items: [item] } })
    const part = String(edits.at(-1)!.value)
    expect(part).not.toBe(first.id)
    expect(itemsOf((await interestOf(miner, part)).evidence)).toEqual([item])
    await miner.editInterest(USER, second.id, { split: {} })
    expect(itemsOf((await interestOf(miner, second.id)).evidence)).toEqual(itemsOf(second.evidence))
    expect(itemsOf((await interestOf(miner, first.id)).evidence)).toEqual(
      itemsOf(first.evidence).filter((one) => one !== item),
    )
  })

  it('keeps its id with what holds most of the weight, though that was named, and its name while that stands', async () => {
    const miner = await openShop()
    const textOf = new Map(catalogue.map((item) => [item.id, json(item).toLowerCase()]))
    const standsIn = (items: string[]) => (word: string) =>
      2 * items.filter((item) => textOf.get(item)!.includes(word)).length >= items.length
    const kept: boolean[] = []
    let stood = 0
    for (const user of users) {
      for (const { id, label, evidence } of (await miner.interests(user)).interests) {
        if (evidence.length < 4) continue
        const most = evidence.slice(0, -1).map(({ item }) => item)
        await miner.editInterest(user, id, { split: { items: most } })
        const after = await interestOf(miner, id, user)
        expect(itemsOf(after.evidence)).toEqual([...most].sort())
        const words = label.toLowerCase().match(/\p{L}+/gu)!
        kept.push(after.label === label)
        if (words.every(standsIn(most))) {
          expect(after.label).toBe(label)
          stood++
        }
        await miner.undoEdit(user)
      }
    }
    expect(kept.length).toBeGreaterThan(50)
    expect(stood).toBeGreaterThan(20)
    expect(kept.filter(Boolean).length).toBeGreaterThan(kept.length / 2)
  })

  it('must leave something, and take what is there', async () => {
    const miner = await openShop()
    const [whole, other] = (await miner.interests(USER)).interests
    const split = (id: string, items?: string[]) =>
      failureOf(() => miner.editInterest(USER, id, { split: items ? { items } : {} }))
    const all = itemsOf(whole.evidence)
    expect((await split(whole.id, all)).message).toMatch(/^items \[.*\] are all there is of .*leave some/)
    expect((await split(whole.id, [other.medoid])).message).toContain('no evidence')
    expect(await codeOf(() => miner.editInterest(USER, whole.id, { split: 'x' } as never))).toBe('BAD_OPTION')
    const { edits } = await miner.editInterest(USER, whole.id, { split: { items: all.slice(0, 2) } })
    const pair = String(edits[0].value)
    expect((await split(pair)).message).toContain('2 items')
    await miner.editInterest(USER, pair, { split: { items: [all[0]] } })
    expect((await interestOf(miner, pair)).evidence).toHaveLength(1)
  })
})

describe('a wish', () => {
  const add = async (miner: Miner, phrase: string, user = USER) =>
    (await miner.addInterest(user, phrase)).edits.at(-1)!.interest
  const placesOf = (list: { interest: string | null }[], id: string) =>
    list.filter(({ interest }) => interest === id).length

  it('finds what it asks for, in a few places of the list, and says so', async () => {
    const miner = await openShop()
    const plain = await listFor(miner, USER)
    expect(plain).toHaveLength(10)
    expect(plain.some(({ title }) => /keyboard/i.test(title))).toBe(false)
    const id = await add(miner, '  quiet\u202e \u0007 keyboards ')
    const { wishes, recommendations } = await miner.explain(USER)
    expect(wishes).toEqual([
      {
        id,
        label: 'quiet keyboards',
        labelSource: 'user',
        phrase: 'quiet keyboards',
        addedAt: new Date(JUNE).toISOString(),
        state: { muted: false, boost: 1, pinned: false },
        contrary: null,
      },
    ])
    const own = recommendations.filter(({ interest }) => interest === id)
    expect(own).toHaveLength(3)
    expect(own.some(({ title }) => /keyboard/i.test(title))).toBe(true)
    for (const { sources, reason, contributions, logit, bias } of own) {
      expect(sources).toContain('wish')
      expect(reason).toContain('your wish “quiet keyboards”')
      expect(contributions.reduce((sum, one) => sum + one.contribution, bias)).toBeCloseTo(logit, 9)
    }
    const inChinese = (await listFor(miner, USER, { language: 'zh' })).filter(({ interest }) => interest === id)
    expect(inChinese).toHaveLength(3)
    for (const { reason } of inChinese) expect(reason).toContain('你的愿望「quiet keyboards」')
    const explained = await miner.explain(USER, own[0].item)
    expect(explained).toMatchObject({ interest: id, rank: own[0].rank })
  })

  it('is muted, boosted, renamed, pinned and taken away', async () => {
    const miner = await openShop()
    const before = json(await miner.explain(USER))
    const id = await add(miner, 'green tea')
    const places = async (options: RecommendOptions = {}) => placesOf(await listFor(miner, USER, options), id)
    const plain = await places()
    await miner.editInterest(USER, id, { boost: 3 })
    expect(await places()).toBeGreaterThan(plain)
    expect(await places()).toBeLessThanOrEqual(5)
    expect(await places({ mute: [id] })).toBe(0)
    await miner.editInterest(USER, id, { boost: 0.1 })
    await miner.editInterest(USER, id, { pin: true })
    await miner.editInterest(USER, id, { rename: 'My tea' })
    expect((await miner.interests(USER)).wishes[0]).toMatchObject({
      label: 'My tea',
      phrase: 'green tea',
      state: { pinned: true, boost: 0.1 },
    })
    expect(await places()).toBeGreaterThanOrEqual(1)
    await miner.editInterest(USER, id, { mute: true })
    const muted = await miner.explain(USER)
    expect(placesOf(muted.recommendations, id)).toBe(0)
    expect(json(muted.recommendations)).toBe(json(JSON.parse(before).recommendations))
    await miner.editInterest(USER, id, { unmute: true })
    expect(await places()).toBeGreaterThanOrEqual(1)
    await miner.editInterest(USER, id, { remove: true })
    expect(json(await miner.explain(USER))).toBe(before)
    expect(await codeOf(() => miner.editInterest(USER, id, { mute: true }))).toBe('UNKNOWN_INTEREST')
    for (let n = (await miner.edits(USER)).edits.length; n > 0; n--) await miner.undoEdit(USER)
    expect(json(await miner.explain(USER))).toBe(before)
  })

  it('is one of several that share their places', async () => {
    const miner = await openShop()
    const ids = [await add(miner, 'sourdough bread'), await add(miner, 'bird feeder'), await add(miner, 'oolong tea')]
    const list = await listFor(miner, USER)
    const counts = ids.map((id) => placesOf(list, id))
    for (const count of counts) expect(count).toBe(1)
    expect((await miner.interests(USER)).wishes.map(({ id }) => id)).toEqual(ids.reverse())
  })

  it('is enough to begin with: a stranger gets a list of their own', async () => {
    const miner = await openShop()
    const id = await add(miner, 'noise-cancelling headphones', 'newcomer')
    const { kind, recommendations, interests, events } = await miner.explain('newcomer')
    expect([kind, interests, events]).toEqual(['personal', [], 0])
    expect(placesOf(recommendations, id)).toBe(3)
    expect(recommendations[0].reason).toBe('Matches your wish “noise-cancelling headphones”.')
    const guest = await miner.recommend({ like: 'noise-cancelling headphones' })
    expect(recommendations[0].item).toBe(guest.recommendations[0].item)
    expect((await miner.exportUser('newcomer')).wishes).toHaveLength(1)
  })

  it('is written down, exported, and forgotten without a trace', async () => {
    const store = place.copy(shop)
    const miner = await open({ store })
    await add(miner, 'zzyzx sourdough')
    const exported = await miner.exportUser(USER)
    expect(exported.wishes).toMatchObject([{ phrase: 'zzyzx sourdough' }])
    expect(exported.edits).toMatchObject([{ action: 'add', value: 'zzyzx sourdough', evidence: [], undone: false }])
    const other = await open({ store })
    expect((await other.interests(USER)).wishes).toEqual(exported.wishes)
    await miner.forget(USER)
    expect((await other.interests(USER)).wishes).toEqual([])
    await miners.closeAll()
    expect(readFileSync(store).includes('zzyzx')).toBe(false)
  })

  it('is refused where it says nothing, is too long, is there already, or cannot be encoded', async () => {
    const miner = await openShop()
    for (const phrase of ['', ' \u200b\u0007 ', 'x'.repeat(81), null, 3, ['a']]) {
      expect(await codeOf(() => miner.addInterest(USER, phrase as string))).toBe('BAD_OPTION')
    }
    const id = await add(miner, 'sourdough')
    expect((await failureOf(() => miner.addInterest(USER, 'Sourdough'))).message).toContain(id)
    for (const action of [{ notMe: true }, { split: {} }] as EditAction[]) {
      expect(await codeOf(() => miner.editInterest(USER, id, action))).toBe('BAD_OPTION')
    }
    const [{ id: mined }] = (await miner.interests(USER)).interests
    expect((await failureOf(() => miner.editInterest(USER, mined, { remove: true }))).message).toMatch(
      /no wish.*--not-me/,
    )
    expect(await codeOf(() => miner.editInterest(USER, 'nothing', { remove: true }))).toBe('UNKNOWN_INTEREST')
    expect((await miner.edits(USER)).edits).toHaveLength(1)
    const own = await open()
    await own.build({ items: vectorItems(), events: themedEvents() })
    expect(await codeOf(() => own.addInterest('u0', 'teapot'))).toBe('NO_TEXT')
  })

  it('is encoded anew where the store has another encoder, and rests where it has none', async () => {
    const store = place.copy(shop)
    const first = await open({ store })
    const id = await add(first, 'sourdough bread')
    await miners.closeAll()
    const second = await open({ store, encoder: 'multilingual-e5-small' })
    const items = catalogue.slice(0, 160)
    expect((await second.build({ items, prune: true })).encoder.id).toContain('e5')
    const found = (await listFor(second, USER)).filter(({ interest }) => interest === id)
    expect(found.some(({ title }) => /sourdough|bread/i.test(title))).toBe(true)
  }, 120_000)
})

describe('edits on edits', () => {
  const PHRASES = ['sourdough', 'bird feeder', 'watercolour', 'green tea']
  const step = fc.record({
    kind: fc.constantFrom(
      ...[
        'mute',
        'unmute',
        'boost',
        'rename',
        'pin',
        'unpin',
        'notMe',
        'merge',
        'split',
        'splitItems',
        'add',
        'remove',
      ],
    ),
    which: fc.nat(9),
    other: fc.nat(9),
  })

  async function take(
    miner: Miner,
    user: string,
    { kind, which, other }: { kind: string; which: number; other: number },
  ) {
    const { interests, wishes } = await miner.interests(user)
    if (kind === 'add') return miner.addInterest(user, PHRASES[which % PHRASES.length])
    const all = [...interests, ...wishes]
    const one = all[which % Math.max(1, all.length)]
    if (!one) return null
    const evidence = 'evidence' in one ? one.evidence : []
    const actions: Record<string, EditAction> = {
      boost: { boost: other < 5 ? 0.3 : 4 },
      rename: { rename: `Name ${other}` },
      merge: { merge: [all[other % all.length].id] },
      split: { split: {} },
      splitItems: { split: { items: evidence.slice(0, 1 + (other % 3)).map(({ item }) => item) } },
    }
    return miner.editInterest(user, one.id, actions[kind] ?? ({ [kind]: true } as EditAction))
  }

  it('keep every item of the history in one place, and are taken back one by one to the byte', async () => {
    const miner = await openShop()
    const plain = await Promise.all(users.slice(0, 4).map((user) => miner.interests(user)))
    const tried = { made: 0, refused: 0, carried: 0 }
    await fc.assert(
      fc.asyncProperty(fc.nat(3), fc.array(step, { minLength: 1, maxLength: 7 }), async (u, steps) => {
        const user = users[u]
        const liked = itemsOf([...plain[u].interests.flatMap(({ evidence }) => evidence), ...plain[u].unassigned])
        const states = [json(await miner.explain(user, { effects: false }))]
        for (const one of steps) {
          try {
            if ((await take(miner, user, one)) === null) continue
          } catch (error) {
            // Not every edit can be made of every interest; nothing is written then.
            expect(['BAD_OPTION', 'UNKNOWN_INTEREST']).toContain((error as InterestMineError).code)
            expect(json(await miner.explain(user, { effects: false }))).toBe(states.at(-1))
            tried.refused++
            continue
          }
          const answer = await miner.explain(user, { effects: false })
          const disowned = (await miner.exportUser(user)).edits.some(
            ({ action, undone }) => action === 'not-me' && !undone,
          )
          const placed = answer.interests.flatMap(({ evidence }) => evidence)
          expectWhole(answer, disowned ? itemsOf([...placed, ...answer.unassigned]) : liked)
          const muted = new Set(
            [...answer.interests, ...answer.wishes].filter(({ state }) => state.muted).map(({ id }) => id),
          )
          const known = new Set([...answer.interests, ...answer.wishes].map(({ id }) => id))
          for (const { interest } of answer.recommendations) {
            if (interest === null) continue
            expect(known.has(interest)).toBe(true)
            expect(muted.has(interest)).toBe(false)
            tried.carried++
          }
          tried.made++
          states.push(json(answer))
        }
        states.pop()
        for (const before of states.reverse()) {
          await miner.undoEdit(user)
          expect(json(await miner.explain(user, { effects: false }))).toBe(before)
        }
        expect((await miner.edits(user)).edits).toEqual([])
      }),
      { numRuns: 25, seed: 6 },
    )
    expect(Math.min(tried.made, tried.refused, tried.carried)).toBeGreaterThan(10)
  }, 120_000)

  it('can be looked at without being made: what-ifs write nothing', async () => {
    const miner = await openShop()
    const [first, second, third] = (await miner.interests(USER)).interests
    await miner.editInterest(USER, first.id, { merge: [second.id] })
    const part = String((await miner.editInterest(USER, third.id, { split: {} })).edits.at(-1)!.value)
    const wish = (await miner.addInterest(USER, 'sourdough')).edits.at(-1)!.interest
    const before = json([await miner.exportUser(USER), await miner.explain(USER)])
    const without = [first.evidence[0].item]
    for (const id of [first.id, part, wish]) {
      const list = await listFor(miner, USER, { mute: [id], without, limit: 50 })
      expect(list.some(({ interest }) => interest === id)).toBe(false)
      for (const { evidence } of list) expect(itemsOf(evidence)).not.toContain(without[0])
      const ranked = await miner.rank(USER, itemsOf(list).slice(0, 5), { mute: [id], without })
      expect(ranked.recommendations).toHaveLength(5)
    }
    expect(await codeOf(() => listFor(miner, USER, { mute: [second.id] }))).toBe('UNKNOWN_INTEREST')
    expect(json([await miner.exportUser(USER), await miner.explain(USER)])).toBe(before)
  })

  it('outlive rebuilds, new events and new items', async () => {
    const miner = await open({ clock: () => Date.UTC(2024, 2, 1) })
    await miner.build({ items: vectorItems(), events: themedEvents() })
    const [first, second] = (await miner.interests('u0')).interests
    await miner.editInterest('u0', first.id, { merge: [second.id] })
    await miner.editInterest('u0', first.id, { mute: true })
    const events = [...themedEvents(20, 8, 10), { user: 'u0', item: 'teapot-7', at: Date.UTC(2024, 1, 1) }]
    await miner.build({ items: vectorItems(10), events, prune: true })
    const { interests, recommendations } = await miner.explain('u0', { limit: 60 })
    const merged = interests.find(({ id }) => id === first.id)!
    expect(merged.state.muted).toBe(true)
    const held = itemsOf([...first.evidence, ...second.evidence])
    expect(held.length).toBeGreaterThan(4)
    for (const item of held) expect(itemsOf(merged.evidence)).toContain(item)
    // What is new in one of them follows.
    expect(itemsOf(merged.evidence)).toContain('teapot-7')
    expect(recommendations.length).toBeGreaterThan(30)
    expect(recommendations.some(({ interest, item }) => interest === first.id || /teapot|spade/.test(item))).toBe(false)
    await miner.undoEdit('u0')
    const { edits } = await miner.editInterest('u0', first.id, { split: { items: ['teapot-7'] } })
    await miner.build({ items: vectorItems(11), events: [], prune: true })
    const part = (await miner.interests('u0')).interests.find(({ id }) => id === edits.at(-1)!.value)
    expect(itemsOf(part!.evidence)).toEqual(['teapot-7'])
  })
})

describe('behaviour that speaks against an edit', () => {
  const likes = (items: string[], type = 'like') =>
    items.map((item, i) => ({ user: USER, item, type, at: JUNE + (i + 1) * DAY }))
  const later = { clock: () => JUNE + 30 * DAY }
  const since = new Date(JUNE).toISOString()
  const lastSeen = new Date(JUNE + 2 * DAY).toISOString()

  it('is shown beside what is muted, disowned or turned down, and changes nothing', async () => {
    for (const action of [{ mute: true }, { boost: 0.5 }, { notMe: true }] as EditAction[]) {
      const store = place.copy(shop)
      const miner = await open({ store })
      const [first] = (await miner.interests(USER)).interests
      const near = (await listFor(miner, USER, { limit: 60 }))
        .filter(({ interest }) => interest === first.id)
        .slice(0, 2)
      await miner.editInterest(USER, first.id, action)
      expect((await miner.edits(USER)).edits[0].contrary).toBeNull()
      const after = await open({ store, ...later })
      await after.addEvents(likes(itemsOf(near)))
      const contrary = { kind: 'liked', items: 2, since, lastSeen, interest: null }
      expect((await after.edits(USER)).edits[0].contrary).toEqual(contrary)
      const shown = (await after.interests(USER)).interests.find(({ id }) => id === first.id)
      if ('notMe' in action) expect(shown).toBeUndefined()
      else expect(shown).toMatchObject({ contrary, state: 'mute' in action ? { muted: true } : { boost: 0.5 } })
      await after.undoEdit(USER)
      expect((await interestOf(after, first.id)).contrary).toBeNull()
    }
  })

  it('is shown beside what is boosted: dislikes of it, or likes of all but it', async () => {
    const store = place.copy(shop)
    const miner = await open({ store })
    const [first] = (await miner.interests(USER)).interests
    const list = await listFor(miner, USER, { limit: 100 })
    const near = list.filter(({ interest }) => interest === first.id).slice(0, 2)
    const far = list.filter(({ interest }) => interest !== first.id && interest !== null).slice(0, 6)
    await miner.editInterest(USER, first.id, { boost: 3 })
    const after = await open({ store, ...later })
    await after.addEvents(likes(itemsOf(far)))
    expect((await interestOf(after, first.id)).contrary).toEqual({
      kind: 'silent',
      items: 0,
      since,
      lastSeen: null,
      interest: null,
    })
    await after.addEvents(likes(itemsOf(near), 'dislike'))
    expect((await interestOf(after, first.id)).contrary).toMatchObject({ kind: 'disliked', items: 2, lastSeen })
    expect((await interestOf(after, first.id)).state.boost).toBe(3)
  })

  it('says which interest carries a wish now', async () => {
    const store = place.copy(shop)
    const miner = await open({ store })
    await miner.addInterest(USER, 'sourdough bread')
    const found = (await miner.search('sourdough bread', { limit: 4 })).results
    const after = await open({ store, ...later })
    await after.addEvents(likes(itemsOf(found)))
    const { wishes, interests } = await after.interests(USER)
    const { contrary } = wishes[0]
    expect(contrary).toMatchObject({ kind: 'carried', since })
    const carrier = interests.find(({ id }) => id === contrary!.interest)!
    expect(itemsOf(carrier.evidence).filter((item) => itemsOf(found).includes(item)).length).toBeGreaterThan(1)
    expect((await after.edits(USER)).edits[0].contrary).toEqual(contrary)
  })
})
