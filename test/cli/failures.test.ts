import { mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { makeFolder, run, type Shop } from './shop.js'

vi.setConfig({ testTimeout: 60_000 })

let shop: Shop
beforeAll(() => {
  shop = makeFolder()
})
afterAll(() => shop?.remove())

/** One failure, twice: a line for a person, then a document with its code. */
function fails(code: string, wanted: string, ...words: string[]): Record<string, unknown> {
  const exit = code === 'BAD_OPTION' ? 2 : 1
  const person = run(words, shop.folder)
  expect([person.code, person.out], person.err).toEqual([exit, ''])
  expect(person.err).toMatch(/^interest-mine: [^\n]+\n$/)
  expect(person.err).toContain(wanted)
  const program = run([...words, '--json'], shop.folder)
  expect([program.code, program.out], program.err).toEqual([exit, ''])
  expect(program.err).toMatch(/^[^\n]+\n$/)
  const { error } = JSON.parse(program.err)
  expect(error).toMatchObject({ code, message: expect.stringContaining(wanted) })
  return error
}

describe('wrong use', () => {
  it.each([
    ['nonsense', 'nonsense'],
    ['constructor', 'constructor'],
    ['Did you mean search?', 'serch', 'tea'],
    ['--nonsense', 'recommend', '--nonsense', '--user', 'x'],
    ['--exclude', 'recommend', '--exclud', 'x', '--user', 'x'],
    ['catalog', 'build-index'],
    ['phrase', 'search'],
    ['too many arguments', 'status', 'extra'],
    ['too many arguments', 'search', 'two', 'phrases'],
    ['--user', 'recommend'],
    ['--user', 'explain'],
    ['--user', 'interests'],
    ['--user', 'forget'],
    ['--user', 'export'],
    ['--user', 'edit', '--list'],
    ['--item', 'similar'],
    ['--user takes a value', 'interests', '--user='],
    ['empty', 'search', ' '],
    ['"banana"', 'recommend', '--user', 'x', '-n', 'banana'],
    ['--limit', 'recommend', '--user', 'x', '--limit', '0'],
    ['10,000', 'similar', '--item', 'x', '-n', '10001'],
    ['--diversity', 'recommend', '--user', 'x', '--diversity', '7'],
    ['--seed', 'status', '--seed', '1.5'],
    ['--now', 'explain', '--user', 'x', '--now', 'yesterday'],
    ['--lang', 'explain', '--user', 'x', '--lang', 'fr'],
    ['--boost', 'edit', '--user', 'x', '--interest', 'i', '--boost', '11'],
    ['--items', 'recommend', '--user', 'x', '--items', 'p1'],
    ['--like', 'recommend', '--user', 'x', '--like', 'tea'],
    ['--items', 'rank', '--user', 'x'],
    ['--items', 'rank', '--user', 'x', '--items', ' , '],
    ['for whom', 'rank', '--items', 'p1'],
    ['--history', 'rank', '--user', 'x', '--history', 'p1', '--items', 'p2'],
    ['--like', 'rank', '--user', 'x', '--like', 'tea', '--items', 'p2'],
    ['--diversity', 'rank', '--user', 'x', '--items', 'p2', '--diversity', '0'],
    ['--use', 'generations', '--use', 'newest'],
    ['--mute', 'edit', '--user', 'x', '--interest', 'i'],
    ['exactly one', 'edit', '--user', 'x', '--interest', 'i', '--mute', '--pin'],
    ['exactly one', 'edit', '--user', 'x', '--undo', '--list'],
    ['--interest', 'edit', '--user', 'x', '--mute'],
    ['--interest', 'edit', '--user', 'x', '--split'],
    ['exactly one', 'edit', '--user', 'x', '--add', 'tea', '--merge', 'a,b'],
    ['--items', 'edit', '--user', 'x', '--interest', 'i', '--mute', '--items', 'p1'],
    ['--merge', 'edit', '--user', 'x', '--interest', 'i', '--merge', 'a,b'],
    ['--add', 'edit', '--user', 'x', '--interest', 'i', '--add', 'tea'],
    ['--interest', 'edit', '--user', 'x', '--interest', 'i', '--undo'],
    ['standard input', 'build-index', '-', '--events', '-'],
    ['--events', 'build-index', 'catalog.jsonl', '--events-map', 'a=user'],
    ['--map', 'build-index', 'catalog.jsonl', '--map', 'title'],
    ['--workers', 'build-index', 'catalog.jsonl', '--workers', 'many'],
    ['--weights', 'build-index', 'catalog.jsonl', '--weights', 'cinema'],
  ])('says %s', (wanted, ...words) => {
    fails('BAD_OPTION', wanted, ...words)
  })

  it('says so where a value is missing', () => {
    const { code, err } = run(['recommend', '--json', '--user'], shop.folder)
    expect([code, JSON.parse(err).error.code]).toEqual([2, 'BAD_OPTION'])
  })

  it('says so where there is no command', () => {
    fails('BAD_OPTION', 'no command')
    expect(run([], shop.folder).err).toContain('demo')
  })

  it('shows a stack with --debug only', () => {
    expect(run(['nonsense', '--debug'], shop.folder).err).toMatch(/^\s+at /m)
    const { err } = run(['nonsense'], shop.folder)
    expect(err).toContain('nonsense')
    expect(err).not.toMatch(/^\s+at /m)
  })

  it('prints no control character of what it was given', () => {
    const { err } = run(['status', '--seed', '\u001b[31m\u202e'], shop.folder)
    expect(err).toContain('--seed')
    expect(err).not.toMatch(/\u001b|\u202e/)
  })
})

describe('files', () => {
  it('names a missing file and leaves no store', () => {
    expect(fails('BAD_INPUT', 'missing.jsonl', 'build-index', 'missing.jsonl')).toMatchObject({ file: 'missing.jsonl' })
    fails('BAD_INPUT', 'missing.csv', 'build-index', 'catalog.jsonl', '--events', 'missing.csv')
    fails('BAD_INPUT', 'missing.json', 'build-index', 'catalog.jsonl', '--weights', 'missing.json')
    fails('BAD_INPUT', 'missing.csv', 'add-events', 'missing.csv')
    mkdirSync(join(shop.folder, 'folder'))
    fails('BAD_INPUT', 'directory', 'build-index', 'folder')
    shop.write('broken.json', '{"view":')
    fails('BAD_INPUT', 'broken.json', 'build-index', 'catalog.jsonl', '--weights', 'broken.json')
    expect(readdirSync(shop.folder).filter((name) => name.endsWith('.db'))).toEqual([])
  })

  it.each([
    ['status'],
    ['doctor'],
    ['generations'],
    ['explain', '--user', 'x'],
    ['recommend', '--like', 'tea'],
    ['rank', '--user', 'x', '--items', 'p1'],
    ['search', 'tea'],
    ['similar', '--item=p1'],
    ['forget', '--user', 'x'],
    ['add-events', 'events.csv'],
  ])('%s says to run build-index where there is no store', (...words) => {
    fails('NO_STORE', 'build-index', ...words, '--db', 'none.db')
    expect(readdirSync(shop.folder).filter((name) => name.startsWith('none'))).toEqual([])
  })
})
