import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { afterAll, describe, expect, it } from 'vitest'
import type { InterestMineError } from '../../src/errors.js'
import { openRows, type RawRow, type RowReadOptions } from '../../src/ingest/rows.js'

const folder = mkdtempSync(join(tmpdir(), 'rows-'))
afterAll(() => rmSync(folder, { recursive: true }))

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

async function read(source: string, options?: RowReadOptions) {
  const reader = await openRows(source, options)
  const rows: RawRow[] = []
  for await (const row of reader.rows) rows.push(row)
  return { ...reader, rows }
}

/** Rows as [line, record] or [line, reason]. */
async function outline(source: string, options?: RowReadOptions) {
  const { rows } = await read(source, options)
  return rows.map((row) => ('reason' in row ? [row.line, row.reason] : [row.line, { ...row.record }]))
}

async function failure(source: string, options?: RowReadOptions): Promise<InterestMineError> {
  try {
    await read(source, options)
  } catch (error) {
    return error as InterestMineError
  }
  throw new Error('it was read')
}

/** Feeds bytes in pieces of `size`. */
function trickle(content: Uint8Array, size: number): Readable {
  const pieces = Array.from({ length: Math.ceil(content.length / size) }, (_, i) =>
    content.subarray(i * size, (i + 1) * size),
  )
  return Readable.from(pieces)
}

describe('JSONL', () => {
  it('counts lines of the file, blank lines, CRLF and a BOM included', async () => {
    const text =
      '\ufeff{"id":"a"}\r\n{"id":"b","title":\r\n\r\n  \r\n[1,2]\r\nnull\r\n"x"\r\n{"id":7,"title":"{[\\"]}"}'
    const path = file('bad.jsonl', text)
    expect(await outline(path)).toEqual([
      [1, { id: 'a' }],
      [2, 'broken JSON'],
      [5, 'not an object'],
      [6, 'not an object'],
      [7, 'not an object'],
      [8, { id: 7, title: '{["]}' }],
    ])
    expect(await read(path)).toMatchObject({ name: 'bad.jsonl', format: 'jsonl', header: null, notes: [] })
  })

  it('says what can still be read of a broken row', async () => {
    const { rows } = await read(file('cut.jsonl', '{"id":"b\\u0031","n":{"id":"other"},"price":5,"title":"cut of'))
    expect(rows[0]).toMatchObject({ reason: 'broken JSON', field: null, record: { id: 'b1', price: 5 } })
  })

  it('takes odd keys for names like any other', async () => {
    const path = file('proto.jsonl', '{"__proto__":{"polluted":1},"constructor":"c","id":"a"}\n{"id":"b"}\n')
    const { rows } = await read(path)
    expect(Object.keys((rows[0] as { record: object }).record)).toEqual(['__proto__', 'constructor', 'id'])
    for (const row of rows) expect((row as { record: Record<string, unknown> }).record.polluted).toBeUndefined()
    expect((rows[1] as { record: Record<string, unknown> }).record.constructor).toBeUndefined()
    expect(({} as Record<string, unknown>).polluted).toBeUndefined()
  })

  it('reads a title of 1 MB and refuses a line of more than 16 MB', async () => {
    const title = 'x'.repeat(1 << 20)
    const lines = [JSON.stringify({ id: 'a', title }), `{"id":"${'y'.repeat(17 << 20)}"}`, '{"id":"c"}']
    expect(await outline(file('long.jsonl', lines.join('\n')))).toEqual([
      [1, { id: 'a', title }],
      [2, 'too long'],
      [3, { id: 'c' }],
    ])
  })

  it('stops and closes when its reader does', async () => {
    const path = file('many.jsonl', '{"id":"a"}\n'.repeat(100_000))
    const reader = await openRows(path)
    const lines: number[] = []
    for await (const row of reader.rows) {
      lines.push(row.line)
      break
    }
    expect(lines).toEqual([1])
    await reader.close()
    const unread = await openRows(file('unread.csv.gz', gzipSync('a,b\n1,2\n')))
    await unread.close()
  })
})

describe('JSON', () => {
  it('splits an array by its elements, brackets in strings or not', async () => {
    const text =
      '[\n {"id":"a]","t":"x\\"},{["},\n\n {"id":"b",\n  "c":[[1],{"d":"]"}]}, 5,\n {"id":}, "s,]" ,[{"q":1}],{"id":"c"}\n]\n'
    expect(await outline(file('array.json', text))).toEqual([
      [2, { id: 'a]', t: 'x"},{[' }],
      [4, { id: 'b', c: [[1], { d: ']' }] }],
      [5, 'not an object'],
      [6, 'broken JSON'],
      [6, 'not an object'],
      [6, 'not an object'],
      [6, { id: 'c' }],
    ])
  })

  it('says the same however the bytes come', async () => {
    const text =
      '[\n{"id":"ä😀\\\\","t":"]\\"["},\r\n 5,\n{"id":"b","x":{"y":[1,2]}},"a,b",\n{"id":"broken\n{"id":"c"}\n]'
    const whole = await outline(file('pieces.json', text))
    for (const size of [1, 2, 3, 5, 7, 100]) {
      expect(await outline('-', { stdin: trickle(Buffer.from(text), size) })).toEqual(whole)
    }
    expect(whole).toEqual([
      [2, { id: 'ä😀\\', t: ']"[' }],
      [3, 'not an object'],
      [4, { id: 'b', x: { y: [1, 2] } }],
      [4, 'not an object'],
      [5, 'broken JSON'],
      [6, { id: 'c' }],
    ])
  })

  it('loses one element to a string that is never closed', async () => {
    const text = '[\n{"id":"a"},\n{"id":"b","title":"oops},\n{"id":"c"},\n{"id":"d"}\n]'
    const { rows, notes } = await read(file('unclosed.json', text))
    expect(rows.map((row) => row.line)).toEqual([2, 3, 4, 5])
    expect(rows[1]).toMatchObject({ reason: 'broken JSON', record: { id: 'b' } })
    expect(notes).toEqual([])
  })

  it('says that an array is cut', async () => {
    const { rows, notes } = await read(file('cut.json', '[{"id":"a"},{"id":"b","title":"x'))
    expect(rows.map((row) => 'reason' in row)).toEqual([false, true])
    expect(notes.join()).toContain('cut off')
  })

  it('reads JSONL called .json, an array called .jsonl, objects over several lines, an empty array', async () => {
    expect(await outline(file('lines.json', '{"id":"a"}\n{"id":"b"}\n'))).toHaveLength(2)
    expect(await outline(file('array.jsonl', '[{"id":"a"},\n{"id":"b"}]'))).toHaveLength(2)
    expect(await outline(file('pretty.json', '{\n "id": "a"\n}\n{\n "id": "b"\n}\n'))).toEqual([
      [1, { id: 'a' }],
      [4, { id: 'b' }],
    ])
    expect(await outline(file('none.json', ' [ ] \n'))).toEqual([])
    expect(await outline(file('blank.jsonl', '\ufeff \n\n'))).toEqual([])
  })
})

describe('CSV', () => {
  it('counts the line on which a record starts', async () => {
    const text = 'id,title,text\r\n\r\n1,"two\r\nlines, ""quoted""",x\r\n2,plain,y\r\n\r\n3,"a\n\nb",z\r\n4,last,w'
    expect(await outline(file('quoted.csv', text))).toEqual([
      [3, { id: '1', title: 'two\nlines, "quoted"', text: 'x' }],
      [5, { id: '2', title: 'plain', text: 'y' }],
      [7, { id: '3', title: 'a\n\nb', text: 'z' }],
      [10, { id: '4', title: 'last', text: 'w' }],
    ])
  })

  it('fills missing cells, forgives a delimiter at the end and refuses more cells than columns', async () => {
    const text = 'user_id,item_id,rating\nu,i\nu,i,5,\nu,i,5,6\nu\n'
    expect(await outline(file('cells.csv', text))).toEqual([
      [2, { user_id: 'u', item_id: 'i', rating: '' }],
      [3, { user_id: 'u', item_id: 'i', rating: '5' }],
      [4, 'too many cells'],
      [5, { user_id: 'u', item_id: '', rating: '' }],
    ])
    const { rows } = await read(file('cells2.csv', 'id,title\na,b,c\n'))
    expect(rows[0]).toMatchObject({ record: { id: 'a' } })
  })

  it('loses one line to a quote that is never closed', async () => {
    const text =
      'id,title,n\n1,"never closed,1\n2,fine,2\n3,"closed",3\n4,5" screen,4\n5,"so "so"",5\n6,"at the end,6\n7,x,7\n'
    expect(await outline(file('quotes.csv', text))).toEqual([
      [2, 'unclosed quote'],
      [3, { id: '2', title: 'fine', n: '2' }],
      [4, { id: '3', title: 'closed', n: '3' }],
      [5, { id: '4', title: '5" screen', n: '4' }],
      [6, { id: '5', title: expect.stringContaining('so'), n: '5' }],
      [7, 'unclosed quote'],
      [8, { id: '7', title: 'x', n: '7' }],
    ])
  })

  it.each([
    ['tab.tsv', 'id\ttitle\n1\ta, b; c\n'],
    ['semicolon.csv', 'id;title\n1;a, b; c\n'.replace('; c', ' c')],
    ['bar.txt', 'id|title\n1|a, b\n'],
    ['sep.csv', 'sep=;\nid;title\n1;a, b\n'],
    ['header.csv', '"id, or so";title\n1;a, b\n'],
  ])('tells the delimiter of %s', async (name, text) => {
    const { rows, header } = await read(file(name, text))
    expect(header).toHaveLength(2)
    expect(Object.values((rows[0] as { record: object }).record)[1]).toContain('a, b')
  })

  it('names every column once', async () => {
    const { header } = await read(file('names.csv', '\ufeff id ,,title,title,__proto__\n1,2,3,4,5\n'))
    expect(header).toEqual(['id', 'column_2', 'title', 'title_4', '__proto__'])
    const { rows } = await read(file('names.csv', '\ufeff id ,,title,title,__proto__\n1,2,3,4,5\n'))
    expect(Object.entries((rows[0] as { record: object }).record).at(-1)).toEqual(['__proto__', '5'])
  })

  it('says the same however the bytes come', async () => {
    const text = 'id,title\r\n1,"a\r\nb ""c"""\r\n2,ä😀\r\n\r\n3,"never\r\n4,茶壶\r\n5,"x""y"\r\n'
    const whole = await outline(file('chunks.csv', text))
    expect(whole.map(([line]) => line)).toEqual([2, 4, 6, 7, 8])
    for (const size of [1, 2, 3, 4, 9, 17]) {
      expect(await outline('-', { stdin: trickle(Buffer.from(text), size) })).toEqual(whole)
    }
  })

  it('reads lines that end in CR alone, and a header without rows', async () => {
    expect(await outline(file('mac.csv', 'id,title\r1,a\r2,b\r'))).toEqual([
      [2, { id: '1', title: 'a' }],
      [3, { id: '2', title: 'b' }],
    ])
    expect(await read(file('header-only.csv', 'id,title\n'))).toMatchObject({ header: ['id', 'title'], rows: [] })
  })

  it('keeps many quoted rows in step with their lines', async () => {
    const lines = Array.from({ length: 20_000 }, (_, i) =>
      i % 3 === 0 ? `${i},"a\nb"` : i % 3 === 1 ? `${i},c` : `${i},"d"`,
    )
    const { rows } = await read(file('many.csv', `id,title\n${lines.join('\n')}\n`))
    let line = 2
    rows.forEach((row, i) => {
      expect([row.line, (row as { record: { id?: string } }).record.id]).toEqual([line, String(i)])
      line += i % 3 === 0 ? 2 : 1
    })
  })
})

describe('whatever is written', () => {
  const cell = fc.string({ unit: fc.constantFrom('a', 'é', '茶', '😀', '"', ',', ';', ' ', '\n', '[', '{', '\\', ':') })
  const table = fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 20 })
  const size = fc.integer({ min: 1, max: 50 })

  it('comes back from CSV', async () => {
    const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`
    await fc.assert(
      fc.asyncProperty(table, size, async (cells, step) => {
        const text = `id,title\n${cells.map((row) => row.map(quoted).join()).join('\n')}\n`
        const { rows } = await read('-', { stdin: trickle(Buffer.from(text), step), format: 'csv' })
        expect(rows.map((row) => 'record' in row && Object.values(row.record!))).toEqual(cells)
      }),
      { numRuns: 200 },
    )
  })

  it('comes back from JSON, pretty or not', async () => {
    await fc.assert(
      fc.asyncProperty(table, size, fc.constantFrom(0, 1), async (cells, step, indent) => {
        const text = JSON.stringify(
          cells.map(([id, title]) => ({ id, title, more: [{ [id]: title }] })),
          null,
          indent,
        )
        const { rows, notes } = await read('-', { stdin: trickle(Buffer.from(text), step) })
        expect(rows.map((row) => 'record' in row && [row.record!.id, row.record!.title])).toEqual(cells)
        expect(notes).toEqual([])
      }),
      { numRuns: 200 },
    )
  })

  it('survives noise', async () => {
    let several = 0
    const noise = fc.string({ unit: fc.constantFrom('"', ',', '\n', '{', '}', '[', ']', 'a', '\\', ':', '\r') })
    await fc.assert(
      fc.asyncProperty(
        noise,
        fc.constantFrom('csv' as const, 'json' as const, 'jsonl' as const),
        async (text, format) => {
          const { rows } = await read('-', { stdin: Readable.from([`a,b\n${text}`]), format })
          const lines = rows.map((row) => row.line)
          expect(lines).toEqual([...lines].sort((a, b) => a - b))
          several += Number(lines.length > 1)
        },
      ),
      { numRuns: 300 },
    )
    expect(several).toBeGreaterThan(10)
  })

  it('takes a moment for 100,000 quotes that are never closed', async () => {
    const text = Array.from({ length: 100_000 }, (_, i) => `${i},"x${i}\n`).join('')
    const { rows } = await read(file('quotes-galore.csv', `id,title\n${text}`))
    expect(rows.every((row) => 'reason' in row && row.reason === 'unclosed quote')).toBe(true)
    expect(rows).toHaveLength(100_000)
  })
})

describe('gzip, standard input and sniffing', () => {
  const text = 'user_id,item_id\nu1,i1\nu2,i2\n'
  const rows = [
    [2, { user_id: 'u1', item_id: 'i1' }],
    [3, { user_id: 'u2', item_id: 'i2' }],
  ]

  it('unpacks by content, whatever the name', async () => {
    for (const name of ['events.csv.gz', 'events.csv', 'events', 'events.dat.gz']) {
      expect(await outline(file(name, gzipSync(text)))).toEqual(rows)
      expect(await outline(file(name, text))).toEqual(rows)
    }
    const twice = Buffer.concat([gzipSync(text), gzipSync('u3,i3\n')])
    expect(await outline(file('two-members.csv.gz', twice))).toHaveLength(3)
  })

  it('reads what is piped in', async () => {
    expect(await outline('-', { stdin: Readable.from([text]) })).toEqual(rows)
    expect(await outline('-', { stdin: trickle(gzipSync(text), 5) })).toEqual(rows)
    const reader = await read('-', { stdin: Readable.from(['{"id":"a"}\n']) })
    expect(reader).toMatchObject({ name: 'standard input', format: 'jsonl' })
    expect(await read('-', { stdin: Readable.from(['[{"id":"a"}]']) })).toMatchObject({ format: 'json' })
  })

  it('does what the format option says', async () => {
    const options = { format: 'jsonl' as const }
    expect(await outline(file('rows.csv', '{"id":"a"}\n'), options)).toEqual([[1, { id: 'a' }]])
  })

  it('hands the map on', async () => {
    const reader = await openRows(file('map.csv', text), { map: { user_id: 'user' } })
    expect(reader.map).toEqual({ user_id: 'user' })
    await reader.close()
  })
})

describe('encodings', () => {
  const header = 'id,title\n'

  it('reads UTF-16 with and without a BOM', async () => {
    const text = `${header}1,茶壶 teapot é\n`
    const wanted = [[2, { id: '1', title: '茶壶 teapot é' }]]
    const le = Buffer.from(text, 'utf16le')
    const be = Buffer.from(le).swap16()
    const boms = [Buffer.from([0xff, 0xfe]), Buffer.from([0xfe, 0xff])]
    for (const [name, bytes] of Object.entries({
      le,
      be,
      leBom: Buffer.concat([boms[0], le]),
      beBom: Buffer.concat([boms[1], be]),
    })) {
      const path = file(`utf16-${name}.csv`, bytes)
      expect(await outline(path), name).toEqual(wanted)
      expect((await read(path)).notes.join()).toContain('utf-16')
    }
  })

  it('reads GBK', async () => {
    // "手工陶瓷茶壶" and "小号" in GBK
    const title = Buffer.from('cad6b9a4ccd5b4c9b2e8baf8', 'hex')
    const size = Buffer.from('d0a1bac5', 'hex')
    const path = file(
      'gbk.csv',
      Buffer.concat([Buffer.from('id,title,size\n1,'), title, Buffer.from(',iPhone '), size, Buffer.from('\n')]),
    )
    const { rows, notes } = await read(path)
    expect(rows[0]).toMatchObject({ record: { id: '1', title: '手工陶瓷茶壶', size: 'iPhone 小号' } })
    expect(notes.join()).toContain('gb18030')
  })

  it('reads Latin text of old files', async () => {
    const path = file('latin.csv', Buffer.from(`${header}1,Café Münch résumé\n2,quote \x93x\x94 \x80 5\n`, 'latin1'))
    const { rows, notes } = await read(path)
    expect(rows).toMatchObject([{ record: { title: 'Café Münch résumé' } }, { record: { title: 'quote “x” € 5' } }])
    expect(notes.join()).toContain('windows-1252')
  })

  it('finds the encoding where the first such byte comes late', async () => {
    const ascii = `${header}${'1,plain\n'.repeat(60_000)}`
    const { rows } = await read(
      file('late.csv', Buffer.concat([Buffer.from(ascii), Buffer.from('2,Caf\xe9\n', 'latin1')])),
    )
    expect(rows.at(-1)).toMatchObject({ record: { title: 'Café' } })
  })

  it('keeps UTF-8 with a few bad rows, and refuses those', async () => {
    const good = Array.from({ length: 30 }, (_, i) => `${i},茶壶 teapot ${i}`).join('\n')
    const bytes = Buffer.concat([
      Buffer.from(`${header}${good}\n`),
      Buffer.from('30,Caf\xe9\n', 'latin1'),
      Buffer.from('31,壶\n'),
    ])
    const { rows, notes } = await read(file('mixed.csv', bytes))
    expect(rows).toHaveLength(32)
    expect(rows.filter((row) => 'reason' in row)).toMatchObject([
      { line: 32, reason: 'bad encoding', record: { id: '30' } },
    ])
    expect(notes.join()).toContain('refused')
    const late = Buffer.concat([
      Buffer.from(`${header}${'1,茶\n'.repeat(80_000)}`),
      Buffer.from('2,\xe9\xe9\n', 'latin1'),
      Buffer.from('3,壶\n'),
    ])
    const second = await read(file('late-damage.csv', late))
    expect(second.rows.filter((row) => 'reason' in row)).toMatchObject([{ line: 80_002, reason: 'bad encoding' }])
  })

  it('leaves a replacement character that the file itself holds', async () => {
    const text = `${header}1,broken long ago \ufffd\n`
    for (const size of [1, 2, 3, 1000]) {
      const { rows, notes } = await read('-', { stdin: trickle(Buffer.from(text), size) })
      expect(rows).toMatchObject([{ record: { title: 'broken long ago \ufffd' } }])
      expect(notes).toEqual([])
    }
  })
})

describe('Parquet', () => {
  const columnData = [
    { name: 'id', data: ['a', 'b', 'c'], type: 'STRING' as const },
    { name: 'big', data: [1n, 2n ** 60n, -5n], type: 'INT64' as const },
    { name: 'price', data: [1.5, null, 2], type: 'DOUBLE' as const, nullable: true },
    { name: 'at', data: [new Date(0), new Date(1e12), new Date(1.7e12)], type: 'TIMESTAMP' as const },
    { name: 'tags', data: [['x', 'y'], [], ['z']], type: 'JSON' as const },
    { name: '__proto__', data: ['p', 'q', 'r'], type: 'STRING' as const },
  ]
  const write = (options = {}) => new Uint8Array(parquetWriteBuffer({ columnData, rowGroupSize: 2, ...options }))

  it('reads rows group by group, in the types of JSON', async () => {
    const reader = await read(file('items.parquet', write()))
    expect(reader).toMatchObject({ format: 'parquet', header: ['id', 'big', 'price', 'at', 'tags', '__proto__'] })
    expect(reader.rows.map((row) => row.line)).toEqual([1, 2, 3])
    const records = reader.rows.map((row) => (row as { record: Record<string, unknown> }).record)
    expect(records.map((record) => record.id)).toEqual(['a', 'b', 'c'])
    expect(records.map((record) => record.big)).toEqual([1, '1152921504606846976', -5])
    expect(records.map((record) => record.price ?? null)).toEqual([1.5, null, 2])
    expect(records[1].at).toBe('2001-09-09T01:46:40.000Z')
    expect(records[0].tags).toEqual(['x', 'y'])
    expect(Object.entries(records[2]).at(-1)).toEqual(['__proto__', 'r'])
  })

  it('is told by content, gzipped or piped', async () => {
    const bytes = write({ codec: 'UNCOMPRESSED' })
    expect(await outline(file('no-ending', bytes))).toHaveLength(3)
    expect(await outline(file('items.parquet.gz', gzipSync(bytes)))).toHaveLength(3)
    expect(await outline('-', { stdin: trickle(bytes, 100) })).toHaveLength(3)
  })

  it('says that a file is cut, damaged or none', async () => {
    const bytes = write()
    for (const [name, content] of [
      ['cut.parquet', bytes.subarray(0, bytes.length - 20)],
      ['short.parquet', bytes.subarray(0, 6)],
      ['text.parquet', Buffer.from('id,title\n1,a\n')],
    ] as const) {
      const error = await failure(file(name, content))
      expect(error).toMatchObject({ code: 'BAD_INPUT' })
      expect(error.message).toContain(name)
    }
    const holes = Uint8Array.from(bytes)
    holes.fill(0xff, 4, 60)
    expect(await failure(file('holes.parquet', holes))).toMatchObject({ code: 'BAD_INPUT' })
  })
})

describe('files that cannot be read', () => {
  const events = gzipSync(
    `user_id,item_id\n${Array.from({ length: 50_000 }, (_, i) => `u${i},i${i * 7919}\n`).join('')}`,
  )
  mkdirSync(join(folder, 'a-folder'))
  const cases: [string, string][] = [
    [join(folder, 'missing.jsonl'), 'does not exist'],
    [join(folder, 'a-folder'), 'is a folder'],
    [file('empty.csv', ''), 'is empty'],
    [file('blank.csv', '\ufeff \n\n'), 'has no header line'],
    [file('empty.csv.gz', gzipSync('')), 'is empty'],
    [file('cut.csv.gz', events.subarray(0, events.length >> 1)), 'cut off'],
    [file('early-cut.csv.gz', events.subarray(0, 30)), 'cut off'],
    [
      file('corrupt.csv.gz', Buffer.concat([events.subarray(0, 5000), Buffer.alloc(200, 7), events.subarray(5200)])),
      'damaged',
    ],
    [file('table.xlsx', Buffer.from('PK\u0003\u0004 and so on')), 'ZIP or Excel'],
    [
      file(
        'noise.bin',
        Uint8Array.from({ length: 5000 }, (_, i) => (i * i * 31) % 7),
      ),
      'not text',
    ],
  ]

  it.each(cases)('%s %s', async (path, what) => {
    const error = await failure(path)
    expect(error).toMatchObject({ name: 'InterestMineError', code: 'BAD_INPUT', details: { file: path } })
    expect(error.message).toContain(basename(path))
    expect(error.message).toContain(what)
    expect(error.message).not.toContain('\n')
  })

  it('names the standard input', async () => {
    const error = await failure('-', { stdin: Readable.from([]) })
    expect(error.message).toContain('standard input is empty')
  })
})
