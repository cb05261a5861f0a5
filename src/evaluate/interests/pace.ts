import type { History } from '../../columns.js'
import { pickLiked, plainHistory } from '../../mine/history.js'
import type { MineModel } from '../../mine/interests.js'
import { startTimer } from '../../threads/timer.js'
import { mineHistory } from './mine-history.js'

/** Input of the task `pace`. */
export interface PaceTask {
  model: MineModel
  histories: readonly History[]
}

/** How fast one thread mines histories and names their interests. */
export interface Pace {
  /** Items of each history. */
  items: number
  /** Histories of a batch. */
  histories: number
  /** Of these, the histories of one user; the others are joined from several users. */
  whole: number
  /** Of the best of five batches, so that other work of the machine counts least. */
  profilesPerSecond: number
  /** Items of the longest history that could be joined, 5,000 at most, and the seconds of the best of three runs. */
  longest: { items: number; seconds: number }
}

const ITEMS = 30
const HISTORIES = 200
const BATCHES = 5
const LONG = 5000

/**
 * Measures how fast histories are mined and named on this thread. Differs from run to run; other work on the machine
 * slows it. `pause` is awaited between batches and may throw to stop.
 */
export async function measurePace({ model, histories }: PaceTask, pause: () => Promise<void>): Promise<Pace> {
  const whole = histories
    .filter(({ rows }) => rows.length >= ITEMS)
    .slice(0, HISTORIES)
    .map((history) =>
      pickLiked(
        history,
        Array.from({ length: ITEMS }, (_, i) => history.rows.length - ITEMS + i),
      ),
    )
  const asked = [...whole, ...joinHistories(histories, ITEMS, HISTORIES - whole.length)]
  const rates: number[] = []
  // The first batch warms the thread up.
  for (let batch = 0; batch <= BATCHES; batch++) {
    await pause()
    const seconds = time(() => {
      for (const history of asked) mineHistory(model, history)
    })
    if (batch > 0) rates.push(asked.length / seconds)
  }
  const [long] = joinHistories(histories, LONG, 1)
  const seconds = [0, 1, 2].map(() => time(() => mineHistory(model, long)))
  return {
    items: ITEMS,
    histories: asked.length,
    whole: whole.length,
    profilesPerSecond: Math.max(...rates),
    longest: { items: long.rows.length, seconds: Math.min(...seconds) },
  }
}

/**
 * At most `count` histories of `size` distinct items, made by joining the items of one user after another; a single
 * shorter one where all users together have fewer items.
 */
function joinHistories(histories: readonly History[], size: number, count: number): History[] {
  const joined: History[] = []
  let rows = new Set<number>()
  for (const history of histories) {
    for (const row of history.rows) {
      if (joined.length === count) return joined
      rows.add(row)
      if (rows.size < size) continue
      joined.push(plainHistory([...rows]))
      rows = new Set()
    }
  }
  return joined.length > 0 ? joined : [plainHistory([...rows])].slice(0, count)
}

function time(work: () => void): number {
  const elapsed = startTimer()
  work()
  return elapsed()
}
