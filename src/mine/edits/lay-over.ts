import type { MinedInterest, Profile } from '../../columns.js'
import type { InterestState } from '../../types/answers.js'
import { nearestInterest } from '../assign.js'
import { tellVerified } from '../confidence.js'
import type { EditState } from './edits.js'
import { type ClusteredInterest, type ReshapeInput, reshape } from './reshape.js'

/** An interest after a user's edits. */
export interface EditedInterest extends ClusteredInterest {
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
  ghosts: ClusteredInterest[]
}

/**
 * Lays a user's edits over a mined profile. What the user merged or split is put together again from its rows; any
 * other interest inherits the edits, and the id, of an edited one of whose evidence it holds at least half, where that is
 * at least a third of its own: the mute of a few items does not spread to a large interest that took them in.
 */
export function applyEdits(input: ReshapeInput, mined: Profile, states: readonly EditState[]): EditedProfile {
  const { made, left, unassigned } = reshape(input, mined, states)
  const heirs = new Map<number, EditState>()
  const ghosts: ClusteredInterest[] = []
  const interests: EditedInterest[] = []
  for (const state of states) {
    if (state.wish) continue
    const own = made.get(state.interest)
    const heir = own || state.notMe || state.cores.length > 0 ? -1 : findHeir(left, state, heirs)
    if (own) interests.push(underState(own, state))
    else if (heir >= 0) heirs.set(heir, state)
    else if ((state.notMe || state.muted) && state.last.rows.length > 0) ghosts.push(raiseGhost(state))
  }
  const taken = new Set([...made.keys(), ...[...heirs.values()].map((state) => state.interest)])
  left.forEach((interest, i) => {
    const state = heirs.get(i)
    if (state) interests.push(underState(interest, state))
    else interests.push({ ...interest, id: freeId(interest.id, taken), state: PLAIN, renamed: false })
    taken.add(interests[interests.length - 1].id)
  })
  if (made.size > 0) verifyMade(input, interests, new Set(made.keys()))
  makeLabelsUnique(interests)
  // Mined ones stand by weight already, ties in the order of their anchors.
  const place = new Map(left.map(({ medoid }, i) => [medoid, i]))
  const placeOf = ({ medoid }: EditedInterest) => place.get(medoid) ?? left.length
  interests.sort(
    (a, b) => Number(b.state.pinned) - Number(a.state.pinned) || b.weight - a.weight || placeOf(a) - placeOf(b),
  )
  return { interests, unassigned, ghosts }
}

const PLAIN: InterestState = { muted: false, boost: 1, pinned: false }

function underState(interest: ClusteredInterest, state: EditState): EditedInterest {
  const { muted, boost, pinned, rename } = state
  return {
    ...interest,
    id: state.interest,
    ...(rename === null ? {} : { label: rename, head: rename, modifiers: [] }),
    state: { muted, boost, pinned },
    renamed: rename !== null,
  }
}

/** The id, unless it went to an heir or to what the user made. */
function freeId(id: string, taken: ReadonlySet<string>): string {
  let free = id
  while (taken.has(free)) free += 'b'
  return free
}

/** What is inherited is one of so many parts of the heir's evidence at least; one that only grew has the same id. */
const HEIR_PARTS = 3

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
    const isMuchOfIt = interest.id === state.interest || HEIR_PARTS * held >= interest.rows.length
    if (2 * held >= evidence.size && isMuchOfIt && better) {
      best = i
      most = held
    }
  })
  return best >= 0 ? best : interests.findIndex((interest, i) => interest.id === state.interest && !taken.has(i))
}

function raiseGhost({ last, interest, cores }: EditState): ClusteredInterest {
  const { rows, level } = last
  return {
    id: interest,
    level,
    label: last.label,
    head: last.label,
    modifiers: [],
    domain: last.domain,
    rows,
    weight: 0,
    confidence: 0,
    trend: 'fading',
    timeline: [],
    aside: null,
    firstAt: Number.NaN,
    lastAt: Number.NaN,
    verified: false,
    medoid: rows[0],
    clusters: cores.length > 0 ? cores.map((core) => ({ rows: core, level })) : [{ rows, level }],
  }
}

/** Told anew where the user put the evidence together: what speaks against an interest is what is nearest to it. */
function verifyMade({ model, history }: ReshapeInput, interests: EditedInterest[], made: ReadonlySet<string>): void {
  const owners = interests.flatMap(({ clusters }, i) => clusters.map(() => i))
  const clusters = { interests: interests.flatMap((interest) => interest.clusters) }
  const disliked = new Int32Array(interests.length)
  for (const row of history.dislikedRows) {
    const nearest = nearestInterest(model, clusters, row)
    if (nearest >= 0) disliked[owners[nearest]]++
  }
  const place = new Map(Array.from(history.rows, (row, i) => [row, i]))
  interests.forEach((interest, i) => {
    if (!made.has(interest.id)) return
    const positions = Array.from(interest.rows, (row) => place.get(row)!)
    interest.verified = tellVerified(history, positions, disliked[i])
  })
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
