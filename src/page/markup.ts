/** Entities of the characters that mean something in HTML. */
const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

/**
 * Makes untrusted text safe as element content and in quoted attributes: markup is escaped, and invisible characters
 * (control, zero-width, bidirectional, unpaired surrogates), which could hide or reverse text, become "\ufffd".
 */
export function escapeText(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, '\ufffd').replace(/[&<>"']/g, (one) => ENTITIES[one])
}

/** A number with `digits` decimals and a true minus sign; never "-0". */
export function formatFixed(value: number, digits: number): string {
  const text = Math.abs(value).toFixed(digits)
  return value < 0 && Number(text) !== 0 ? `\u2212${text}` : text
}

/** As `formatFixed`, with a plus sign where it is above 0. */
export function writeSigned(value: number, digits: number): string {
  const text = formatFixed(value, digits)
  return value > 0 && Number(text) !== 0 ? `+${text}` : text
}

/** A number with three significant digits, without trailing zeros; very large and small ones in exponential form. */
export function formatShort(value: number): string {
  if (value === 0) return '0'
  const size = Math.abs(value)
  if (size >= 1e6 || size < 1e-4) return value.toExponential(0).replace('e+', 'e').replaceAll('-', '\u2212')
  return String(Number(value.toPrecision(3))).replace('-', '\u2212')
}

/** A number with commas between thousands: "1,234". */
export function writeCount(value: number): string {
  return value.toLocaleString('en-US')
}

/** A count and its noun: "1 user", "2 users". */
export function writeMany(value: number, noun: string): string {
  return `${writeCount(value)} ${noun}${value === 1 ? '' : 's'}`
}

/**
 * An HTML table with a caption, column heads and rows of untrusted text; all but the first column are aligned as
 * numbers.
 */
export function writeTable(caption: string, heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[], tag: 'td' | 'th') =>
    `<tr>${cells.map((cell) => `<${tag}>${escapeText(cell)}</${tag}>`).join('')}</tr>`
  return [
    `<table><caption>${escapeText(caption)}</caption>`,
    `<thead>${line(heads, 'th')}</thead>`,
    `<tbody>${rows.map((row) => line(row, 'td')).join('\n')}</tbody></table>`,
  ].join('\n')
}
