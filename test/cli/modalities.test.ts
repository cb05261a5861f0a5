import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeFolder, run, type Shop } from './shop.js'

const THINGS = ['mug', 'towel', 'cushion']
const COLOURS = { red: [1, 0, 0], green: [0, 1, 0], blue: [0, 0, 1] }

describe('pictures on the command line', () => {
  let shop: Shop
  beforeAll(() => {
    shop = makeFolder()
    const rows = Object.entries(COLOURS).flatMap(([colour, image], c) =>
      THINGS.map((thing, t) => ({
        id: `${colour}-${thing}`,
        title: `${thing} number ${c + 1}`,
        vector: THINGS.map((_, k) => (k === t ? 1 : 0.1 * c)),
        image_vector: image.map((x) => x + 0.05 * t),
      })),
    )
    const lost = { id: 'bare', title: 'mug without a picture', vector: [1, 0, 0.2], image_vector: [1, 2] }
    shop.write('pictures.jsonl', [...rows, lost].map((row) => JSON.stringify(row)).join('\n'))
    shop.write('events.csv', 'user,item\nu1,red-mug\nu1,red-towel\nu1,red-cushion\n')
    const built = run(['build-index', 'pictures.jsonl', '--events', 'events.csv', '--json'], shop.folder)
    expect(built.code).toBe(0)
    expect(JSON.parse(built.out).notes.join()).toContain('1 imageVector values were left out')
  })
  afterAll(() => shop.remove())

  it('are compared by similar --by, which says by what', () => {
    const { results } = JSON.parse(
      run(['similar', '--item', 'red-mug', '--by', 'image', '-n', '2', '--json'], shop.folder).out,
    )
    expect(results.map(({ item }: { item: string }) => item).sort()).toEqual(['red-cushion', 'red-towel'])
    expect(results[0].by).toBe('image')
    const byText = run(['similar', '--item', 'red-mug', '-n', '3'], shop.folder)
    expect(byText.out).toMatch(/By/)
    expect(byText.out).toMatch(/mug number 2.*text/)
  })

  it('that are not there are a wrong use', () => {
    for (const [args, why] of [
      [['similar', '--item', 'bare', '--by', 'image'], 'bare'],
      [['similar', '--item', 'red-mug', '--by', 'audio'], 'text, image'],
      [['similar', '--item', 'red-mug', '--by', 'smell'], 'text, image or audio'],
    ] as const) {
      const { code, err } = run([...args], shop.folder)
      expect(code).toBe(2)
      expect(err).toContain(why)
    }
  })

  it('are told by status', () => {
    expect(run(['status'], shop.folder).out).toMatch(/pictures\s+9 items, 3 dimensions, caller:3/)
  })
})
