import { splitUsers } from '../model/histories.js'
import type { Store } from '../store/store.js'
import { estimate, withStop } from '../threads/run.js'
import type { Pool } from '../threads/workers.js'
import type { Progress } from '../types/options.js'
import type { UsersPart } from './mine-users.js'

/** Users of one task, few enough that all threads end at about the same time. */
const USERS_A_PART = 250

/** Options of `runForAllUsers`. */
export interface AllUsersOptions {
  store: Store
  pool: Pool
  /** Sequence number of the last event that is read. */
  until: number
  /** The generation whose stored interests of users are read too; null: none. */
  generation: number | null
  /** Stops the work where it is aborted. */
  signal?: AbortSignal
  /** Told the progress of the stage 'profiles', in users. */
  onProgress?: (progress: Progress) => void
}

/**
 * Runs a task of the pool over all users of a store, 250 users at a time. `task`: its name; its input is a UsersPart
 * and what `rest` gives for the part's users (store keys), with the name of the model and the stop flag. Returns the
 * results in the order of users. Rejects with INTERRUPTED where it is stopped.
 */
export async function runForAllUsers<S extends object, R>(
  { store, pool, until, generation, signal, onProgress }: AllUsersOptions,
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

/** Calls in this process so far. Threads know a model by a name that includes it. */
let runs = 0
