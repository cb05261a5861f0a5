import { describe, expect, it } from 'vitest'
import { CliError } from '../../src/cli/command.js'
import { compact } from '../../src/cli/filters.js'
import { parseNumber, parseTimeFlag, parseWhole, readPair, splitIds } from '../../src/cli/options.js'

const refusal = (body: () => unknown): CliError => {
  try {
    body()
  } catch (error) {
    if (error instanceof CliError) return error
    throw error
  }
  throw new Error('was not refused')
}

describe('values', () => {
  it('reads whole numbers in their range', () => {
    const read = parseWhole(1, 10_000)
    expect([read('1', '-n'), read('10000', '-n')]).toEqual([1, 10_000])
    for (const text of ['0', '10001', '-1', '1.5', '1e3', 'banana', '', ' 7', '0x10', '99999999999999999999']) {
      const error = refusal(() => read(text, '-n, --limit <n>'))
      expect(error.code).toBe('BAD_OPTION')
      expect(error.message).toContain('-n, --limit')
      expect(error.message).toContain(`"${text.trim()}"`)
    }
  })

  it('reads numbers in their range', () => {
    const read = parseNumber(0, 1)
    expect(['0', '1', '.3', '0.25', '1e-1'].map((text) => read(text, '--diversity'))).toEqual([0, 1, 0.3, 0.25, 0.1])
    for (const text of ['7', '-0.1', 'NaN', 'Infinity', '', 'half', '0x1']) refusal(() => read(text, '--diversity'))
  })

  it('reads ISO times, without a zone as UTC', () => {
    const read = (text: string) => new Date(parseTimeFlag(text, '--now')).toISOString()
    expect(read('2024-03-01')).toBe('2024-03-01T00:00:00.000Z')
    expect(read('2024-03')).toBe('2024-03-01T00:00:00.000Z')
    expect(read('2024-03-01T10:30')).toBe('2024-03-01T10:30:00.000Z')
    expect(read('2024-03-01 10:30:05.5Z')).toBe('2024-03-01T10:30:05.500Z')
    expect(read('2024-03-01T10:30+02:00')).toBe('2024-03-01T08:30:00.000Z')
    expect(read('2024-03-01T10:30+0200')).toBe('2024-03-01T08:30:00.000Z')
    for (const text of ['yesterday', '2024-02-31', '2024-13-01', '1709251200', '2024-03-01T25:00', '01/02/2024', '']) {
      expect(refusal(() => parseTimeFlag(text, '--now')).message).toContain('--now')
    }
  })

  it('reads pairs, the field behind the last equals sign', () => {
    expect(readPair('sku=id', '--map')).toEqual(['sku', 'id'])
    expect(readPair('a=b=title', '--map')).toEqual(['a=b', 'title'])
    for (const text of ['sku', '=id', 'sku=', '']) refusal(() => readPair(text, '--map'))
  })
})

describe('lists of ids', () => {
  const known = async (ids: string[]) => ids.map((id) => id === 'a,b')

  it('parts a single value at commas, unless it is an id', async () => {
    expect(await splitIds(['a,b'], known)).toEqual(['a,b'])
    expect(await splitIds(['a,b,1'], known)).toEqual(['a', 'b', '1'])
    expect(await splitIds(['x, y,,'], known)).toEqual(['x', 'y'])
    expect(await splitIds(['x'], known)).toEqual(['x'])
  })

  it('takes repeated values whole', async () => {
    expect(await splitIds(['x,y', 'z'], known)).toEqual(['x,y', 'z'])
  })
})

describe('compact', () => {
  it('leaves out what is undefined and nothing else', () => {
    expect(compact({ a: undefined, b: null, c: 0, d: '' })).toEqual({ b: null, c: 0, d: '' })
  })
})
