const DATE =
  /^(\d{4})[-/.](\d{1,2})(?:[-/.](\d{1,2}))?(?:(?:[T ]|\s+)(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s*(Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)?)?$/i
const COMPACT = /^(\d{4})(\d{2})(\d{2})(?:T?(\d{2})(\d{2})(\d{2})(Z)?)?$/
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d{1,3})?$/i

/** Largest absolute value that is read as seconds (year 5138). */
const MAX_SECONDS = 1e11
/** Largest absolute value that is read as milliseconds (year 5138). */
const MAX_MILLIS = 1e14
/** Largest absolute value that is read as microseconds (year 5138); larger ones are nanoseconds. */
const MAX_MICROS = 1e17
/** Largest time of a Date, in milliseconds. */
const MAX_TIME = 8.64e15

/**
 * Milliseconds since 1970 from a Date; a number of seconds, milliseconds, microseconds or nanoseconds, told apart by
 * size; or a date in digits: "2024-01-31", "2024/1/31 08:05:00", ISO 8601 with or without zone, 20240131,
 * 20240131080500. Without a zone it is UTC, whatever the machine's zone. NaN where it is none of these or there is no
 * such day.
 */
export function parseTime(value: unknown): number {
  if (typeof value === 'number') return readStamp(value)
  if (typeof value === 'bigint') return readStamp(Number(value))
  if (value instanceof Date) return value.getTime()
  if (typeof value !== 'string') return Number.NaN
  const text = value.trim()
  if (NUMBER.test(text)) return readStamp(Number(text))
  const date = DATE.exec(text) ?? COMPACT.exec(text)
  if (date === null) return Number.NaN
  const compact = date.length === 8
  return utc(date.slice(1, 7), compact ? undefined : date[7], compact ? date[7] : date[8])
}

function readStamp(n: number): number {
  if (Number.isInteger(n) && n > 0) {
    // Eight digits that are a date would, read as seconds, be a day in 1970.
    const date = n < 1e8 && n >= 1e7 ? COMPACT.exec(String(n)) : n >= 1e13 && n < 1e14 ? COMPACT.exec(String(n)) : null
    const time = date === null ? Number.NaN : utc(date.slice(1, 7), undefined, undefined)
    if (!Number.isNaN(time) && Number(date?.[1]) >= 1900 && Number(date?.[1]) < 2200) return time
  }
  const size = Math.abs(n)
  const time = size < MAX_SECONDS ? n * 1000 : size < MAX_MILLIS ? n : size < MAX_MICROS ? n / 1000 : n / 1e6
  return Math.abs(time) <= MAX_TIME ? Math.round(time) : Number.NaN
}

/** `parts`: year, month, day, hour, minute and second as digits; absent ones are 1 (month, day) or 0. */
function utc(parts: readonly (string | undefined)[], fraction: string | undefined, zone: string | undefined): number {
  const [year, month, day, hour, minute, second] = parts.map((part, i) => Number(part ?? (i < 3 ? 1 : 0)))
  if (month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59 || second > 60) return Number.NaN
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  if (date.getUTCMonth() !== month - 1) return Number.NaN
  date.setUTCHours(hour, minute, second, Math.floor(Number(`0.${fraction ?? 0}`) * 1000))
  return date.getTime() - zoneMillis(zone)
}

function zoneMillis(zone: string | undefined): number {
  const offset = /^([+-])(\d{2}):?(\d{2})?$/.exec(zone ?? '')
  if (offset === null) return 0
  const [, sign, hours, minutes = '0'] = offset
  if (Number(hours) > 14 || Number(minutes) > 59) return Number.NaN
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000
}
