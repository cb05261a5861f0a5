import { badOption, checkTexts, RANGES } from '../options.js'
import { cleanText, tidyText } from '../text.js'
import type { EditAction, EditRecord } from '../types/answers.js'

const MOST_CHARACTERS = 80
const PLAIN_ACTIONS = {
  mute: 'mute',
  unmute: 'unmute',
  pin: 'pin',
  unpin: 'unpin',
  notMe: 'not-me',
  remove: 'remove',
} as const
const ACTIONS = ['boost', 'rename', 'merge', 'split', ...Object.keys(PLAIN_ACTIONS)]

/** An edit of one interest or wish whose values were checked. */
export interface CheckedEdit extends Pick<EditRecord, 'action' | 'value'> {
  /** Of a merge, the ids of the other interests; of a split, ids of the items to split off, if any; else empty. */
  ids: string[]
}

/** Reads a name or phrase of 1 to 80 characters: one line, without invisible characters. Throws BAD_OPTION. */
function readName(option: string, value: unknown): string {
  const name = typeof value === 'string' ? tidyText(value, value.length).trim() : ''
  if (name !== '' && [...name].length <= MOST_CHARACTERS) return name
  throw badOption(option, value, `must have 1 to ${MOST_CHARACTERS} characters`)
}

/** Reads the phrase of a wish: 1 to 80 characters after it is cleaned. Throws BAD_OPTION where it is not. */
export function readWish(phrase: unknown): string {
  return readName('phrase', typeof phrase === 'string' ? cleanText(phrase) : phrase)
}

/**
 * Reads what the caller wants done with an interest, such as { mute: true } or { boost: 2 }. Throws BAD_OPTION where it
 * is no known edit or its value is wrong. Whether the interest exists is not checked here.
 */
export function readAction(action: EditAction): CheckedEdit {
  if (typeof action !== 'object' || action === null) throw badOption('action', action, 'is no edit')
  if ('boost' in action) {
    const { least, most } = RANGES.boost
    if (action.boost >= least && action.boost <= most) return { action: 'boost', value: action.boost, ids: [] }
    throw badOption('boost', action.boost, `is not between ${least} and ${most}`)
  }
  if ('rename' in action) {
    return { action: 'rename', value: readName('rename', action.rename), ids: [] }
  }
  if ('merge' in action) return { action: 'merge', value: null, ids: [...new Set(checkTexts('merge', action.merge))] }
  if ('split' in action) {
    if (typeof action.split !== 'object') throw badOption('split', action.split, 'must be { items: [...] } or {}')
    return { action: 'split', value: null, ids: [...new Set(checkTexts('split', action.split?.items))] }
  }
  for (const [key, name] of Object.entries(PLAIN_ACTIONS))
    if (key in action) return { action: name, value: null, ids: [] }
  throw badOption('action', Object.keys(action)[0], `is no edit; use ${ACTIONS.join(', ')}`)
}
