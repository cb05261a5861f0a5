/** Text as it is put into a page: whatever it holds, it stays text. */
const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

/**
 * Untrusted text for element content and quoted attributes: markup is escaped, invisible characters (control,
 * zero-width, bidirectional, lone surrogates), which could hide or turn round what is said, become "\ufffd".
 */
export function escapeText(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, '\ufffd').replace(/[&<>"']/g, (one) => ENTITIES[one])
}

/** A number with so many digits behind the point, with a true minus; never "-0". */
export function formatFixed(value: number, digits: number): string {
  const text = Math.abs(value).toFixed(digits)
  return value < 0 && Number(text) !== 0 ? `\u2212${text}` : text
}

/** With its sign. */
export function writeSigned(value: number, digits: number): string {
  const text = formatFixed(value, digits)
  return value > 0 && Number(text) !== 0 ? `+${text}` : text
}

/** A number in three significant digits, without the zeros behind them. */
export function formatShort(value: number): string {
  if (value === 0) return '0'
  const size = Math.abs(value)
  if (size >= 1e6 || size < 1e-4) return value.toExponential(0).replace('e+', 'e').replaceAll('-', '\u2212')
  return String(Number(value.toPrecision(3))).replace('-', '\u2212')
}

export function writeCount(value: number): string {
  return value.toLocaleString('en-US')
}

/** "1 user", "2 users". */
export function writeMany(value: number, noun: string): string {
  return `${writeCount(value)} ${noun}${value === 1 ? '' : 's'}`
}

/** A table: a caption, heads and rows of text; all but the first column are numbers. */
export function writeTable(caption: string, heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[], tag: 'td' | 'th') =>
    `<tr>${cells.map((cell) => `<${tag}>${escapeText(cell)}</${tag}>`).join('')}</tr>`
  return [
    `<table><caption>${escapeText(caption)}</caption>`,
    `<thead>${line(heads, 'th')}</thead>`,
    `<tbody>${rows.map((row) => line(row, 'td')).join('\n')}</tbody></table>`,
  ].join('\n')
}
