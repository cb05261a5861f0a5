import type { Contrary, EditRecord, InterestState } from '../index.js'
import { clean, cut, formatDay, formatMany } from './table.js'

/** What a user did to an interest, as a participle for sentences. */
type AppliedEdit = 'muted' | 'disowned' | 'turned down' | 'boosted' | 'added'

/** The option of `edit` that takes back each. */
const REMEDIES: Record<AppliedEdit, string> = {
  muted: 'edit --unmute?',
  disowned: 'edit --unmute?',
  'turned down': 'edit --boost 1?',
  boosted: 'edit --boost 1?',
  added: 'edit --remove?',
}

/** The edit to mention for the state of an interest: its mute where it is muted, else its boost. */
export function appliedEditOf({ muted, boost }: InterestState): AppliedEdit {
  return muted ? 'muted' : boost < 1 ? 'turned down' : 'boosted'
}

/** The participle for one edit of the log. */
export function appliedEditOfRecord({ action, value }: EditRecord): AppliedEdit {
  if (action === 'mute') return 'muted'
  if (action === 'not-me') return 'disowned'
  if (action === 'add') return 'added'
  return Number(value) < 1 ? 'turned down' : 'boosted'
}

/**
 * A sentence on behaviour against an edit: "muted on 2026-05-03; 4 items of it liked since, the last on 2026-06-01:
 * edit --unmute?". `labels`: label of an interest by its id.
 */
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
