import { splitUsers } from '../model/histories.js'
import type { Store } from '../store/store.js'
import { estimate, withStop } from '../threads/run.js'
import type { Pool } from '../threads/workers.js'
import type { Progress } from '../types/options.js'
import type { UsersPart } from './mine-users.js'

/** Users of one part, few enough that threads end together. */
const USERS_A_PART = 250

export interface EverybodyOptions {
  store: Store
  pool: Pool
  /** Events up to and with this seq. */
  until: number
  /** The generation whose interests users had; null: none. */
  generation: number | null
  signal?: AbortSignal
  onProgress?: (progress: Progress) => void
}

/**
 * Reads all users of a store on worker threads, part by part; what is found comes back in the order of users. What
 * `rest` gives for a part's users goes to the task beside it.
 */
export async function readEverybody<S extends object, R>(
  { store, pool, until, generation, signal, onProgress }: EverybodyOptions,
  task: string,
  rest: (users: Int32Array) => S,
): Promise<R[]> {
  const modelName = `${task} ${++runs}`
  const parts: (S & UsersPart)[] = []
  let total = 0
  for await (const block of store.allEvents(until)) {
    for (const columns of splitUsers(block, USERS_A_PART)) {
      const users = Int32Array.from(new Set(columns.users))
      const earlier =
        generation === null ? new Map() : await store.minedBetween(generation, users[0], users[users.length - 1])
      parts.push({ ...rest(users), columns, earlier })
      total += users.length
    }
  }
  const work = (stop: SharedArrayBuffer) =>
    Promise.all(parts.map((part) => pool.run<R>(task, { ...part, modelName, stop })))
  const report = (done: number, seconds: number) =>
    onProgress?.({ stage: 'profiles', done, total, ...estimate(done, total, seconds) })
  report(0, 0)
  return withStop(signal, work, (done, _, seconds) => report(done, seconds))
}

/** Readings of this process so far: threads tell by it which models they hold. */
let runs = 0
