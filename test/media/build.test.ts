import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Item, type Miner, openMiner } from '../../dist/index.js'
import { drawPicture, encodePng, generator, PATTERNS, SIDE } from '../../fixtures/pictures.mjs'
import { allSounds, encodeWav, makeSound } from '../../fixtures/sounds.mjs'

const towers = fileURLToPath(new URL('../../fixtures/towers', import.meta.url))
const root = mkdtempSync(join(tmpdir(), 'build-media-'))
const store = join(root, 'a.db')
const random = generator(8)
const patterns = Object.keys(PATTERNS)
/** Things that bring vectors for their texts, so that the towers are all that is opened. */
const things = (n: number): Item[] =>
  Array.from({ length: n }, (_, i) => ({
    id: `p${i}`,
    title: `thing ${i}`,
    vector: Array.from({ length: 8 }, (_, k) => Math.sin(1 + i * (k + 1))),
  }))
const picture = (i: number) =>
  encodePng(drawPicture({ pattern: patterns[i % 8], colour: 'blue', shape: 'square' }, random), SIDE, SIDE)
const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64')

let miner: Miner
beforeAll(async () => {
  miner = await openMiner({ store, imageEncoder: towers, audioEncoder: towers, workers: 1 })
})
afterAll(() => miner.close())

it('takes bytes, data: URIs and files, and says what was set aside', async () => {
  mkdirSync(join(root, 'pictures'))
  writeFileSync(join(root, 'pictures', 'a.png'), picture(3))
  writeFileSync(join(root, 'secret.png'), picture(3))
  const items = things(12)
  for (let i = 0; i < 4; i++) items[i].image = new Uint8Array(picture(i))
  items[4].image = `data:image/png;base64,${base64(picture(4))}`
  items[5].image = 'a.png'
  items[6].image = '../secret.png'
  items[7].image = 'http://example.com/a.png'
  items[8].image = new Uint8Array(Buffer.from('no picture'))
  items[9].audio = new Uint8Array(encodeWav(makeSound(allSounds()[0], random)))
  items[10].audio = new Uint8Array(encodeWav(new Float32Array(16_000)))
  const report = await miner.build({ items, prune: true, mediaFolder: join(root, 'pictures') })
  expect(report.notes).toEqual([])
  expect(report.modalities).toMatchObject({
    image: { items: 9, encoded: 6, cached: 0, setAside: { outside: 1, 'not-fetched': 1, 'unknown-format': 1 } },
    audio: { items: 2, encoded: 1, cached: 0, setAside: { silent: 1 } },
  })
  expect(report.items).toMatchObject({ added: 12, rejected: 0 })
  expect(readdirSync(`${store}.media`)).toHaveLength(8)
  const { parts, store: held } = await miner.status()
  expect(parts.reduce((sum, { disk }) => sum + disk, 0)).toBe(held.bytes)
  const kept = readdirSync(`${store}.media`).reduce((sum, name) => sum + statSync(join(`${store}.media`, name)).size, 0)
  const pictures = parts.find(({ name }) => name === 'pictures and sounds')
  expect(pictures?.disk).toBeGreaterThan(kept)
  expect(pictures?.memory).toBeGreaterThanOrEqual(12 * 32 * 4)
  // The same again is no change.
  const again = await miner.build({ items, prune: true, mediaFolder: join(root, 'pictures') })
  expect(again.items).toMatchObject({ unchanged: 12 })
})

it('keeps no bytes of items that are gone, but those of items that another process is about to add', async () => {
  const other = join(`${store}.media`, 'f'.repeat(64))
  const old = join(`${store}.media`, 'e'.repeat(64))
  writeFileSync(other, 'bytes')
  writeFileSync(old, 'bytes')
  utimesSync(old, 0, 0)
  await miner.build({ items: things(12), prune: true, yes: true })
  expect(readdirSync(`${store}.media`)).toEqual(['f'.repeat(64)])
  utimesSync(other, 0, 0)
  await miner.build({ items: things(12), prune: true })
  expect(existsSync(`${store}.media`)).toBe(false)
})

it('keeps bytes that two items share while one is there, and those of a build that was refused', async () => {
  const place = join(root, 'shared.db')
  const items = things(4)
  items[0].image = new Uint8Array(picture(1))
  items[1].image = items[0].image
  const shared = await openMiner({ store: place, workers: 0 })
  const { notes } = await shared.build({ items, prune: true })
  expect(notes).toEqual(['nothing reads column "image" yet: that takes --image-encoder DIR (docs/towers.md)'])
  const names = readdirSync(`${place}.media`)
  expect(names).toHaveLength(1)
  await shared.build({ items: items.slice(1), prune: true, yes: true })
  await expect(shared.build({ items: items.slice(3), prune: true })).rejects.toMatchObject({ code: 'LIMIT' })
  expect(readdirSync(`${place}.media`)).toEqual(names)
  expect((await shared.doctor()).problems).toEqual([])
  writeFileSync(join(`${place}.media`, names[0]), 'something else')
  const damage = { what: expect.stringContaining('1 are missing or damaged'), where: 'shared.db.media' }
  expect(await shared.doctor()).toMatchObject({ ok: false, problems: [damage] })
  rmSync(`${place}.media`, { recursive: true })
  expect(await shared.doctor()).toMatchObject({ ok: false, problems: [damage] })
  await shared.build({ items: items.slice(1), prune: true })
  expect((await shared.doctor()).problems).toEqual([])
  await shared.close()
})

it('reads them from a file beside which they lie', async () => {
  const lines = things(6).map((item, i) => ({
    ...item,
    image: i < 3 ? `pictures/${i}.png` : `data:image/png;base64,${base64(picture(i))}`,
  }))
  for (let i = 0; i < 3; i++) writeFileSync(join(root, 'pictures', `${i}.png`), picture(i))
  writeFileSync(join(root, 'catalog.jsonl'), lines.map((line) => JSON.stringify(line)).join('\n'))
  const other = await openMiner({ store: join(root, 'b.db'), imageEncoder: towers, workers: 0 })
  const report = await other.build({ items: { file: join(root, 'catalog.jsonl') } })
  expect(report.modalities?.image).toMatchObject({ items: 6, encoded: 6, setAside: {} })
  await other.close()
  // What it was built with need not be named again.
  const later = await openMiner({ store: join(root, 'b.db'), workers: 0 })
  const added = await later.addItems([{ ...things(7)[6], image: 'pictures/2.png' }])
  expect(added.modalities?.image).toMatchObject({ encoded: 0, cached: 1 })
  await later.close()
})

it('looks again at pictures whose items did not change', async () => {
  const folder = join(root, 'shelf')
  mkdirSync(folder)
  writeFileSync(join(folder, '0.png'), picture(0))
  const server = createServer((_, reply) => {
    reply.setHeader('content-type', 'image/png').end(picture(2))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  const items = things(4)
  items[0].image = '0.png'
  items[1].image = '1.png'
  items[2].image = `http://${host}/2.png`
  const shelf = await openMiner({ store: join(root, 'e.db'), imageEncoder: towers, workers: 0 })
  const build = async (options = {}) => {
    const { modalities } = await shelf.build({ items, prune: true, mediaFolder: folder, ...options })
    return { ...modalities?.image, generation: (await shelf.status()).generation?.id }
  }
  expect(await build()).toMatchObject({ encoded: 1, setAside: { missing: 1, 'not-fetched': 1 }, generation: 1 })
  expect(await build()).toMatchObject({ encoded: 0, cached: 1, generation: 1 })
  // There at last.
  writeFileSync(join(folder, '1.png'), picture(1))
  expect(await build()).toMatchObject({ encoded: 1, cached: 1, setAside: { 'not-fetched': 1 }, generation: 2 })
  // Another picture of the same name.
  const before = await shelf.similar('p0', { by: 'image' })
  writeFileSync(join(folder, '0.png'), picture(5))
  expect(await build()).toMatchObject({ encoded: 1, cached: 1, generation: 3 })
  expect(await shelf.similar('p0', { by: 'image' })).not.toEqual(before)
  // Asked for now; its vector stays when nothing is fetched.
  expect(await build({ fetch: true, allowHosts: [host] })).toMatchObject({ encoded: 1, cached: 2, generation: 4 })
  expect(await build()).toMatchObject({ encoded: 0, cached: 3, setAside: {}, generation: 4 })
  await shelf.close()
  server.close()
})

it('refuses options that cannot be meant, before a row goes in', async () => {
  const fresh = await openMiner({ store: join(root, 'd.db'), workers: 0 })
  const refused = { code: 'BAD_OPTION' }
  await expect(fresh.build({ items: things(3), mediaFolder: join(root, 'nowhere') })).rejects.toMatchObject(refused)
  await expect(fresh.build({ items: things(3), mediaFolder: join(root, 'secret.png') })).rejects.toMatchObject(refused)
  await expect(fresh.build({ items: things(3), allowHosts: 'a.lan' as never })).rejects.toMatchObject(refused)
  await expect(fresh.build({ items: things(3), fetch: 'yes' as never })).rejects.toMatchObject(refused)
  expect((await fresh.status()).items).toBe(0)
  await fresh.close()
})

it('says at once that a model has no such tower', async () => {
  const none = await openMiner({ store: join(root, 'c.db'), imageEncoder: 'all-MiniLM-L6-v2', workers: 0 })
  await expect(none.build({ items: things(3) })).rejects.toMatchObject({
    code: 'BAD_MODEL',
    message: expect.stringContaining('has no image tower'),
  })
  expect((await none.status()).items).toBe(0)
  await none.close()
})
