import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeWorld, RUN, snippetsOf, type World } from './helpers/snippets.js'

const text = readFileSync('README.md', 'utf8')
const snippets = snippetsOf('README.md').filter(({ language, notRun }) => RUN.includes(language) && notRun === null)

let world: World
/** Commands and modules that were run. */
let ran = 0
beforeAll(async () => {
  world = await makeWorld(110)
}, 60_000)
afterAll(() => world?.close())

describe('README.md', () => {
  it('is short', () => {
    expect([...text].length).toBeLessThanOrEqual(12_000)
  })

  it.each(snippets.map((snippet) => [snippet.line, snippet] as const))(
    'shows what works, in line %i',
    async (_, snippet) => {
      const { count, out } = await world.run(snippet)
      ran += count
      if (snippet.language !== 'js') return
      // The miner's list: the two items that the user does not have. On plain arrays: an interest, and three items.
      expect(out.trim().split('\n')).toHaveLength(snippet.code.includes('openMiner') ? 2 : 4)
    },
    120_000,
  )

  it('shows ten commands, the library, and what the demo prints', () => {
    expect(ran).toBe(15)
    const [ten] = snippets.filter(({ code }) => code.split('\n').length === 10)
    const commands = ten.code.split('\n').map((line) => /^npx interest-mine (\S+)/.exec(line)?.[1])
    expect(new Set(commands).size).toBe(10)
    const [library] = snippets.filter(({ language }) => language === 'js')
    expect(library.code.split('\n').length).toBeLessThanOrEqual(20)
  })

  it('has no figure of quality that docs/figures.md does not have', () => {
    const figures = readFileSync('docs/figures.md', 'utf8')
    const results = text.slice(text.indexOf('## Results'), text.indexOf('## How it works'))
    const told = [...results.matchAll(/(?<![\d.])\.\d{4}/g)].map(([figure]) => figure)
    expect(told.length).toBeGreaterThan(30)
    expect(told.filter((figure) => !figures.includes(figure))).toEqual([])
    expect(results.match(/`node bench\/[\w-]+\.mjs/g)?.length).toBeGreaterThan(0)
  })
})
