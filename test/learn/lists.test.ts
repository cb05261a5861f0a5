import { describe, expect, it } from 'vitest'
import { packCatalogue } from '../../src/ingest/catalogue.js'
import { makeLists, NEGATIVES, type TrainingLists } from '../../src/learn/lists.js'
import { plainHistory } from '../../src/mine/history.js'
import { createRandom } from '../../src/random.js'
import { findNeighbours } from '../../src/retrieve/neighbours.js'
import { countStatistics } from '../../src/retrieve/statistics.js'
import type { Item } from '../../src/types/items.js'
import { normaliseRows } from '../../src/vectors/matrix.js'
import { packLists } from '../../src/vectors/sparse.js'

const ITEMS = 400
const random = createRandom(3)
const items = Array.from({ length: ITEMS }, (_, i): Item => ({ id: `p${i}`, title: `thing ${i}` }))
const catalogue = packCatalogue(items, Int32Array.from(items.keys()))
const vectors = normaliseRows({
  data: Float32Array.from({ length: ITEMS * 8 }, () => random.unit() - 0.5),
  rows: ITEMS,
  dims: 8,
})
const rows = Array.from({ length: 12 }, () => Array.from({ length: 6 }, () => random.below(ITEMS)))
const lists = packLists(rows)
const statistics = countStatistics(lists, new Float64Array(lists.values.length).fill(Number.NaN), catalogue)

async function show(users: number[][], apart: boolean): Promise<TrainingLists> {
  const neighbours = await findNeighbours(vectors, null, async () => {})
  const model = {
    catalogue,
    vectors,
    neighbours,
    modalities: [],
    ...statistics,
    adapter: null,
    loose: new Int32Array(0),
  }
  return makeLists(
    {
      model,
      oldAdapter: null,
      histories: users.map(plainHistory),
      users: Int32Array.from(users, (_, u) => 100 + u),
      targetCounts: Int32Array.from(users, (user) => Number(user.length > 0)),
      negatives: 20,
      seed: 5,
      separateStreams: apart,
    },
    async () => {},
  )
}

/** Features of the lists of one user. */
function listsOf({ values, offsets, users }: TrainingLists, user: number): Float32Array[] {
  const width = values.length / offsets[offsets.length - 1]
  return Array.from(users.keys())
    .filter((list) => users[list] === user)
    .map((list) => values.slice(offsets[list] * width, offsets[list + 1] * width))
}

describe('lists to learn from', () => {
  it('drawn apart are the same whoever else is asked, and name their user', async () => {
    expect(ITEMS).toBeGreaterThan(NEGATIVES)
    const without = rows.map((user, u) => (u === 2 ? [] : user))
    const [all, fewer] = [await show(rows, true), await show(without, true)]
    expect(listsOf(all, 102).length).toBe(1)
    expect(listsOf(fewer, 102)).toEqual([])
    const others = rows.flatMap((_, u) => (u === 2 ? [] : [100 + u]))
    expect(others.flatMap((user) => listsOf(all, user)).length).toBeGreaterThan(5)
    for (const user of others) expect(listsOf(fewer, user)).toEqual(listsOf(all, user))
  })

  it('drawn in one go are not', async () => {
    const without = rows.map((user, u) => (u === 2 ? [] : user))
    const [all, fewer] = [await show(rows, false), await show(without, false)]
    expect(listsOf(fewer, 111)).not.toEqual(listsOf(all, 111))
  })
})
