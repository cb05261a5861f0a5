/**
 * Characters of a name: it begins with a letter or a digit, so that no spreadsheet takes it for a formula, and holds
 * none that terminals, pages, templates or links are built from.
 */
const NAME = /^[\p{L}\p{N}][\p{L}\p{M}\p{N} '’&·,、()+-]*$/u
/** Sentences may hold more signs, but none of markup, code or paths. */
const SENTENCE = /^[\p{L}\p{N}“‘「『《(（][\p{L}\p{M}\p{N}\s'’‘"“”「」『』《》&·,，、;；:：.。!！?？%()（）+–—-]*$/u
const ADDRESS = /[a-z\d-]\.[a-z]{2,}|\bwww\b|\bhttps?\b|:\s*\/|\/\/|@/iu

/** Whether a text may be shown as a name: letters, digits and a few signs, and no address. */
export function isSafeName(text: string): boolean {
  return NAME.test(text) && !ADDRESS.test(text)
}

/** Whether a text may be shown as a sentence: one line of prose without markup, code or addresses. */
export function isSafeSentence(text: string): boolean {
  return SENTENCE.test(text) && !/[\r\n\t\u2028\u2029]/.test(text) && !ADDRESS.test(text)
}
