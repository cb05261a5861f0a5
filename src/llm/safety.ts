/**
 * What a name may be made of: it begins with a letter or a digit, so no spreadsheet takes it for a formula, and holds
 * nothing that a terminal, a page, a template or a link is made of.
 */
const NAME = /^[\p{L}\p{N}][\p{L}\p{M}\p{N} '’&·,、()+-]*$/u
/** Sentences may have more signs, but none of markup, code or paths. */
const SENTENCE = /^[\p{L}\p{N}“‘「『《(（][\p{L}\p{M}\p{N}\s'’‘"“”「」『』《》&·,，、;；:：.。!！?？%()（）+–—-]*$/u
const ADDRESS = /[a-z\d-]\.[a-z]{2,}|\bwww\b|\bhttps?\b|:\s*\/|\/\/|@/iu

export function isSafeName(text: string): boolean {
  return NAME.test(text) && !ADDRESS.test(text)
}

/** One line of prose. */
export function isSafeSentence(text: string): boolean {
  return SENTENCE.test(text) && !/[\r\n\t\u2028\u2029]/.test(text) && !ADDRESS.test(text)
}
