import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { makeFolder, run, type Shop } from './shop.js'

const COMMANDS =
  'build-index add-events interests audience explain recommend rank similar search edit name train evaluate distill status generations doctor privacy export forget demo'.split(
    ' ',
  )

vi.setConfig({ testTimeout: 60_000 })

let shop: Shop
beforeAll(() => {
  shop = makeFolder()
})
afterAll(() => shop?.remove())

const help = (...words: string[]) => run([...words, '--help'], shop.folder)
/** The command lines that a help text shows. */
const examplesIn = (text: string) => [...text.matchAll(/^ {2}\$ interest-mine (.+)$/gm)].map(([, line]) => line)

describe('help', () => {
  it('names every command', () => {
    const { out, code } = help()
    expect(code).toBe(0)
    for (const command of COMMANDS) expect(out).toContain(`\n  ${command} `)
  })

  it('is quick, and the version is one line', () => {
    expect(run(['--version'], shop.folder).out).toMatch(/^\d+\.\d+\.\d+\n$/)
    const times = [1, 2, 3].map(() => help().ms)
    expect(Math.min(...times)).toBeLessThan(400)
  })

  it.each(COMMANDS)('%s --help shows two examples or more', (command) => {
    const { out, err, code } = help(command)
    expect([code, err]).toEqual([0, ''])
    expect(out).toMatch(/Examples:/)
    expect(examplesIn(out).length).toBeGreaterThanOrEqual(2)
    for (const line of out.split('\n')) expect(line.length, line).toBeLessThanOrEqual(120)
    expect(run(['help', command], shop.folder).out).toBe(out)
  })
})

it('says that an audience names users', () => {
  expect(help('audience').out).toMatch(/names users and is not k-anonymous/)
})

/** A file of 520 users, as many as a private training needs, with five items each, taken round the catalogue. */
function crowd(folder: string): string {
  const ids = readFileSync(join(folder, 'catalog.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).id)
  const rows = Array.from({ length: 2600 }, (_, k) => {
    const user = Math.floor(k / 5)
    return `c${user},${ids[(user + (k % 5)) % ids.length]},5`
  })
  writeFileSync(join(folder, 'crowd.csv'), `user_id,item_id,rating\n${rows.join('\n')}\n`)
  return 'crowd.csv'
}

/** Gives every item of a folder's catalogue the vector of a picture. */
function addPictures(folder: string): void {
  const file = join(folder, 'catalog.jsonl')
  const lines = readFileSync(file, 'utf8').trim().split('\n')
  const withVectors = lines.map((line, i) =>
    JSON.stringify({ ...JSON.parse(line), imageVector: [1, i % 3, i % 5, i % 7] }),
  )
  writeFileSync(file, `${withVectors.join('\n')}\n`)
  expect(run(['build-index', 'catalog.jsonl', '--json'], folder).code).toBe(0)
}

describe('every example works as it stands', () => {
  let interest = ''
  let topic = ''
  beforeAll(() => {
    const built = run(['build-index', 'catalog.jsonl', '--events', 'events.csv', '--json'], shop.folder)
    expect(built.code, built.err).toBe(0)
    interest = JSON.parse(run(['interests', '--user', 'u1', '--json'], shop.folder).out).interests[0].id
    topic = JSON.parse(run('interests --all --min-users 1 --json', shop.folder).out).interests[0].id
  }, 120_000)

  it.each(['', ...COMMANDS])(
    'of %s',
    (command) => {
      const lines = examplesIn(help(...(command === '' ? [] : [command])).out)
      expect(lines.length).toBeGreaterThan(0)
      for (const line of lines) {
        const copy = shop.copy()
        // Training needs a crowd, evaluating users with five items.
        if (['train', 'evaluate'].includes(command))
          expect(run(['add-events', crowd(copy), '--json'], copy).code).toBe(0)
        // Answers with noise are paid for, and pictures have to be there to be compared.
        if (line.includes('--epsilon')) expect(run(['privacy', '--budget', '9', '--json'], copy).code).toBe(0)
        if (line.includes('--by image')) addPictures(copy)
        // Examples of undo need something to undo.
        if (line.includes('--undo')) run(['edit', '--user', 'u1', `--interest=${interest}`, '--mute'], copy)
        const result = run(line.replaceAll('INTEREST', interest).replaceAll('TOPIC', topic), copy)
        expect(result.code, `${line}: ${result.err}`).toBe(0)
        expect(result.err).not.toMatch(/^\s+at /m)
        if (line.includes('--json') && !line.includes('>')) expect(() => JSON.parse(result.out)).not.toThrow()
      }
    },
    900_000,
  )
})
