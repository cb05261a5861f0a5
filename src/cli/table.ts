import type { Progress } from '../index.js'

/** Text for a terminal: cleaned, measured, cut, wrapped, painted, and set in tables. */

// ---------------------------------------------------------------- untrusted text

/**
 * Untrusted text (titles, ids, labels) made safe to print: one line, without terminal sequences, control, zero-width
 * and bidirectional characters, and without lone surrogates.
 */
export function clean(text: string): string {
  return text
    .replace(SEQUENCES, '')
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, ' ')
    .replace(/[\p{Cf}\p{Cs}]/gu, '')
    .replace(/ {2,}/g, ' ')
    .trim()
}

/** What a terminal obeys: CSI, OSC and two-character escape sequences, and CSI as a single character. */
const SEQUENCES = new RegExp(
  ['\\u001b(?:\\[[0-?]*[ -/]*[@-~]|\\][^\\u0007\\u001b]*(?:\\u0007|\\u001b\\\\)?|.)?', '\\u009b[0-?]*[ -/]*[@-~]'].join(
    '|',
  ),
  'gs',
)

/** East Asian wide and full-width characters and emoji. */
const WIDE = new RegExp(
  '[\\u1100-\\u115f\\u2329\\u232a\\u2e80-\\u303e\\u3041-\\u3247\\u3250-\\u4dbf\\u4e00-\\ua4c6\\ua960-\\ua97c' +
    '\\uac00-\\ud7a3\\uf900-\\ufaff\\ufe10-\\ufe19\\ufe30-\\ufe6b\\uff01-\\uff60\\uffe0-\\uffe6' +
    '\\u{1b000}-\\u{1b2ff}\\u{1f200}-\\u{1f265}\\u{20000}-\\u{3fffd}]|\\p{Emoji_Presentation}',
  'u',
)

/** Columns that one character takes. */
function measureCharacter(character: string): number {
  if (character < '\u0300') return 1
  return /\p{M}/u.test(character) ? 0 : WIDE.test(character) ? 2 : 1
}

/** Columns that clean text takes in a terminal. */
export function measureWidth(text: string): number {
  let width = 0
  for (const character of text) width += measureCharacter(character)
  return width
}

/** Clean text in at most `width` columns; what is too long ends in "…". */
export function cut(text: string, width: number): string {
  // Combining marks take no column, so the number of characters is limited too.
  if (text.length <= 4 * width && measureWidth(text) <= width) return text
  let kept = ''
  let used = 0
  for (const character of text) {
    used += measureCharacter(character)
    if (used > width - 1 || kept.length > 4 * width) break
    kept += character
  }
  return `${kept.trimEnd()}…`
}

/**
 * Clean text as lines of at most `width` columns, broken at spaces; a word is broken only where it alone is too wide.
 */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  let line = ''
  let used = 0
  for (const word of text.split(' ')) {
    const size = measureWidth(word)
    if (line !== '' && used + 1 + size <= width) {
      line += ` ${word}`
      used += 1 + size
      continue
    }
    if (line !== '' && size <= width) lines.push(line)
    if (size <= width) {
      line = word
      used = size
      continue
    }
    // Chinese has no spaces, ids may be long: break anywhere.
    let piece = line === '' ? '' : `${line} `
    let columns = line === '' ? 0 : used + 1
    for (const character of word) {
      const step = measureCharacter(character)
      if (columns + step > width) {
        lines.push(piece)
        piece = ''
        columns = 0
      }
      piece += character
      columns += step
    }
    line = piece
    used = columns
  }
  lines.push(line)
  return lines
}

/** Clean text, wrapped to `width` columns: the first line after `first`, the others after as many spaces. */
export function wrapBehind(first: string, text: string, width: number): string {
  const indent = measureWidth(first)
  return wrap(text, Math.max(20, width - indent))
    .map((line, i) => (i === 0 ? first : ' '.repeat(indent)) + line)
    .join('\n')
}

// ---------------------------------------------------------------- how it is shown

/** Styles of text on a terminal. */
export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan'

/** How text is shown: its width, colours, and how commands are suggested. */
export interface View {
  /** Columns of the terminal; 80 where there is none. */
  width: number
  /** Whether notes and hints are left out. */
  quiet: boolean
  /** The text in a style on a terminal with colours; elsewhere the text as it is. */
  paint(style: Style, text: string): string
  /** A command line, quoted for a shell, that runs the words with the store in use. */
  suggest(...words: string[]): string
}

const SGR: Record<Style, [number, number]> = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  cyan: [36, 39],
}

/** Makes a view. `flags` are appended to every suggested command. */
export function createView(settings: { width: number; colours: boolean; quiet: boolean; flags: string[] }): View {
  return {
    width: settings.width,
    quiet: settings.quiet,
    paint: (style, text) => (settings.colours ? `\u001b[${SGR[style][0]}m${text}\u001b[${SGR[style][1]}m` : text),
    suggest: (...words) => ['interest-mine', ...words, ...settings.flags].map(quoteWord).join(' '),
  }
}

/**
 * Quotes a word for a POSIX shell where that is needed. Invisible characters are written as octal bytes in $'…', which
 * bash and zsh read: without them the command would name another id.
 */
function quoteWord(word: string): string {
  if (/^[\w@%+=:,./-]+$/.test(word)) return word
  if (!INVISIBLE.test(word)) return `'${word.replaceAll("'", "'\\''")}'`
  const write = (character: string) =>
    /['\\]/.test(character) ? `\\${character}` : INVISIBLE.test(character) ? writeBytes(character) : character
  return `$'${Array.from(word, write).join('')}'`
}

/** Characters that a terminal obeys, does not show, or shows as a space. */
const INVISIBLE = /[\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/u

function writeBytes(character: string): string {
  return Array.from(new TextEncoder().encode(character), (byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('')
}

/** An option and its value as words of a command line; as one word where the value starts with a dash or is empty. */
export function flag(name: string, value: string): string[] {
  return value.startsWith('-') || value === '' ? [`${name}=${value}`] : [name, value]
}

/** "1,234". */
export function formatCount(n: number): string {
  return n.toLocaleString('en-US')
}

/** "1 item", "2 items". */
export function formatMany(n: number, noun: string): string {
  return `${formatCount(n)} ${noun}${n === 1 ? '' : 's'}`
}

/** A share of 0..1 in per cent: "4.5 %", "45 %", "<0.1 %". */
export function formatShare(share: number): string {
  const percent = share * 100
  if (percent > 0 && percent < 0.1) return '<0.1 %'
  return `${percent < 9.95 && percent > 0 ? percent.toFixed(1) : percent.toFixed(0)} %`
}

/** A score with three decimals; below .001 with an exponent. */
export function formatScore(score: number): string {
  return score >= 0.001 || score === 0 ? score.toFixed(3) : score.toExponential(1)
}

/** A number with its sign, a true minus for negative ones; what rounds to 0 has none. */
export function formatSigned(n: number, digits = 2): string {
  const text = Math.abs(n).toFixed(digits)
  return Number(text) === 0 ? text : `${n < 0 ? '\u2212' : '+'}${text}`
}

/** Bytes in megabytes (10^6): "1.2 MB", "1,234 MB". */
export function formatMegabytes(bytes: number): string {
  const megabytes = bytes / 1e6
  return `${megabytes < 10 ? megabytes.toFixed(1) : formatCount(Math.round(megabytes))} MB`
}

/** The day of an ISO 8601 time; null stays null. */
export function formatDay(time: string | null): string | null {
  return time === null ? null : time.slice(0, 10)
}

/** "1.2 s", "12 s", "3 min 5 s" or "2 h 3 min". */
export function formatSeconds(seconds: number): string {
  if (seconds < 60) return `${seconds < 10 ? seconds.toFixed(1) : seconds.toFixed(0)} s`
  const whole = Math.round(seconds)
  return whole < 3600
    ? `${Math.floor(whole / 60)} min ${whole % 60} s`
    : `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`
}

const STAGES: Record<Progress['stage'], string> = {
  read: 'reading items',
  events: 'reading events',
  encode: 'encoding texts',
  image: 'encoding pictures',
  audio: 'encoding sounds',
  phrases: 'encoding phrases',
  fit: 'fitting',
  profiles: 'mining interests',
  index: 'indexing',
  adapter: 'training the adapter',
  lists: 'gathering candidates',
  scorer: 'fitting the scorer',
  questions: 'asking users',
  baselines: 'running baselines',
  ablation: 'leaving out parts',
  names: 'naming interests',
  personas: 'grouping personas',
  mining: 'mining histories',
  labels: 'encoding labels',
  explanations: 'trying explanations',
  tokens: 'encoding tokens',
  student: 'fitting the student',
}

/** The name of a stage of work, for people. */
export function nameStage(stage: Progress['stage']): string {
  return STAGES[stage] ?? stage
}

/** Keys and values in two columns; values are cleaned and wrapped. Pairs whose value is null are left out. */
export function drawPairs(pairs: [key: string, value: string | null][], view: View): string {
  const shown = pairs.filter((pair): pair is [string, string] => pair[1] !== null)
  const indent = Math.max(...shown.map(([key]) => measureWidth(key))) + 2
  return shown
    .map(([key, value]) => {
      const lines = wrap(clean(value), Math.max(20, view.width - indent - 2))
      const head = `  ${view.paint('dim', key)}${' '.repeat(indent - measureWidth(key))}`
      return [head + lines[0], ...lines.slice(1).map((line) => ' '.repeat(indent + 2) + line)].join('\n')
    })
    .join('\n')
}

/** A column of a table. */
export interface Column {
  /** Its heading. */
  head: string
  /** Default: left. */
  align?: 'left' | 'right'
  /** Whether it may be made narrower where the table is wider than the terminal. */
  flexible?: boolean
}

const LEAST_COLUMN = 12
const BORDERLESS = Object.fromEntries(
  ['top', 'bottom', 'left', 'right', 'mid'].flatMap((side) => [
    [side, ''],
    ...(side === 'mid' ? ['mid-mid', 'left-mid', 'right-mid'] : [`${side}-mid`, `${side}-left`, `${side}-right`]).map(
      (name) => [name, ''],
    ),
  ]),
)

/** A table without lines; cells are cleaned, and flexible columns cut to the width of the terminal. */
export async function drawTable(columns: Column[], rows: string[][], view: View): Promise<string> {
  const { default: Table } = await import('cli-table3')
  const cells = rows.map((row) => row.map(clean))
  const widths = columns.map(({ head }, k) => Math.max(measureWidth(head), ...cells.map((row) => measureWidth(row[k]))))
  const flexible = [...columns.keys()].filter((k) => columns[k].flexible)
  let excess = 2 + widths.reduce((sum, width) => sum + width + 2, -2) - view.width
  while (excess > 0) {
    const widest = flexible.reduce((a, b) => (widths[b] > widths[a] ? b : a), flexible[0])
    if (widest === undefined || widths[widest] <= LEAST_COLUMN) break
    widths[widest]--
    excess--
  }
  const table = new Table({
    head: columns.map(({ head }) => view.paint('bold', head)),
    colAligns: columns.map(({ align }) => align ?? 'left'),
    chars: { ...BORDERLESS, middle: '  ' },
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  })
  table.push(...cells.map((row) => row.map((cell, k) => cut(cell, widths[k]))))
  return table
    .toString()
    .split('\n')
    .map((line) => `  ${line.trimEnd()}`)
    .join('\n')
}
