import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { createModel, writeAdapterFile } from '../../dist/federate/index.js'
import { openMiner } from '../../dist/index.js'
import { makeFolder, run, type Shop } from './shop.js'

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

let shop: Shop
beforeAll(() => {
  shop = makeFolder()
  const ids = readFileSync(join(shop.folder, 'catalog.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).id)
  // 160 users with four items each, taken round the catalogue.
  const rows = Array.from({ length: 640 }, (_, k) => `c${k >> 2},${ids[((k >> 2) + (k & 3)) % ids.length]},5`)
  shop.write('crowd.csv', `user_id,item_id,rating\n${rows.join('\n')}\n`)
  const built = run(['build-index', 'catalog.jsonl', '--events', 'crowd.csv', '--no-train', '--json'], shop.folder)
  expect(built.code, built.err).toBe(0)
})
afterAll(() => shop?.remove())

describe('train --dp-epsilon', () => {
  it.each([
    [['--dp-epsilon', '0'], 2, 'must be a number above 0'],
    [['--dp-epsilon', 'few'], 2, 'takes a number from 0 to 1000'],
    [['--dp-epsilon', '8', '--dp-delta', '0.1'], 2, 'below one over the number of users, 160'],
    [['--dp-delta', '1e-6'], 2, 'give --dp-epsilon too'],
    [['--dp-epsilon', '8'], 1, 'private training needs 500 users'],
  ])('%s is refused, and says why', (flags, exit, why) => {
    const { code, out, err } = run(['train', ...flags], shop.folder)
    expect([code, out]).toEqual([exit, ''])
    expect(err).toContain(why)
  })
})

describe('train', () => {
  it('writes the page, says where, and tells the passes of the adapter', () => {
    const folder = shop.copy()
    const { code, out, err } = run(['train', '--report', 'a <b>.html'], folder)
    expect(code, err).toBe(0)
    expect(out).toMatch(/^(Trained|Not installed)/)
    expect(out).toMatch(/adapter +\d+ pass(es)?, best after \d+: NDCG@10 [01]\.\d{4} alone/)
    expect(out).toContain('a <b>.html')
    const page = readFileSync(join(folder, 'a <b>.html'), 'utf8')
    expect(page).toMatch(/^<!doctype html>[\s\S]*<\/html>\n$/)
    expect(page).toContain('id="ablation"')
    // In the place of the older page; nothing is left beside it.
    const again = run(['train', '--report', 'a <b>.html', '--json'], folder)
    expect(again.code, again.err).toBe(0)
    const report = JSON.parse(again.out)
    expect(report).toMatchObject({ reportFile: 'a <b>.html', resumed: false, generation: 3 })
    expect(report.ablation.without.length).toBeGreaterThan(0)
    expect(readFileSync(join(folder, 'a <b>.html'), 'utf8')).not.toBe(page)
    expect(readdirSync(folder).filter((name) => name.includes('.tmp'))).toEqual([])
  })

  it('without --report leaves nothing out and writes nothing', () => {
    const folder = shop.copy()
    const before = readdirSync(folder).sort()
    const { code, out, err } = run(['train', '--json'], folder)
    expect(code, err).toBe(0)
    expect(JSON.parse(out)).toMatchObject({ reportFile: null, ablation: null })
    expect(readdirSync(folder).sort()).toEqual(before)
  })
})

describe('train --adapter', () => {
  it('takes an adapter of a federated training, and says so', async () => {
    const folder = shop.copy()
    const miner = await openMiner({ store: join(folder, 'interest-mine.db'), mustExist: true })
    const items = await miner.itemVectors()
    await miner.close()
    const model = await createModel(globalThis.crypto, items, { dims: 8 })
    writeFileSync(join(folder, 'shared.adapter'), writeAdapterFile({ model, ids: [...items.ids] }))
    const { code, out, err } = run(['train', '--adapter', 'shared.adapter'], folder)
    expect(code, err).toBe(0)
    expect(out).toMatch(/adapter +as given in shared\.adapter/)
    const json = run(['train', '--adapter', 'shared.adapter', '--json'], folder)
    expect(JSON.parse(json.out)).toMatchObject({ adapterFile: 'shared.adapter', curve: [], resumed: false })
  })

  it.each([
    ['nowhere', 'does not exist'],
    ['catalog.jsonl', 'does not start as a message of interest-mine does'],
  ])('%s is refused, and nothing is learnt', (file, why) => {
    const status = run(['status', '--json'], shop.folder).out
    const { code, out, err } = run(['train', '--adapter', file, '--json'], shop.folder)
    expect([code, out]).toEqual([1, ''])
    expect(JSON.parse(err).error).toMatchObject({ code: 'BAD_INPUT', message: expect.stringContaining(why) })
    expect(run(['status', '--json'], shop.folder).out).toBe(status)
  })
})

describe('a page that cannot be written', () => {
  const refused = (path: string, wanted: string) => {
    const { code, out, err } = run(['train', '--report', path], shop.folder)
    expect([code, out], err).toEqual([2, ''])
    expect(err).toMatch(/^interest-mine: option --report: [^\n]+\n$/)
    expect(err).toContain(wanted)
    expect(JSON.parse(run(['train', '--report', path, '--json'], shop.folder).err).error.code).toBe('BAD_OPTION')
  }

  it('is refused before the training', () => {
    const { folder } = shop
    mkdirSync(join(folder, 'pages'))
    symlinkSync('pages', join(folder, 'link'))
    const status = run(['status', '--json'], folder).out
    refused('pages', 'is a folder')
    refused('link', 'is a folder')
    refused('new/', 'is a folder')
    refused('nowhere/report.html', 'folder does not exist')
    refused('catalog.jsonl/report.html', 'cannot be written')
    refused(`${'long'.repeat(100)}.html`, 'cannot be written')
    // What is there and is no page is never written over: the store, the catalogue.
    const sizes = () => ['interest-mine.db', 'catalog.jsonl'].map((name) => statSync(join(folder, name)).size)
    const before = sizes()
    refused('interest-mine.db', 'is no HTML page')
    refused('catalog.jsonl', 'is no HTML page')
    expect(sizes()).toEqual(before)
    // Nothing was learnt either.
    expect(run(['status', '--json'], folder).out).toBe(status)
  })

  it('takes the place of an empty file', () => {
    const folder = shop.copy()
    writeFileSync(join(folder, 'empty.html'), '')
    expect(run(['train', '--report', 'empty.html', '--json'], folder).code).toBe(0)
    expect(statSync(join(folder, 'empty.html')).size).toBeGreaterThan(10_000)
  })
})
