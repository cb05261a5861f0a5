import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { type Interest, openMiner } from '../dist/index.js'

const folder = fileURLToPath(new URL('../fixtures', import.meta.url))
const read = (name: string, file: string) => readFileSync(join(folder, name, file), 'utf8')

interface Planted {
  items: string[]
  words: string[]
}

/** The mined interest that holds most of a planted one, if that is most of both. */
function recover(planted: Planted, mined: Interest[]): Interest | undefined {
  const wanted = new Set(planted.items)
  return mined.find(({ evidence }) => {
    const held = evidence.filter(({ item }) => wanted.has(item)).length
    return held >= 0.6 * planted.items.length && held >= 0.6 * evidence.length
  })
}

async function measure(
  name: string,
  hideCategories: boolean,
): Promise<{ encoder: string; found: number; named: number; labels: string[] }> {
  const items = read(name, 'catalog.jsonl')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  if (hideCategories) for (const item of items) delete item.categories
  const miner = await openMiner({ store: join(mkdtempSync(join(tmpdir(), 'planted-')), 'a.db') })
  try {
    const { encoder } = await miner.build({ items, events: { file: join(folder, name, 'events.csv') } })
    const { users } = JSON.parse(read(name, 'expected.json')) as { users: Record<string, { interests: Planted[] }> }
    let all = 0
    let found = 0
    let named = 0
    const labels: string[] = []
    for (const [user, { interests }] of Object.entries(users)) {
      const mined = (await miner.interests(user)).interests
      labels.push(...mined.map(({ label }) => label))
      for (const planted of interests) {
        all++
        const match = recover(planted, mined)
        if (!match) continue
        found++
        if (planted.words.some((word) => match.label.toLowerCase().includes(word.toLowerCase()))) named++
      }
    }
    return { encoder: encoder.id, found: found / all, named: named / all, labels }
  } finally {
    await miner.close()
  }
}

describe('planted interests', () => {
  it.each([
    ['shop', 'all-MiniLM-L6-v2-int8', 0.9, 0.9],
    ['notes', 'multilingual-e5-small-enzh-int8', 0.9, 0.9],
    ['news', 'all-MiniLM-L6-v2-int8', 0.85, 0.6],
  ])(
    'of %s are found again and named',
    async (name, encoder, least, leastNamed) => {
      const result = await measure(name, false)
      expect(result.encoder).toBe(encoder)
      expect(result.found).toBeGreaterThanOrEqual(least)
      expect(result.named).toBeGreaterThanOrEqual(leastNamed)
      expect(result.labels.length).toBeGreaterThan(50)
      for (const label of result.labels) {
        expect(label).toMatch(/\p{L}/u)
        expect(label).not.toMatch(/[\u0000-\u001f\u007f-\u009f\ufffd]|^[的了和与在是]|[的了和与在是]$/u)
      }
    },
    60_000,
  )

  it('are found without categories too: what no phrase names is called by its example', async () => {
    const result = await measure('notes', true)
    expect(result.found).toBeGreaterThanOrEqual(0.5)
    expect(result.labels.some((label) => /^类似『.+』$/.test(label))).toBe(true)
  }, 60_000)
})
