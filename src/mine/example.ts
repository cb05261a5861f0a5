import { cleanText } from '../text.js'
import { hasCjk } from './words.js'

/** Characters of a title that stand for a group. */
const EXAMPLE_LENGTH = 48

/** What a group is called that no phrase names: by one of its items. */
export function nameByTitle(whole: string): { label: string; title: string } {
  const clean = cleanText(whole)
  const title = clean.length > EXAMPLE_LENGTH ? `${cleanText(clean, EXAMPLE_LENGTH - 1)}…` : clean
  return { title, label: hasCjk(title) ? `类似『${title}』` : `Like ‘${title}’` }
}
