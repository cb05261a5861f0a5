import { describe, expect, it } from 'vitest'
import { createRandom } from '../../src/random.js'
import { createMatrix, dotRows, normaliseRows, rowOf } from '../../src/vectors/matrix.js'
import { foldMatrix, foldVector, MOST_SPACE_DIMS } from '../../src/vectors/reduce.js'

describe('folding wide vectors', () => {
  const random = createRandom(3)
  const wide = createMatrix(40, 1536)
  for (let row = 0; row < 40; row++) {
    // Ten topics of four rows each, so that there are near and far pairs.
    const topic = createRandom(100 + Math.floor(row / 4))
    for (let k = 0; k < 1536; k++) wide.data[row * 1536 + k] = topic.unit() - 0.5 + (random.unit() - 0.5)
  }
  normaliseRows(wide)

  it('keeps inner products to a few hundredths, the same way every time', () => {
    const folded = foldMatrix(wide)
    expect(folded.dims).toBe(MOST_SPACE_DIMS)
    let worst = 0
    for (let i = 0; i < 40; i++)
      for (let j = 0; j < i; j++)
        worst = Math.max(worst, Math.abs(dotRows(wide, i, wide, j) - dotRows(folded, i, folded, j)))
    expect(worst).toBeLessThan(0.16)
    expect(rowOf(foldMatrix(wide), 7)).toEqual(foldVector(rowOf(wide, 7)))
  })

  it('leaves narrow vectors as they are', () => {
    const narrow = Float32Array.of(0.6, 0.8)
    expect(foldVector(narrow)).toBe(narrow)
  })
})
