import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Space } from '../../src/columns.js'
import { buildMergeTree, clusterHistory, joinGain } from '../../src/mine/space/cluster.js'
import { fitSpace } from '../../src/mine/space/space.js'
import { gatherRows, rowOf } from '../../src/vectors/matrix.js'
import { packLists } from '../../src/vectors/sparse.js'
import { scatter } from './model.js'

const KINDS = 12
const EACH = 40
const kindOf = (row: number) => Math.floor(row / EACH)
let known: Space | undefined
async function space(): Promise<Space> {
  known ??= await fitSpace({ vectors: scatter(KINDS * EACH, 48, KINDS, 0.9), history: packLists([]), seed: 1 })
  return known
}

/** The gain g(n, s) of `Gains`, computed directly from its formula. */
function plainGain(space: Space, zs: number[][]): number {
  let total = 0
  for (let d = 0; d < space.dims; d++) {
    const [b, w, n] = [space.between[d], space.within[d], zs.length]
    const s = zs.reduce((sum, z) => sum + z[d], 0)
    total += -0.5 * Math.log(1 + (n * b) / w) + (0.5 * s * s * b) / (w * (w + n * b))
  }
  return total
}

describe('clusterHistory', () => {
  it('finds planted kinds without knowing how many there are', async () => {
    const rows = [0, 1, 2, 3, 100, 101, 102, 300, 301, 302, 303]
    const { clusters, strays } = clusterHistory(await space(), gatherRows((await space()).z, rows))
    const kinds = clusters.map((positions) => new Set([...positions].map((p) => kindOf(rows[p]))))
    expect(clusters).toHaveLength(3)
    expect(kinds.every((kind) => kind.size === 1)).toBe(true)
    expect(strays).toHaveLength(0)
  })

  it('leaves out what fits nothing', async () => {
    const rows = [0, 1, 2, 3, 4, 200]
    const { clusters, strays } = clusterHistory(await space(), gatherRows((await space()).z, rows))
    expect(clusters.map((c) => [...c])).toEqual([[0, 1, 2, 3, 4]])
    expect([...strays]).toEqual([5])
  })

  it('puts every position in one place, whatever the history, and is deterministic', async () => {
    const model = await space()
    let found = 0
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(KINDS * EACH - 1), { maxLength: 40 }), (rows) => {
        const z = gatherRows(model.z, rows)
        const { clusters, strays } = clusterHistory(model, z)
        const all = [...clusters.flatMap((c) => [...c]), ...strays].sort((a, b) => a - b)
        expect(all).toEqual(rows.map((_, i) => i))
        expect(clusters.every((c) => c.length > 1)).toBe(true)
        expect(clusterHistory(model, z)).toEqual({ clusters, strays })
        found += clusters.length
      }),
      { numRuns: 60 },
    )
    expect(found).toBeGreaterThan(60)
  })

  it('clusters a long history in order, with nearly the same result', async () => {
    const model = await space()
    const rows = Array.from({ length: KINDS * EACH }, (_, i) => (i * 77) % (KINDS * EACH))
    const z = gatherRows(model.z, rows)
    const { clusters, strays } = clusterHistory(model, z)
    const pure = clusters.reduce((sum, positions) => {
      const counts = new Map<number, number>()
      for (const p of positions) counts.set(kindOf(rows[p]), (counts.get(kindOf(rows[p])) ?? 0) + 1)
      return sum + Math.max(...counts.values())
    }, 0)
    expect(pure + strays.length).toBeGreaterThan(0.9 * rows.length)
    expect(clusterHistory(model, z)).toEqual({ clusters, strays })
  })

  it('is empty for no items, and a stray for one item', async () => {
    const model = await space()
    expect(clusterHistory(model, gatherRows(model.z, []))).toEqual({ clusters: [], strays: new Int32Array(0) })
    expect(clusterHistory(model, gatherRows(model.z, [3])).strays).toHaveLength(1)
  })
})

describe('buildMergeTree', () => {
  it('splits at the last merge down to single items', async () => {
    const model = await space()
    const rows = [0, 1, 2, 400, 401]
    const tree = buildMergeTree(model, gatherRows(model.z, rows), Int32Array.of(0, 1, 2, 3, 4))
    expect(tree.parts!.map((part) => [...part.positions]).sort()).toEqual([
      [0, 1, 2],
      [3, 4],
    ])
    expect(tree.parts![0].parts).not.toBeNull()
  })
})

describe('joinGain', () => {
  it('is g(n+1, s+x) - g(n, s) - g(1, x)', async () => {
    const model = await space()
    const [a, b, x] = [0, 1, 2].map((row) => [...rowOf(model.z, row)])
    const sum = a.map((value, d) => value + b[d])
    const expected = plainGain(model, [a, b, x]) - plainGain(model, [a, b]) - plainGain(model, [x])
    expect(joinGain(model, 2, sum, x)).toBeCloseTo(expected, 6)
    expect(joinGain(model, 2, sum, rowOf(model.z, 450))).toBeLessThan(expected)
  })
})
