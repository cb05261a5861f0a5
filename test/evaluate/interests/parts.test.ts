import { describe, expect, it } from 'vitest'
import type { MinedInterest, Profile } from '../../../src/columns.js'
import { type Leaves, numberLeaves } from '../../../src/evaluate/interests/leaves.js'
import type { EvaluatedUser } from '../../../src/evaluate/interests/mine-users.js'
import { drawPersonas, findPlantableLeaves, type PlantableLeaves } from '../../../src/evaluate/interests/personas.js'
import { drawTrials, judgeLabels, type Trial } from '../../../src/evaluate/interests/specificity.js'
import { comparePoints } from '../../../src/evaluate/interests/stability.js'
import { isByExample, isSupported } from '../../../src/evaluate/interests/support.js'
import { packCatalogue } from '../../../src/ingest/catalogue.js'
import { bootstrapFigure, bootstrapMeans } from '../../../src/metrics/intervals.js'
import type { Item } from '../../../src/types/items.js'

/** Two departments of seven leaves of fourteen items. */
const items: Item[] = Array.from({ length: 2 * 7 * 14 }, (_, row) => {
  const leaf = Math.floor(row / 14)
  return { id: `p${row}`, title: `thing ${row}`, categories: ['Shop', leaf < 7 ? 'Food' : 'Tools', `leaf ${leaf}`] }
})
const catalogue = packCatalogue(
  items,
  items.map((_, row) => row),
)
const departments = Int32Array.from(items, (_, row) => Math.floor(row / 98))
const leaves: Leaves = numberLeaves(items, catalogue)
const plantable = findPlantableLeaves(leaves, departments) as PlantableLeaves

describe('leaves', () => {
  it('are whole paths, with the path above them; removed items stand in none', () => {
    expect(leaves.names).toHaveLength(14)
    expect(leaves.names[3]).toEqual(['Shop', 'Food', 'leaf 3'])
    expect(new Set(leaves.parents).size).toBe(2)
    const fewer = numberLeaves(items, { ...catalogue, removed: catalogue.removed.slice().fill(1, 0, 2) })
    expect(fewer.rows[0]).toHaveLength(12)
    expect(fewer.of[0]).toBe(0)
  })

  it('are all tags of an item together where categories are tags', () => {
    const films: Item[] = [
      { id: 'a', title: 'A', categories: ['Drama', 'Comedy'] },
      { id: 'b', title: 'B', categories: ['Comedy', 'Drama'] },
      { id: 'c', title: 'C' },
    ]
    const tagged = packCatalogue(films, [0, 1, 2])
    const { of, parents } = numberLeaves(films, { ...tagged, categoryKind: 'tags' })
    expect([...of]).toEqual([0, 0, -1])
    expect([...parents]).toEqual([-1, -1, -1])
  })
})

describe('personas', () => {
  it('join two to six leaves of three to twelve items each, none twice', () => {
    const personas = drawPersonas(plantable, 'clean', 200, 5)
    const counts = new Set(personas.map(({ labels }) => new Set(labels).size))
    expect([...counts].sort()).toEqual([2, 3, 4, 5, 6])
    for (const { rows, labels } of personas) {
      expect(new Set(rows).size).toBe(rows.length)
      for (const label of new Set(labels)) {
        const own = rows.filter((_, i) => labels[i] === label)
        expect(own.length).toBeGreaterThanOrEqual(3)
        expect(own.length).toBeLessThanOrEqual(12)
        expect(new Set(own.map((row) => leaves.of[row])).size).toBe(1)
      }
    }
  })

  it('with strays have single items of other leaves', () => {
    const personas = drawPersonas(plantable, 'stray', 100, 5)
    expect(personas).toHaveLength(100)
    for (const { rows, labels } of personas) {
      const planted = new Set(rows.filter((_, i) => labels[i] < 6).map((row) => leaves.of[row]))
      const strays = rows.filter((_, i) => labels[i] >= 6)
      expect(strays.length).toBeGreaterThanOrEqual(1)
      expect(strays.length).toBeLessThanOrEqual(Math.ceil(0.2 * (rows.length - strays.length)))
      for (const row of strays) expect(planted).not.toContain(leaves.of[row])
      expect(new Set(labels.filter((label) => label >= 6)).size).toBe(strays.length)
    }
  })

  it('that are hard stay in one department, and there are none where no department is wide enough', () => {
    const personas = drawPersonas(plantable, 'hard', 50, 5)
    expect(personas).toHaveLength(50)
    for (const { rows } of personas) expect(new Set(rows.map((row) => departments[row])).size).toBe(1)
    const narrow = findPlantableLeaves(
      leaves,
      Int32Array.from(leaves.of, (leaf) => leaf % 5),
    ) as PlantableLeaves
    expect(drawPersonas(narrow, 'hard', 50, 5)).toEqual([])
  })

  it('follow from the seed', () => {
    expect(drawPersonas(plantable, 'stray', 20, 5)).toEqual(drawPersonas(plantable, 'stray', 20, 5))
    expect(drawPersonas(plantable, 'stray', 20, 5)).not.toEqual(drawPersonas(plantable, 'stray', 20, 6))
  })

  it('take smaller leaves where the catalogue is small, and are not made of fewer than six', () => {
    const few = items.filter((_, row) => row % 14 < 5)
    const small = packCatalogue(few, [...few.keys()])
    expect(findPlantableLeaves(numberLeaves(few, small), new Int32Array(few.length))?.leastItems).toBe(5)
    const five = items.slice(0, 5 * 14)
    const tiny = packCatalogue(five, [...five.keys()])
    expect(findPlantableLeaves(numberLeaves(five, tiny), new Int32Array(five.length))).toBeNull()
  })
})

describe('what labels claim', () => {
  it.each([
    [
      'Nail stamping plates · Konad',
      ['Konad nail stamping plate m57', 'KONAD Stamping Nail Art plates', 'a top coat'],
      true,
    ],
    ['Nail stamping plates · Konad', ['Konad nail stamping plate', 'nail art set', 'plates'], false],
    ["L'Oréal eye brushes", ["L'OREAL eye brush™", 'LOreal Eyes brush'], true],
    ['Dress bases', ['dresses base', 'a dress and a base'], true],
    ['胶片相机 · 徕卡', ['徕卡M6胶片相机测评', '入门胶片相机，徕卡'], true],
    ['胶片相机 · 徕卡', ['徕卡M6测评', '入门相机', '键盘'], false],
    ['Mascara (2)', ['mascara'], true],
  ])('%s of %j: %s', (label, texts, supported) => {
    expect(isSupported(label, texts)).toBe(supported)
  })

  it('is nothing where an example stands for a name', () => {
    expect(isByExample({ label: 'Like ‘Heat (1995)’', head: 'Heat (1995)' })).toBe(true)
    expect(isByExample({ label: '类似『胶片』 (2)', head: '胶片' })).toBe(true)
    expect(isByExample({ label: 'Like new phones', head: 'phones' })).toBe(false)
  })
})

const interest = (label: string, rows: number[], level: MinedInterest['level'] = 'point') =>
  ({ label, level, head: label, rows: Int32Array.from(rows) }) as MinedInterest
const profile = (...interests: MinedInterest[]): Profile => ({ interests, unassigned: new Int32Array(0) })

describe('stability', () => {
  it('counts points that keep half of their evidence, and of those the labels that stay', () => {
    const before = profile(
      interest('tea', [1, 2, 3]),
      interest('pots', [4, 5, 6, 7]),
      interest('hats', [8, 9, 10]),
      interest('pair', [11, 12], 'emerging'),
    )
    const after = profile(
      interest('tea', [1, 2, 3, 20]),
      interest('kettles', [4, 5, 21]),
      interest('hats', [8, 22, 23]),
    )
    expect(comparePoints(before, after)).toEqual({ points: 3, kept: 2, identical: 1 })
  })

  it('gives each new interest to one old point', () => {
    const before = profile(interest('tea', [1, 2, 3]), interest('tea pots', [4, 5, 6]))
    const after = profile(interest('tea', [1, 2, 3, 4, 5, 6]))
    expect(comparePoints(before, after)).toEqual({ points: 2, kept: 1, identical: 1 })
  })
})

describe('trials of labels', () => {
  const minedUsers = [
    {
      liked: Int32Array.from([0, 1, 2, 3, 4, 5, 6]),
      interests: [interest('five', [0, 1, 2, 3, 4]), interest('two', [5, 6])],
    },
    {
      liked: Int32Array.from([98, 99, 100, 101, 102]),
      interests: [interest('wide', [98, 99, 100, 101, 102], 'domain')],
    },
  ] as unknown as EvaluatedUser[]
  const options = { leaves, departments, removed: catalogue.removed, most: 10, seed: 3 }

  it('take named interests of five items, with distractors that the user does not have', () => {
    const [trial, ...others] = drawTrials(minedUsers, options)
    expect(others).toEqual([])
    expect([...trial.evidence].sort()).toEqual([0, 1, 2, 3, 4])
    for (const kind of ['any', 'department', 'parent'] as const) {
      const rows = trial.distractors[kind]!
      expect(rows).toHaveLength(45)
      expect(new Set(rows).size).toBe(45)
      for (const row of rows) expect(row).toBeGreaterThan(6)
    }
    for (const row of trial.distractors.department!) expect(departments[row]).toBe(0)
    const fewer = drawTrials(minedUsers, { ...options, departments: leaves.of })
    expect(fewer[0].distractors.department).toBeNull()
  })

  it('are passed by four of five; of equal items the distractor stands first', () => {
    const line = (values: number[]) => ({ data: Float32Array.from(values), rows: values.length, dims: 1 })
    const trial: Trial = {
      user: 0,
      label: '',
      rows: Int32Array.of(0, 1, 2, 3, 4),
      evidence: [0, 1, 2, 3, 4],
      distractors: { any: [5, 6], department: null, parent: null },
    }
    const judge = (likeness: number[]) => judgeLabels([trial], line([1]), line(likeness), 'any')[0]
    expect(judge([9, 8, 7, 6, 5, 1, 1])).toBe(1)
    expect(judge([9, 8, 7, 6, 1, 2, 0])).toBe(1)
    expect(judge([9, 8, 7, 2, 1, 2, 2])).toBe(0)
    expect(judgeLabels([trial], line([1]), line([1, 1, 1, 1, 1, 1, 1]), 'department')[0]).toBeNaN()
  })
})

describe('intervals of figures that are no means', () => {
  it('draw whole users, and agree with those of means', () => {
    const users = Int32Array.from({ length: 300 }, (_, i) => i % 60)
    const values = Float64Array.from(users, (user, i) => user / 60 + (i % 7))
    const mean = (drawn: Int32Array) => drawn.reduce((sum, i) => sum + values[i], 0) / drawn.length
    const figure = bootstrapFigure(users, mean, { seed: 1 })
    const [means] = bootstrapMeans([values], users, { seed: 1 })
    expect(figure.mean).toBeCloseTo(means.mean, 10)
    expect(figure.low).toBeCloseTo(means.low, 10)
    expect(figure.high).toBeCloseTo(means.high, 10)
  })
})
