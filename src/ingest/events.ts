import type { RecognisedColumn } from '../types/reports.js'
import {
  type ColumnSample,
  type Columns,
  checkColumns,
  createColumns,
  type FieldNames,
  isEmptyCell,
  listColumns,
  matchColumn,
  readId,
  readNumber,
} from './columns.js'
import { normaliseKind } from './kinds.js'
import { parseTime } from './times.js'

export { normaliseKind } from './kinds.js'

/** A field of an event that a column may hold. */
export type EventField = 'user' | 'item' | 'type' | 'at' | 'value' | 'dwell' | 'quantity'

const NAMES: FieldNames<EventField> = {
  user: words(
    'user userid uid reviewerid visitorid customerid customer memberid member accountid profileid personid viewerid ' +
      'readerid listenerid buyerid username userguid cookieid deviceid sessionid session 用户id 用户 用户编号 会员id',
  ),
  item: words(
    'item itemid iid parentasin asin sku skuid productid product movieid filmid articleid newsid bookid isbn videoid ' +
      'songid trackid podcastid courseid jobid recipeid postid goodsid spuid offerid contentid docid 物品id 商品id 物品 商品 文章id 商品编号',
  ),
  type: words(
    'event eventtype eventname type action actiontype behavior behaviour behaviortype behaviourtype interaction ' +
      'interactiontype kind activity 行为 行为类型 事件 动作',
  ),
  at: words(
    'at timestamp time eventtime eventtimestamp ts unixreviewtime datetime date createdat created occurredat ' +
      'eventdate unixtime reviewtime purchasedate orderdate invoicedate 时间戳 时间 日期 行为时间',
  ),
  value: words('rating ratingvalue userrating reviewrating score stars overall value grade 评分 打分 得分'),
  dwell: words(
    'dwell dwellseconds dwellms dwellmillis dwellmilliseconds dwelltime dwelltimems dwelltimeseconds dwellsec dwells ' +
      'dwellminutes duration durationseconds durationms durationsec watchtime watchtimeseconds watchtimems timespent ' +
      'timespentseconds timespentms timespentmsec playtime playtimems playduration playdurationms readtime readtimems ' +
      'viewtime viewtimems seconds msplayed 停留时间 停留时长 时长 播放时长',
  ),
  quantity: words('quantity qty count amount units 数量 件数'),
}

/** The columns of an event file and their fields. */
export type EventMapping = Columns<EventField>

/** One event of a file, ready for the store. */
export interface ParsedEvent {
  user: string
  item: string
  /** Lower case, at most 64 characters. */
  type: string
  /** Milliseconds since 1970, or null. */
  at: number | null
  /** A rating of 0 or more, on the scale of its source; null where there is none. */
  value: number | null
  /** Seconds, 0 or more; null where unknown. */
  dwell: number | null
  /** 0 or more; null where unknown. */
  quantity: number | null
}

/**
 * Matches the columns of an event file with fields. `sample`: the header, or sample records of a JSON file (an empty
 * one is not checked); `map`: column -> field; `file`: base name, for messages. Throws BAD_INPUT where there is no user
 * or no item column, and BAD_OPTION where `map` names no field.
 */
export function recogniseEventColumns(
  sample: ColumnSample,
  map: Readonly<Record<string, string>> = {},
  file = 'the events',
): { mapping: EventMapping; columns: RecognisedColumn[] } {
  const mapping = createColumns(NAMES, map)
  checkColumns(mapping, sample, [['user'], ['item']], file)
  return { mapping, columns: eventColumns(mapping) }
}

/** All columns met so far, and the field that each is used as. */
export function eventColumns(mapping: EventMapping): RecognisedColumn[] {
  return listColumns(mapping)
}

/** Events before this time are refused as errors: the web is younger. */
const EARLIEST = Date.UTC(1990, 0)
const DAY = 86_400_000

/** A parsed event, or why a record is none and the column (or field) at fault. */
export type EventResult = { event: ParsedEvent } | { reason: string; field: string | null }

/**
 * Reads one event from a record. Reasons for refusal: 'missing user', 'bad user', 'missing item', 'bad item', 'bad
 * time' (0, unreadable, before 1990), 'time in the future' (more than a day after `clock`, milliseconds since 1970),
 * and 'bad rating', 'bad dwell', 'bad quantity' (below 0 or no number). An empty time, rating, dwell or quantity
 * becomes null.
 */
export function parseEvent(
  record: Readonly<Record<string, unknown>>,
  mapping: EventMapping,
  { clock = null }: { clock?: number | null } = {},
): EventResult {
  const { values, columns } = gather(record, mapping)
  const reject = (reason: string, field: EventField) => ({ reason, field: columns[field] ?? field })
  const user = readId(values.user)
  if (typeof user === 'string') return reject(`${user} user`, 'user')
  const item = readId(values.item)
  if (typeof item === 'string') return reject(`${item} item`, 'item')
  const at = isEmptyCell(values.at) ? null : parseTime(values.at)
  if (at !== null && !(at >= EARLIEST)) return reject('bad time', 'at')
  if (at !== null && clock !== null && at > clock + DAY) return reject('time in the future', 'at')
  const value = readAmount(values.value)
  if (value === 'bad') return reject('bad rating', 'value')
  const dwell = readAmount(values.dwell)
  if (dwell === 'bad') return reject('bad dwell', 'dwell')
  const quantity = readAmount(values.quantity)
  if (quantity === 'bad') return reject('bad quantity', 'quantity')
  return {
    event: {
      user: user.id,
      item: item.id,
      type: readKind(values.type) ?? (value === null ? 'view' : 'rating'),
      at,
      value,
      dwell: dwell === null ? null : dwell * secondsPerUnit(columns.dwell ?? ''),
      quantity,
    },
  }
}

function gather(record: Readonly<Record<string, unknown>>, mapping: EventMapping) {
  const values: Partial<Record<EventField, unknown>> = {}
  const columns: Partial<Record<EventField, string>> = {}
  for (const column of Object.keys(record)) {
    const { field, rank } = matchColumn(mapping, column)
    const value = record[column]
    if (field === null || value === '' || value === null || value === undefined) continue
    const other = columns[field]
    if (other !== undefined && matchColumn(mapping, other).rank <= rank) continue
    values[field] = value
    columns[field] = column
  }
  return { values, columns }
}

/** A number of 0 or more; null where the cell is empty. */
function readAmount(value: unknown): number | null | 'bad' {
  if (isEmptyCell(value)) return null
  const number = readNumber(value)
  return number >= 0 ? number : 'bad'
}

/**
 * Seconds of a unit of the column's values: names such as "dwell_ms" mean milliseconds, names that end in "minutes"
 * minutes, all others seconds.
 */
function secondsPerUnit(column: string): number {
  if (/(?:^ms|ms|msecs?|millis|milliseconds)$|^ms[_ ]?played$/i.test(column)) return 0.001
  return /(?:mins?|minutes)$/i.test(column) ? 60 : 1
}

function readKind(value: unknown): string | null {
  if (typeof value === 'number') return String(value)
  if (typeof value !== 'string' || isEmptyCell(value)) return null
  return normaliseKind(value) || null
}

// ---------------------------------------------------------------- plausibility

/** At least the last this many users are remembered, with the second of their latest event. */
const REMEMBERED_USERS = 131_072

/**
 * A check for events that no person makes: more than `limit` of one user within the same second. (MovieLens has people
 * with 128 ratings stored in one second, as a form sent at once.) Times of whole days are dates and never counted. Call
 * it for all events in the order of the file; true: refuse this event.
 */
export function createBurstCheck({
  limit = 200,
}: {
  limit?: number
} = {}): (user: string, at: number | null) => boolean {
  let recent = new Map<string, { second: number; n: number }>()
  let older = recent
  return (user, at) => {
    if (at === null || at % DAY === 0) return false
    const second = Math.floor(at / 1000)
    const seen = recent.get(user) ?? older.get(user)
    if (seen?.second === second) return ++seen.n > limit
    // To bound memory, users who were not met for long are dropped all at once.
    if (recent.size >= REMEMBERED_USERS) {
      older = recent
      recent = new Map()
    }
    recent.set(user, { second, n: 1 })
    return false
  }
}

/** Seconds. */
const LONGEST_DWELL = 30 * 60

/**
 * Limits a dwell time to half an hour, or to ten times the expected reading time where that is more; both in seconds.
 * `clipped`: whether it was longer.
 */
export function clipDwell(seconds: number, expectedSeconds: number): { dwell: number; clipped: boolean } {
  const most = Math.max(LONGEST_DWELL, 10 * (expectedSeconds || 0))
  return seconds > most ? { dwell: most, clipped: true } : { dwell: seconds, clipped: false }
}

function words(list: string): string[] {
  return list.split(' ')
}
