import { InterestMineError } from '../../errors.js'
import type { Store } from '../store.js'
import { readBlobs, writeBlobs } from './blobs.js'
import type { Connection } from './connection.js'

/** Generation id under which the checkpoint's artefacts are stored. No generation has it. */
export const CHECKPOINT = 0
/** Name of the artefact that holds the checkpoint's key. */
const KEY = 'checkpoint'

/** The methods of a store for its checkpoint: what a stopped training finished, stored for the next one. */
export function createCheckpointMethods(connection: Connection): Pick<Store, 'saveCheckpoint' | 'loadCheckpoint'> {
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
          // The work can be done again, which is better than failing.
          if (error instanceof InterestMineError && error.code === 'STORE_DAMAGED') return null
          throw error
        }
      })
    },
  }
}

/** Deletes the checkpoint. To be called in a transaction. */
export function dropCheckpoint({ sql }: Connection): void {
  sql('DELETE FROM blobs WHERE generation = ?').run(CHECKPOINT)
}
