import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeWorld, RUN, snippetsOf, type World } from './helpers/snippets.js'

/** Every block of docs/ that is to be run, in a fresh copy of a small shop; those of the README: readme.test.ts. */
const pages = readdirSync('docs').filter((name) => name.endsWith('.md'))
const snippets = pages
  .flatMap((name) => snippetsOf(join('docs', name)))
  .filter(({ language, notRun }) => RUN.includes(language) && notRun === null)

let world: World
let ran = 0
beforeAll(async () => {
  world = await makeWorld()
}, 60_000)
afterAll(() => world?.close())

describe('what docs/ shows works', () => {
  it.each(snippets.map((snippet) => [`${snippet.file}:${snippet.line}`, snippet] as const))(
    '%s',
    async (_, snippet) => {
      ran += (await world.run(snippet)).count
    },
    300_000,
  )

  it('in some sixty commands and modules', () => {
    expect(snippets.length).toBeGreaterThan(25)
    expect(ran).toBeGreaterThan(60)
    expect(world.asked()).toBeGreaterThan(5)
  })
})
