import { tellContrary } from './mine/contrary.js'
import { fallApart } from './mine/fall-apart.js'
import { hashAnchor } from './mine/identity.js'
import type { EditedInterest } from './mine/lay-over.js'
import type { Model } from './model.js'
import { type Reading, unknownInterest } from './reading.js'
import { badOption, type Change } from './requests.js'
import type { StoredEdit } from './store/store.js'
import { nearMatches } from './text.js'
import type { Contrary } from './types.js'
import { stringAt } from './vectors/strings.js'

/** An edit that has not been written yet. */
export type PlannedEdit = Omit<StoredEdit, 'seq' | 'undone' | 'at'>

/**
 * What an edit of one interest or wish will be stored as. Fails with UNKNOWN_INTEREST, and with BAD_OPTION where there
 * is nothing to merge or split.
 */
export function planEdit(model: Model, reading: Reading, id: string, change: Change): PlannedEdit {
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
    throw badOption('interest', id, 'is no wish: only what was added by a phrase can be removed; mute it, or say notMe')
  }
  const itemsOf = (rows: Int32Array) => Array.from(rows, (row) => stringAt(model.catalogue.ids, row))
  if (action === 'merge' || action === 'split') {
    if (!interest) throw unknown(reading, id)
    const parts = action === 'merge' ? findOthers(reading, interest, ids) : divide(model, reading, interest, ids)
    const named = parts.map((part) => ({ id: part.id, items: itemsOf(part.rows) }))
    const [, ...others] = named.map((part) => part.id)
    const { label, level, domain } = interest
    const items = named.flatMap((part) => part.items)
    return { action, value: others.join(','), interest: id, label, evidence: { level, domain, items, parts: named } }
  }
  // An interest as mined now; else as it was when an edit in force was made: muted or disowned ones may be gone.
  const target = interest ?? state?.last
  if (!target) throw unknown(reading, id)
  const { label, level, domain, rows } = target
  return { action, value, interest: id, label, evidence: { level, domain, items: itemsOf(rows) } }
}

/** A wish for a phrase. Fails with BAD_OPTION where there is one for it already. */
export function planWish(reading: Reading, phrase: string, evidence: { encoder: string; vector: string }): PlannedEdit {
  const id = `w${hashAnchor(phrase.toLowerCase()).slice(1)}`
  if (reading.wishes.some((wish) => wish.id === id))
    throw badOption('phrase', phrase, `is wished for already, as ${id}`)
  const nothing = { level: 'emerging' as const, domain: [], items: [] }
  return { action: 'add', value: phrase, interest: id, label: phrase, evidence: { ...nothing, phrase: evidence } }
}

interface Part {
  id: string
  rows: Int32Array
}

function unknown({ profile, wishes }: Reading, id: string) {
  return unknownInterest(id, [...profile().interests, ...wishes])
}

/** The interest itself first. */
function findOthers(reading: Reading, interest: EditedInterest, ids: readonly string[]): Part[] {
  if (ids.length === 0) throw badOption('merge', ids, 'must name another interest')
  const others = ids.map((id) => {
    if (id === interest.id) throw badOption('merge', id, 'is the interest itself; name another one')
    if (reading.wishes.some((wish) => wish.id === id)) throw badOption('merge', id, 'is a wish and has no evidence')
    const found = reading.profile().interests.find((one) => one.id === id)
    if (!found) throw unknown(reading, id)
    return found
  })
  return [interest, ...others]
}

/** The part that keeps the id first: what was not named, or the largest. */
function divide(model: Model, reading: Reading, interest: EditedInterest, items: readonly string[]): Part[] {
  const [first, ...others] = items.length > 0 ? takeOut(model, interest, items) : splitLast(model, interest)
  const taken = new Set([...reading.owners(), ...reading.profile().ghosts].map(({ id }) => id))
  for (const state of reading.states) taken.add(state.interest)
  const made = others.map((rows) => {
    let id = hashAnchor(`${interest.id} ${stringAt(model.catalogue.ids, rows[0])}`)
    while (taken.has(id)) id = hashAnchor(`${id} again`)
    taken.add(id)
    return { id, rows }
  })
  return [{ id: interest.id, rows: first }, ...made]
}

function takeOut(model: Model, { id, rows }: EditedInterest, items: readonly string[]): Int32Array[] {
  const ids = Array.from(rows, (row) => stringAt(model.catalogue.ids, row))
  for (const item of items) {
    if (ids.includes(item)) continue
    const near = nearMatches(item, ids)
    throw badOption('items', item, `is no evidence of ${id}${near.length > 0 ? `; near: ${near.join(', ')}` : ''}`)
  }
  if (items.length === ids.length) throw badOption('items', items, `are all there is of ${id}: leave some behind`)
  return [rows.filter((_, i) => !items.includes(ids[i])), rows.filter((_, i) => items.includes(ids[i]))]
}

/** Fewer items than this do not fall into parts by themselves. */
const LEAST_SPLIT = 3

/** Into the clusters that were merged, or the two that its cluster was joined from last; largest first. */
function splitLast(model: Model, { id, rows, clusters }: EditedInterest): Int32Array[] {
  if (clusters.length === 1 && rows.length < LEAST_SPLIT) {
    throw badOption('split', id, `has ${rows.length} items only: say which become an interest of their own`)
  }
  const parts = clusters.length > 1 ? clusters.map((cluster) => cluster.rows) : fallApart(model, rows)
  return parts.sort((a, b) => b.length - a.length || rows.indexOf(a[0]) - rows.indexOf(b[0]))
}

/** What was done since against each edit in force, in the order of the edits; null where it is not the one that holds. */
export function contraryToEach(model: Model, reading: Reading): (Contrary | null)[] {
  const seen = { model, history: reading.input.history, profile: reading.profile() }
  return reading.input.edits.map((edit) => {
    const state = reading.states.find(({ since }) => since[edit.action] === edit)
    return state ? tellContrary(seen, state, edit.action) : null
  })
}
