import { describe, expect, it } from 'vitest'
import type { ModalityVectors } from '../../src/columns.js'
import { agglomerate } from '../../src/mine/space/agglomerate.js'
import { clusterHistory, MERGE_STOP } from '../../src/mine/space/cluster.js'
import { fitJointSpace } from '../../src/mine/space/fit-joint-space.js'
import { gainsOf, groupGain, jointGain, pairGains, sharedScale } from '../../src/mine/space/gains.js'
import { gatherJoint, placesOf } from '../../src/mine/space/joint-space.js'
import { fitSpace } from '../../src/mine/space/space.js'
import { tellSpeakers } from '../../src/mine/speakers.js'
import { gatherRows, rowOf } from '../../src/vectors/matrix.js'
import { packLists } from '../../src/vectors/sparse.js'
import { scatter } from './model.js'

const ROWS = 90
const text = scatter(ROWS, 16, 5, 0.8)

/** Pictures of three kinds, across the kinds of the texts; every fourth item has none. */
function pictures(): ModalityVectors {
  const seen = scatter(ROWS, 12, 3, 0.6, 2)
  const vectors = { ...seen, data: seen.data.slice() }
  const has = new Uint8Array(ROWS)
  for (let row = 0; row < ROWS; row++) {
    rowOf(vectors, row).fill(0)
    if (row % 4 === 3) continue
    has[row] = 1
    rowOf(vectors, row).set(rowOf(seen, (row * 31) % ROWS))
  }
  return { name: 'image', vectors, has }
}

const histories = packLists(Array.from({ length: 20 }, (_, u) => [u, (u * 7) % ROWS, (u * 13) % ROWS]))
const joint = () => fitJointSpace({ text, modalities: [pictures()], histories, seed: 1 })

describe('a joint space', () => {
  it('adds the gains of the media, and nothing for an item that lacks one', async () => {
    const space = await joint()
    const gains = gainsOf(space)
    const alone = { ...gains, parts: [] }
    const [part] = gains.parts
    const data = new Float64Array(gatherJoint(space, [0, 1, 3]).data)
    const [a, b, bare] = [0, gains.dims, 2 * gains.dims]
    const rest = (from: number, n: number) => groupGain(gains, n, data, from) - groupGain(alone, n, data, from)
    expect(rest(a, 1)).not.toBe(0)
    expect(rest(bare, 1)).toBe(0)
    const withBare = jointGain(gains, 2, data, a, data, bare) - jointGain(alone, 2, data, a, data, bare)
    expect(withBare).toBeCloseTo(rest(a, 1), 10)
    expect(sharedScale(gains, 1, data, a, 1, data, bare)).toBe(0)
    expect(sharedScale(gains, 1, data, a, 1, data, b)).toBe(part.scale)
    const [ofText, ofPicture] = pairGains(gains, data.subarray(a, b), data.subarray(b, bare))
    const whole = jointGain(gains, 2, data, a, data, b) - groupGain(gains, 1, data, a) - groupGain(gains, 1, data, b)
    expect(ofText + ofPicture).toBeCloseTo(whole, 10)
  })

  it('merges the pair with the best score first, whichever media the two have', async () => {
    const space = await joint()
    const gains = gainsOf(space)
    for (let from = 0; from < 40; from += 8) {
      const n = 12
      const sums = new Float64Array(
        gatherJoint(
          space,
          Array.from({ length: n }, (_, i) => from + 3 * i),
        ).data,
      )
      const { into, from: gone } = agglomerate(
        gains,
        { counts: new Float64Array(n).fill(1), sums },
        { power: 0.5, stop: MERGE_STOP, leave: n - 1 },
      )
      let best = { score: Number.NEGATIVE_INFINITY, pair: [-1, -1] }
      for (let i = 0; i < n; i++) {
        for (let j = i + 1; j < n; j++) {
          const [a, b] = [i * gains.dims, j * gains.dims]
          const gain =
            jointGain(gains, 2, sums, a, sums, b) - groupGain(gains, 1, sums, a) - groupGain(gains, 1, sums, b)
          const score = gain - MERGE_STOP * sharedScale(gains, 1, sums, a, 1, sums, b)
          if (score > best.score + 1e-9) best = { score, pair: [i, j] }
        }
      }
      expect([into[0], gone[0]]).toEqual(best.pair)
    }
  })

  it('groups items that have no picture as a space of texts does', async () => {
    const space = await joint()
    const plain = await fitSpace({ vectors: text, history: histories, seed: 1 })
    const bare = Array.from({ length: 22 }, (_, i) => 4 * i + 3)
    const places = placesOf(space, gatherJoint(space, bare))
    expect(places.data.subarray(0, plain.dims)).toEqual(rowOf(plain.z, bare[0]))
    const grouped = clusterHistory(space, gatherJoint(space, bare))
    expect(grouped).toEqual(clusterHistory(plain, gatherRows(plain.z, bare)))
    const { shares, by } = tellSpeakers(space, bare)
    expect(shares).toEqual({ text: 1 })
    expect(new Set(by)).toEqual(new Set(['text']))
  })

  it('is a space of texts where there is nothing else', async () => {
    const space = await fitJointSpace({ text, modalities: [], histories, seed: 1 })
    expect(space).toEqual(await fitSpace({ vectors: text, history: histories, seed: 1 }))
  })
})

describe('weights of the media', () => {
  it('are high for the media that users follow, and equal where nothing is known', async () => {
    const seen = scatter(ROWS, 12, 3, 0.4, 2)
    const modalities: ModalityVectors[] = [{ name: 'image', vectors: seen, has: new Uint8Array(ROWS).fill(1) }]
    // The pictures of rows 0..29 are of one kind, and so on; texts lie in other orders.
    const shuffled = gatherRows(
      text,
      Int32Array.from({ length: ROWS }, (_, row) => (row * 37) % ROWS),
    )
    const users = Array.from({ length: 60 }, (_, u) =>
      Array.from({ length: 6 }, (_, k) => 30 * (u % 3) + ((u * 5 + k * 7) % 30)),
    )
    const followed = await fitJointSpace({ text: shuffled, modalities, histories: packLists(users), seed: 1 })
    expect(followed.parts[0].weight).toBe(1)
    expect(followed.weight).toBeLessThan(0.5)
    const unknown = await fitJointSpace({ text: shuffled, modalities, histories: packLists([[0, 1]]), seed: 1 })
    expect([unknown.weight, unknown.parts[0].weight]).toEqual([1, 1])
  })
})
