import { openSqliteStore } from '../store/sqlite/sqlite-store.js'
import type { Store } from '../store/store.js'

/**
 * Opens a store. `location`: path of its SQLite file, which is created where it is missing. Rejects with NO_STORE where
 * `mustExist` is set and there is none; with STORE_DAMAGED, STORE_TOO_NEW or STORE_BUSY where it cannot be used.
 */
export function openStore(location: string, options: { mustExist?: boolean } = {}): Promise<Store> {
  return openSqliteStore(location, options)
}

/** Opens an empty store that no other process can open and that has no files beside it. Closing it deletes it. */
export function openTemporaryStore(): Promise<Store> {
  return openSqliteStore(null)
}
