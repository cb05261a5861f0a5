import type { EditRecord, InterestLevel, InterestState, MinedInterest, Profile } from '../types.js'

/** An edit in force, with the interest as it was when the user made it, so that it can be found again. */
export interface ActiveEdit {
  interest: string
  label: string
  action: EditRecord['action']
  value: string | number | null
  level: InterestLevel
  domain: string[]
  rows: Int32Array
}

/** All that is in force for one interest. */
export interface EditState extends InterestState {
  interest: string
  rename: string | null
  notMe: boolean
  /** As of the latest edit. */
  last: ActiveEdit
}

/** Folds edits, oldest first, into one state an interest. */
export function foldEdits(edits: readonly ActiveEdit[]): EditState[] {
  const states = new Map<string, EditState>()
  for (const edit of edits) {
    const state = states.get(edit.interest) ?? {
      interest: edit.interest,
      muted: false,
      boost: 1,
      pinned: false,
      rename: null,
      notMe: false,
      last: edit,
    }
    states.set(edit.interest, { ...state, last: edit, ...changeBy(edit) })
  }
  return [...states.values()]
}

function changeBy({ action, value }: ActiveEdit): Partial<EditState> {
  if (action === 'mute') return { muted: true }
  // Also takes back "not me": the only way to an interest that is mined no more.
  if (action === 'unmute') return { muted: false, notMe: false }
  if (action === 'boost') return { boost: Number(value) }
  if (action === 'rename') return { rename: String(value) }
  if (action === 'pin') return { pinned: true }
  if (action === 'unpin') return { pinned: false }
  return { notMe: true }
}

/** An interest after a user's edits. */
export interface EditedInterest extends MinedInterest {
  state: InterestState
  renamed: boolean
}

export interface EditedProfile {
  interests: EditedInterest[]
  unassigned: Int32Array
  /**
   * Interests that must not be served though they are mined no more: "not me", and muted ones whose evidence is
   * scattered now. Candidates nearest to one of them are dropped.
   */
  ghosts: MinedInterest[]
}

/**
 * Lays a user's edits over a mined profile. An interest inherits the edits, and the id, of an edited one of whose
 * evidence it holds at least half.
 */
export function applyEdits(profile: Profile, states: readonly EditState[]): EditedProfile {
  const heirs = new Map<number, EditState>()
  const ghosts: MinedInterest[] = []
  for (const state of states) {
    const heir = state.notMe ? -1 : findHeir(profile.interests, state, heirs)
    if (heir >= 0) heirs.set(heir, state)
    else if ((state.notMe || state.muted) && state.last.rows.length > 0) ghosts.push(raiseGhost(state))
  }
  const inherited = new Set([...heirs.values()].map((state) => state.interest))
  const interests = profile.interests.map((interest, i): EditedInterest => {
    const state = heirs.get(i)
    if (!state) {
      // An id that went to an heir elsewhere is taken.
      const id = inherited.has(interest.id) ? `${interest.id}b` : interest.id
      return { ...interest, id, state: { muted: false, boost: 1, pinned: false }, renamed: false }
    }
    const { muted, boost, pinned, rename } = state
    return {
      ...interest,
      id: state.interest,
      ...(rename === null ? {} : { label: rename, head: rename, modifiers: [] }),
      state: { muted, boost, pinned },
      renamed: rename !== null,
    }
  })
  makeLabelsUnique(interests)
  // Stable sort: pinned first, each part by weight as before.
  interests.sort((a, b) => Number(b.state.pinned) - Number(a.state.pinned))
  return { interests, unassigned: profile.unassigned, ghosts }
}

function findHeir(
  interests: readonly MinedInterest[],
  state: EditState,
  taken: ReadonlyMap<number, EditState>,
): number {
  const evidence = new Set(state.last.rows)
  let best = -1
  let most = 0
  interests.forEach((interest, i) => {
    if (taken.has(i)) return
    const held = interest.rows.reduce((n, row) => n + Number(evidence.has(row)), 0)
    const better = held > most || (held === most && held > 0 && interest.id === state.interest)
    if (2 * held >= evidence.size && better) {
      best = i
      most = held
    }
  })
  return best >= 0 ? best : interests.findIndex((interest, i) => interest.id === state.interest && !taken.has(i))
}

function raiseGhost({ last }: EditState): MinedInterest {
  return {
    id: last.interest,
    level: last.level,
    label: last.label,
    head: last.label,
    modifiers: [],
    domain: last.domain,
    rows: last.rows,
    weight: 0,
    confidence: 0,
    trend: 'fading',
    timeline: [],
    aside: null,
    firstAt: Number.NaN,
    lastAt: Number.NaN,
    verified: false,
    medoid: last.rows[0],
  }
}

/** A user's own name wins; a mined label that equals it gets its domain behind it. */
function makeLabelsUnique(interests: EditedInterest[]): void {
  const key = (label: string) => label.trim().toLowerCase()
  const used = new Set<string>()
  for (const interest of [...interests].sort((a, b) => Number(b.renamed) - Number(a.renamed))) {
    const wanted = interest.label
    for (let n = 1; used.has(key(interest.label)); n++) {
      const domain = interest.domain.at(-1)
      interest.label = n === 1 && domain ? `${wanted} (${domain})` : `${wanted} (${n + 1})`
    }
    used.add(key(interest.label))
  }
}
