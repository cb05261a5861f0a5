import { cpSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { loadEncoder } from '../../dist/encode/encoder.js'
import { fullText, shortText } from '../../dist/encode/item-text.js'
import { createPool } from '../../dist/threads/workers.js'
import { dotRows } from '../../dist/vectors/matrix.js'
import { openProduct } from '../../dist/vectors/onnx-runtime.js'

const models = fileURLToPath(new URL('../../models', import.meta.url))
const pool = createPool(new URL('../../dist/worker.js', import.meta.url), 2)
afterAll(() => pool.close())

const texts = ['Gooseneck kettle, matte black', 'Pour-over coffee dripper', 'Garden spade with ash handle', '']

describe('the English encoder', () => {
  it('gives unit vectors that put like things together', async () => {
    const encoder = await loadEncoder('all-MiniLM-L6-v2')
    const m = await encoder.encode(texts)
    expect([m.rows, m.dims]).toEqual([4, 384])
    for (let row = 0; row < m.rows; row++) expect(dotRows(m, row, m, row)).toBeCloseTo(1, 5)
    expect(dotRows(m, 0, m, 1)).toBeGreaterThan(dotRows(m, 0, m, 2) + 0.1)
    await encoder.close()
  })

  it('gives a text the same bits alone, in company, here and in the pool', async () => {
    const inline = await loadEncoder('all-MiniLM-L6-v2')
    const pooled = await loadEncoder('all-MiniLM-L6-v2', { pool })
    const many = [...texts, ...Array.from({ length: 70 }, (_, i) => `wool scarf number ${i} ${'very '.repeat(i)}warm`)]
    const together = await pooled.encode(many)
    const alone = await inline.encode([many[1]])
    expect(together.data.subarray(384, 768)).toEqual(alone.data)
    expect((await inline.encode(many)).data).toEqual(together.data)
    await inline.close()
  })

  it('stops when told to, keeping what was finished', async () => {
    const encoder = await loadEncoder('all-MiniLM-L6-v2', { pool })
    const stop = new AbortController()
    let kept = 0
    const onPart = (positions: Int32Array) => {
      kept += positions.length
      stop.abort()
    }
    const many = Array.from({ length: 2000 }, (_, i) => `item ${i}`)
    const started = performance.now()
    await expect(encoder.encode(many, { signal: stop.signal, onPart })).rejects.toMatchObject({ code: 'INTERRUPTED' })
    expect(performance.now() - started).toBeLessThan(3000)
    expect(kept).toBeGreaterThan(0)
    expect(kept).toBeLessThan(2000)
  })

  it('counts what it cannot read', async () => {
    const encoder = await loadEncoder('all-MiniLM-L6-v2')
    await encoder.encode(['龘靐齉爩'])
    expect(encoder.statistics.unknown).toBeGreaterThan(0)
    await encoder.close()
  })
})

describe('the multilingual encoder', () => {
  it('puts a Chinese and an English phrase of one meaning together', async () => {
    const encoder = await loadEncoder('multilingual-e5-small')
    const m = await encoder.encode(['手冲咖啡壶', 'pour-over coffee kettle', '猫粮成分表'])
    expect(dotRows(m, 0, m, 1)).toBeGreaterThan(dotRows(m, 1, m, 2))
    expect(encoder.statistics.unknown).toBe(0)
    await encoder.close()
  })
})

describe('a model directory', () => {
  const copy = () => {
    const folder = mkdtempSync(join(tmpdir(), 'model-'))
    const from = join(models, 'all-MiniLM-L6-v2')
    for (const file of ['manifest.json', 'tokenizer.json', 'tokenizer_config.json', 'config.json'])
      cpSync(join(from, file), join(folder, file))
    symlinkSync(join(from, 'onnx'), join(folder, 'onnx'))
    return folder
  }

  it('of the user is an encoder like the bundled ones', async () => {
    const encoder = await loadEncoder(copy())
    expect((await encoder.encode(['tea'])).dims).toBe(384)
    await encoder.close()
  })

  it('that is not what its manifest says is refused before it is loaded', async () => {
    const changed = copy()
    writeFileSync(
      join(changed, 'tokenizer.json'),
      readFileSync(join(changed, 'tokenizer.json'), 'utf8').replace('[UNK]', '[unk]'),
    )
    await expect(loadEncoder(changed)).rejects.toMatchObject({
      code: 'BAD_MODEL',
      message: expect.stringContaining('sha256'),
    })
    const escaping = copy()
    const manifest = JSON.parse(readFileSync(join(escaping, 'manifest.json'), 'utf8'))
    for (const model of ['../../etc/passwd', '/etc/passwd']) {
      writeFileSync(join(escaping, 'manifest.json'), JSON.stringify({ ...manifest, model }))
      await expect(loadEncoder(escaping)).rejects.toMatchObject({ code: 'BAD_MODEL' })
    }
    writeFileSync(join(escaping, 'manifest.json'), '{')
    await expect(loadEncoder(escaping)).rejects.toMatchObject({ code: 'BAD_MODEL' })
    await expect(loadEncoder('no-such-model')).rejects.toMatchObject({
      code: 'BAD_MODEL',
      message: expect.stringContaining('all-MiniLM-L6-v2'),
    })
  })
})

describe('what is encoded of an item', () => {
  it('is title, brand, categories and text, each once', () => {
    const item = {
      id: 'a',
      title: 'Acme kettle &amp; lid',
      brand: 'Acme',
      categories: [
        ['Kitchen', 'Tea'],
        ['Kitchen', 'Gifts'],
      ],
      text: 'Holds one litre of water.',
    }
    expect(shortText(item)).toBe('Acme kettle & lid. Kitchen, Tea, Gifts')
    expect(fullText(item)).toBe('Acme kettle & lid. Kitchen, Tea, Gifts. Holds one litre of water.')
  })

  it('leaves out a text that says nothing new', () => {
    const item = {
      id: 'a',
      title: 'Kettle',
      brand: 'Acme',
      categories: ['Kitchen', 'Tea'],
      text: 'Brand: Acme. Category: Kitchen > Tea',
    }
    expect(fullText(item)).toBe(shortText(item))
    expect(fullText({ id: 'b', title: '茶壶', text: '手工烧制，出水顺滑' })).toBe('茶壶. 手工烧制，出水顺滑')
  })
})

describe('the native product', () => {
  it('is a times b transposed', async () => {
    const product = await openProduct()
    const a = { data: Float32Array.of(1, 2, 3, 4), rows: 2, dims: 2 }
    const b = { data: Float32Array.of(1, 0, 0, 1, 1, 1), rows: 3, dims: 2 }
    expect([...(await product!(a, b))]).toEqual([1, 2, 3, 3, 4, 7])
  })
})
