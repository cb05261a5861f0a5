import { describe, expect, it } from 'vitest'
import {
  clipDwell,
  createBurstCheck,
  normaliseKind,
  parseEvent,
  recogniseEventColumns,
} from '../../src/ingest/events.js'
import { parseTime } from '../../src/ingest/times.js'

type Raw = Record<string, unknown>
const CLOCK = Date.UTC(2025, 0, 1)

function parse(record: Raw, map?: Record<string, string>) {
  return parseEvent(record, recogniseEventColumns([], map).mapping, { clock: CLOCK })
}

function event(record: Raw) {
  const result = parse({ user: 'u', item: 'i', ...record })
  if ('reason' in result) throw new Error(result.reason)
  return result.event
}

describe('recognising columns', () => {
  it.each([
    ['user_id,item_id,event,rating,dwell_seconds,timestamp,quantity', 'user,item,type,value,dwell,at,quantity'],
    ['userId,movieId,rating,timestamp', 'user,item,value,at'],
    ['reviewerID,asin,overall,unixReviewTime', 'user,item,value,at'],
    ['visitorid,itemid,event,timestamp', 'user,item,type,at'],
    ['uid,product_id,action,score,time_spent,ts,qty', 'user,item,type,value,dwell,at,quantity'],
    ['customer_id,sku,behavior,stars,watch_time,date,count', 'user,item,type,value,dwell,at,quantity'],
    ['用户ID,商品ID,行为,评分,停留时间,时间,数量', 'user,item,type,value,dwell,at,quantity'],
    ['user,item,type,value,dwell,at,quantity', 'user,item,type,value,dwell,at,quantity'],
    ['User ID,Article ID,event_type,created_at', 'user,item,type,at'],
  ])('%s', (header, wanted) => {
    expect(
      recogniseEventColumns(header.split(','))
        .columns.map((column) => column.as)
        .join(),
    ).toBe(wanted)
  })

  it('ignores what it does not know', () => {
    const { columns } = recogniseEventColumns(['user_id', 'item_id', 'colour', 'rating', 'score'])
    expect(columns.map((column) => column.as)).toEqual(['user', 'item', null, 'value', null])
  })

  it('says which column is missing, what there is and how to name it', () => {
    const names = Array.from({ length: 30 }, (_, i) => `c${i}`)
    const tell =
      (header: string[], map = {}) =>
      () =>
        recogniseEventColumns(header, map, 'columns.csv')
    expect(tell(['height', 'width'])).toThrow(
      /"columns.csv" has no user column and no item column \(found: "height", "width"\)/,
    )
    expect(tell(['user_id', 'width'])).toThrow(/no item column.*--map COLUMN=item/)
    expect(tell(names)).toThrow(/and 18 more/)
    expect(tell(['height', 'width'], { height: 'user', width: 'item' })).not.toThrow()
    expect(tell(['user', 'item'], { depth: 'at' })).toThrow(/no column "depth"/)
    expect(tell(['user', 'item'], { height: 'banana' })).toThrow(expect.objectContaining({ code: 'BAD_OPTION' }))
    expect(tell([])).not.toThrow()
    expect(tell(['height'])).toThrow(expect.objectContaining({ code: 'BAD_INPUT' }))
  })

  it('goes by the keys of sample records too', () => {
    expect(recogniseEventColumns([{ user: 1 }, { user: 2, item: 3 }]).columns).toHaveLength(2)
  })
})

describe('events', () => {
  it('fills what is not said', () => {
    expect(event({})).toEqual({
      user: 'u',
      item: 'i',
      type: 'view',
      at: null,
      value: null,
      dwell: null,
      quantity: null,
    })
    expect(event({ rating: '5', event: '', timestamp: '', dwell: '', quantity: '' })).toMatchObject({
      type: 'rating',
      value: 5,
    })
    expect(event({ rating: 0, quantity: '2', dwell_seconds: '1.5' })).toMatchObject({
      value: 0,
      quantity: 2,
      dwell: 1.5,
    })
    expect(event({ rating: 'null', at: 'NA', dwell: '\\N' })).toMatchObject({ type: 'view', at: null, dwell: null })
    expect(event({ user: 7, item: 8 })).toMatchObject({ user: '7', item: '8' })
    expect(event({ rating: '4,5' }).value).toBe(4.5)
  })

  it.each<[Raw, string, string]>([
    [{ user_id: '', item_id: 'i' }, 'missing user', 'user'],
    [{ user_id: 'u' }, 'missing item', 'item'],
    [{ user_id: '  ', item_id: 'i' }, 'missing user', 'user_id'],
    [{ user_id: true, item_id: 'i' }, 'bad user', 'user_id'],
    [{ user_id: 'u', item_id: 1.5 }, 'bad item', 'item_id'],
    [{ user: 'u', item: 'i', rating: 'banana' }, 'bad rating', 'rating'],
    [{ user: 'u', item: 'i', rating: -1 }, 'bad rating', 'rating'],
    [{ user: 'u', item: 'i', rating: 'NaN' }, 'bad rating', 'rating'],
    [{ user: 'u', item: 'i', rating: 'Infinity' }, 'bad rating', 'rating'],
    [{ user: 'u', item: 'i', rating: true }, 'bad rating', 'rating'],
    [{ user: 'u', item: 'i', dwell_ms: -5 }, 'bad dwell', 'dwell_ms'],
    [{ user: 'u', item: 'i', dwell: 'long' }, 'bad dwell', 'dwell'],
    [{ user: 'u', item: 'i', qty: -1 }, 'bad quantity', 'qty'],
    [{ user: 'u', item: 'i', timestamp: 0 }, 'bad time', 'timestamp'],
    [{ user: 'u', item: 'i', timestamp: '-5' }, 'bad time', 'timestamp'],
    [{ user: 'u', item: 'i', date: '1989-12-31' }, 'bad time', 'date'],
    [{ user: 'u', item: 'i', date: 'yesterday' }, 'bad time', 'date'],
    [{ user: 'u', item: 'i', date: '2023-02-30' }, 'bad time', 'date'],
    [{ user: 'u', item: 'i', date: '2025-01-02T00:00:01Z' }, 'time in the future', 'date'],
  ])('%j: %s', (record, reason, field) => {
    expect(parse(record)).toEqual({ reason, field })
  })

  it('allows a day of wrong clocks, and any time without a clock', () => {
    expect(event({ date: '2025-01-01T23:59:59Z' }).at).toBe(CLOCK + 86_399_000)
    const { mapping } = recogniseEventColumns([])
    expect(parseEvent({ user: 'u', item: 'i', date: '2190-01-01' }, mapping)).toHaveProperty('event')
  })

  it('counts dwell in seconds', () => {
    for (const column of ['dwell_ms', 'dwellMs', 'time_spent_ms', 'watch_time_ms', 'dwell_millis']) {
      expect(event({ [column]: 1500 }).dwell, column).toBe(1.5)
    }
    for (const column of ['dwell', 'dwell_seconds', 'duration', 'watch_time', 'time_spent', 'play_time']) {
      expect(event({ [column]: '90' }).dwell, column).toBe(90)
    }
    expect(event({ dwell_minutes: 2 }).dwell).toBe(120)
  })

  it.each([
    ['pageview', 'view'],
    ['Page View', 'view'],
    ['pv', 'view'],
    ['BUY', 'purchase'],
    ['order', 'purchase'],
    ['bought', 'purchase'],
    ['transaction', 'purchase'],
    ['addtocart', 'cart'],
    ['add-to-cart', 'cart'],
    ['fav', 'save'],
    ['favourite', 'save'],
    ['bookmark', 'save'],
    ['collect', 'save'],
    ['thumbs_up', 'like'],
    ['upvote', 'like'],
    ['thumbs down', 'dislike'],
    ['refund', 'return'],
    [' My  Own-Kind ', 'my_own_kind'],
    ['constructor', 'constructor'],
    ['购买', 'purchase'],
    ['x'.repeat(100), 'x'.repeat(64)],
  ])('kind %j is %s', (given, wanted) => {
    expect(normaliseKind(given)).toBe(wanted)
    expect(event({ event: given }).type).toBe(wanted)
  })

  it('takes a numbered kind as its number', () => {
    expect(event({ behavior: 4 }).type).toBe('4')
  })
})

describe('times', () => {
  const at = Date.UTC(2013, 1, 16, 8, 5, 7)
  it.each<[unknown, number]>([
    [at / 1000, at],
    [`${at / 1000}`, at],
    [at / 1000 + 0.25, at + 250],
    [`${at / 1000}.25`, at + 250],
    [at, at],
    [at * 1000, at],
    [at * 1e6, at],
    [`${at}000000`, at],
    [BigInt(at) * 1000n, at],
    [new Date(at), at],
    ['2013-02-16T08:05:07Z', at],
    ['2013-02-16T08:05:07.250Z', at + 250],
    ['2013-02-16T08:05:07.123456789Z', at + 123],
    ['2013-02-16T08:05:07', at],
    ['2013-02-16 08:05:07', at],
    ['2013-02-16 08:05:07 UTC', at],
    ['2013-02-16T17:05:07+09:00', at],
    ['2013-02-16 03:05:07-0500', at],
    ['2013/02/16 08:05:07', at],
    ['2013/2/16 8:05', at - 7000],
    ['2013-02-16', Date.UTC(2013, 1, 16)],
    ['2013/02/16', Date.UTC(2013, 1, 16)],
    ['20130216', Date.UTC(2013, 1, 16)],
    [20130216, Date.UTC(2013, 1, 16)],
    ['20130216080507', at],
    ['2013-02', Date.UTC(2013, 1, 1)],
    ['2024-02-29', Date.UTC(2024, 1, 29)],
    ['1.3610019e9', 1_361_001_900_000],
  ])('%s', (given, wanted) => {
    expect(parseTime(given)).toBe(wanted)
  })

  it.each([
    '',
    'now',
    '2023-02-29',
    '2023-13-01',
    '2023-00-10',
    '2023-01-32',
    '2023-01-01T25:00:00Z',
    '2023-01-01T10:61Z',
    '16/02/2013',
    '1e400',
    '2023-01-01T00:00:00+99:00',
    null,
    {},
    true,
    Number.NaN,
    new Date(Number.NaN),
  ])('%s is none', (given) => {
    expect(parseTime(given)).toBeNaN()
  })

  it('does not go by the zone of the machine', () => {
    const wanted = event({ date: '2013-02-16 08:05:07' }).at
    const zone = process.env.TZ
    try {
      process.env.TZ = 'Asia/Tokyo'
      expect(new Date(2013, 1, 16).getTimezoneOffset()).toBe(-540)
      expect(event({ date: '2013-02-16 08:05:07' }).at).toBe(wanted)
      expect(event({ date: '2013/02/16' }).at).toBe(Date.UTC(2013, 1, 16))
    } finally {
      if (zone === undefined) delete process.env.TZ
      else process.env.TZ = zone
    }
    expect(wanted).toBe(at)
  })
})

describe('plausibility', () => {
  it('tells a burst that no person makes', () => {
    const isBurst = createBurstCheck({ limit: 3 })
    const at = Date.UTC(2020, 0, 1, 12, 0, 0)
    expect([0, 1, 2, 3, 4].map((ms) => isBurst('u', at + ms))).toEqual([false, false, false, true, true])
    expect(isBurst('v', at)).toBe(false)
    expect(isBurst('u', at + 1000)).toBe(false)
  })

  it('never judges dates without a time, or no time', () => {
    const isBurst = createBurstCheck({ limit: 1 })
    expect(Array.from({ length: 5 }, () => isBurst('u', Date.UTC(2020, 0, 1)))).not.toContain(true)
    expect(Array.from({ length: 5 }, () => isBurst('u', null))).not.toContain(true)
  })

  it('lets a form of 128 ratings pass by default, and stays small for many users', () => {
    const isBurst = createBurstCheck()
    const at = Date.UTC(2020, 0, 1, 12)
    expect(Array.from({ length: 128 }, () => isBurst('u', at))).not.toContain(true)
    let bursts = 0
    for (let i = 0; i < 500_000; i++) if (isBurst(`u${i}`, at + 5_000)) bursts++
    expect(bursts).toBe(0)
  })

  it('clips a dwell that no reader needs', () => {
    expect(clipDwell(60, 10)).toEqual({ dwell: 60, clipped: false })
    expect(clipDwell(86_400, 10)).toEqual({ dwell: 1800, clipped: true })
    expect(clipDwell(2000, 300)).toEqual({ dwell: 2000, clipped: false })
    expect(clipDwell(9000, 300)).toEqual({ dwell: 3000, clipped: true })
    expect(clipDwell(9000, Number.NaN)).toEqual({ dwell: 1800, clipped: true })
  })
})
