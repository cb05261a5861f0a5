import { readFileSync } from 'node:fs'
import { afterAll, expect, it } from 'vitest'
import { makePlace, runScript } from './helpers/place.js'

const place = makePlace()
afterAll(() => place.remove())

it('the example of the library runs as it stands', async () => {
  const [, code] = readFileSync('README.md', 'utf8').match(
    /```js\n(import { openMiner } [^`]*?miner\.addItems\([\s\S]*?)```/,
  )!
  const [head, body] = code.split(/\n\n([\s\S]*)/)
  expect(head).toMatch(/^import { openMiner } from 'interest-mine'.*$/)
  const told = await runScript(body.replace("'shop.db'", JSON.stringify(place.path())))
  expect(told.trim().split('\n')).toHaveLength(2)
}, 60_000)
