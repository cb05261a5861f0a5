import { type Reading, unknownInterest } from '../answer/read.js'
import { findContrary } from '../mine/edits/contrary.js'
import type { EditedInterest } from '../mine/edits/lay-over.js'
import { hashAnchor } from '../mine/names/identity.js'
import type { Model } from '../model/model.js'
import { badOption } from '../options.js'
import type { StoredEdit } from '../store/store.js'
import type { Contrary, EditsAnswer } from '../types/answers.js'
import { stringAt } from '../vectors/strings.js'
import type { CheckedEdit } from './action.js'
import { type InterestPart, splitInterest } from './split.js'

/** An edit as it is to be stored: all but its number, its time and whether it is undone. */
export type PlannedEdit = Omit<StoredEdit, 'seq' | 'undone' | 'at'>

/**
 * Makes the stored form of an edit of one interest or wish, with the evidence that the interest has now. `reading`: of
 * the user; `id`: of the interest or wish. Throws UNKNOWN_INTEREST where the user has no such interest, and BAD_OPTION
 * where the action does not fit (there is nothing to merge or split, a wish cannot be merged, only a wish can be
 * removed).
 */
export function planEdit(model: Model, reading: Reading, id: string, change: CheckedEdit): PlannedEdit {
  const { action, value, ids } = change
  const wish = reading.wishes.find((one) => one.id === id)
  if (wish) {
    if (['not-me', 'merge', 'split'].includes(action)) {
      throw badOption('interest', id, `is a wish and has no evidence for ${action}; remove takes it away`)
    }
    return { action, value, interest: id, label: wish.label, evidence: { level: 'emerging', domain: [], items: [] } }
  }
  const { interests } = reading.profile()
  const interest = interests.find((one) => one.id === id)
  const state = reading.states.find((one) => one.interest === id)
  if (action === 'remove') {
    if (!interest && !state) throw unknown(reading, id)
    throw badOption(
      'interest',
      id,
      'is no wish: only what was added by a phrase can be removed; mute or disown it (--mute, --not-me)',
    )
  }
  const itemsOf = (rows: Int32Array) => Array.from(rows, (row) => stringAt(model.catalogue.ids, row))
  if (action === 'merge' || action === 'split') {
    if (!interest) throw unknown(reading, id)
    const parts =
      action === 'merge' ? findMergeParts(reading, interest, ids) : splitInterest(model, reading, interest, ids)
    const named = parts.map(({ rows, ...part }) => ({ ...part, items: itemsOf(rows) }))
    const [, ...others] = named.map((part) => part.id)
    const { label, level, domain } = interest
    const items = named.flatMap((part) => part.items)
    return { action, value: others.join(','), interest: id, label, evidence: { level, domain, items, parts: named } }
  }
  // The interest as mined now; else as it was when it was last edited: a muted or disowned one may no longer be mined.
  const target = interest ?? state?.last
  if (!target) throw unknown(reading, id)
  const { label, level, domain, rows } = target
  return { action, value, interest: id, label, evidence: { level, domain, items: itemsOf(rows) } }
}

/**
 * Makes the stored form of a new wish. `evidence`: id of the encoder, and its vector of the phrase as float32 in
 * base64. Throws BAD_OPTION where the user has a wish for the same phrase.
 */
export function planWish(reading: Reading, phrase: string, evidence: { encoder: string; vector: string }): PlannedEdit {
  const id = `w${hashAnchor(phrase.toLowerCase()).slice(1)}`
  if (reading.wishes.some((wish) => wish.id === id))
    throw badOption('phrase', phrase, `is wished for already, as ${id}`)
  const nothing = { level: 'emerging' as const, domain: [], items: [] }
  return { action: 'add', value: phrase, interest: id, label: phrase, evidence: { ...nothing, phrase: evidence } }
}

function unknown({ profile, wishes }: Reading, id: string) {
  return unknownInterest(id, [...profile().interests, ...wishes])
}

/** The interests to merge, the one that keeps its id first. Throws BAD_OPTION or UNKNOWN_INTEREST for a wrong id. */
function findMergeParts(reading: Reading, interest: EditedInterest, ids: readonly string[]): InterestPart[] {
  if (ids.length === 0) throw badOption('merge', ids, 'must name another interest')
  const others = ids.map((id) => {
    if (id === interest.id) throw badOption('merge', id, 'is the interest itself; name another one')
    if (reading.wishes.some((wish) => wish.id === id)) throw badOption('merge', id, 'is a wish and has no evidence')
    const found = reading.profile().interests.find((one) => one.id === id)
    if (!found) throw unknown(reading, id)
    return found
  })
  return [interest, ...others].map(({ id, label, rows }) => ({ id, label, rows }))
}

/**
 * The interests that a merge joins, as each was before it, the one that keeps its id first; null for any other edit.
 * `reading`: from before the edit; `id`: of the interest that is edited.
 */
export function mergedInterests(
  reading: Reading,
  id: string,
  { action, ids }: CheckedEdit,
): EditsAnswer['merged'] | null {
  if (action !== 'merge') return null
  const { interests } = reading.profile()
  return [id, ...ids].flatMap((one) => {
    const found = interests.find((interest) => interest.id === one)
    return found ? { id: found.id, label: found.label, state: found.state } : []
  })
}

/**
 * What the user did since each edit that contradicts it (`findContrary`): one entry for each of `reading.input.edits`,
 * in order. Null where there is nothing, or where a later edit of the same kind took its place.
 */
export function findContraries(model: Model, reading: Reading): (Contrary | null)[] {
  const seen = { model, history: reading.input.history, profile: reading.profile() }
  return reading.input.edits.map((edit) => {
    const state = reading.states.find(({ since }) => since[edit.action] === edit)
    return state ? findContrary(seen, state, edit.action) : null
  })
}
