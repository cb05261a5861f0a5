import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Interaction, type Item, type Miner, openMiner } from '../../dist/index.js'
import { createRandom } from '../../src/random.js'

/** Themes of ten items; users stay in one theme and go through it in order. */
export function crowd(users: number): { items: Item[]; events: Interaction[] } {
  const random = createRandom(2)
  const items = Array.from({ length: 120 }, (_, i) => {
    const vector = Float32Array.from({ length: 16 }, (_, k) => (k === Math.floor(i / 10) ? 2 : 0) + random.unit())
    return { id: `p${i}`, title: `thing ${i} of theme ${Math.floor(i / 10)}`, vector }
  })
  const events = Array.from({ length: users }, (_, u) => {
    const from = 10 * random.below(12) + random.below(5)
    return Array.from({ length: 5 }, (_, k) => ({
      user: `u${u}`,
      item: `p${from + k}`,
      type: 'purchase',
      at: Date.UTC(2026, 0, 1 + k, u % 24),
    }))
  }).flat()
  return { items, events }
}

/** A store of a crowd, not trained, in a folder of its own, closed in the end. */
export async function withCrowd<R>(users: number, work: (miner: Miner) => Promise<R>): Promise<R> {
  const miner = await openMiner({ store: join(mkdtempSync(join(tmpdir(), 'train-')), 'a.db'), workers: 1 })
  try {
    await miner.build({ ...crowd(users), train: false })
    return await work(miner)
  } finally {
    await miner.close()
  }
}
