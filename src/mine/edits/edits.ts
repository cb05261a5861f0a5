import type { Query } from '../../columns.js'
import type { EditRecord, InterestLevel, InterestState } from '../../types/answers.js'

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
  parts?: readonly { id: string; rows: Int32Array; label?: string }[]
  /** What the phrase that was added asks for; null where the store cannot encode it. */
  query?: Query | null
}

/** An interest as it was when it went into another one. */
export interface Origin {
  id: string
  rows: Int32Array
  label: string | null
  rename: string | null
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
  /** What was merged into it, itself first; none where nothing was. */
  origins: readonly Origin[]
  /** What a part of a split is called while its evidence bears it out; null: by its evidence. */
  keptLabel: string | null
  /** A phrase in the place of evidence. */
  wish: { phrase: string; query: Query | null } | null
  /** The latest edit of each kind. */
  since: Partial<Record<EditRecord['action'], ActiveEdit>>
  /** As of the latest edit. */
  last: ActiveEdit
}

/**
 * Folds edits, oldest first, into one state an interest. What was merged into another is gone; the parts of what was
 * split keep its state, and the first its name. A part that holds no more than one of what was merged is called again as
 * that was.
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
      const origins = parts.flatMap((part) => originsOf(part, states.get(part.id)))
      for (const { id } of parts) if (id !== interest) states.delete(id)
      states.set(interest, { ...state, cores, origins, keptLabel: null })
    } else if (action === 'split') {
      for (const { id, rows } of parts) {
        const elsewhere = new Set(parts.flatMap((part) => (part.id === id ? [] : part.id)))
        const within = originsWithin(before.origins, rows).filter((origin) => !elsewhere.has(origin.id))
        const old = within.length === 1 && within[0].id === id ? within[0] : null
        const whole = id === interest ? { label: edit.label, rename: before.rename } : null
        const { label: keptLabel, rename } = old ?? whole ?? { label: null, rename: null }
        const last = { ...edit, interest: id, rows, label: keptLabel ?? edit.label }
        const cores = coresWithin(before.cores, rows)
        const origins = within.length > 1 ? within : []
        states.set(id, { ...state, interest: id, rename, cores, origins, keptLabel, last })
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
    origins: [],
    keptLabel: null,
    wish: null,
    since: {},
    last: edit,
  }
}

/** What went into a merged interest earlier goes on standing for itself. */
function originsOf(part: NonNullable<ActiveEdit['parts']>[number], state?: EditState): Origin[] {
  const { id, rows, label } = part
  const earlier = originsWithin(state?.origins ?? [], rows)
  return earlier.length > 1 ? earlier : [{ id, rows, label: label ?? null, rename: state?.rename ?? null }]
}

/** What each still has of these rows. */
export function originsWithin(origins: readonly Origin[], rows: Int32Array): Origin[] {
  const wanted = new Set(rows)
  return origins
    .map((origin) => ({ ...origin, rows: origin.rows.filter((row) => wanted.has(row)) }))
    .filter((origin) => origin.rows.length > 0)
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
