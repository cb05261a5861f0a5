import type { MinedInterest, Profile } from '../../columns.js'
import type { InterestState } from '../../types/answers.js'
import { nearestInterest } from '../assign.js'
import { isVerified } from '../confidence.js'
import type { EditState } from './edits.js'
import { type ClusteredInterest, type ReshapeInput, reshape } from './reshape.js'

/** An interest after a user's edits. */
export interface EditedInterest extends ClusteredInterest {
  state: InterestState
  /** Whether the label is the user's own. */
  renamed: boolean
}

/** A profile after a user's edits. */
export interface EditedProfile {
  /** Pinned ones first, then by weight. */
  interests: EditedInterest[]
  /** Liked catalogue rows in no interest. */
  unassigned: Int32Array
  /**
   * Interests that are no longer mined but must still be kept out of recommendations: disowned ones ("not me"), and
   * muted ones whose evidence is now scattered. Candidates nearest to one of them are dropped.
   */
  ghosts: ClusteredInterest[]
}

/**
 * Applies a user's edits to a mined profile. Interests that the user merged or split are rebuilt from their rows. The
 * edits and the id of any other edited interest go to the mined interest that holds at least half of its evidence, if
 * that is at least a third of the mined one's own evidence or the ids are equal, so that muting a few items does not
 * mute a large interest that took them in. Where there is none, they go to the mined interest with the same id, if any.
 * Labels are made unique.
 */
export function applyEdits(input: ReshapeInput, mined: Profile, states: readonly EditState[]): EditedProfile {
  const { made, left, unassigned } = reshape(input, mined, states)
  const inheritors = new Map<number, EditState>()
  const ghosts: ClusteredInterest[] = []
  const interests: EditedInterest[] = []
  for (const state of states) {
    if (state.wish) continue
    const own = made.get(state.interest)
    const inheritor = own || state.notMe || state.cores.length > 0 ? -1 : findInheritor(left, state, inheritors)
    if (own) interests.push(applyState(own, state))
    else if (inheritor >= 0) inheritors.set(inheritor, state)
    else if ((state.notMe || state.muted) && state.last.rows.length > 0) ghosts.push(createGhost(state))
  }
  const taken = new Set([...made.keys(), ...[...inheritors.values()].map((state) => state.interest)])
  left.forEach((interest, i) => {
    const state = inheritors.get(i)
    if (state) interests.push(applyState(interest, state))
    else interests.push({ ...interest, id: unusedId(interest.id, taken), state: PLAIN, renamed: false })
    taken.add(interests[interests.length - 1].id)
  })
  if (made.size > 0) verifyMade(input, interests, new Set(made.keys()))
  makeLabelsUnique(interests)
  // Mined interests are in order of weight already, ties in the order of their anchors.
  const place = new Map(left.map(({ medoid }, i) => [medoid, i]))
  const placeOf = ({ medoid }: EditedInterest) => place.get(medoid) ?? left.length
  interests.sort(
    (a, b) => Number(b.state.pinned) - Number(a.state.pinned) || b.weight - a.weight || placeOf(a) - placeOf(b),
  )
  return { interests, unassigned, ghosts }
}

const PLAIN: InterestState = { muted: false, boost: 1, pinned: false }

/** The interest with the state's id, name, mute, boost and pin. */
function applyState(interest: ClusteredInterest, state: EditState): EditedInterest {
  const { muted, boost, pinned, rename } = state
  return {
    ...interest,
    id: state.interest,
    ...(rename === null ? {} : { label: rename, head: rename, modifiers: [] }),
    state: { muted, boost, pinned },
    renamed: rename !== null,
  }
}

/** The id, with letters appended if an edited interest has taken it. */
function unusedId(id: string, taken: ReadonlySet<string>): string {
  let free = id
  while (taken.has(free)) free += 'b'
  return free
}

/**
 * An interest inherits edits only if the edited evidence is at least one part in HEIR_PARTS of its own. One that has
 * the same id has only grown, and need not meet this.
 */
const HEIR_PARTS = 3

/** Index of the mined interest that inherits a state, -1 for none. */
function findInheritor(
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

/** The edited interest as it was when last edited, for `EditedProfile.ghosts`. */
function createGhost({ last, interest, cores }: EditState): ClusteredInterest {
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

/**
 * Computes `verified` again for interests that the user merged or split: disliked items count against the interest that
 * is nearest to them.
 */
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
    interest.verified = isVerified(history, positions, disliked[i])
  })
}

/**
 * Makes labels unique, in place. A user's own name stays; a mined label equal to it gets its domain or a number behind
 * it.
 */
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
