import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type DistillReport, distill, type Item, openMiner } from '../../dist/index.js'
import { makePlace, type Place } from '../helpers/place.js'

/** A part of the made shop is enough, and the teacher is asked about its words only: the real one, in seconds. */
const items: Item[] = readFileSync('fixtures/shop/catalog.jsonl', 'utf8')
  .trim()
  .split('\n')
  .slice(0, 40)
  .map((line) => JSON.parse(line))

let place: Place
let out: string
let report: DistillReport
beforeAll(async () => {
  place = makePlace()
  out = place.path('student')
  report = await distill({ items, out, tokens: 'items' })
})
afterAll(() => place?.remove())

const tableOf = (folder: string) => readFileSync(join(folder, 'table.bin'))
/** What lies beside the student, so that nothing half-made does. */
const around = () => readdirSync(join(out, '..')).filter((name) => name.endsWith('.tmp') || name.endsWith('.old'))

describe('distill', () => {
  it('makes a model directory under 10 MB that is near its teacher', () => {
    expect(report.teacher).toBe('all-MiniLM-L6-v2-int8')
    expect(report.id).toMatch(/^all-MiniLM-L6-v2-int8-static-256-[0-9a-f]{8}$/)
    expect(report.texts).toBeGreaterThan(80)
    expect(report.cosine!).toBeGreaterThan(0.9)
    expect(report.bytes).toBeLessThan(10_000_000)
    expect(readdirSync(out).sort()).toEqual([
      'LICENSE',
      'manifest.json',
      'table.bin',
      'tokenizer.json',
      'tokenizer_config.json',
    ])
    expect(around()).toEqual([])
  })

  it('makes the same bytes again, in this thread too, in the place of an older encoder where it may', async () => {
    const again = place.path('again')
    mkdirSync(again)
    writeFileSync(join(again, 'manifest.json'), '{}')
    writeFileSync(join(again, 'older.bin'), 'older')
    const { id } = await distill({ items, out: again, tokens: 'items', workers: 0, force: true })
    expect(id).toBe(report.id)
    expect(tableOf(again).equals(tableOf(out))).toBe(true)
    expect(readdirSync(again).sort()).toEqual(readdirSync(out).sort())
    expect(around()).toEqual([])
  })

  it('leaves what lies at the place it is given', async () => {
    await expect(distill({ items, out })).rejects.toMatchObject({ code: 'BAD_OPTION', message: /not empty/ })
    const other = place.path('other')
    mkdirSync(other)
    writeFileSync(join(other, 'letter.txt'), 'dear')
    await expect(distill({ items, out: other, force: true })).rejects.toMatchObject({ code: 'BAD_OPTION' })
    expect(readdirSync(other)).toEqual(['letter.txt'])
    for (const blocked of ['letter.txt', 'letter.txt/student']) {
      await expect(distill({ items, out: join(other, blocked) })).rejects.toMatchObject({ code: 'BAD_OPTION' })
    }
  })

  it('refuses what makes no sense, and a student as a teacher', async () => {
    const there = place.path('refused')
    for (const wrong of [{ dims: 7 }, { dims: 385 }, { seed: 0.5 }, { tokens: 'few' as 'all' }, { workers: -1 }]) {
      await expect(distill({ items, out: there, ...wrong })).rejects.toMatchObject({ code: 'BAD_OPTION' })
    }
    await expect(distill({ out: there, tokens: 'items' })).rejects.toMatchObject({ code: 'BAD_OPTION' })
    await expect(distill({ items, out: there, encoder: out })).rejects.toMatchObject({ code: 'BAD_OPTION' })
    await expect(distill({ items: [], out: there })).rejects.toMatchObject({ code: 'BAD_INPUT' })
    await expect(distill({ items, out: there, encoder: 'none-such' })).rejects.toMatchObject({ code: 'BAD_MODEL' })
    expect(existsSync(there)).toBe(false)
  })

  it.each(['tokens', 'student'])('stopped at its stage "%s" leaves nothing', async (wanted) => {
    const stop = new AbortController()
    const there = place.path(`stopped-${wanted}`)
    const onProgress = ({ stage }: { stage: string }) => {
      if (stage === wanted) stop.abort()
    }
    const made = distill({ items, out: there, tokens: 'items', signal: stop.signal, onProgress })
    await expect(made).rejects.toMatchObject({ code: 'INTERRUPTED', message: /nothing was written/ })
    expect(existsSync(there)).toBe(false)
    expect(around()).toEqual([])
  })
})

describe('a student', () => {
  it('encodes any text, an empty one and unknown words too, as unit vectors', async () => {
    const miner = await openMiner({ store: place.path('any.db'), encoder: out, workers: 0 })
    await miner.addItems(items)
    const { data, rows, dims } = await miner.embed(['', 'zyzzyva', '龘', 'coffee '.repeat(3000), items[0].title])
    for (let row = 0; row < rows; row++) {
      const vector = data.subarray(row * dims, (row + 1) * dims)
      expect(vector.reduce((sum, x) => sum + x * x, 0)).toBeCloseTo(1, 4)
    }
    const { results } = await miner.search(items[0].title)
    expect(results[0].item).toBe(items[0].id)
    await miner.close()
  })

  it('builds, recommends and is told by status where ONNX Runtime is not installed', async () => {
    const script = place.path('use.mjs')
    const events = items.slice(0, 6).map(({ id }, i) => ({ user: 'u', item: id, type: 'purchase', at: 1e12 + i }))
    writeFileSync(
      script,
      `import { register } from 'node:module'
      register('data:text/javascript,' + encodeURIComponent(\`export async function resolve(name, context, next) {
        if (name === 'onnxruntime-node') throw Object.assign(new Error('missing'), { code: 'ERR_MODULE_NOT_FOUND' })
        return next(name, context)
      }\`))
      const { openMiner } = await import(${JSON.stringify(join(process.cwd(), 'dist/index.js'))})
      const [items, events, store, encoder] = ${JSON.stringify([items, events, place.path('bare.db'), out])}
      const miner = await openMiner({ store, encoder, workers: 0 })
      const { encoder: used } = await miner.build({ items, events })
      const { recommendations } = await miner.recommend('u')
      const status = await miner.status()
      const bundled = await openMiner({ store: store + '2', workers: 0 })
      const failure = await bundled.build({ items }).catch(({ code }) => code)
      console.log(JSON.stringify({ used, recommendations, status, failure }))
      await miner.close()
      await bundled.close()`,
    )
    const { stdout } = await promisify(execFile)(process.execPath, [script])
    const { used, recommendations, status, failure } = JSON.parse(stdout)
    expect(failure).toBe('NO_RUNTIME')
    expect(used).toMatchObject({ id: report.id, dims: 256 })
    expect(recommendations.length).toBe(10)
    expect(JSON.stringify(status)).toContain(report.id)
  })

  it('keeps no vectors of a whole catalogue, and lays a changed item over as a new build would have it', async () => {
    const [first, ...others] = items
    const changed = { ...first, title: `${others[0].title} for two` }
    const build = async (store: string, given: typeof items) => {
      const miner = await openMiner({ store: place.path(store), encoder: out, workers: 0 })
      await miner.build({ items: given })
      return miner
    }
    const anew = await build('anew.db', [changed, ...others])
    const laid = await build('laid.db', items)
    const cached = (await laid.status()).parts.find(({ name }) => name === 'encoder cache')!
    // An empty table and its index take a page each.
    expect(cached.disk).toBeLessThan(10_000)
    await laid.addItems([changed])
    const { generation } = await laid.status()
    expect(generation?.pendingItems).toBe(1)
    const likest = async (miner: typeof laid) =>
      (await miner.similar(first.id, { limit: 5 })).results.map((r) => r.item)
    expect(await likest(laid)).toEqual(await likest(anew))
    await anew.close()
    await laid.close()
  })

  it('whose table is broken is refused before it is read', async () => {
    const copy = place.path('broken')
    mkdirSync(copy)
    for (const name of readdirSync(out)) writeFileSync(join(copy, name), readFileSync(join(out, name)))
    const build = async () => {
      const miner = await openMiner({ store: place.path('broken.db'), encoder: copy, workers: 0 })
      return miner.build({ items: items.slice(0, 5) }).finally(() => miner.close())
    }
    const table = tableOf(copy)
    table[5000] ^= 1
    writeFileSync(join(copy, 'table.bin'), table)
    await expect(build()).rejects.toMatchObject({ code: 'BAD_MODEL', message: /sha256/ })
    writeFileSync(join(copy, 'table.bin'), table.subarray(0, 4000))
    await expect(build()).rejects.toMatchObject({ code: 'BAD_MODEL', message: /4000 bytes/ })
    const manifest = JSON.parse(readFileSync(join(copy, 'manifest.json'), 'utf8'))
    writeFileSync(join(copy, 'table.bin'), tableOf(out))
    writeFileSync(join(copy, 'manifest.json'), JSON.stringify({ ...manifest, dims: 300 }))
    await expect(build()).rejects.toMatchObject({ code: 'BAD_MODEL', message: /no whole number of rows/ })
  })
})
