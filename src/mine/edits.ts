import type { EditRecord, InterestLevel, InterestState, Query } from '../types.js'

/** An edit in force, with the interest as it was when the user made it, so that it can be found again. */
export interface ActiveEdit {
  /** ISO 8601, null where unknown. */
  at: string | null
  interest: string
  label: string
  action: EditRecord['action']
  value: string | number | null
  level: InterestLevel
  domain: string[]
  rows: Int32Array
  /** What was merged, the interest itself first; or what it was split into, the part that keeps its id first. */
  parts?: readonly { id: string; rows: Int32Array }[]
  /** What the phrase that was added asks for; null where the store cannot encode it. */
  query?: Query | null
}

/** All that is in force for one interest or wish. */
export interface EditState extends InterestState {
  interest: string
  rename: string | null
  notMe: boolean
  /**
   * Sets of rows that the user put together, each found together when that was done; none where the interest is as
   * mined. Their rows belong to this interest wherever mining puts them.
   */
  cores: readonly Int32Array[]
  /** A phrase in the place of evidence. */
  wish: { phrase: string; query: Query | null } | null
  /** The latest edit of each kind. */
  since: Partial<Record<EditRecord['action'], ActiveEdit>>
  /** As of the latest edit. */
  last: ActiveEdit
}

/**
 * Folds edits, oldest first, into one state an interest. What was merged into another is gone; the parts of what was
 * split keep its state, and the first its name.
 */
export function foldEdits(edits: readonly ActiveEdit[]): EditState[] {
  const states = new Map<string, EditState>()
  const stateOf = (edit: ActiveEdit): EditState => states.get(edit.interest) ?? plainState(edit)
  for (const edit of edits) {
    const { interest, action, parts = [] } = edit
    const before = stateOf(edit)
    const state = { ...before, last: edit, since: { ...before.since, [action]: edit } }
    if (action === 'remove') states.delete(interest)
    else if (action === 'merge') {
      const cores = parts.flatMap(({ id, rows }) => coresWithin(states.get(id)?.cores ?? [], rows))
      for (const { id } of parts) if (id !== interest) states.delete(id)
      states.set(interest, { ...state, cores })
    } else if (action === 'split') {
      for (const { id, rows } of parts) {
        const last = { ...edit, interest: id, rows }
        const rename = id === interest ? before.rename : null
        states.set(id, { ...state, interest: id, rename, cores: coresWithin(before.cores, rows), last })
      }
    } else states.set(interest, { ...state, ...changeBy(edit) })
  }
  return [...states.values()]
}

function plainState(edit: ActiveEdit): EditState {
  return {
    interest: edit.interest,
    muted: false,
    boost: 1,
    pinned: false,
    rename: null,
    notMe: false,
    cores: [],
    wish: null,
    since: {},
    last: edit,
  }
}

/** What each core has of these rows, and the rest of them as a core of its own. */
function coresWithin(cores: readonly Int32Array[], rows: Int32Array): Int32Array[] {
  const wanted = new Set(rows)
  const known = new Set(cores.flatMap((core) => [...core]))
  const kept = cores.map((core) => core.filter((row) => wanted.has(row)))
  return [...kept, rows.filter((row) => !known.has(row))].filter((core) => core.length > 0)
}

function changeBy({ action, value, query }: ActiveEdit): Partial<EditState> {
  if (action === 'mute') return { muted: true }
  // Also takes back "not me": the only way to an interest that is mined no more.
  if (action === 'unmute') return { muted: false, notMe: false }
  if (action === 'boost') return { boost: Number(value) }
  if (action === 'rename') return { rename: String(value) }
  if (action === 'pin') return { pinned: true }
  if (action === 'unpin') return { pinned: false }
  if (action === 'add') return { wish: { phrase: String(value), query: query ?? null } }
  return { notMe: true }
}
