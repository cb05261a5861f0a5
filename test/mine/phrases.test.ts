import { describe, expect, it } from 'vitest'
import { packCatalogue } from '../../src/ingest/catalogue.js'
import { collectPhrases } from '../../src/mine/names/collect.js'
import { changePhrases, fitPhrases, phrasesOf } from '../../src/mine/names/fit-phrases.js'
import { findString, PHRASE } from '../../src/mine/names/phrases.js'
import { splitRuns, stripSizes, wordKey } from '../../src/mine/names/words.js'
import type { Item } from '../../src/types/items.js'
import { listAt } from '../../src/vectors/sparse.js'
import { stringAt } from '../../src/vectors/strings.js'
import { encodeWords } from './model.js'

const runs = (text: string) => splitRuns(stripSizes(text)).map((run) => run.map((token) => token.key).join(' '))

describe('splitRuns', () => {
  it('breaks at punctuation and numbers, and drops sizes', () => {
    expect(runs('Great Lash Waterproof Mascaras, Very Black (Pack of 2) 0.44 fl oz')).toEqual([
      'great lash waterproof mascara',
      'very black',
    ])
  })

  it('takes no word for a size whose first letters are a unit', () => {
    expect(runs('18 gauge needles, 40 grade sandpaper, 5 mlle')).toEqual(['gauge needle', 'grade sandpaper', 'mlle'])
    expect(runs('面霜 50g 正装')).toEqual(['面霜', '正装'])
  })

  it('keeps brands, apostrophes and hyphens in one word', () => {
    expect(runs("L'Oréal anti-aging cream")).toEqual(["l'oréal anti-aging cream"])
    expect(runs('SK-II 神仙水 230ml')[0]).toMatch(/^sk-ii /)
  })

  it('cuts Chinese into words and ends a run at a space between them', () => {
    expect(runs('防晒霜推荐 敏感肌')).toHaveLength(2)
    expect(runs('用手机壳').join('')).toContain('手机')
  })

  it('makes plurals singular', () => {
    expect(['Brushes', 'berries', 'glass', "women's", 'Lotions'].map(wordKey)).toEqual([
      'brush',
      'berry',
      'glass',
      'women',
      'lotion',
    ])
  })
})

const items: Item[] = [
  { id: 'a', title: 'Acme Waterproof Mascara, Black', brand: 'Acme', categories: ['Beauty', 'Makeup', 'Mascara'] },
  { id: 'b', title: 'Waterproof Mascara by Bolt', brand: 'Bolt', categories: ['Beauty', 'Makeup', 'Mascara'] },
  { id: 'c', title: 'Acme Volume Mascara', brand: 'Acme', categories: ['Beauty', 'Makeup', 'Mascara'] },
  { id: 'd', title: '敏感肌防晒霜 50ml', categories: ['Beauty', 'Sun'] },
  { id: 'e', title: '清爽防晒霜', categories: ['Beauty', 'Sun'] },
]
const catalogue = packCatalogue(
  items,
  items.map((_, i) => i),
)
const collected = collectPhrases((row) => items[row].text ?? '', catalogue)
const surfaces = new Map(collected.surfaces.map((surface, i) => [surface, i]))

describe('collectPhrases', () => {
  it('finds runs of words, categories and brands, each text once', () => {
    for (const phrase of ['waterproof mascara', 'Mascara', 'Acme', '防晒霜'])
      expect([...surfaces.keys()]).toContain(phrase)
    expect(collected.texts).toHaveLength(collected.keys.length)
    expect(new Set(collected.keys).size).toBe(collected.keys.length)
  })

  it('has no stop words at the ends, no sizes, no lone particles, no root category', () => {
    expect(collected.keys.length).toBeGreaterThan(3)
    for (const key of collected.keys) expect(key).not.toMatch(/^(by|的)( |$)|( |^)(by|的|ml)$|^(霜|肌)$/)
    expect(surfaces.has('Beauty')).toBe(false)
  })

  it('does not mix brands into phrases', () => {
    expect(collected.keys.filter((key) => /mascara/.test(key)).length).toBeGreaterThan(1)
    expect(collected.keys.filter((key) => /acme .*mascara/.test(key))).toEqual([])
    expect(collected.flags[surfaces.get('Acme')!] & PHRASE.brand).toBeTruthy()
  })

  it('posts each phrase at the rows that hold it', () => {
    const phrase = surfaces.get('waterproof mascara')!
    expect(items.map((_, row) => listAt(collected.postings, row).includes(phrase))).toEqual([
      true,
      true,
      false,
      false,
      false,
    ])
  })

  it('works for an empty catalogue and titles of nothing but marks', () => {
    expect(collectPhrases(() => '', packCatalogue([], [])).texts).toEqual([])
    const odd: Item[] = [
      { id: '1', title: '!!!' },
      { id: '2', title: '🙂🙂' },
    ]
    expect(collectPhrases((row) => odd[row].text ?? '', packCatalogue(odd, [0, 1])).texts).toEqual([])
  })
})

describe('fitPhrases', () => {
  it('finds keys by binary search, and gives later items the phrases they hold', async () => {
    const vectors = await encodeWords(items.map(({ title }) => title))
    const phrases = await fitPhrases(collected, await encodeWords(collected.texts), vectors, 1)
    collected.keys.forEach((key, i) => {
      expect(findString(phrases.keys, key)).toBe(i)
    })
    expect(findString(phrases.keys, 'nothing')).toBe(-1)
    const held = phrasesOf(phrases, { title: 'New Waterproof Mascara', brand: 'ACME', categories: ['Beauty', 'Sun'] })
    const names = [...held].map((phrase) => stringAt(phrases.surfaces, phrase))
    expect(names).toContain('waterproof mascara')
    expect(names).toContain('Acme')
    const changed = changePhrases(
      phrases,
      [1, 6],
      [{ title: 'Volume Mascara' }, { title: 'Waterproof Mascara' }],
      await encodeWords(['x', 'y']),
    )
    expect(changed.rows).toBe(7)
    expect([...listAt(changed.postings, 0)]).toEqual([...listAt(phrases.postings, 0)])
    expect(listAt(changed.postings, 5)).toHaveLength(0)
    expect(listAt(changed.postings, 6).length).toBeGreaterThan(0)
  })
})
