import type { History, Vectors } from '../../columns.js'
import type { Contrary, EditRecord } from '../../types/answers.js'
import { type AssignModel, nearestInterest } from '../assign.js'
import type { EditState } from './edits.js'
import type { EditedProfile } from './lay-over.js'
import { matches } from './wishes.js'

export interface ContraryInput {
  model: AssignModel & { vectors: Vectors }
  /** Everything the user did, what is "not me" too. */
  history: History
  profile: EditedProfile
}

/** Liked elsewhere so many items since, and none of what was boosted: that says something. */
const SILENCE = 5

type Finding = Omit<Contrary, 'since'>

/**
 * What the user did since an edit that speaks against it; null where that is nothing, or no time is known. It is told,
 * and changes nothing: likes of what was muted, disowned or turned down, dislikes of what was boosted or no like of it
 * while others were liked, likes of what a wish asks for.
 */
export function tellContrary(input: ContraryInput, state: EditState, action: EditRecord['action']): Contrary | null {
  const edit = state.since[action]
  const at = edit?.at ? Date.parse(edit.at) : Number.NaN
  if (!edit || Number.isNaN(at)) return null
  const found = FINDERS[action]?.(input, state, at) ?? null
  return found && { ...found, since: edit.at! }
}

/** That of the first edit of an interest that has one. */
export function contraryOf(input: ContraryInput, state: EditState): Contrary | null {
  for (const action of Object.keys(FINDERS) as EditRecord['action'][]) {
    const found = tellContrary(input, state, action)
    if (found) return found
  }
  return null
}

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

function findLikes(input: ContraryInput, state: EditState, at: number): Finding | null {
  if (state.wish) return null
  const { history } = input
  const near = nearnessOf(input, state)
  return summarise('liked', timesAfter(history.rows, history.lastAt, at, near))
}

function findDislikes(input: ContraryInput, state: EditState, at: number): Finding | null {
  const { history, model } = input
  const near = state.wish ? (row: number) => isLike(model.vectors, state, row) : nearnessOf(input, state)
  return summarise('disliked', timesAfter(history.dislikedRows, history.dislikedAt, at, near))
}

function findSilence(input: ContraryInput, state: EditState, at: number): Finding | null {
  const { history, model } = input
  const near = state.wish ? (row: number) => isLike(model.vectors, state, row) : nearnessOf(input, state)
  const liked = timesAfter(history.rows, history.lastAt, at, () => true)
  const own = timesAfter(history.rows, history.lastAt, at, near)
  return own.length === 0 && liked.length >= SILENCE
    ? { kind: 'silent', items: 0, lastSeen: null, interest: null }
    : null
}

/** The interest that holds most of what was liked since a wish was added and is like it. */
function findCarrier({ model, history, profile }: ContraryInput, state: EditState, at: number): Finding | null {
  const like = (row: number) => isLike(model.vectors, state, row)
  const found = summarise('carried', timesAfter(history.rows, history.lastAt, at, like))
  if (!found) return null
  const after = new Set(history.rows.filter((row, i) => history.lastAt[i] > at && like(row)))
  let most = 0
  for (const { id, rows } of profile.interests) {
    const held = rows.reduce((n, row) => n + Number(after.has(row)), 0)
    if (held <= most) continue
    most = held
    found.interest = id
  }
  return found
}

/** Whether a row belongs to an interest, or would if there were no other: what is new may be mined as one of its own. */
function nearnessOf({ model, profile }: ContraryInput, { interest, last }: EditState): (row: number) => boolean {
  const own = new Set(last.rows)
  const current = profile.interests.find(({ id }) => id === interest)
  if (current) for (const row of current.rows) own.add(row)
  const clusters = (current ?? profile.ghosts.find(({ id }) => id === interest))?.clusters ?? []
  const alone = { interests: clusters }
  return (row) => own.has(row) || nearestInterest(model, alone, row) >= 0
}

function isLike(vectors: Vectors, { wish }: EditState, row: number): boolean {
  return wish?.query ? matches(wish.query, vectors, row) : false
}

function timesAfter(rows: Int32Array, times: Float64Array, at: number, near: (row: number) => boolean): number[] {
  return Array.from(times).filter((time, i) => time > at && near(rows[i]))
}

function summarise(kind: Contrary['kind'], times: readonly number[]): Finding | null {
  if (times.length === 0) return null
  return { kind, items: times.length, lastSeen: new Date(Math.max(...times)).toISOString(), interest: null }
}
