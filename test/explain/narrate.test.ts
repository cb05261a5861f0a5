import { describe, expect, it } from 'vitest'
import { citeByEffect } from '../../src/explain/evidence.js'
import { narrateReason, type ReasonFacts } from '../../src/explain/narrate.js'

const base: ReasonFacts = {
  kind: 'evidence',
  interest: null,
  cited: [],
  wished: false,
  wish: null,
  brand: null,
  users: 3,
  seen: false,
  served: true,
}
const kettle = { title: 'Gooseneck kettle', together: true, alike: true }
const grinder = { title: 'Hand grinder', together: true, alike: false }
const scale = { title: 'Brew scale', together: false, alike: true }

describe('a reason', () => {
  it('claims of each cited item only what holds for it', () => {
    const both = narrateReason(
      { ...base, interest: 'Pour-over coffee', cited: [kettle, grinder, scale], brand: 'Brewhaus' },
      'en',
    )
    expect(both).toBe(
      'For your interest “Pour-over coffee”: people with “Gooseneck kettle” and “Hand grinder” have it too, its text is much like “Gooseneck kettle” and “Brew scale”, and you know Brewhaus.',
    )
    expect(narrateReason({ ...base, cited: [kettle] }, 'en')).toBe(
      'People with “Gooseneck kettle” have it too, and its text is much like that one’s.',
    )
    expect(narrateReason({ ...base, cited: [scale] }, 'en')).toBe('Its text is much like “Brew scale”.')
    expect(narrateReason({ ...base, cited: [{ ...scale, alike: false }] }, 'en')).toBe('It goes with “Brew scale”.')
  })

  it('says where it matches what was asked for', () => {
    expect(narrateReason({ ...base, cited: [scale], wished: true }, 'en')).toBe(
      'Its text is much like “Brew scale”, and it matches what you asked for.',
    )
    const wished = { ...base, wish: 'quiet keyboards' }
    expect(narrateReason({ ...wished, kind: 'wish' }, 'en')).toBe('Matches your wish “quiet keyboards”.')
    expect(narrateReason({ ...wished, kind: 'wish' }, 'zh')).toBe('符合你的愿望「quiet keyboards」。')
    expect(narrateReason({ ...wished, cited: [scale] }, 'en')).toMatch(
      /, and it matches your wish “quiet keyboards”\.$/,
    )
    expect(narrateReason({ ...wished, cited: [scale] }, 'zh')).toMatch(/，也符合你的愿望「quiet keyboards」。$/)
  })

  it('is said in Chinese the same way', () => {
    expect(
      narrateReason(
        {
          ...base,
          interest: '手冲咖啡',
          cited: [
            { ...kettle, title: '细口壶' },
            { ...grinder, title: '手摇磨豆机' },
          ],
        },
        'zh',
      ),
    ).toBe('因为你对「手冲咖啡」感兴趣：看过「细口壶」、「手摇磨豆机」的人也看了它，内容与「细口壶」很相近。')
  })

  it('says popular, exploring and wished for what they are', () => {
    expect(narrateReason({ ...base, kind: 'popular' }, 'en')).toMatch(/^Popular here: 3 people/)
    expect(narrateReason({ ...base, kind: 'popular', users: 1 }, 'en')).toMatch(/1 person has/)
    expect(narrateReason({ ...base, kind: 'popular', users: 0 }, 'en')).toMatch(/popular/i)
    expect(narrateReason({ ...base, kind: 'popular' }, 'zh')).toMatch(/热门（popular）/)
    expect(narrateReason({ ...base, kind: 'exploring' }, 'en')).toMatch(/explore/)
    expect(narrateReason({ ...base, kind: 'wish' }, 'zh')).toMatch(/想找/)
  })

  it('says why no list holds the item, where none does', () => {
    expect(narrateReason({ ...base, cited: [scale], seen: true }, 'en')).toBe(
      'Its text is much like “Brew scale”. It is in your history already.',
    )
    expect(narrateReason({ ...base, kind: 'popular', served: false }, 'en')).toMatch(
      /history\. The .* not recommended\.$/,
    )
    expect(narrateReason({ ...base, seen: true, served: false }, 'zh')).toBe(
      '与你的记录相符。它已经在你的记录里。与它最接近的兴趣已被静音或否认，所以不会推荐它。',
    )
  })

  it('cuts long titles on whole characters', () => {
    const reason = narrateReason({ ...base, cited: [{ ...scale, title: '🍞'.repeat(200) }] }, 'en')
    expect(reason).toContain('…')
    expect(reason).not.toMatch(/\ud83c(?!\udf5e)/)
    expect([...reason].length).toBeLessThan(100)
  })
})

describe('citing by effect', () => {
  it('keeps what speaks for it, strongest first, and leaves out what hardly counts', () => {
    const cited = citeByEffect([{ effect: 0.1 }, { effect: 2 }, { effect: -1 }, { effect: 0.001 }, { effect: 0 }])
    expect(cited).toEqual([{ effect: 2 }, { effect: 0.1 }])
  })

  it('shows the strongest where nothing speaks for it, and nothing where nothing moves', () => {
    expect(citeByEffect([{ effect: -0.2 }, { effect: -0.5 }])).toEqual([{ effect: -0.5 }])
    expect(citeByEffect([{ effect: 0 }])).toEqual([])
  })
})
