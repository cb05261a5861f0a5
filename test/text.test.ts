import { describe, expect, it } from 'vitest'
import {
  cjkShare,
  cleanText,
  editDistance,
  majorityLanguage,
  nearMatches,
  readingSeconds,
  tidyText,
} from '../src/text.js'

describe('cleanText', () => {
  it.each([
    ['a plain title, 100% wool', 'a plain title, 100% wool'],
    ['Tom &amp; Jerry', 'Tom & Jerry'],
    ['L&amp;#39;Oreal &amp;amp; Co', "L'Oreal & Co"],
    ['&eacute;t&#233; &#x1F600; &#150; AT&T &unknown; &#0;', 'été 😀 – AT&T &unknown;'],
    ['<b>Bold</b> words<br>next<p class="x">line</p>', 'Bold words next line'],
    ['&lt;b&gt;encoded tags&lt;/b&gt;', 'encoded tags'],
    ['H<sub>2</sub>O and <a href="http://x/?a=1">a link</a>', 'H2O and a link'],
    ['a < b and c > d', 'a < b and c > d'],
    ['x<y and z>w, I <3 you, a<b and c>d', 'x<y and z>w, I <3 you, a<b and c>d'],
    ['<script>steal()</script>kept<style>p{}</style><!-- hidden -->', 'kept'],
    ['zero\u200bwidth \u202ebidi\u202c \ufeffBOM soft\u00adhyphen', 'zerowidth bidi BOM softhyphen'],
    ['nul\u0000 tab\t bell\u0007 c1\u0085 line\u2028end', 'nul tab bell c1 line end'],
    ['  much \n\n  space\u00a0\u3000here ', 'much space here'],
    ['e\u0301te\u0301', '\u00e9t\u00e9'],
    ['half \ud800 pair', 'half pair'],
    ['smuggled\u{e0041}\u{e0042}', 'smuggled'],
    ['手工陶瓷茶壶', '手工陶瓷茶壶'],
    ['', ''],
  ])('%j becomes %j', (given, wanted) => {
    expect(cleanText(given)).toBe(wanted)
  })

  it('cuts on a code point boundary', () => {
    expect(cleanText('ab😀cd', 3)).toBe('ab')
    expect(cleanText('ab😀cd', 4)).toBe('ab😀')
    expect(cleanText('word '.repeat(10_000))).toHaveLength(19_999)
  })

  it('stays quick on long and hostile text', () => {
    const hostile = ['<', '&', '<div a=', '<script>', '<!--', '<div a ', '&#', '\u200b', ' ', '<b '].map((s) =>
      s.repeat(1_000_000 / s.length),
    )
    const started = performance.now()
    for (const text of hostile) cleanText(text)
    expect(performance.now() - started).toBeLessThan(2_000)
  })
})

describe('tidyText', () => {
  it('keeps what a person would see', () => {
    const title = 'Tom &amp; Jerry  <b>twice</b>  " 👨‍👩‍👧 می‌خواهم é'
    expect(tidyText(title, 2000)).toBe(title)
  })

  it('takes out what no one sees, turns controls to spaces and cuts', () => {
    expect(tidyText('a\u0000b\tc\u200bd\u202ee\ufefff', 2000)).toBe('a b cdef')
    expect(tidyText('plain\u200djoiner', 2000)).toBe('plainjoiner')
    expect(tidyText('half \udc00', 2000)).toBe('half \ufffd')
    expect(tidyText('a😀', 2)).toBe('a')
  })
})

describe('languages and reading', () => {
  it('tells the share of CJK letters', () => {
    expect(cjkShare('teapot')).toBe(0)
    expect(cjkShare('茶壶')).toBe(1)
    expect(cjkShare('ab 茶壶 12!')).toBe(0.5)
    expect(cjkShare('かな 한글 カナ')).toBe(1)
    expect(cjkShare('12 !')).toBe(0)
    expect(cjkShare('чай')).toBe(0)
  })

  it('goes by most texts', () => {
    expect(majorityLanguage([])).toBe('en')
    expect(majorityLanguage(['123', '茶壶', '手机壳 iPhone 15'])).toBe('zh')
    expect(majorityLanguage(['tea', 'pot', '茶壶'])).toBe('en')
    expect(majorityLanguage(['tea', '茶壶'])).toBe('en')
  })

  it('counts words and characters, within bounds', () => {
    expect(readingSeconds('')).toBe(8)
    expect(readingSeconds('word '.repeat(238))).toBeCloseTo(60)
    expect(readingSeconds('茶'.repeat(500))).toBe(100)
    expect(readingSeconds(`${'word '.repeat(238)}${'茶'.repeat(50)}`)).toBeCloseTo(70)
    expect(readingSeconds('word '.repeat(100_000))).toBe(1800)
  })
})

describe('nearMatches', () => {
  it('finds what was meant, nearest first', () => {
    const known = ['keyboard', 'keyboards', 'mouse', 'monitor', 'KEYBOARD', 'zebra']
    expect(nearMatches('keybord', known)).toEqual(['KEYBOARD', 'keyboard', 'keyboards'])
    expect(nearMatches('mosue', known, 1)).toEqual(['mouse'])
    expect(nearMatches('completely different', known)).toEqual([])
    expect(nearMatches('', known)).toEqual([])
    expect(nearMatches('a', ['b', ''])).toEqual([])
  })

  it('counts edits and swaps up to a limit', () => {
    expect(editDistance('kitten', 'sitting')).toBe(3)
    expect(editDistance('ab', 'ba')).toBe(1)
    expect(editDistance('', 'abc')).toBe(3)
    expect(editDistance('abcdef', 'uvwxyz', 2)).toBe(3)
  })

  it('bounds its work for a million ids', () => {
    function* ids() {
      for (let i = 0; i < 1_000_000; i++) yield `i${((i * 2654435761) % 4294967296).toString(16)}`
    }
    const started = performance.now()
    expect(nearMatches('i9e3779b2', ids())).toHaveLength(3)
    expect(performance.now() - started).toBeLessThan(5_000)
  })
})

describe('terminal sequences', () => {
  it('go whole, so that no litter of them stays in a title', () => {
    const hostile = '\u001b[31mred\u001b[0m kettle\u001b]0;title\u0007 \u009b2Jend'
    expect(tidyText(hostile, 100)).toBe('red kettle end')
    expect(cleanText(hostile)).toBe('red kettle end')
  })
})
