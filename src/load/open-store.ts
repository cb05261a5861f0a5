import { openSqliteStore } from '../store/sqlite/sqlite-store.js'
import type { Store } from '../store/store.js'

/**
 * Opens the store that a location names; a path names a SQLite file, which is made where there is none. Fails with
 * NO_STORE where it `mustExist` and does not, STORE_DAMAGED, STORE_TOO_NEW, STORE_BUSY.
 */
export function openStore(location: string, options: { mustExist?: boolean } = {}): Promise<Store> {
  return openSqliteStore(location, options)
}

/** A store that nobody else sees, with no files beside it; it is gone when it is closed. */
export function openTemporaryStore(): Promise<Store> {
  return openSqliteStore(null)
}
