import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, it } from 'vitest'
import { type BuildReport, type Miner, openMiner } from '../dist/index.js'

const folder = fileURLToPath(new URL('../fixtures/dirty', import.meta.url))
const expected = JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8'))
const rules = (name: string) => expected.files[name]
const temporary = () => mkdtempSync(join(tmpdir(), 'dirty-'))

async function withMiner<R>(work: (miner: Miner, folder: string) => Promise<R>): Promise<R> {
  const store = temporary()
  const miner = await openMiner({ store: join(store, 'a.db'), workers: 0 })
  try {
    return await work(miner, store)
  } finally {
    await miner.close()
  }
}
const build = (miner: Miner, file: string) => miner.build({ items: { file: join(folder, file) }, prune: true })

function checkRejections(report: BuildReport, wanted: { line: number; reason: string }[]): void {
  const found = readFileSync(report.rejectedFile ?? '/dev/null', 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line))
  expect(found.map(({ line }) => line)).toEqual(wanted.map(({ line }) => line))
  found.forEach(({ reason }, i) => {
    expect(reason).toMatch(new RegExp(wanted[i].reason, 'i'))
  })
}

describe('a dirty catalogue', () => {
  let report: BuildReport
  let miner: Miner
  beforeAll(async () => {
    miner = await openMiner({ store: join(temporary(), 'a.db'), workers: 0 })
    report = await build(miner, 'catalog.jsonl')
    return () => miner.close()
  })

  it('gives its good rows, and every other row with line and reason', () => {
    const { read, good, rejected } = rules('catalog.jsonl')
    expect(report.items).toMatchObject({ read, added: good, rejected: rejected.length })
    checkRejections(report, rejected)
  })

  it('keeps odd ids and shows harmless titles', async () => {
    const { ids, details } = rules('catalog.jsonl')
    expect(await miner.hasItems(ids)).toEqual(ids.map(() => true))
    const all = await miner.recommend('nobody', { limit: 100 })
    const titles = new Map(all.recommendations.map(({ item, title }) => [item, title]))
    expect(titles.size).toBe(ids.length)
    for (const title of titles.values()) expect(title).not.toMatch(new RegExp(expected.neverInTitles))
    const written = [...details].filter(({ title }) => title !== undefined)
    expect(written.length).toBeGreaterThan(1)
    for (const { title } of written) expect([...titles.values()].map((t) => t.replace(/\s+/g, ' '))).toContain(title)
  })

  it('takes events of every time format, and rejects the others by reason', async () => {
    const { read, good, duplicate, rejected, users, details } = rules('events.csv')
    const events = await miner.addEvents({ file: join(folder, 'events.csv') })
    expect(events.events).toMatchObject({ read, added: good, duplicate, rejected: rejected.length })
    checkRejections(events, rejected)
    expect(events.notes.join('\n')).toMatch(/teleport/)
    expect(events.notes.join('\n')).toMatch(/clipped/)
    const exported = await Promise.all(users.map((user: string) => miner.exportUser(user)))
    const times = new Set(exported.flatMap(({ events: list }) => list.map(({ at }: { at: string | null }) => at)))
    const dated = details.filter(({ at }: { at?: string | null }) => at !== undefined)
    expect(dated.length).toBeGreaterThan(1)
    for (const { at } of dated) expect(times).toContain(at)
    // A second time they are all known.
    const again = await miner.addEvents({ file: join(folder, 'events.csv') })
    expect(again.events).toMatchObject({ added: 0, duplicate: good + duplicate })
  })

  it('takes user_id,item_id,rating as it is', async () => {
    const { good, rejected } = rules('behavior-minimal.csv')
    const { events } = await miner.addEvents({ file: join(folder, 'behavior-minimal.csv') })
    expect(events).toMatchObject({ added: good, rejected: rejected.length })
  })
})

describe('encodings and separators', () => {
  it.each([
    ['latin1.csv', true],
    ['gbk.csv', true],
    ['utf16.csv', true],
    ['semicolon.csv', false],
  ])('%s is read as what it is', async (file, isNoted) => {
    await withMiner(async (miner) => {
      const { read, good, note } = rules(file)
      expect(note !== undefined).toBe(isNoted)
      const report = await build(miner, file)
      expect(report.items).toMatchObject({ read, added: good, rejected: 0 })
      if (note) expect(report.notes.join('\n')).toMatch(new RegExp(note, 'i'))
      const { recommendations } = await miner.recommend('nobody')
      expect(recommendations).toHaveLength(good)
      expect(recommendations.map(({ title }) => title).join(' ')).not.toMatch(/\ufffd|Ã|Â/)
    })
  })
})

describe('vectors of the caller', () => {
  it('are all of one length, finite and not zero', async () => {
    await withMiner(async (miner) => {
      const { read, good, rejected } = rules('vectors.jsonl')
      const report = await build(miner, 'vectors.jsonl')
      expect(report.items).toMatchObject({ read, added: good, rejected: rejected.length })
      expect(report.encoder.id).toBe('caller:4')
      checkRejections(report, rejected)
    })
  })
})

describe('nothing to read', () => {
  it.each(['empty.jsonl', 'only-blank.jsonl', 'not-a-catalogue.csv'])(
    '%s fails in one line and leaves nothing in the store',
    async (file) => {
      await withMiner(async (miner, store) => {
        const { error } = rules(file)
        const failure = await build(miner, file).catch((e) => e)
        expect(failure.code).toBe('BAD_INPUT')
        expect(failure.message).not.toContain('\n')
        for (const mention of error?.mentions ?? [file]) expect(failure.message).toMatch(new RegExp(mention, 'i'))
        // Nothing went in, and the miner can be used as before.
        expect(await miner.status()).toMatchObject({ items: 0, events: 0, generation: null })
        await expect(miner.recommend('u')).rejects.toMatchObject({ code: 'NO_STORE' })
        expect(readdirSync(store).some((name) => name.endsWith('.rejected.jsonl'))).toBe(false)
      })
    },
  )

  it('a title of 1 MB is cut and kept', async () => {
    await withMiner(async (miner) => {
      const file = join(temporary(), 'long-title.jsonl')
      writeFileSync(
        file,
        `${JSON.stringify({ id: 'long', title: 'teapot '.repeat(150_000) })}\n${JSON.stringify({ id: 'b', title: 'cup' })}\n`,
      )
      const report = await miner.build({ items: { file } })
      expect(report.items).toMatchObject({ added: 2, rejected: 0 })
      const { recommendations } = await miner.recommend('nobody')
      expect(Math.max(...recommendations.map(({ title }) => title.length))).toBeLessThanOrEqual(2000)
    })
  })
})
