import type { History, Vectors } from '../../columns.js'
import type { Contrary, EditRecord } from '../../types/answers.js'
import { type AssignModel, nearestInterest } from '../assign.js'
import type { EditState } from './edits.js'
import type { EditedProfile } from './lay-over.js'
import { matches } from './wishes.js'

/** Input of `findContrary` and `firstContrary`: one user. */
export interface ContraryInput {
  model: AssignModel & { vectors: Vectors }
  /** The user's whole history, with the items of disowned ("not me") interests. */
  history: History
  /** The profile after the user's edits. */
  profile: EditedProfile
}

/**
 * Items that a user must have liked since boosting an interest, none of them in it, for the silence to count as
 * contrary.
 */
const SILENCE = 5

type Finding = Omit<Contrary, 'since'>

/**
 * What the user did after an edit that contradicts it: liked items of what was muted, disowned or boosted below 1;
 * disliked items of what was boosted above 1, or liked none of it while liking SILENCE others; or liked what a wish
 * asks for. Null where there is nothing, where the state has no edit of this kind, or where its time is unknown. Only
 * reported: it changes nothing.
 */
export function findContrary(input: ContraryInput, state: EditState, action: EditRecord['action']): Contrary | null {
  const edit = state.since[action]
  const at = edit?.at ? Date.parse(edit.at) : Number.NaN
  if (!edit || Number.isNaN(at)) return null
  const found = FINDERS[action]?.(input, state, at) ?? null
  return found && { ...found, since: edit.at! }
}

/**
 * The same for a whole edit state: the first finding among its 'not-me', 'mute', 'boost' and 'add' edits, in this
 * order; null where there is none.
 */
export function firstContrary(input: ContraryInput, state: EditState): Contrary | null {
  for (const action of Object.keys(FINDERS) as EditRecord['action'][]) {
    const found = findContrary(input, state, action)
    if (found) return found
  }
  return null
}

/** Finds what contradicts one kind of edit, among events after `at` (ms). */
type Finder = (input: ContraryInput, state: EditState, at: number) => Finding | null

const FINDERS: Partial<Record<EditRecord['action'], Finder>> = {
  'not-me': (input, state, at) => (state.notMe ? findLikes(input, state, at) : null),
  mute: (input, state, at) => (state.muted && !state.notMe ? findLikes(input, state, at) : null),
  boost: (input, state, at) => {
    if (state.boost === 1 || state.notMe) return null
    return state.boost < 1
      ? findLikes(input, state, at)
      : (findDislikes(input, state, at) ?? findSilence(input, state, at))
  },
  add: findCarrier,
}

/** Items of the interest that were liked since. Null for wishes. */
function findLikes(input: ContraryInput, state: EditState, at: number): Finding | null {
  if (state.wish) return null
  const { history } = input
  const near = nearnessOf(input, state)
  return summarise('liked', timesAfter(history.rows, history.lastAt, at, near))
}

/** Items of the interest, or items that match the wish, that were disliked since. */
function findDislikes(input: ContraryInput, state: EditState, at: number): Finding | null {
  const { history, model } = input
  const near = state.wish ? (row: number) => matchesWish(model.vectors, state, row) : nearnessOf(input, state)
  return summarise('disliked', timesAfter(history.dislikedRows, history.dislikedAt, at, near))
}

/** A 'silent' finding where SILENCE items or more were liked since, and none of the interest or wish. */
function findSilence(input: ContraryInput, state: EditState, at: number): Finding | null {
  const { history, model } = input
  const near = state.wish ? (row: number) => matchesWish(model.vectors, state, row) : nearnessOf(input, state)
  const liked = timesAfter(history.rows, history.lastAt, at, () => true)
  const own = timesAfter(history.rows, history.lastAt, at, near)
  return own.length === 0 && liked.length >= SILENCE
    ? { kind: 'silent', items: 0, lastSeen: null, interest: null }
    : null
}

/** Items liked since a wish was added that match it, with the interest that holds most of them. */
function findCarrier({ model, history, profile }: ContraryInput, state: EditState, at: number): Finding | null {
  const isWished = (row: number) => matchesWish(model.vectors, state, row)
  const found = summarise('carried', timesAfter(history.rows, history.lastAt, at, isWished))
  if (!found) return null
  const after = new Set(history.rows.filter((row, i) => history.lastAt[i] > at && isWished(row)))
  let most = 0
  for (const { id, rows } of profile.interests) {
    const held = rows.reduce((n, row) => n + Number(after.has(row)), 0)
    if (held <= most) continue
    most = held
    found.interest = id
  }
  return found
}

/**
 * Tells whether a row belongs to an interest, or would if it were the only one: items that came since may have been
 * mined as an interest of their own.
 */
function nearnessOf({ model, profile }: ContraryInput, { interest, last }: EditState): (row: number) => boolean {
  const own = new Set(last.rows)
  const current = profile.interests.find(({ id }) => id === interest)
  if (current) for (const row of current.rows) own.add(row)
  const clusters = (current ?? profile.suppressed.find(({ id }) => id === interest))?.clusters ?? []
  const alone = { interests: clusters }
  return (row) => own.has(row) || nearestInterest(model, alone, row) >= 0
}

function matchesWish(vectors: Vectors, { wish }: EditState, row: number): boolean {
  return wish?.query ? matches(wish.query, vectors, row) : false
}

/** Times (ms) after `at` of the rows that `near` accepts. */
function timesAfter(rows: Int32Array, times: Float64Array, at: number, near: (row: number) => boolean): number[] {
  return Array.from(times).filter((time, i) => time > at && near(rows[i]))
}

function summarise(kind: Contrary['kind'], times: readonly number[]): Finding | null {
  if (times.length === 0) return null
  return { kind, items: times.length, lastSeen: new Date(Math.max(...times)).toISOString(), interest: null }
}
