import type { Contrary, EditRecord, InterestState } from '../index.js'
import { clean, cut, formatDay, formatMany } from './table.js'

/** What was done: "muted", "boosted" … */
type AppliedEdit = 'muted' | 'disowned' | 'turned down' | 'boosted' | 'added'

const REMEDIES: Record<AppliedEdit, string> = {
  muted: 'edit --unmute?',
  disowned: 'edit --unmute?',
  'turned down': 'edit --boost 1?',
  boosted: 'edit --boost 1?',
  added: 'edit --remove?',
}

/** Which edit of an interest speaks: one that is muted is told of its mute. */
export function appliedEditOf({ muted, boost }: InterestState): AppliedEdit {
  return muted ? 'muted' : boost < 1 ? 'turned down' : 'boosted'
}

export function appliedEditOfRecord({ action, value }: EditRecord): AppliedEdit {
  if (action === 'mute') return 'muted'
  if (action === 'not-me') return 'disowned'
  if (action === 'add') return 'added'
  return Number(value) < 1 ? 'turned down' : 'boosted'
}

/** "muted on 2026-05-03; 4 items of it liked since, the last on 2026-06-01: edit --unmute?" */
export function sayContrary(applied: AppliedEdit, contrary: Contrary, labels: ReadonlyMap<string, string>): string {
  const { kind, items, since, lastSeen, interest } = contrary
  const last = lastSeen === null ? '' : `, the last on ${formatDay(lastSeen)}`
  const what = formatMany(items, 'item')
  const label = interest === null ? undefined : (labels.get(interest) ?? interest)
  const found = {
    liked: `${what} of it liked since${last}`,
    disliked: `${what} of it disliked since${last}`,
    silent: 'others were liked since, nothing of it',
    carried: `${what} like it liked since${last}${label === undefined ? '' : `, now in “${cut(clean(label), 60)}”`}`,
  }[kind]
  const remedy = kind === 'carried' && label === undefined ? '' : `: ${REMEDIES[applied]}`
  return `${applied} on ${formatDay(since)}; ${found}${remedy}`
}
