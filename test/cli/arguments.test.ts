import { describe, expect, it } from 'vitest'
import { scanArguments } from '../../src/cli/arguments.js'
import search from '../../src/cli/search.js'
import similar from '../../src/cli/similar.js'

describe('scanArguments', () => {
  it('finds the command behind options that take a value', () => {
    expect(scanArguments(['--db', 'x.db', '--json', 'status'])).toMatchObject({
      command: 'status',
      json: true,
      debug: false,
    })
    expect(scanArguments(['--seed=3', 'doctor', '--debug'])).toMatchObject({
      command: 'doctor',
      json: false,
      debug: true,
    })
    expect(scanArguments([])).toMatchObject({ command: undefined, json: false })
  })

  it('takes --json for a value where it is one', () => {
    expect(scanArguments(['similar', '--item=--json'], similar).json).toBe(false)
    expect(scanArguments(['similar', '--item', '--json'], similar).json).toBe(false)
    expect(scanArguments(['similar', '--item', '--json', '--json'], similar).json).toBe(true)
    expect(scanArguments(['similar', '--', '--json'], similar).json).toBe(false)
  })

  it('sees --json where the rest is wrong', () => {
    expect(scanArguments(['nonsense', '--json']).json).toBe(true)
    expect(scanArguments(['similar', '--nonsense', '--json'], similar).json).toBe(true)
    expect(scanArguments(['similar', '--json', '--item'], similar).json).toBe(true)
  })

  it.each([
    [
      ['search', '-nice thing'],
      ['search', '--', '-nice thing'],
    ],
    [
      ['search', '-18C', '--json'],
      ['search', '--json', '--', '-18C'],
    ],
    [
      ['search', '--where do I go', '-n', '3'],
      ['search', '-n', '3', '--', '--where do I go'],
    ],
    [
      ['search', '--json', '--', '--json'],
      ['search', '--json', '--', '--json'],
    ],
  ])('moves a phrase with a dash behind the options: %j', (given, wanted) => {
    expect(scanArguments(given, search).arguments).toEqual(wanted)
  })

  it.each([
    [['search', '-n5', 'tea']],
    [['search', '--where=category=Hair Care', 'gel']],
    [['search', '--where', 'category=Hair Care', 'gel']],
    [['search', '--nonsense']],
    [['similar', '--item', '-a b']],
  ])('leaves options as they are: %j', (given) => {
    expect(scanArguments(given, given[0] === 'search' ? search : similar).arguments).toEqual(given)
  })
})
