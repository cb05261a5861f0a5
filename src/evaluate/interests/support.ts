import { hasCjk } from '../../mine/names/words.js'

/**
 * Whether every word of a label is found in at least half of the texts. Written independently of the code that makes
 * labels, so that it does not share its mistakes. Words are runs of letters and digits, without marks and case; an
 * English plural may stand for its singular, and a Chinese word is found where its characters occur in the text.
 */
export function isSupported(label: string, texts: readonly string[]): boolean {
  const plain = texts.map(plainText)
  const known = plain.map((text) => new Set(wordsOf(text).flatMap(formsOf)))
  return wordsOf(plainText(label)).every((word) => {
    const holds = (i: number) =>
      hasCjk(word) ? plain[i].includes(word) : formsOf(word).some((form) => known[i].has(form))
    return 2 * plain.filter((_, i) => holds(i)).length >= texts.length
  })
}

/** Whether a label only names an example ("Like ‘…’"), so that there are no words to check. */
export function isByExample({ label, head }: { label: string; head: string }): boolean {
  return label.startsWith(`Like ‘${head}’`) || label.startsWith(`类似『${head}』`)
}

function plainText(text: string): string {
  return text
    .replace(/[™®©]/g, ' ')
    .normalize('NFKD')
    .replace(/\p{M}|['’]/gu, '')
    .toLowerCase()
}

let segmenter: Intl.Segmenter | undefined

function wordsOf(text: string): string[] {
  return (text.match(/\p{Script=Han}+|(?:(?!\p{Script=Han})[\p{L}\p{N}])+/gu) ?? [])
    .filter((word) => /\p{L}/u.test(word))
    .flatMap((word) => (hasCjk(word) ? segment(word) : [word]))
}

function segment(run: string): string[] {
  segmenter ??= new Intl.Segmenter('zh', { granularity: 'word' })
  return [...segmenter.segment(run)].map((part) => part.segment)
}

/** The word, and the words that it may be the plural of. */
function formsOf(word: string): string[] {
  return [word, word.replace(/s$/, ''), word.replace(/es$/, ''), word.replace(/ies$/, 'y')]
}
