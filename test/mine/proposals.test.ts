import { describe, expect, it } from 'vitest'
import { judgeName, partLabel } from '../../src/mine/names/proposals.js'
import { judgeSentence } from '../../src/mine/names/sentences.js'
import { assertionsOf, isInHalf, readSource, supports } from '../../src/mine/names/support.js'

const TEAPOTS = [
  'Glass teapot with strainer',
  'Cast iron teapots, 0.8 l',
  'Teapot of glass for two',
  'Small glass teapot',
]
const BREAD = ['欧包气孔大不大', '烤欧包没有石板怎么办', '藤篮印花欧包', '奶茶的做法']

const groundOf = (titles: string[], more: { domain?: string[]; taken?: string[]; own?: string } = {}) => ({
  titles,
  sources: titles.map(readSource),
  own: more.own ?? '',
  domain: more.domain ?? [],
  taken: new Set(more.taken ?? []),
  question: readSource('Which things are these? Name the titles in English, as viola bows.'),
})
const judge = (label: string, titles = TEAPOTS, more = {}, cited = titles.map((_, i) => i)) =>
  judgeName({ label, head: label, cited }, groundOf(titles, more))

describe('a proposed name', () => {
  it.each([
    ['glass teapot', null],
    ['Glass teapots', null],
    ['teapots of glass', null],
    ['porcelain teapot', 'unsupported'],
    ['teapot without glass', 'unsupported'],
    ['no glass teapot', 'unsupported'],
    ['two glass teapots', 'unsupported'],
    ['12 glass teapots', 'unsupported'],
    ['strainer teapot', 'unsupported'],
    ['Glass teapot with strainer', 'single-title'],
    ['GLASS teapots with strainers', 'single-title'],
    ['interest 3', 'forbidden'],
    ['of the', 'forbidden'],
    ['viola bows', 'prompt-words'],
    ['玻璃茶壶', 'script'],
    ['glass teapot glass teapot glass teapot glass teapot', 'too-long'],
    [`glass ${'x'.repeat(60)}`, 'too-long'],
  ])('"%s" is judged %s', (label, refused) => {
    expect(judge(label)).toBe(refused)
  })

  it.each([
    ['欧包', null],
    ['烤欧包', 'unsupported'],
    ['全麦欧包', 'unsupported'],
    ['European bread', 'script'],
    ['藤篮印花欧包', 'single-title'],
  ])('in Chinese: %s is judged %s', (label, refused) => {
    expect(judge(label, BREAD)).toBe(refused)
  })

  it('must be supported by two of the items it cites', () => {
    expect(judge('glass teapot', TEAPOTS, {}, [0, 2])).toBeNull()
    expect(judge('glass teapot', TEAPOTS, {}, [0, 0, 0])).toBe('unsupported')
    expect(judge('glass teapot', TEAPOTS, {}, [0, 1])).toBe('unsupported')
  })

  it('must say more than its domain, and than a word of the name it replaces', () => {
    expect(judge('teapots', TEAPOTS, { domain: ['Kitchen', 'Teapots'] })).toBe('too-wide')
    expect(judge('teapot', TEAPOTS, { own: 'Glass teapot' })).toBe('too-wide')
    expect(judge('teapot', TEAPOTS, { own: 'Kitchen equipment' })).toBe('too-wide')
    expect(judge('glass teapot', TEAPOTS, { own: 'Small glass teapot' })).toBeNull()
    expect(judge('teapots', TEAPOTS, { own: 'Teapot' })).toBeNull()
    expect(judge('欧包', BREAD, { own: '全麦欧包' })).toBe('too-wide')
    expect(judge('欧包', BREAD, { own: '欧包' })).toBeNull()
    expect(judge('product', ['hair product a', 'hair product b', 'new hair product'])).toBe('too-wide')
  })

  it('must differ from the other labels of the user', () => {
    expect(judge('Glass Teapot', TEAPOTS, { taken: ['glass teapot'] })).toBe('duplicate')
  })
})

describe('support', () => {
  it('finds compounds by their parts, and Chinese however it is segmented', () => {
    const source = readSource('Anti-aging eye cream, B5 & 100 % pure, 手冲咖啡新手器具清单')
    for (const word of ['anti-aging', 'aging', 'eye', 'cream', 'b5', '100', '手冲', '咖啡', '手冲咖啡']) {
      expect([word, supports(source, word)]).toEqual([word, true])
    }
    expect(supports(readSource('anti aging'), 'anti-aging')).toBe(true)
    for (const word of ['ag', 'b6', '10', '手冲茶']) expect([word, supports(source, word)]).toEqual([word, false])
  })

  it('joins single characters with their neighbours', () => {
    const units = assertionsOf('手冲')
    expect(units.length).toBeGreaterThan(0)
    expect(units.every((unit) => [...unit].length > 1)).toBe(true)
    expect(assertionsOf('茶')).toEqual(['茶'])
    expect(assertionsOf('茶和酒')).toEqual(['茶', '酒'])
  })

  it('needs half of the sources, and two', () => {
    const sources = ['a1 tea', 'tea', 'coffee'].map(readSource)
    expect(isInHalf(sources, ['tea'])).toBe(true)
    expect(isInHalf(sources, ['coffee'])).toBe(false)
    expect(isInHalf([sources[0]], ['tea'])).toBe(false)
    expect(isInHalf(sources, [])).toBe(false)
  })
})

describe('a label', () => {
  it.each([
    ['Waterproof mascara', 'mascara', 'mascara', ['Waterproof']],
    ['Mascara waterproof', 'Mascara', 'Mascara', ['waterproof']],
    ['Mascaras', 'mascara', 'Mascaras', []],
    ['Teapots of glass', 'teapots', 'Teapots', ['glass']],
    ['手冲咖啡', '咖啡', '咖啡', ['手冲']],
    ['Teapot', 'kettle', 'Teapot', []],
    ['Teapot', '', 'Teapot', []],
  ])('%s of head %s has head %s and modifiers %j', (label, said, head, modifiers) => {
    expect(partLabel(label, said)).toEqual({ head, modifiers })
  })
})

describe('a sentence', () => {
  const main = ['interest: Glass teapots, 35% of what you liked, 4 items, growing', 'Glass teapot with strainer'].map(
    readSource,
  )
  it.each([
    ['You are drawn mostly to glass teapots, 35% of what you liked.', null],
    ['Your interest in teapots is growing.', null],
    ['You like 36% glass teapots.', 'uncounted'],
    ['You are a tea lover.', 'unsupported'],
    ['You never like glass teapots.', 'unsupported'],
    ['You must be a rich woman who likes teapots.', 'unsupported'],
  ])('"%s" is judged %s', (text, refused) => {
    expect(judgeSentence(text, main)).toBe(refused)
  })

  it('may have a word that two others share', () => {
    const others = ['brass kettle', 'kettle of brass', 'steel kettle'].map(readSource)
    expect(judgeSentence('It is a brass kettle.', [readSource('kettle')], others)).toBeNull()
    expect(judgeSentence('It is a steel kettle.', [readSource('kettle')], others)).toBe('unsupported')
  })

  it('in Chinese', () => {
    const facts = ['兴趣：手冲咖啡，占你喜欢的 35%，4 件，增长', '手冲咖啡新手器具清单'].map(readSource)
    expect(judgeSentence('你主要喜欢手冲咖啡，占 35%。', facts)).toBeNull()
    expect(judgeSentence('你主要喜欢奶茶。', facts)).toBe('unsupported')
    expect(judgeSentence('你主要喜欢手冲咖啡，占 40%。', facts)).toBe('uncounted')
  })
})
