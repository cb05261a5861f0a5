import type { Language } from '../../types/answers.js'
import type { Refusal } from '../../types/words.js'
import { assertionsOf, bearsOut, CONNECTORS, countSupport, type WordSource } from './support.js'
import { hasCjk } from './words.js'

/** Words that a sentence may have although no source has them: none asserts anything of an item or a person. */
const SPEECH: ReadonlySet<string> = new Set([
  ...CONNECTORS,
  ...(
    'you your yours are is be been was were have has had do does like liked enjoy interest interested drawn mostly ' +
    'mainly also as well lately recently often this that it it’s its them they these those thing item because since go ' +
    'goe fit match same similar kind so here while too look looking into from at such along beside such about there'
  ).split(' '),
  ...(
    '你 您 了 是 在 对 也 还 都 有 把 会 主要 喜欢 感兴趣 感 兴趣 关注 经常 常 最近 近来 以及 同时 另外 此外 其中 包括 等 因为 所以 推荐 这 ' +
    '这个 它 它们 相关 相似 类似 内容 方面 为 你的 看 看过 过 之前 一样 而 从 到 于 此 这些 那些 用 用于 的 一个 一件 这件 一款 这款'
  ).split(' '),
])

/** Number of other sources that must have a word that no main source has. */
const LEAST_SHARED = 2

/**
 * Checks that a sentence asserts only what its sources do. Each content word must be in one of the `main` sources or in
 * two of the `others`; each number must be in one of `main`. Returns null where this holds, else the refusal:
 * 'uncounted' for a number, 'unsupported' for a word.
 */
export function judgeSentence(
  text: string,
  main: readonly WordSource[],
  others: readonly WordSource[] = [],
): Refusal | null {
  for (const assertion of assertionsOf(text, SPEECH)) {
    if (main.some((source) => bearsOut(source, assertion))) continue
    if (/^\d/.test(assertion)) return 'uncounted'
    if (countSupport(others, assertion) < LEAST_SHARED) return 'unsupported'
  }
  return null
}

/**
 * Whether a text is in a language, as far as its script shows: for 'zh' it has a CJK character, for 'en' a Latin
 * letter.
 */
export function speaks(text: string, language: Language): boolean {
  return language === 'zh' ? hasCjk(text) : /[a-z]/i.test(text)
}
