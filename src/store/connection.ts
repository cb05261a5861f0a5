import type Database from 'better-sqlite3'

/** An open store, as the parts that speak SQL to it need it. */
export interface Connection {
  db: Database.Database
  path: string
  /** A statement, prepared once. */
  sql(text: string): Database.Statement
  /** Turns SQLite's failures into ours. */
  guard<R>(work: () => R): R
  /** Guarded, all or nothing. */
  transact<R>(work: () => R): R
  /** Counts a change, so that readers notice. */
  bump(column: 'items' | 'events' | 'edits' | 'forgets'): void
  /** Key of a user, made where there is none. */
  userKey(id: string): number
  kindKey(name: string): number
  kindNames(): Map<number, string>
  /** Keys may be gone: look them up anew. */
  dropKinds(): void
}

export const EVENT_COLUMNS = 'user, item, kind, at, value, dwell, quantity'

/** Numbers of a float32 blob; copied, since SQLite's buffers need not be aligned. */
export function floatsOf(bytes: Buffer): Float32Array {
  return new Float32Array(Uint8Array.from(bytes).buffer)
}
