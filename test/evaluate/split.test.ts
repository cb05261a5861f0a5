import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { History, Polarity } from '../../src/columns.js'
import { gatherPositives, splitByTime, splitLeaveOneOut } from '../../src/evaluate/questions/split.js'
import { shuffleTies } from '../../src/evaluate/questions/ties.js'
import { historyOf, type TestEvent } from './histories.js'

const polarity = fc.constantFrom<Polarity>('implicit-positive', 'implicit-positive', 'weak', 'explicit-negative')

/** Events of one user in order of time; those of every third item are undated. */
const user = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 30 }), polarity), { maxLength: 40 })
  .map((events) => events.map(([row, says], i): TestEvent => [row, row % 3 === 2 ? Number.NaN : 1000 + i, says]))

/** Every row that any column of a history holds. */
const rowsIn = (history: History) => new Set([...history.rows, ...history.dislikedRows, ...history.seenRows])

/** Rows whose latest event stands at or after that of `target`. */
function atOrAfter(events: TestEvent[], target: number): number[] {
  const last = new Map(events.map(([row], i) => [row, i]))
  return [...last].filter(([, i]) => i >= last.get(target)!).map(([row]) => row)
}

describe('leave-one-out', () => {
  it('asks for the last and the second-last positive, and trains on what came before both', () => {
    const histories = [
      historyOf([
        [1, 10],
        [2, 20],
        [3, 30, 'explicit-negative'],
        [4, 40],
        [5, 50, 'weak'],
        [6, 60],
        [7, 70, 'explicit-negative'],
        [8, 80],
        [9, 90, 'explicit-negative'],
      ]),
      historyOf([
        [1, 10],
        [2, 20],
      ]),
    ]
    const { train, validation, test } = splitLeaveOneOut(histories)
    expect(validation.map(({ user, target, at }) => [user, target, at])).toEqual([[0, 6, 60]])
    expect(test.map(({ user, target, at }) => [user, target, at])).toEqual([[0, 8, 80]])
    expect([...train[0].rows]).toEqual([1, 2, 4, 5])
    expect([...train[0].seenRows]).toEqual([1, 2, 3, 4, 5])
    expect([...test[0].history.rows]).toEqual([1, 2, 4, 5, 6])
    expect([...test[0].history.dislikedRows]).toEqual([3, 7])
    expect(test[0].history.dislikedWeights).toHaveLength(2)
    expect(test[0].history.total).toBe(7)
    expect(train[1]).toBe(histories[1])
    expect(gatherPositives(train).lists.values).toEqual(Int32Array.of(1, 2, 4, 1, 2))
    expect(gatherPositives(train).at).toEqual(Float64Array.of(10, 20, 40, 10, 20))
  })

  it('shows nothing of the target or of after it', () => {
    let asked = 0
    fc.assert(
      fc.property(fc.array(user, { minLength: 1, maxLength: 4 }), (users) => {
        const { train, validation, test } = splitLeaveOneOut(users.map(historyOf), { atLeast: 3 })
        for (const question of [...validation, ...test]) {
          const visible = rowsIn(question.history)
          for (const row of atOrAfter(users[question.user], question.target)) expect(visible).not.toContain(row)
        }
        for (const question of validation) {
          const known = rowsIn(train[question.user])
          for (const row of atOrAfter(users[question.user], question.target)) expect(known).not.toContain(row)
          asked++
        }
      }),
    )
    expect(asked).toBeGreaterThan(10)
  })

  it('takes users from the given number of positives up', () => {
    const history = historyOf([1, 2, 3, 4].map((row): TestEvent => [row, row]))
    expect(splitLeaveOneOut([history]).test).toHaveLength(0)
    expect(splitLeaveOneOut([history], { atLeast: 4 }).test).toHaveLength(1)
    expect(splitLeaveOneOut([historyOf([[1, 1]])], { atLeast: 0 }).test).toHaveLength(0)
  })
})

describe('a split by time', () => {
  const histories = [
    historyOf([
      [0, 1],
      [1, 2],
      [2, 3],
      [3, 8],
      [9, 8.5, 'weak'],
      [4, 9],
      [5, 10],
    ]),
    historyOf([
      [1, 4],
      [0, 5],
    ]),
    historyOf([
      [6, 7],
      [2, 9.5],
    ]),
  ]

  it('cuts all users at one moment and asks for what came after', () => {
    const { cut, train, questions } = splitByTime(histories, { share: 0.5 })
    expect(cut).toBe(7)
    expect(train.map(({ rows }) => [...rows])).toEqual([[0, 1, 2], [1, 0], []])
    expect(questions.map(({ user, target, newItem, newUser }) => [user, target, newItem, newUser])).toEqual([
      [0, 3, true, false],
      [0, 4, true, false],
      [0, 5, true, false],
      [2, 6, true, true],
      [2, 2, false, true],
    ])
    expect(questions.map(({ history }) => [...history.rows])).toEqual([
      [0, 1, 2],
      [0, 1, 2, 3, 9],
      [0, 1, 2, 3, 9, 4],
      [],
      [6],
    ])
  })

  it('asks a user for so many at most', () => {
    const { questions } = splitByTime(histories, { share: 0.5, mostPerUser: 1 })
    expect(questions.map(({ user, target }) => [user, target])).toEqual([
      [0, 3],
      [2, 6],
    ])
  })

  it('trains on nothing of after the cut, and shows nothing of after a target', () => {
    const tried = { late: 0, asked: 0 }
    fc.assert(
      fc.property(fc.array(user, { minLength: 1, maxLength: 4 }), (users) => {
        const all = [...users, [[0, 1] as TestEvent, [1, 2] as TestEvent]]
        const { cut, train, questions } = splitByTime(all.map(historyOf), { share: 0.3 })
        train.forEach((history, u) => {
          const visible = rowsIn(history)
          const early = new Set(all[u].flatMap(([row, at]) => (at < cut ? [row] : [])))
          const late = all[u].flatMap(([row, at]) => (at >= cut && !early.has(row) ? [row] : []))
          for (const row of late) expect(visible).not.toContain(row)
          tried.late += late.length
        })
        for (const { user: u, history, target, at } of questions) {
          expect(at).toBeGreaterThanOrEqual(cut)
          const visible = rowsIn(history)
          for (const row of atOrAfter(all[u], target)) expect(visible).not.toContain(row)
          tried.asked++
        }
      }),
    )
    expect(Math.min(tried.late, tried.asked)).toBeGreaterThan(10)
  })

  it('says why where it cannot be made', () => {
    const undated = historyOf([
      [0, Number.NaN],
      [1, Number.NaN],
    ])
    expect(() => splitByTime([undated])).toThrow(expect.objectContaining({ code: 'BAD_INPUT' }))
    const atOnce = historyOf([
      [0, 5],
      [1, 5],
    ])
    expect(() => splitByTime([atOnce])).toThrow(/different times/)
  })
})

describe('shuffled ties', () => {
  const history = historyOf([
    ...[0, 1, 2, 3, 4, 5, 6, 7].map((row): TestEvent => [row, 10]),
    [8, 20],
    [20, 25, 'explicit-negative'],
    [9, 30],
    [10, 30],
    [11, 30],
    [11, 30],
  ])

  it('change the order among equal times only, all columns together', () => {
    const [shuffled] = shuffleTies([history], 1)
    expect([...shuffled.rows]).not.toEqual([...history.rows])
    expect([...shuffled.rows.slice(0, 8)].sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
    expect([...shuffled.rows.slice(9)].sort((a, b) => a - b)).toEqual([9, 10, 11])
    expect(shuffled.lastAt).toEqual(history.lastAt)
    expect(shuffled.events[shuffled.rows.indexOf(11)]).toBe(2)
    expect([...shuffled.seenRows].filter((row) => row !== 20)).toEqual([...shuffled.rows])
    expect(shuffled.seenRows.indexOf(20)).toBe(9)
  })

  it('repeat with the seed, and differ between seeds', () => {
    expect(shuffleTies([history, history], 3)).toEqual(shuffleTies([history, history], 3))
    expect(shuffleTies([history], 3)).not.toEqual(shuffleTies([history], 4))
  })

  it('leave undated items where they are', () => {
    const undated = historyOf([0, 1, 2, 3, 4, 5].map((row): TestEvent => [row, Number.NaN]))
    expect(shuffleTies([undated], 1)[0].rows).toEqual(undated.rows)
  })
})
