import type { Query } from '../../columns.js'
import type { EditRecord, InterestLevel, InterestState } from '../../types/answers.js'

/** One edit in force, with the interest as it was when the user made the edit, so that it can be found again. */
export interface ActiveEdit {
  /** When it was made, ISO 8601; null where unknown. */
  at: string | null
  /** Id of the interest or wish. */
  interest: string
  label: string
  action: EditRecord['action']
  /** A boost factor, a name or a phrase; null for actions without a value. */
  value: string | number | null
  level: InterestLevel
  domain: string[]
  /** Catalogue rows of the interest's evidence at that time. */
  rows: Int32Array
  /**
   * Of a merge, what was merged, the interest itself first; of a split, what it was split into, the part that keeps the
   * id first.
   */
  parts?: readonly { id: string; rows: Int32Array; label?: string }[]
  /** Of a wish, its phrase as a query; null where the store cannot encode it. */
  query?: Query | null
}

/** An interest as it was when it was merged into another one. */
export interface Origin {
  id: string
  rows: Int32Array
  /** Its label as mined and the user's own name for it; null where there was none. */
  label: string | null
  rename: string | null
}

/** Everything that is in force for one interest or wish. */
export interface EditState extends InterestState {
  interest: string
  /** The user's own name; null where there is none. */
  rename: string | null
  /** Whether the user disowned it. */
  notMe: boolean
  /**
   * Sets of catalogue rows that the user put together by merging or splitting, each one interest at that time; empty
   * where the interest is as mined. These rows belong to this interest wherever mining puts them.
   */
  cores: readonly Int32Array[]
  /** The interests that were merged into it, itself first; empty where nothing was merged. */
  origins: readonly Origin[]
  /**
   * The label of a part of a split, used as long as its evidence supports it; null: the part is named by its evidence.
   */
  keptLabel: string | null
  /** For a wish, its phrase, and the query or null where it cannot be encoded; null for an interest. */
  wish: { phrase: string; query: Query | null } | null
  /** The latest edit of each kind of action. */
  since: Partial<Record<EditRecord['action'], ActiveEdit>>
  /** The latest edit: its rows, level and domain are those of the interest at that time. */
  last: ActiveEdit
}

/**
 * Folds a user's edits, oldest first, into one state for each interest or wish. An interest that was merged into
 * another has no state of its own any more. Each part of a split starts with the state of the whole; only the first
 * keeps its name. A part that holds nothing but one earlier merged interest, under its id, gets that interest's name
 * back. A removed wish has no state.
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
    } else states.set(interest, { ...state, ...stateChange(edit) })
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

/** The origins that one part brings into a merge: its own earlier origins, if there are several, else itself. */
function originsOf(part: NonNullable<ActiveEdit['parts']>[number], state?: EditState): Origin[] {
  const { id, rows, label } = part
  const earlier = originsWithin(state?.origins ?? [], rows)
  return earlier.length > 1 ? earlier : [{ id, rows, label: label ?? null, rename: state?.rename ?? null }]
}

/** Origins reduced to the given rows; those that hold none of them are left out. */
export function originsWithin(origins: readonly Origin[], rows: Int32Array): Origin[] {
  const wanted = new Set(rows)
  return origins
    .map((origin) => ({ ...origin, rows: origin.rows.filter((row) => wanted.has(row)) }))
    .filter((origin) => origin.rows.length > 0)
}

/** Cores reduced to the given rows, and the rows that are in no core as a core of their own. */
function coresWithin(cores: readonly Int32Array[], rows: Int32Array): Int32Array[] {
  const wanted = new Set(rows)
  const known = new Set(cores.flatMap((core) => [...core]))
  const kept = cores.map((core) => core.filter((row) => wanted.has(row)))
  return [...kept, rows.filter((row) => !known.has(row))].filter((core) => core.length > 0)
}

function stateChange({ action, value, query }: ActiveEdit): Partial<EditState> {
  if (action === 'mute') return { muted: true }
  // Also takes back "not me", which nothing else can do for an interest that is no longer mined.
  if (action === 'unmute') return { muted: false, notMe: false }
  if (action === 'boost') return { boost: Number(value) }
  if (action === 'rename') return { rename: String(value) }
  if (action === 'pin') return { pinned: true }
  if (action === 'unpin') return { pinned: false }
  if (action === 'add') return { wish: { phrase: String(value), query: query ?? null } }
  return { notMe: true }
}
