import { describe, expect, it } from 'vitest'
import { quoteData, writeDataBlock } from '../../src/llm/data-block.js'
import { checkReply, readJson } from '../../src/llm/reply.js'
import { isSafeName, isSafeSentence } from '../../src/llm/safety.js'
import { HOSTILE } from './hostile.js'

describe('a data block', () => {
  it('holds a line each, behind an id of ours', () => {
    const lines = [
      { id: 'e1', text: 'Glass teapot,\n  0.8 l' },
      { id: 'e2', text: '欧包' },
    ]
    expect(writeDataBlock('items', lines, 40)).toBe('<items>\ne1: Glass teapot, 0.8 l\ne2: 欧包\n</items>')
  })

  it('keeps within its length', () => {
    expect(quoteData('x'.repeat(1e6), 50)).toHaveLength(50)
    expect(quoteData('字'.repeat(1e5), 50)).toHaveLength(50)
  })

  it.each(HOSTILE)('is not left by %j', (text) => {
    const block = writeDataBlock(
      'items',
      [
        { id: 'e1', text },
        { id: 'e2', text: 'Teapot' },
      ],
      300,
    )
    const lines = block.split('\n')
    expect(lines).toHaveLength(4)
    expect([lines[0], lines[2], lines[3]]).toEqual(['<items>', 'e2: Teapot', '</items>'])
    const inside = lines[1].slice('e1: '.length)
    expect(inside).not.toMatch(/[<>`[\]{}\u0000-\u001f\u007f-\u009f\p{Cf}\u2028\u2029]/u)
    expect(inside).not.toMatch(/https?:|www\.|javascript:|data:/i)
  })
})

describe('a reply', () => {
  const schema = {
    type: 'object',
    additionalProperties: false,
    required: ['label', 'evidence'],
    properties: {
      label: { type: 'string', maxLength: 5 },
      evidence: { type: 'array', minItems: 1, items: { type: 'string', enum: ['e1', 'e2'] } },
    },
  }
  it.each([
    [{ label: 'a', evidence: ['e1'] }, null],
    [{ label: 'a', evidence: ['e9'] }, 'unknown-id'],
    [{ label: 'abcdef', evidence: ['e1'] }, 'too-long'],
    [{ label: 'a', evidence: [] }, 'schema'],
    [{ label: 'a', evidence: ['e1'], note: 'x' }, 'schema'],
    [{ label: 7, evidence: ['e1'] }, 'schema'],
    ['a', 'schema'],
    [null, 'schema'],
  ])('%j is %s', (value, refused) => {
    expect(checkReply(value, schema)).toBe(refused)
  })

  it('is read up to a length', () => {
    expect(() => readJson(`"${'x'.repeat(1e6)}"`)).toThrow('not answer in JSON')
  })
})

describe('what may be shown', () => {
  it.each([
    'Mascara · waterproof, Maybelline',
    'Crème brûlée torches',
    'B5 & C serum',
    '手冲咖啡',
    '3D puzzles',
    'Baker’s yeast',
    'Dr. Martens'.replace('.', ''),
  ])('%s is a safe name', (name) => {
    expect(isSafeName(name)).toBe(true)
  })
  it.each([
    '=1+1',
    '+serum',
    '-serum',
    '@serum',
    '<b>x</b>',
    'a`b',
    'see evil.example',
    'http x',
    'a\tb',
    'a\nb',
    'a\u200bb',
    '\u202ea',
    'a|b',
    'a_b',
    '"a"',
    '',
    ' a',
    'a\u001b[31m',
  ])('%j is no safe name', (name) => {
    expect(isSafeName(name)).toBe(false)
  })
  it.each([
    'You are drawn to teapots, most of all glass ones.',
    '你喜欢手冲咖啡，也喜欢欧包。',
    'For “Cake Decorating”: 35% of it.',
  ])('%s is a safe sentence', (text) => {
    expect(isSafeSentence(text)).toBe(true)
  })
  it.each([
    'See www.evil.example.',
    '<i>You</i>',
    'You like `x`',
    '[a](b)',
    'You\nlike',
    '=You',
    'mail me at a@b',
    'You like {{x}}',
  ])('%j is no safe sentence', (text) => {
    expect(isSafeSentence(text)).toBe(false)
  })
})
