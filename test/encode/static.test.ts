import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { packTable, readTable, sumRows } from '../../src/encode/token-table.js'
import { loadTokenizer } from '../../src/encode/tokenizer.js'
import { cacheWords } from '../../src/encode/word-cache.js'
import { createRandom } from '../../src/random.js'
import type { Item } from '../../src/types/items.js'

const rootOf = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url))

describe('a table of token vectors', () => {
  const random = createRandom(3)
  const rows = 9
  const dims = 8
  const data = Float32Array.from({ length: rows * dims }, (_, i) =>
    i < dims ? 0 : (random.unit() - 0.5) * 2 ** (i % 5),
  )
  const bytes = packTable({ data, rows, dims })

  it('is read back to about half a step of each row', () => {
    const table = readTable(bytes, dims, 'table.bin')
    expect([...table.data.subarray(0, dims)]).toEqual(Array(dims).fill(0))
    data.forEach((x, i) => {
      const scale = table.scales[Math.floor(i / dims)]
      expect(Math.abs(scale * table.data[i] - x)).toBeLessThanOrEqual(scale * 0.75)
    })
  })

  it.each([0, 1, 2, 3, 4, 5, 8])('adds up %i rows, repeated ones too', (count) => {
    const table = readTable(bytes, dims, 'table.bin')
    const ids = Array.from({ length: count }, (_, i) => (5 * i) % 7)
    const sum = new Float32Array(dims).fill(9)
    sumRows(table, ids, sum)
    for (let k = 0; k < dims; k++) {
      const wanted = ids.reduce((total, id) => total + table.scales[id] * table.data[id * dims + k], 0)
      expect(sum[k]).toBeCloseTo(wanted, 5)
    }
  })

  it('that is cut, empty or holds a scale that is no number is refused', () => {
    const refused = { code: 'BAD_MODEL', message: expect.stringContaining('table.bin') }
    expect(() => readTable(bytes.subarray(0, -1), dims, 'table.bin')).toThrow(expect.objectContaining(refused))
    expect(() => readTable(new Uint8Array(0), dims, 'table.bin')).toThrow(expect.objectContaining(refused))
    const broken = bytes.slice()
    new Float32Array(broken.buffer)[2] = Number.NaN
    expect(() => readTable(broken, dims, 'table.bin')).toThrow(expect.objectContaining(refused))
  })
})

describe('remembered words', () => {
  const textsOf = (fixture: string) =>
    readFileSync(rootOf(`fixtures/${fixture}/catalog.jsonl`), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Item)
      .map(({ title, text }) => `${title}. ${text ?? ''}`)
  const odd = [
    '',
    '[SEP] in a text [UNK]',
    'naïve CAFÉ',
    '龘靐 tea',
    '½ ㎏ ﬁne',
    '全角ＡＢＣ，１２３～～〜 ①②㈱',
    '龘靐齉爩龗 龘ab龘龘',
    '<s>中文</s> a<mask>b',
    'ㄅㄆ한국어テスト\u3000ｶﾞ',
    'x'.repeat(300),
    '😀 👩‍👩‍👧',
    Array(400).fill('tea').join(' '),
  ]

  it.each([
    ['all-MiniLM-L6-v2', 'shop'],
    ['all-MiniLM-L6-v2', 'news'],
    ['multilingual-e5-small', 'notes'],
    ['multilingual-e5-small', 'shop'],
  ])('of %s give the tokens of the whole text, %s', (model, fixture) => {
    const folder = rootOf(`models/${model}`)
    for (const most of [256, 12]) {
      const loaded = loadTokenizer(`${folder}/tokenizer.json`, `${folder}/tokenizer_config.json`, most)
      const { tokenize } = loaded
      const quick = cacheWords(loaded, most)
      for (const text of [...textsOf(fixture), ...odd])
        expect([text, quick(text).ids]).toEqual([text, tokenize(text).ids])
      expect(quick('tea 龘').unknown).toBe(tokenize('tea 龘').unknown)
    }
  })
})
