import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { openTower } from '../../dist/encode/tower.js'
import { dotAt, rowOf } from '../../dist/vectors/matrix.js'
import { createPool } from '../../dist/vectors/workers.js'
import { allPictures, captionOf, drawPicture, encodePng, generator, SIDE } from '../../fixtures/pictures.mjs'

const towers = fileURLToPath(new URL('../../fixtures/towers', import.meta.url))
const pool = createPool(new URL('../../dist/worker.js', import.meta.url), 1)
afterAll(() => pool.close())

describe('towers of a joint space', () => {
  it.each(['en', 'zh'] as const)('find pictures that they never saw by words (%s)', async (language) => {
    const tower = await openTower(towers, 'image', pool)
    const random = generator(99)
    const pictures = allPictures()
    const files = pictures.map((picture) => encodePng(drawPicture(picture, random), SIDE, SIDE))
    const { vectors, why } = await tower.encode(files)
    expect(why.every((one) => one === null)).toBe(true)
    let right = 0
    for (const [i, picture] of pictures.entries()) {
      const phrase = await tower.encodePhrase(captionOf(picture, language))
      const cosines = pictures.map((_, j) => dotAt(phrase, 0, rowOf(vectors, j), 0, tower.dims))
      if (cosines.indexOf(Math.max(...cosines)) === i) right++
    }
    await tower.close()
    expect(right / pictures.length).toBeGreaterThanOrEqual(0.9)
  })
})
