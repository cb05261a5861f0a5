import type { Language } from './types/answers.js'

// ---------------------------------------------------------------- cleaning

/** Entities met in real catalogues. Names are case sensitive, as in HTML. */
const ENTITIES: ReadonlyMap<string, string> = new Map(
  (
    'amp & lt < gt > quot " apos \' copy © reg ® trade ™ deg ° plusmn ± times × divide ÷ frac12 ½ frac14 ¼ frac34 ¾ ' +
    'micro µ middot · bull • hellip … prime ′ Prime ″ ndash – mdash — lsquo ‘ rsquo ’ sbquo ‚ ldquo “ rdquo ” bdquo „ ' +
    'laquo « raquo » lsaquo ‹ rsaquo › iexcl ¡ iquest ¿ sect § para ¶ dagger † euro € pound £ yen ¥ cent ¢ ' +
    'sup1 ¹ sup2 ² sup3 ³ ordf ª ordm º acute ´ larr ← rarr → uarr ↑ darr ↓ hearts ♥ star ☆ check ✓ ' +
    'le ≤ ge ≥ ne ≠ infin ∞ radic √ asymp ≈ minus − ' +
    'alpha α beta β gamma γ delta δ mu μ pi π omega ω Omega Ω ' +
    'agrave à aacute á acirc â atilde ã auml ä aring å aelig æ ccedil ç egrave è eacute é ecirc ê euml ë ' +
    'igrave ì iacute í icirc î iuml ï ntilde ñ ograve ò oacute ó ocirc ô otilde õ ouml ö oslash ø oelig œ ' +
    'ugrave ù uacute ú ucirc û uuml ü yacute ý yuml ÿ szlig ß eth ð thorn þ scaron š ' +
    'Agrave À Aacute Á Acirc Â Atilde Ã Auml Ä Aring Å AElig Æ Ccedil Ç Egrave È Eacute É Ecirc Ê Euml Ë ' +
    'Igrave Ì Iacute Í Icirc Î Iuml Ï Ntilde Ñ Ograve Ò Oacute Ó Ocirc Ô Otilde Õ Ouml Ö Oslash Ø OElig Œ ' +
    'Ugrave Ù Uacute Ú Ucirc Û Uuml Ü Yacute Ý ETH Ð THORN Þ Scaron Š'
  )
    .split(' ')
    .flatMap((word, i, words) => (i % 2 === 0 ? [[word, words[i + 1]] as [string, string]] : []))
    .concat(['nbsp', 'ensp', 'emsp', 'thinsp', 'Tab', 'NewLine'].map((name): [string, string] => [name, ' ']))
    .concat(['shy', 'zwj', 'zwnj', 'lrm', 'rlm', 'ZeroWidthSpace'].map((name): [string, string] => [name, ''])),
)

/** What bytes 0x80..0x9f mean in windows-1252. HTML reads `&#150;` this way, and so do old files. */
const WINDOWS_1252 = '€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ'

const ENTITY = /&(?:#(\d{1,8})|#[xX]([\da-fA-F]{1,7})|([A-Za-z][A-Za-z\d]{1,15}));/g

const UNSEEN = /<(script|style)\b[^<>]*>[\s\S]*?(?:<\/\1\s*>|$)|<!--[\s\S]*?(?:-->|$)|<!doctype[^<>]*>/gi
/** Tags that browsers render without a gap (INLINE), and tags that begin a new line or cell (BLOCK). */
const INLINE =
  'abbr|acronym|bdi|bdo|big|cite|code|del|dfn|em|font|ins|kbd|mark|nobr|samp|small|span|strike|strong|sub|sup|tt|var|wbr'
const BLOCK =
  'address|article|aside|audio|blockquote|body|br|button|caption|center|col|dd|details|div|dl|dt|fieldset|figcaption|' +
  'figure|footer|form|h[1-6]|head|header|hr|html|iframe|img|input|label|legend|li|link|main|meta|nav|object|ol|option|' +
  'picture|pre|section|select|source|summary|svg|table|tbody|td|textarea|tfoot|th|thead|title|tr|ul|video'
const VALUE = `\\s*=\\s*(?:"[^"<>]*"|'[^'<>]*'|[^\\s"'<>]+)`
// Attributes of a one-letter tag must have values: "a<b and c>d" is no tag.
const TAG = new RegExp(
  `</?(?:(?:(${INLINE})|${BLOCK})(?:\\s+[\\w:-]+(?:${VALUE})?)*|([abiqsu]|p)(?:\\s+[\\w:-]+${VALUE})*)\\s*/?>`,
  'gi',
)

/** Characters that do not show: zero-width, bidi, BOM, soft hyphen, Hangul fillers, tags, half surrogates. */
const INVISIBLE =
  /[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\u{1bca0}-\u{1bca3}\u{e0000}-\u{e007f}\p{Cs}]+/gu
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g
const PLAIN_ASCII = /^[\u0020-\u0025\u0027-\u003b\u003d-\u007e]*$/

/**
 * Text for encoders, phrase miners and models: NFC, entities decoded (twice: titles are often encoded twice), HTML
 * tags stripped ("a < b" stays), control characters turned to spaces, zero-width, bidi and BOM characters removed,
 * white space collapsed. At most `maxLength` UTF-16 units, cut on a code point boundary.
 */
export function cleanText(s: string, maxLength = 20_000): string {
  // Text gets shorter when markup is stripped, so more is read than is kept, but never all of an endless text.
  let text = s.length > maxLength * 10 + 1000 ? s.slice(0, maxLength * 10 + 1000) : s
  if (!PLAIN_ASCII.test(text)) {
    for (let round = 0; round < 2 && text.includes('&'); round++) text = text.replace(ENTITY, decodeEntity)
    if (text.includes('<')) text = stripTags(text)
    text = text.replace(TERMINAL_SEQUENCE, '').replace(CONTROL, ' ').replace(INVISIBLE, '').normalize('NFC')
  }
  return cutText(text.replace(/\s+/g, ' ').trim(), maxLength).trimEnd()
}

function decodeEntity(whole: string, decimal?: string, hex?: string, name?: string): string {
  if (name !== undefined) return ENTITIES.get(name) ?? whole
  const code = decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number.parseInt(decimal, 10)
  if (code >= 0x80 && code <= 0x9f) return WINDOWS_1252[code - 0x80]
  return code === 0 || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff) ? '' : String.fromCodePoint(code)
}

function stripTags(text: string): string {
  return text
    .replace(UNSEEN, ' ')
    .replace(TAG, (_tag, inline?: string, letter?: string) =>
      inline !== undefined || (letter !== undefined && letter.toLowerCase() !== 'p') ? '' : ' ',
    )
}

/**
 * Escape sequences of terminals (colours, cursor moves, titles) as a whole: without the escape their rest would show.
 */
const TERMINAL_SEQUENCE =
  /[\u001b\u009b](?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)|[0-?]*[ -/]*[@-~])/g

/**
 * Text for display, made harmless but otherwise as the caller wrote it. Terminal sequences are removed, control
 * characters become spaces, zero-width, bidi and BOM characters are removed (joiners stay inside emoji and scripts that
 * need them), half surrogates become U+FFFD; cut at
 * `maxLength` UTF-16 units on a code point boundary. Entities, tags and runs of spaces stay as they are.
 */
export function tidyText(s: string, maxLength: number): string {
  const text = s.length > maxLength * 2 ? s.slice(0, maxLength * 2) : s
  if (/^[\u0020-\u007e]*$/.test(text)) return text.slice(0, maxLength)
  const joined = text
    .replace(TERMINAL_SEQUENCE, '')
    .replace(CONTROL, ' ')
    .replace(/\p{Cs}/gu, '\ufffd')
  return cutText(
    joined.replace(INVISIBLE, (run, at: number) =>
      (run === '\u200d' || run === '\u200c') && at > 0 && joined.charCodeAt(at - 1) > 0x24f ? run : '',
    ),
    maxLength,
  )
}

/** At most `maxLength` UTF-16 units of `text`, cut on a code point boundary. */
export function cutText(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text
  const last = text.charCodeAt(maxLength - 1)
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? maxLength - 1 : maxLength)
}

/** Replaces C1 control characters, which a lenient windows-1252 decoder leaves, by the characters that were meant. */
export function mendWindows1252(text: string): string {
  return text.replace(/[\u0080-\u009f]/g, (c) => WINDOWS_1252[c.charCodeAt(0) - 0x80])
}

// ---------------------------------------------------------------- languages and reading

/** A text with at least this share of CJK letters is CJK; brand names and units in such texts are Latin. */
const CJK_TEXT = 0.25
const WORDS_PER_MINUTE = 238
const CJK_PER_SECOND = 5
const MIN_READING_SECONDS = 8
const MAX_READING_SECONDS = 30 * 60

const LETTER = /^\p{L}$/u
const LETTER_OR_DIGIT = /^[\p{L}\p{N}]$/u

/** Share of the letters that are Han, kana or hangul, 0..1; 0 where there is no letter. */
export function cjkShare(s: string): number {
  let letters = 0
  let cjk = 0
  for (let i = 0; i < s.length; i++) {
    const code = s.codePointAt(i)!
    if (code > 0xffff) i++
    if (isCjk(code)) {
      cjk++
      letters++
    } else if (isMatch(code, LETTER)) letters++
  }
  return letters === 0 ? 0 : cjk / letters
}

/** The language of most of the texts: "zh", which stands for all CJK, or "en", also where neither has more. */
export function majorityLanguage(texts: Iterable<string>): Language {
  let balance = 0
  for (const text of texts) balance += leanOf(text)
  return languageOf(balance)
}

/** A text's vote for the language of a set of texts: 1 for "zh", -1 for "en", 0 where it has no letter. */
export function leanOf(text: string): number {
  return cjkShare(text) >= CJK_TEXT ? 1 : /\p{L}/u.test(text) ? -1 : 0
}

/** The language of a set of texts, from the sum of their votes (`leanOf`). */
export function languageOf(balance: number): Language {
  return balance > 0 ? 'zh' : 'en'
}

/** Expected reading time in seconds, 8..1800: 238 words a minute, 5 CJK characters a second. */
export function readingSeconds(text: string): number {
  let words = 0
  let cjk = 0
  let inWord = false
  for (let i = 0; i < text.length; i++) {
    const code = text.codePointAt(i)!
    if (code > 0xffff) i++
    if (isCjk(code)) {
      cjk++
      inWord = false
    } else if (code === 0x20 || code === 0x3000 || (code >= 9 && code <= 13) || code === 0xa0) inWord = false
    else if (!inWord && isMatch(code, LETTER_OR_DIGIT)) {
      words++
      inWord = true
    }
  }
  const seconds = (words * 60) / WORDS_PER_MINUTE + cjk / CJK_PER_SECOND
  return Math.min(MAX_READING_SECONDS, Math.max(MIN_READING_SECONDS, seconds))
}

function isMatch(code: number, kind: RegExp): boolean {
  if (code < 0x80) return (code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a ? true : kind !== LETTER && isDigit(code)
  return kind.test(String.fromCodePoint(code))
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39
}

function isCjk(code: number): boolean {
  if (code < 0x1100) return false
  return (
    (code >= 0x4e00 && code <= 0x9fff) ||
    (code >= 0x3041 && code <= 0x30ff && code !== 0x30fb) ||
    (code >= 0xac00 && code <= 0xd7a3) ||
    (code >= 0x3400 && code <= 0x4dbf) ||
    (code >= 0x20000 && code <= 0x323af) ||
    (code >= 0x1100 && code <= 0x11ff) ||
    (code >= 0x3131 && code <= 0x318e) ||
    (code >= 0x31f0 && code <= 0x31ff) ||
    (code >= 0xf900 && code <= 0xfaff) ||
    (code >= 0xff66 && code <= 0xff9d) ||
    code === 0x3005 ||
    code === 0x3007
  )
}

// ---------------------------------------------------------------- near matches

/** Longer strings are compared by so many of their first UTF-16 units. */
const COMPARED_LENGTH = 64
/** Most distances computed in one call. */
const MAX_COMPARISONS = 200_000

/**
 * Up to `n` of the known strings that look like `wanted`, for "did you mean" hints; nearest first, equally near ones in
 * code unit order. Their edit distance, whatever the case, is at most a third of the length of `wanted`, at least 1 and
 * never more than 4. Work is bounded, so that a million ids may be searched.
 */
export function nearMatches(wanted: string, known: Iterable<string>, n = 3): string[] {
  const target = wanted.slice(0, COMPARED_LENGTH).toLowerCase()
  if (target === '' || n < 1) return []
  const found: { id: string; distance: number }[] = []
  let limit = Math.min(4, Math.max(1, Math.floor(target.length / 3)))
  let comparisons = 0
  for (const id of known) {
    if (Math.abs(Math.min(id.length, COMPARED_LENGTH) - target.length) > limit || id === '') continue
    const other = id.slice(0, COMPARED_LENGTH).toLowerCase()
    if (!sharesAnEnd(target, other) || comparisons++ > MAX_COMPARISONS) continue
    const distance = editDistance(target, other, limit)
    if (distance > limit) continue
    found.push({ id, distance })
    found.sort((a, b) => a.distance - b.distance || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0))
    if (found.length > n) found.length = n
    if (found.length === n) limit = found[n - 1].distance
  }
  return found.map(({ id }) => id)
}

/** Whether two strings share one of their first two characters or the last one: typing errors seldom hit both ends. */
function sharesAnEnd(a: string, b: string): boolean {
  return (
    a[0] === b[0] || a.at(-1) === b.at(-1) || (a[1] !== undefined && a[1] === b[1]) || a[0] === b[1] || a[1] === b[0]
  )
}

/**
 * Edit distance of two strings in UTF-16 units: Levenshtein distance in which a swap of neighbours counts 1 (optimal
 * string alignment); `limit` + 1 where it is larger than `limit`.
 */
export function editDistance(a: string, b: string, limit = Number.MAX_SAFE_INTEGER): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1
  let before: number[] = []
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const current = [i]
    let least = i
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1]
      let cost = Math.min(previous[j] + 1, current[j - 1] + 1, previous[j - 1] + (same ? 0 : 1))
      if (!same && i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        cost = Math.min(cost, before[j - 2] + 1)
      current.push(cost)
      least = Math.min(least, cost)
    }
    if (least > limit) return limit + 1
    before = previous
    previous = current
  }
  return Math.min(previous[b.length], limit + 1)
}
