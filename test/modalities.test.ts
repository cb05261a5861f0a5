import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type BuildReport, type Interest, type Item, type Miner, openMiner } from '../dist/index.js'
import { adjustedMutualInformation } from '../src/evaluate/interests/agreement.js'
import { type PatternedOptions, type PatternedWorld, patternedWorld } from './helpers/patterned.js'

const folder = mkdtempSync(join(tmpdir(), 'modalities-'))
const open: Miner[] = []
afterAll(async () => {
  for (const miner of open) await miner.close()
  rmSync(folder, { recursive: true, force: true })
})

let stores = 0

async function openNew(): Promise<Miner> {
  const miner = await openMiner({ store: join(folder, `${++stores}.db`), workers: 0 })
  open.push(miner)
  return miner
}

async function buildWorld(options?: PatternedOptions, change: (item: Item) => Item = (item) => item) {
  const world = patternedWorld(options)
  const miner = await openNew()
  const items = world.items.map(({ pattern: _, ...item }) => change(item))
  const report = await miner.build({ items, events: world.events })
  return { world, miner, items, report }
}

const withoutPicture = ({ vectors: _, ...item }: Item): Item => item

/** Agreement of mined interests with the patterns that users went after, 1 at best. */
async function agreement(miner: Miner, { items, events }: PatternedWorld): Promise<number> {
  const patternOf = new Map(items.map(({ id, pattern }) => [id, pattern]))
  const users = [...new Set(events.map(({ user }) => user))]
  let sum = 0
  for (const user of users) {
    const { interests, unassigned } = await miner.interests(user)
    const groups = [...interests.map(({ evidence }) => evidence), ...unassigned.map((one) => [one])]
    const planted = groups.flat().map(({ item }) => patternOf.get(item)!)
    const found = groups.flatMap((group, g) => group.map(() => g))
    sum += adjustedMutualInformation(Int32Array.from(planted), Int32Array.from(found))
  }
  return sum / users.length
}

describe('a catalogue with pictures', () => {
  let world: PatternedWorld
  let miner: Miner
  let interests: Interest[]
  beforeAll(async () => {
    ;({ world, miner } = await buildWorld())
    interests = (await miner.interests('u0')).interests
  })

  it('shows interests that its texts do not hold', async () => {
    const texts = await buildWorld({}, withoutPicture)
    expect(await agreement(miner, world)).toBeGreaterThan(0.9)
    expect(await agreement(texts.miner, world)).toBeLessThan(0.1)
  })

  it('says that pictures hold them together, and names them after one', () => {
    const patterns = new Map(world.items.map(({ id, pattern }) => [id, pattern]))
    expect(interests.length).toBeGreaterThan(1)
    for (const { label, spokenBy = {}, evidence, medoid } of interests) {
      expect(new Set(evidence.map(({ item }) => patterns.get(item))).size).toBe(1)
      expect(spokenBy.image).toBeGreaterThan(0.5)
      expect(Object.values(spokenBy).reduce((sum, share) => sum + share, 0)).toBeCloseTo(1)
      expect(evidence.every(({ by }) => by === 'image')).toBe(true)
      const { title } = world.items.find(({ id }) => id === medoid)!
      expect(label.startsWith(`Looks alike: ${title}`)).toBe(true)
    }
  })

  it('finds what looks alike', async () => {
    const { results } = await miner.similar('p0-0', { by: 'image', limit: 5 })
    expect(results.map(({ item }) => item.slice(0, 2))).toEqual(Array(5).fill('p0'))
    expect(results.every(({ by }) => by === 'image')).toBe(true)
    const byText = await miner.similar('p0-0', { limit: 5 })
    expect(byText.results).toHaveLength(5)
    expect(byText.results.every(({ by }) => by === 'text')).toBe(true)
    expect(byText.results.map(({ item }) => item)).not.toEqual(results.map(({ item }) => item))
  })

  it('adds up to the logit, picture and all, and says what looks alike', async () => {
    const { recommendations } = await miner.recommend('u1', { limit: 20, effects: true })
    const told = recommendations.flatMap(({ contributions }) => contributions.map(({ feature }) => feature))
    expect(told).toContain('image_best')
    for (const { bias, contributions, logit } of recommendations) {
      expect(contributions.reduce((sum, one) => sum + one.contribution, bias)).toBeCloseTo(logit, 9)
    }
    expect(recommendations.some(({ sources }) => sources.includes('image'))).toBe(true)
    const { items: guests } = patternedWorld()
    const looks = guests.filter(({ pattern }) => pattern === 2).map(({ id }) => id)
    const guest = await miner.recommend({ items: looks.slice(0, 3), limit: 20 })
    expect(guest.recommendations.map(({ reason }) => reason).join('\n')).toMatch(/looks like “/)
    const inChinese = await miner.recommend({ items: looks.slice(0, 3), limit: 20, language: 'zh' })
    expect(inChinese.recommendations.map(({ reason }) => reason).join('\n')).toMatch(/外观与「.+」相似/)
  })

  it('is told by status', async () => {
    expect((await miner.status()).modalities).toEqual([
      { name: 'image', items: world.items.length, dims: 24, encoder: 'caller:24' },
    ])
  })
})

describe('pictures that say nothing', () => {
  it('do not stand in the way of texts that do', async () => {
    // Who takes things, whatever is on them: the vectors of texts and pictures change places.
    const swap = ({ vector, vectors, ...item }: Item): Item => ({
      ...item,
      vector: vectors!.image,
      vectors: { image: vector! },
    })
    const { miner, world } = await buildWorld({}, swap)
    const texts = await buildWorld({}, (item) => withoutPicture(swap(item)))
    const { interests } = await miner.interests('u0')
    const reached = await agreement(texts.miner, world)
    expect(reached).toBeGreaterThan(0.8)
    expect(await agreement(miner, world)).toBeGreaterThan(reached - 0.02)
    expect(interests.length).toBeGreaterThan(0)
    expect(interests.every(({ spokenBy }) => (spokenBy?.text ?? 0) > 0.5)).toBe(true)
  })
})

describe('items without a picture', () => {
  it('lose nothing: what has none is read as in a catalogue of texts', async () => {
    const world = patternedWorld({ users: 30 })
    const items = world.items.map(({ pattern: _, ...item }) => withoutPicture(item))
    const others = patternedWorld({ seed: 9, patterns: 3, users: 6 })
    const more = others.items.map(({ pattern: _, ...item }) => ({ ...item, id: `other-${item.id}` }))
    const both = await openNew()
    await both.build({
      items: [...items, ...more],
      events: [...world.events, ...others.events.map((e) => ({ ...e, user: `o${e.user}`, item: `other-${e.item}` }))],
    })
    const plain = await openNew()
    await plain.build({
      items: [...items, ...more.map(withoutPicture)],
      events: [...world.events, ...others.events.map((e) => ({ ...e, user: `o${e.user}`, item: `other-${e.item}` }))],
    })
    for (const user of ['u0', 'u1', 'u2', 'u3']) {
      const parts = async (from: Miner) =>
        (await from.interests(user)).interests.map(({ evidence }) => evidence.map(({ item }) => item))
      expect(await parts(both)).toEqual(await parts(plain))
    }
    const { recommendations } = await both.recommend('u0', { limit: 10 })
    const alone = await plain.recommend('u0', { limit: 10 })
    expect(recommendations).toEqual(alone.recommendations)
  })

  it('and items with one lie side by side in one history', async () => {
    const { miner, world } = await buildWorld({ pictured: 0.7 })
    const { interests } = await miner.interests('u0')
    const pictured = new Set(world.items.filter(({ vectors }) => vectors).map(({ id }) => id))
    const told = interests.flatMap(({ evidence }) => evidence)
    expect(told.some(({ by }) => by === 'image')).toBe(true)
    const untold = told.filter(({ item }) => !pictured.has(item))
    expect(untold.length).toBeGreaterThan(0)
    for (const { by } of untold) expect(by).toBe('text')
    const { recommendations } = await miner.recommend('u0', { limit: 30 })
    const plain = recommendations.filter(({ item }) => !pictured.has(item))
    expect(plain.flatMap(({ contributions }) => contributions).length).toBeGreaterThan(0)
    for (const { contributions } of plain)
      expect(contributions.filter(({ feature }) => feature.startsWith('image'))).toEqual([])
  })
})

describe('training', () => {
  it('learns what pictures are worth, and still adds up', async () => {
    const { miner } = await buildWorld({ users: 110, patterns: 4, perPattern: 16 })
    const { shapes } = await miner.train()
    expect(shapes.find(({ feature }) => feature === 'image_best')!.histogram.some(({ count }) => count > 0)).toBe(true)
    expect(shapes.find(({ feature }) => feature === 'audio_best')).toMatchObject({ unknown: 1, spread: 0 })
    const { recommendations } = await miner.recommend('u1', { limit: 20 })
    expect(recommendations).toHaveLength(20)
    for (const { bias, contributions, logit } of recommendations) {
      expect(contributions.reduce((sum, one) => sum + one.contribution, bias)).toBeCloseTo(logit, 9)
    }
  })
})

describe('sounds', () => {
  it('are mined, named and told like pictures', async () => {
    const { miner, world } = await buildWorld({ modality: 'audio' })
    expect(await agreement(miner, world)).toBeGreaterThan(0.9)
    const { interests, summary } = await miner.interests('u0')
    expect(interests[0].label).toMatch(/^Sounds alike: /)
    expect(summary).toContain('Sounds alike')
    expect((await miner.similar('p1-3', { by: 'audio', limit: 3 })).results[0].by).toBe('audio')
  })
})

describe('vectors that cannot be used', () => {
  it('are left out and counted; the item stays', async () => {
    const items: Item[] = [
      { id: 'a', title: 'Red mug', vector: [1, 0], vectors: { image: [1, 0, 0] } },
      { id: 'b', title: 'Blue mug', vector: [0, 1], vectors: { image: [1, 0] } },
      { id: 'c', title: 'Green mug', vector: [1, 1], vectors: { image: [0, 0, 0] } },
      { id: 'd', title: 'Black mug', vector: [1, 2], vectors: { image: [Number.NaN, 1, 0], audio: [3, 4] } },
      { id: 'e', title: 'White mug', vector: [2, 1], vectors: { image: [0, 1, 1] } },
    ]
    const miner = await openNew()
    const report: BuildReport = await miner.build({ items, events: [] })
    expect(report.items).toMatchObject({ added: 5, rejected: 0 })
    expect(report.notes.join('\n')).toMatch(/^3 imageVector values were left out/m)
    expect((await miner.status()).modalities).toMatchObject([
      { name: 'image', items: 2, dims: 3 },
      { name: 'audio', items: 1, dims: 2 },
    ])
  })

  it('are asked for in vain with a clear error', async () => {
    const { miner } = await buildWorld({ pictured: 0.5, users: 5 })
    const failure = (work: Promise<unknown>) =>
      work.then(
        () => null,
        (error) => ({ code: error.code, message: error.message }),
      )
    const without = patternedWorld({ pictured: 0.5, users: 5 }).items.find(({ vectors }) => !vectors)!
    expect(await failure(miner.similar(without.id, { by: 'image' }))).toMatchObject({
      code: 'BAD_OPTION',
      message: expect.stringContaining(without.id),
    })
    expect(await failure(miner.similar('p0-0', { by: 'audio' }))).toMatchObject({
      code: 'BAD_OPTION',
      message: expect.stringContaining('text, image'),
    })
    expect(await failure(miner.similar('p0-0', { by: 'smell' as 'image' }))).toMatchObject({ code: 'BAD_OPTION' })
  })
})

describe('pictures that come later', () => {
  it('are laid over the generation, changed and taken away', async () => {
    const { miner, items, world } = await buildWorld({ users: 12 })
    const picture = (item: number) => items[item].vectors!.image!
    const before = await miner.status()
    await miner.addItems([
      { id: 'new', title: 'large vase', vector: items[0].vector, vectors: { image: picture(0) } },
      { ...items[30], vectors: { image: picture(0) } },
      withoutPicture(items[1]),
    ])
    const { results } = await miner.similar(items[0].id, { by: 'image', limit: 3 })
    expect(
      results
        .slice(0, 2)
        .map(({ item }) => item)
        .sort(),
    ).toEqual(['new', items[30].id].sort())
    expect(results[0].similarity).toBeCloseTo(1)
    const after = await miner.status()
    expect(after.generation?.id).toBe(before.generation?.id)
    expect(after.modalities[0].items).toBe(world.items.length)
    await expect(miner.similar(items[1].id, { by: 'image' })).rejects.toMatchObject({ code: 'BAD_OPTION' })
    await miner.build({ items: [items[2]] })
    const built = await miner.status()
    expect(built.modalities).toEqual(after.modalities)
    expect((await miner.doctor()).problems).toEqual([])
  })

  it('leave a catalogue of texts behind where all of them go', async () => {
    const { miner, items, world } = await buildWorld({ users: 12 })
    await miner.build({ items: items.map(withoutPicture) })
    const never = await openNew()
    await never.build({ items: items.map(withoutPicture), events: world.events })
    // Ids of interests go on from the generation before; nothing else may tell that there were pictures.
    const tell = async (from: Miner, user: string) => {
      const { interests, recommendations } = await from.explain(user)
      return [
        interests.map(({ id: _, ...interest }) => interest),
        recommendations.map(({ interest: _, ...one }) => one),
      ]
    }
    for (const user of ['u0', 'u5']) expect(await tell(miner, user)).toEqual(await tell(never, user))
    expect((await miner.status()).modalities).toEqual([])
  })

  it('make a new generation where it had none', async () => {
    const { miner, items } = await buildWorld({ users: 12 }, withoutPicture)
    expect((await miner.status()).modalities).toEqual([])
    await miner.addItems([{ ...items[0], vectors: { image: [1, 2, 3] } }])
    expect((await miner.status()).modalities).toMatchObject([{ name: 'image', items: 1, dims: 3 }])
  })
})

describe('towers', () => {
  const fixture = (name: string) => fileURLToPath(new URL(`../fixtures/${name}/`, import.meta.url))
  const rows = () =>
    readFileSync(join(fixture('patterns'), 'catalog.jsonl'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Item)
  const planted: [string, { interests: { name: string; items: string[]; words: string[] }[] }][] = Object.entries(
    JSON.parse(readFileSync(join(fixture('patterns'), 'expected.json'), 'utf8')).users,
  )
  const patternOf = new Map(
    planted.flatMap(([, { interests }]) => interests.flatMap(({ name, items }) => items.map((item) => [item, name]))),
  )
  let miner: Miner
  let report: BuildReport
  beforeAll(async () => {
    miner = await openMiner({ store: join(folder, 'towers.db'), workers: 0, encoder: fixture('towers') })
    open.push(miner)
    report = await miner.build({
      items: rows().slice(0, 120),
      events: { file: join(fixture('patterns'), 'events.csv') },
      mediaFolder: fixture('patterns'),
    })
  })

  it('make vectors of pictures, which are mined and told like any', async () => {
    expect(report.modalities?.image).toMatchObject({ items: 120, encoded: 120, setAside: {} })
    const { modalities } = await miner.status()
    expect(modalities).toEqual([{ name: 'image', items: 120, dims: 32, encoder: report.modalities!.image!.encoder }])
    const { interests } = await miner.interests(planted[0][0])
    expect(interests.some(({ spokenBy }) => (spokenBy?.image ?? 0) > 0.5)).toBe(true)
  })

  it('let words find pictures whose texts do not hold them', async () => {
    for (const word of ['stripes', 'dots', 'checks']) {
      const { results } = await miner.search(word, { limit: 5 })
      const seen = results.filter(({ by, item }) => by === 'image' && patternOf.has(item))
      expect(seen.length).toBeGreaterThan(0)
      const right = seen.filter(({ item }) => word === patternOf.get(item))
      expect(right.length / seen.length).toBeGreaterThan(0.5)
    }
  })

  it('encode what comes later, and show it at once', async () => {
    const before = (await miner.status()).generation!.id
    const late = rows()[150]
    const { modalities } = await miner.addItems([late], { mediaFolder: fixture('patterns') })
    expect(modalities?.image).toMatchObject({ items: 1, encoded: 1 })
    expect((await miner.status()).generation!.id).toBe(before)
    const { results } = await miner.similar(late.id, { by: 'image', limit: 4 })
    expect(patternOf.has(late.id)).toBe(true)
    const [nearest] = results.filter(({ item }) => patternOf.has(item))
    expect(patternOf.get(nearest.item)).toBe(patternOf.get(late.id))
    expect(results[0].similarity).toBeGreaterThan(0.5)
  })

  it('are found by words where texts bring vectors of their own', async () => {
    const own = await openMiner({ store: join(folder, 'own.db'), workers: 0, imageEncoder: fixture('towers') })
    open.push(own)
    const items = rows()
      .slice(0, 60)
      .map((item, i) => ({ ...item, vector: [Math.cos(i), Math.sin(i)] }))
    await own.build({ items, mediaFolder: fixture('patterns') })
    const { results } = await own.search('stripes', { limit: 5 })
    expect(results).toHaveLength(5)
    expect(results.every(({ by }) => by === 'image')).toBe(true)
  })
})
