import { InterestMineError } from '../../errors.js'
import type { Store } from '../store.js'
import { readBlobs, writeBlobs } from './blobs.js'
import type { Connection } from './connection.js'

/** No generation has this id, so no reader of one loads what lies here. */
export const CHECKPOINT = 0
/** What the checkpoint is of, beside its artefacts. */
const KEY = 'checkpoint'

/** What long work has finished, kept for the next run of it. */
export function keepCheckpoints(connection: Connection): Pick<Store, 'saveCheckpoint' | 'loadCheckpoint'> {
  const { sql, guard, transact } = connection
  return {
    async saveCheckpoint(key, artefacts, forgets) {
      return transact(() => {
        if (sql('SELECT forgets FROM state').pluck().get() !== forgets) return false
        dropCheckpoint(connection)
        writeBlobs(connection, CHECKPOINT, { ...artefacts, [KEY]: new TextEncoder().encode(key) })
        return true
      })
    },
    async loadCheckpoint(key) {
      return guard(() => {
        try {
          const { [KEY]: found, ...artefacts } = readBlobs(connection, CHECKPOINT)
          return found && new TextDecoder().decode(found) === key ? artefacts : null
        } catch (error) {
          // It can be made anew: doing that is better than failing.
          if (error instanceof InterestMineError && error.code === 'STORE_DAMAGED') return null
          throw error
        }
      })
    },
  }
}

/** To be called in a transaction. */
export function dropCheckpoint({ sql }: Connection): void {
  sql('DELETE FROM blobs WHERE generation = ?').run(CHECKPOINT)
}
