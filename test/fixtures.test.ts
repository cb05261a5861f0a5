import { readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import sharp from 'sharp'
import { describe, expect, test } from 'vitest'
import { dirtyFiles } from '../fixtures/dirty.mjs'
import { fixtures, generate, themes } from '../fixtures/generate.mjs'
import { makePatterns } from '../fixtures/patterns.mjs'
import { COLOURS, PATTERNS } from '../fixtures/pictures.mjs'

const root = fileURLToPath(new URL('../fixtures', import.meta.url))
const read = (...parts: string[]) => readFileSync(join(root, ...parts), 'utf8')
const eventsFile: Record<string, string> = { shop: 'events.csv', news: 'events.csv', notes: 'events.csv' }
const kinds: Record<string, string[]> = {
  shop: ['view', 'click', 'cart', 'purchase', 'review'],
  news: ['read', 'share', 'skip', 'hide'],
  notes: ['view', 'like', 'save', 'share', 'dislike', 'hide'],
}

interface Row {
  id: string
  title: string
  text: string
  categories: string[]
  brand?: string
  price?: number
  publishedAt?: string
}

interface Planted {
  interests: { name: string; items: string[]; words: string[] }[]
  strays: string[]
  disliked: string[]
}

interface Expected {
  language: string
  users: Record<string, Planted>
}

interface EventRow {
  user: string
  item: string
  event: string
  rating: string
  dwell: string
  seconds: number
}

function load(name: string) {
  const lines = (file: string) => read(name, file).trimEnd().split('\n')
  const items = lines('catalog.jsonl').map((line) => JSON.parse(line) as Row)
  const [header, ...rows] = lines(eventsFile[name]!)
  const columns = header!.split(',')
  const events = rows.map((row): EventRow => {
    const cells = row.split(',')
    if (cells.length !== columns.length) throw new Error(`${name}: ${row}`)
    const cell = (column: string) => cells[columns.indexOf(column)] ?? ''
    const time = cell('timestamp')
    const seconds = name === 'news' ? Date.parse(time) / 1000 : Number(time) / (name === 'notes' ? 1000 : 1)
    return {
      user: cell('user_id'),
      item: cell('item_id'),
      event: cell('event'),
      rating: cell('rating'),
      dwell: cell('dwell_seconds'),
      seconds,
    }
  })
  return { items, header, rows, events, expected: JSON.parse(read(name, 'expected.json')) as Expected }
}

const group = <T>(list: T[], key: (value: T) => string) => {
  const groups = new Map<string, T[]>()
  for (const value of list) groups.set(key(value), [...(groups.get(key(value)) ?? []), value])
  return groups
}

describe.each(['shop', 'news', 'notes'])('fixture %s', (name) => {
  const { items, header, rows, events, expected } = load(name)
  const byId = new Map(items.map((item) => [item.id, item]))
  const byUser = group(events, (e) => e.user)
  const planted = Object.entries(expected.users)
  const themeOf = new Map([...themes(name)].flatMap(([theme, ids]) => ids.map((id) => [id, theme] as const)))

  test('has a catalogue of distinct, readable items', () => {
    expect(items.length).toBeGreaterThanOrEqual(130)
    expect(items.length).toBeLessThanOrEqual(200)
    expect(byId.size).toBe(items.length)
    expect(new Set(items.map((item) => item.title)).size).toBe(items.length)
    for (const item of items) {
      expect(Object.keys(item)).toEqual(expect.arrayContaining(['id', 'title', 'text', 'categories']))
      expect(item.title.length).toBeGreaterThan(5)
      expect(item.text.length).toBeGreaterThan(8)
      if (item.price !== undefined) expect(item.price).toBeGreaterThan(0)
      if (item.publishedAt !== undefined) expect(Date.parse(item.publishedAt)).not.toBeNaN()
    }
  })

  test('has themes of five to nine items, and each item has one', () => {
    const sizes = [...themes(name).values()].map((ids) => ids.length)
    expect(sizes.length).toBeGreaterThanOrEqual(22)
    expect(sizes.length).toBeLessThanOrEqual(28)
    expect(Math.min(...sizes)).toBeGreaterThanOrEqual(5)
    expect(Math.max(...sizes)).toBeLessThanOrEqual(9)
    expect([...themeOf.keys()].sort()).toEqual([...byId.keys()].sort())
    expect(sizes.reduce((sum, n) => sum + n, 0)).toBe(items.length)
  })

  test('has paths where it says so, and tags for the news', () => {
    const parents = new Map<string, string[]>()
    for (const { categories } of items) {
      categories.forEach((c, k) => {
        parents.set(c, [...(parents.get(c) ?? []), categories[k - 1] ?? ''])
      })
    }
    const commonest = [...parents.values()].map((list) =>
      Math.max(...[...group(list, (p) => p).values()].map((g) => g.length)),
    )
    const coverage = commonest.reduce((sum, n) => sum + n, 0) / [...parents.values()].flat().length
    if (name === 'news') {
      expect(coverage).toBeLessThan(0.7)
      for (const { categories } of items) expect([1, 2, 3]).toContain(categories.length)
      const tagged = group(
        items.flatMap((item) => item.categories.map((tag) => ({ tag, theme: themeOf.get(item.id) }))),
        (entry) => entry.tag,
      )
      for (const list of tagged.values()) expect(new Set(list.map((entry) => entry.theme)).size).toBeGreaterThan(1)
    } else {
      expect(coverage).toBe(1)
      for (const { categories } of items) expect(categories).toHaveLength(3)
    }
  })

  test('has well-formed events on items that exist, in order of time, none twice', () => {
    expect(header).toBe(`user_id,item_id,event,${name === 'shop' ? 'rating,' : ''}dwell_seconds,timestamp`)
    expect(new Set(rows).size).toBe(rows.length)
    expect(events.length).toBeGreaterThan(800)
    let last = Date.UTC(2025, 10, 1) / 1000
    for (const e of events) {
      const item = byId.get(e.item)
      expect(item, e.item).toBeDefined()
      expect(kinds[name]).toContain(e.event)
      expect(e.rating).toMatch(e.event === 'review' ? /^[1245]$/ : /^$/)
      expect(e.dwell).toMatch(/^(\d+)?$/)
      expect(e.seconds).toBeGreaterThanOrEqual(last)
      if (item!.publishedAt) expect(e.seconds * 1000).toBeGreaterThan(Date.parse(item!.publishedAt))
      last = e.seconds
    }
    expect(new Date(last * 1000).toISOString().slice(0, 7)).toBe('2026-06')
    expect(new Set(events.map((e) => e.event))).toEqual(new Set(kinds[name]))
  })

  test('has enough users: four light ones, two heavy ones, two or more on every item', () => {
    expect(byUser.size).toBeGreaterThanOrEqual(36)
    const light = [...byUser.values()].filter((list) => list.length <= 3)
    expect(light).toHaveLength(4)
    expect([...byUser.values()].filter((list) => list.length >= 40).length).toBeGreaterThanOrEqual(2)
    const byItem = group(events, (e) => e.item)
    for (const id of byId.keys()) {
      expect(new Set(byItem.get(id)?.map((e) => e.user)).size, id).toBeGreaterThanOrEqual(2)
    }
    expect(planted.length).toBe(byUser.size - light.length)
  })

  test('expects two to four interests, whose items the user has met and none of which overlap', () => {
    expect(expected.language).toBe(name === 'notes' ? 'zh' : 'en')
    for (const [user, { interests, strays, disliked }] of planted) {
      const met = new Set(byUser.get(user)?.map((e) => e.item))
      expect([2, 3, 4]).toContain(interests.length)
      for (const interest of interests) {
        expect(interest.items.length).toBeGreaterThanOrEqual(3)
        expect(interest.items.length).toBeLessThanOrEqual(6)
        const names = new Set(interest.items.map((id) => themeOf.get(id)))
        expect([...names].map((theme) => theme!.toLowerCase())).toEqual([interest.name.toLowerCase()])
        expect(themes(name).get([...names][0]!)!.length, 'one is left to recommend').toBeGreaterThan(
          interest.items.length,
        )
      }
      const all = [...interests.flatMap((interest) => interest.items), ...strays, ...disliked]
      expect(new Set(all).size).toBe(all.length)
      expect(new Set(all)).toEqual(met)
      const single = [...strays, ...disliked].map((id) => themeOf.get(id)!)
      const liked = interests.map((interest) => interest.name.toLowerCase())
      for (const theme of single) expect(liked).not.toContain(theme.toLowerCase())
      expect(new Set(single).size).toBe(single.length)
    }
    expect(planted.filter(([, { strays }]) => strays.length > 0).length).toBeGreaterThan(planted.length / 4)
    expect(planted.filter(([, { disliked }]) => disliked.length > 0).length).toBeGreaterThan(planted.length / 4)
  })

  test('says no to the disliked items last, and to no other', () => {
    const against = (e: EventRow) =>
      ['skip', 'hide', 'dislike'].includes(e.event) || (e.rating !== '' && Number(e.rating) <= 2)
    for (const [user, { disliked }] of planted) {
      const list = byUser.get(user)!
      expect(new Set(list.filter(against).map((e) => e.item))).toEqual(new Set(disliked))
      for (const id of disliked) expect(against(list.filter((e) => e.item === id).at(-1)!)).toBe(true)
    }
  })

  test('has words that the texts of a theme use', () => {
    for (const [, { interests }] of planted) {
      for (const { items: ids, words } of interests) {
        const uses = ids.filter((id) => {
          const { title, text, categories } = byId.get(id)!
          const all = [title, text, ...(name === 'news' ? [] : categories)].join(' ').toLowerCase()
          return words.some((word) => all.includes(word.toLowerCase()))
        })
        expect(uses.length, `${ids} ${words}`).toBeGreaterThanOrEqual(Math.ceil(ids.length * 0.6))
      }
    }
  })

  test('has behaviour that tells something: themes that go together share users more than others do', () => {
    const users = new Map<string, Set<string>>()
    for (const [user, { interests }] of planted) {
      for (const { name: theme } of interests) users.set(theme, (users.get(theme) ?? new Set()).add(user))
    }
    const pairs = [...users].flatMap(([a, left], k) =>
      [...users].slice(k + 1).map(([b, right]) => ({ a, b, shared: [...left].filter((u) => right.has(u)).length })),
    )
    expect(users.size).toBe(themes(name).size)
    const mean = pairs.reduce((sum, { shared }) => sum + shared, 0) / pairs.length
    expect(Math.max(...pairs.map(({ shared }) => shared))).toBeGreaterThan(4 * mean)
  })

  test('is what its generator writes, to the byte', () => {
    const files = generate(name)
    expect(Object.keys(files)).toEqual([eventsFile[name], 'expected.json'])
    for (const [file, text] of Object.entries(files)) expect(text === read(name, file), file).toBe(true)
  })
})

describe('fixtures', () => {
  test('are the ones that the generator knows', () => {
    expect(fixtures).toEqual(['shop', 'news', 'notes'])
  })

  test('the dirty files are what their generator writes, to the byte', () => {
    const files = dirtyFiles()
    for (const [file, bytes] of Object.entries(files)) {
      expect(bytes.equals(readFileSync(join(root, 'dirty', file))), file).toBe(true)
    }
    expect(readdirSync(join(root, 'dirty')).sort()).toEqual([...Object.keys(files), 'README.md'].sort())
    const said = JSON.parse(files['expected.json']!.toString()).files
    expect(Object.keys(said).sort()).toEqual(
      Object.keys(files)
        .filter((file) => file !== 'expected.json')
        .sort(),
    )
  })

  test('the dirty files are as dirty as they are meant to be', () => {
    const strict = (file: string) => () => new TextDecoder('utf-8', { fatal: true }).decode(dirtyFiles()[file])
    for (const file of ['latin1.csv', 'gbk.csv', 'utf16.csv']) expect(strict(file), file).toThrow()
    const text = dirtyFiles()['catalog.jsonl']!.toString()
    expect(text.startsWith('\ufeff')).toBe(true)
    expect(text).toMatch(/[^\r]\n/)
    expect(text).toMatch(/\r\n/)
    expect(text).toMatch(/\u200b\u202e/)
    expect(new TextDecoder('gbk', { fatal: true }).decode(dirtyFiles()['gbk.csv'])).toContain('手冲咖啡壶')
    expect(new TextDecoder('utf-16le', { fatal: true }).decode(dirtyFiles()['utf16.csv'])).toContain('陶瓷滤杯')
    expect(dirtyFiles()['empty.jsonl']).toHaveLength(0)
    const counted = Object.values<Record<string, number> & { rejected: [] }>(
      JSON.parse(read('dirty', 'expected.json')).files,
    ).filter((file) => file.read !== undefined)
    expect(counted.length).toBeGreaterThan(5)
    for (const { read: all, good, duplicate, rejected } of counted)
      expect(all).toBe(good! + duplicate! + rejected.length)
  })

  test('no file is large', () => {
    for (const entry of readdirSync(root, { recursive: true, encoding: 'utf8' })) {
      expect(statSync(join(root, entry)).size, entry).toBeLessThan(300_000)
    }
  })
})

describe('patterns', () => {
  const files = makePatterns()
  test('are what their script makes', async () => {
    for (const name of ['catalog.jsonl', 'events.csv', 'expected.json'])
      expect(files[name]).toBe(read('patterns', name))
    const pictures = Object.keys(files).filter((name) => name.endsWith('.png'))
    expect(readdirSync(join(root, 'patterns', 'pictures')).sort()).toEqual(
      pictures.map((name) => basename(name)).sort(),
    )
    // Another zlib packs the same pixels otherwise.
    const pixels = (file: Buffer) => sharp(file).raw().toBuffer()
    for (const name of pictures.filter((_, i) => i % 20 === 0))
      expect(await pixels(readFileSync(join(root, 'patterns', name)))).toEqual(await pixels(files[name] as Buffer))
  })

  test('are named by no text', () => {
    const names = Object.values(PATTERNS).flatMap(({ words, zh }) => [...words, zh])
    const titles = read('patterns', 'catalog.jsonl').toLowerCase()
    expect([...names, ...Object.keys(COLOURS)].filter((word) => titles.includes(word))).toEqual([])
  })

  test('and the towers are small', () => {
    const size = (folder: string): number =>
      readdirSync(join(root, folder), { recursive: true, withFileTypes: true }).reduce(
        (sum, entry) => sum + (entry.isFile() ? statSync(join(entry.parentPath, entry.name)).size : 0),
        0,
      )
    expect(size('patterns')).toBeLessThan(500_000)
    expect(size('towers')).toBeLessThan(1_000_000)
  })
})
