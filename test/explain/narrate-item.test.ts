import { describe, expect, it } from 'vitest'
import { findLacks, narrateCounterfactual, narrateWhyNot } from '../../src/explain/narrate-item.js'
import { FEATURES, LACK_KINDS } from '../../src/rank/features.js'

const parts = (entries: Record<string, number>) => new Map(Object.entries(entries))

describe('what an item lacks', () => {
  const listed = [parts({ covisit: 2, text_best: 0.5, brand: 0.2 }), parts({ covisit: 1, text_best: 0.7 })]

  it('is where it falls behind the listed ones on average, largest gap first', () => {
    const lacks = findLacks(parts({ covisit: 0.1, text_best: 0.1, brand: 0.15 }), listed, LACK_KINDS)
    expect(lacks.map(({ features }) => features[0])).toEqual(['covisit', 'text_last'])
    expect(lacks[0]).toMatchObject({ adds: 0.1, listed: 1.5 })
  })

  it('is nothing where it is ahead, and where nothing is listed', () => {
    expect(findLacks(parts({ covisit: 3, text_best: 3, brand: 1 }), listed, LACK_KINDS)).toEqual([])
    expect(findLacks(parts({ covisit: 0 }), [], LACK_KINDS)).toEqual([])
  })

  it('has words for every feature', () => {
    for (const feature of FEATURES) {
      expect(findLacks(parts({}), [parts({ [feature]: 5 })], LACK_KINDS)).toHaveLength(1)
    }
  })
})

describe('why a list does not hold an item', () => {
  const facts = {
    cause: 'outranked' as const,
    scoreRank: 40,
    n: 10,
    lacks: findLacks(parts({}), [parts({ covisit: 2, brand: 1 })], LACK_KINDS),
  }

  it('is said in both languages, with what speaks for it', () => {
    expect(narrateWhyNot(facts, ['Gooseneck kettle', 'Hand grinder'], 'en')).toBe(
      'By score it stands at place 40, behind the 10 listed. Beside what is listed: fewer of those who have what you have took it too; and its brand is not one that you come back to. For it speak “Gooseneck kettle” and “Hand grinder”.',
    )
    expect(narrateWhyNot(facts, [], 'zh')).toBe(
      '按得分它排在第 40 位，不在前 10 位。与列表中的相比：与你记录相近的人较少有它；它的品牌不是你常选的。你的记录里没有内容支持它。',
    )
  })

  it('tells no lack where score is not the cause', () => {
    expect(narrateWhyNot({ ...facts, cause: 'muted' }, ['Kettle'], 'en')).toBe(
      'The interest nearest to it is muted or disowned. For it speaks “Kettle”.',
    )
  })
})

describe('a counterfactual', () => {
  it('is said in both languages', () => {
    const facts = {
      remove: ['a', 'b'],
      titles: ['Kettle', 'Grinder'],
      rankBefore: 2,
      rankAfter: 14,
      after: 'outranked' as const,
      n: 10,
    }
    expect(narrateCounterfactual(facts, 'en')).toBe(
      'Without “Kettle” and “Grinder” it would leave the first 10, where it stands at place 2: others would score higher: it would stand at place 14 by score.',
    )
    expect(narrateCounterfactual({ ...facts, rankAfter: null, after: 'no-candidate' }, 'zh')).toBe(
      '如果没有「Kettle」、「Grinder」，它就不会在前 10 位（现在第 2 位）：就没有线索指向它了。',
    )
  })
})
