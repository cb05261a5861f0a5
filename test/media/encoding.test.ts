import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, renameSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { encodeModality, type MediaOptions } from '../../dist/build/media.js'
import type { Tower } from '../../dist/columns.js'
import { openTower } from '../../dist/encode/tower.js'
import { dropUnused, keepBytes, keptSize } from '../../dist/media/kept.js'
import { keptReference } from '../../dist/media/references.js'
import { sidecarsOf } from '../../dist/store/sidecars.js'
import { openSqliteStore } from '../../dist/store/sqlite/sqlite-store.js'
import type { Modality } from '../../dist/types/items.js'
import { rowOf } from '../../dist/vectors/matrix.js'
import { allPictures, drawPicture, encodePng, generator, SIDE } from '../../fixtures/pictures.mjs'
import { allSounds, encodeWav, makeSound } from '../../fixtures/sounds.mjs'

const towers = fileURLToPath(new URL('../../fixtures/towers', import.meta.url))
const root = mkdtempSync(join(tmpdir(), 'media-'))
const folder = join(root, 'shop')
const path = (name: string) => join(folder, name)
const random = generator(5)
const picture = (n: number) => encodePng(drawPicture(allPictures()[n], random), SIDE, SIDE)

let store: Awaited<ReturnType<typeof openSqliteStore>>
let eyes: Tower
let ears: Tower
const options: MediaOptions = { folders: [folder], kept: null, fetch: false, allowHosts: [], threads: 2 }

beforeAll(async () => {
  mkdirSync(path('pictures'), { recursive: true })
  store = await openSqliteStore(join(root, 'a.db'))
  eyes = await openTower(towers, 'image')
  ears = await openTower(towers, 'audio')
  for (let n = 0; n < 4; n++) writeFileSync(path(`pictures/${n}.png`), picture(n))
  writeFileSync(join(root, 'secret.png'), picture(9))
})
afterAll(async () => {
  await Promise.all([eyes.close(), ears.close()])
  await store.close()
})

const itemsOf = (modality: Modality, written: (string | undefined)[]) =>
  written.map((one, i) => ({
    item: { id: `p${i}`, title: 'a thing', ...(one === undefined ? {} : { [modality]: one }) },
  }))
const look = (written: (string | undefined)[], more: Partial<MediaOptions> = {}) =>
  encodeModality(store, itemsOf('image', written), 'image', eyes, { ...options, ...more })

describe('pictures of items', () => {
  it('become one vector each; what was encoded is not encoded again, under whatever name', async () => {
    const first = await look(['pictures/0.png', undefined, 'pictures/1.png', './pictures/0.png'])
    expect([...first.has]).toEqual([1, 0, 1, 1])
    expect(first.report).toMatchObject({ encoder: 'toy-towers', dims: 32, items: 3, setAside: {} })
    expect(rowOf(first.vectors, 3)).toEqual(rowOf(first.vectors, 0))
    expect(Math.max(...rowOf(first.vectors, 1))).toBe(0)
    const again = await look(['pictures/0.png', undefined, 'pictures/1.png', './pictures/0.png'])
    expect(again.report).toMatchObject({ encoded: 0, cached: 3 })
    expect(again.vectors.data).toEqual(first.vectors.data)
    renameSync(path('pictures/1.png'), path('pictures/other.png'))
    expect((await look(['pictures/other.png'])).report).toMatchObject({ encoded: 0, cached: 1 })
    // The name is the same, the picture is not.
    copyFileSync(path('pictures/2.png'), path('pictures/0.png'))
    const changed = await look(['pictures/0.png'])
    expect(changed.report).toMatchObject({ encoded: 1, cached: 0 })
    expect(rowOf(changed.vectors, 0)).not.toEqual(rowOf(first.vectors, 0))
  })

  it('lie inside the folder, and nowhere else', async () => {
    symlinkSync(join(root, 'secret.png'), path('link.png'))
    symlinkSync(root, path('up'))
    symlinkSync(path('pictures/2.png'), path('inner.png'))
    writeFileSync(path('empty.png'), '')
    writeFileSync(path('text.png'), 'a text that is called a picture')
    execFileSync('mkfifo', [path('pipe.png')])
    const written = [
      '../secret.png',
      'pictures/../../secret.png',
      join(root, 'secret.png'),
      `file://${join(root, 'secret.png')}`,
      '/dev/zero',
      'link.png',
      'up/secret.png',
      'pictures',
      'pipe.png',
      'nothing.png',
      'empty.png',
      'text.png',
      'ftp://example.com/a.png',
      'http://example.com/a.png',
      'inner.png',
      path('pictures/2.png'),
      `file://${path('pictures/2.png')}`,
    ]
    const { report, has } = await look(written)
    expect(report.setAside).toEqual({
      outside: 7,
      'not-a-file': 2,
      missing: 1,
      empty: 1,
      'unknown-format': 1,
      'bad-reference': 1,
      'not-fetched': 1,
    })
    expect(report.examples).toHaveLength(14)
    expect(report.examples[0]).toEqual({ item: 'p0', why: 'outside' })
    expect([...has]).toEqual([...new Array(14).fill(0), 1, 1, 1])
    expect((await look(['pictures/2.png'], { folders: [] })).report.setAside).toEqual({ outside: 1 })
  })

  it('of two gigabytes are not read', async () => {
    writeFileSync(path('huge.png'), picture(0))
    truncateSync(path('huge.png'), 2 ** 31)
    const before = process.resourceUsage().maxRSS
    expect((await look(['huge.png'])).report.setAside).toEqual({ 'too-large': 1 })
    expect(process.resourceUsage().maxRSS - before).toBeLessThan(200_000)
  })

  it('are looked for in the folders in turn', async () => {
    const other = join(root, 'other')
    mkdirSync(other)
    writeFileSync(join(other, 'only.png'), picture(7))
    const { has } = await look(['only.png', 'pictures/2.png'], { folders: [folder, other] })
    expect([...has]).toEqual([1, 1])
  })

  it('that came as bytes are kept beside the store', async () => {
    const kept = sidecarsOf({ beside: join(root, 'b.db') }).media!
    const bytes = picture(11)
    const checksum = keepBytes(kept, bytes)
    const other = keepBytes(kept, picture(12))
    const written = [keptReference(checksum), keptReference('0'.repeat(64))]
    expect((await look(written, { kept })).report).toMatchObject({ encoded: 1, setAside: { missing: 1 } })
    writeFileSync(join(kept, other), 'something else')
    expect((await look([keptReference(other)], { kept })).report.setAside).toEqual({ broken: 1 })
    dropUnused(kept, new Set([checksum]), new Set([checksum, other]))
    expect(keptSize(kept)).toBe(bytes.length)
    expect((await look([written[0]], { kept })).report).toMatchObject({ cached: 1 })
    dropUnused(kept, new Set(), new Set([checksum]))
    expect((await look([written[0]], { kept })).report).toMatchObject({ cached: 1 })
    expect([keptSize(kept), keptSize(sidecarsOf({ beside: null }).media)]).toEqual([0, 0])
  })

  it('behind addresses are read once, where that is asked for', async () => {
    let asked = 0
    const server = createServer((_, reply) => {
      asked++
      reply.writeHead(200, { 'content-type': 'image/png' }).end(picture(20))
    })
    await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
    const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
    const written = [`http://${host}/a.png`, `http://${host}/a.png`]
    try {
      expect((await look(written)).report.setAside).toEqual({ 'not-fetched': 2 })
      expect((await look(written, { fetch: true })).report.setAside).toEqual({ 'refused-address': 2 })
      expect(asked).toBe(0)
      expect((await look(written, { fetch: true, allowHosts: [host] })).report).toMatchObject({ encoded: 2 })
      expect((await look(written)).report).toMatchObject({ cached: 2, setAside: {} })
      expect(asked).toBe(1)
    } finally {
      server.close()
    }
  })

  it('stop when they are told to, and what was encoded is kept', async () => {
    const names = Array.from({ length: 60 }, (_, n) => {
      writeFileSync(path(`many-${n}.png`), picture(n + 30))
      return `many-${n}.png`
    })
    const stop = new AbortController()
    const run = look(names, { threads: 1, signal: stop.signal, onProgress: ({ done }) => done >= 12 && stop.abort() })
    await expect(run).rejects.toMatchObject({ code: 'INTERRUPTED' })
    const { report } = await look(names)
    expect(report.cached).toBeGreaterThanOrEqual(12)
    expect(report.cached + report.encoded).toBe(60)
  })
})

it('sounds of items, silent ones set aside', async () => {
  writeFileSync(path('tone.wav'), encodeWav(makeSound(allSounds()[0], random)))
  writeFileSync(path('silent.wav'), encodeWav(new Float32Array(16_000)))
  writeFileSync(path('short.wav'), encodeWav(new Float32Array(16_000).fill(0.2)).subarray(0, 50))
  copyFileSync(path('pictures/2.png'), path('picture.wav'))
  const items = itemsOf('audio', ['tone.wav', 'silent.wav', 'short.wav', 'picture.wav', 'tone.wav'])
  const { has, report } = await encodeModality(store, items, 'audio', ears, options)
  expect([...has]).toEqual([1, 0, 0, 0, 1])
  expect(report.setAside).toEqual({ silent: 1, broken: 1, 'unknown-format': 1 })
})
