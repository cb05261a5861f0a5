import { mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { drawPicture, encodePng, generator, PATTERNS, SIDE } from '../../fixtures/pictures.mjs'
import { makeFolder, run, type Shop } from './shop.js'

const towers = resolve('fixtures/towers')
let shop: Shop
beforeAll(() => {
  shop = makeFolder()
})
afterAll(() => shop?.remove())

describe('doctor --encoder', () => {
  it('tells the towers of an encoder, and what is wrong with one', () => {
    const good = run(['doctor', '--encoder', towers], shop.folder)
    expect([good.code, good.err]).toEqual([0, ''])
    expect(good.out).toContain(
      'toy-towers: text (32 dimensions), image (32 dimensions), audio (32 dimensions), one space',
    )
    mkdirSync(join(shop.folder, 'bad'))
    writeFileSync(join(shop.folder, 'bad', 'manifest.json'), '{"format": 2, "towers": {}}')
    const bad = run(['doctor', '--encoder', 'bad', '--json'], shop.folder)
    expect(bad.code).toBe(1)
    expect(JSON.parse(bad.out)).toMatchObject({ ok: false, encoder: null, problems: [{ where: 'manifest.json' }] })
    // A long message is told whole.
    const said = run(['doctor', '--encoder', 'bad'], shop.folder).out.replace(/\s+/g, ' ')
    expect(said).toContain(JSON.parse(bad.out).problems[0].what)
    expect(run(['doctor', '--encoder', towers, '--repair'], shop.folder).code).toBe(2)
  })
})

describe('build-index', () => {
  it('says what was done with pictures', () => {
    const random = generator(2)
    const vector = (i: number) => Array.from({ length: 8 }, (_, k) => Math.sin(1 + i * (k + 1)))
    const rows = Object.keys(PATTERNS).map((pattern, i) => {
      writeFileSync(
        join(shop.folder, `${i}.png`),
        encodePng(drawPicture({ pattern, colour: 'red', shape: 'circle' }, random), SIDE, SIDE),
      )
      return {
        id: `p${i}`,
        title: `thing ${i}`,
        vector: vector(i),
        image: i < 6 ? `${i}.png` : 'https://example.com/a.png',
      }
    })
    shop.write('pictured.jsonl', rows.map((row) => JSON.stringify(row)).join('\n'))
    const built = run(['build-index', 'pictured.jsonl', '--image-encoder', towers, '--db', 'p.db'], shop.folder)
    expect(built.code, built.err).toBe(0)
    expect(built.out.replace(/\s+/g, ' ')).toContain(
      'pictures 8: 6 encoded, 0 as before, set aside: not-fetched (2, such as p6); by toy-towers',
    )
    const json = run(['build-index', 'pictured.jsonl', '--add', '--db', 'p.db', '--media', '.', '--json'], shop.folder)
    expect(json.code, json.err).toBe(0)
  })

  it('refuses --allow-host without --fetch, and a folder that is not there', () => {
    const lone = run(['build-index', 'catalog.jsonl', '--allow-host', 'a.lan'], shop.folder)
    expect([lone.code, lone.err]).toEqual([2, 'interest-mine: option --allow-host needs --fetch\n'])
    const nowhere = run(['build-index', 'catalog.jsonl', '--media', 'nowhere', '--db', 'n.db'], shop.folder)
    expect(nowhere.code).toBe(2)
    expect(nowhere.err).toContain('takes a folder, not "nowhere"')
  })
})
