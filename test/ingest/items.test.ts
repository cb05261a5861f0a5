import { describe, expect, it } from 'vitest'
import { itemColumns, itemIdOf, parseItem, recogniseItemColumns } from '../../src/ingest/items.js'
import { cleanText } from '../../src/text.js'

type Raw = Record<string, unknown>

function parse(record: Raw, options?: { map?: Record<string, string>; vector?: number | null }) {
  return parseItem(record, recogniseItemColumns([], options?.map).mapping, options)
}

function item(record: Raw, options?: { map?: Record<string, string> }) {
  const result = parse(record, options)
  if ('reason' in result) throw new Error(result.reason)
  return result.item
}

describe('recognising columns', () => {
  it.each([
    ['id,title,text,categories,brand,price,url,image,audio,vector,publishedAt'],
    ['item_id,name,description,category,manufacturer,price,link,img,audio_url,embedding,published_at'],
    ['itemId,Product Name,body,genres,store,sale_price,url,imageUrl,audio,Embeddings,release_date'],
    ['asin,product_name,summary,tags,author,price,url,picture,audio,vec,date'],
    [
      'parent_asin,headline,abstract,topics,vendor,Price,permalink,thumbnail,preview_url,vectors,created_at'.replace(
        'vectors',
        'vector',
      ),
    ],
    ['商品ID,标题,简介,类目,品牌,价格,链接,图片,音频,向量,发布时间'],
  ])('%s', (header) => {
    const { columns } = recogniseItemColumns(header.split(','))
    expect(columns.map((column) => column.as)).toEqual(
      'id,title,text,categories,brand,price,url,image,audio,vector,publishedAt'.split(','),
    )
  })

  it.each(['sku', 'product_id', 'movieId', 'article_id', 'productId', 'parent_asin', 'ID'])('%s is an id', (name) => {
    expect(recogniseItemColumns([name, 'title']).columns[0].as).toBe('id')
  })

  it('takes the better of two names, whatever their order', () => {
    const { columns } = recogniseItemColumns(['category_paths', 'name', 'item_id', 'categories', 'title', 'id', 'year'])
    expect(columns).toEqual([
      { column: 'category_paths', as: null },
      { column: 'name', as: 'attribute' },
      { column: 'item_id', as: 'attribute' },
      { column: 'categories', as: 'categories' },
      { column: 'title', as: 'title' },
      { column: 'id', as: 'id' },
      { column: 'year', as: 'attribute' },
    ])
  })

  it('learns keys as rows bring them', () => {
    const { mapping, columns } = recogniseItemColumns([{ id: 'a', title: 'x', list: [1] }])
    expect(columns).toContainEqual({ column: 'list', as: null })
    const parsed = parseItem({ id: 'b', name: 'only a name', colour: 'red', odd: { a: 1 } }, mapping)
    expect(parsed).toMatchObject({ item: { id: 'b', title: 'only a name', attributes: { colour: 'red' } } })
    expect(itemColumns(mapping)).toEqual([
      { column: 'id', as: 'id' },
      { column: 'title', as: 'title' },
      { column: 'list', as: null },
      { column: 'name', as: 'attribute' },
      { column: 'colour', as: 'attribute' },
      { column: 'odd', as: null },
    ])
  })

  it('obeys the map, in either direction, and can ignore a column', () => {
    const map = { uuid: 'id', label2: 'title', secret: 'ignore' }
    expect(item({ uuid: 'u', id: 'other', label2: 'x', secret: 's' }, { map })).toEqual({
      id: 'u',
      title: 'x',
      attributes: { id: 'other' },
    })
    expect(item({ uuid: 'u', t: 'x' }, { map: { id: 'uuid', title: 't' } })).toEqual({ id: 'u', title: 'x' })
    expect(() => recogniseItemColumns([], { a: 'nonsense' })).toThrow(/nonsense.*id, title/)
  })

  it('says which columns are missing and how to name them', () => {
    expect(() => recogniseItemColumns(['height', 'width'], {}, 'boxes.csv')).toThrow(
      /"boxes.csv" has no id column and no title or text column \(found: "height", "width"\); name it with --map COLUMN=id --map COLUMN=title/,
    )
    expect(() => recogniseItemColumns(['id', 'title'], { sku: 'id' }, 'x.csv')).toThrow(/"x.csv" has no column "sku"/)
  })
})

describe('ids', () => {
  it.each([
    ['a', 'a'],
    [7, '7'],
    ['007', '007'],
    [' x ', ' x '],
    ['__proto__', '__proto__'],
    [-3, '-3'],
    [12345678901234567890n, '12345678901234567890'],
    ['é'.repeat(512), 'é'.repeat(512)],
  ])('%s is taken as it is', (given, wanted) => {
    expect(item({ id: given, title: 't' }).id).toBe(wanted)
  })

  it.each([
    [undefined, 'missing id'],
    [null, 'missing id'],
    ['', 'missing id'],
    [' \t ', 'missing id'],
    [1.5, 'bad id'],
    [2 ** 53, 'bad id'],
    [true, 'bad id'],
    [{ a: 1 }, 'bad id'],
    [['a'], 'bad id'],
    ['nul\u0000', 'bad id'],
    ['half\ud800', 'bad id'],
    ['x'.repeat(513), 'bad id'],
  ])('%j is none', (given, reason) => {
    expect(parse({ id: given, title: 't' })).toMatchObject({ reason, field: 'id' })
  })

  it('are known of rows that are refused', () => {
    expect(parse({ asin: 'a', title: '' })).toEqual({ reason: 'no text', field: 'title', id: 'a' })
    const { mapping } = recogniseItemColumns([])
    expect(itemIdOf({ asin: 'a', price: 5 }, mapping)).toBe('a')
    expect(itemIdOf({ price: 5 }, mapping)).toBeNull()
  })
})

describe('titles and text', () => {
  it('leaves a harmless title as it is written', () => {
    for (const title of ['Tom &amp; Jerry  <b>x</b>', ' padded ', 'ütf 名字 😀 👨‍👩‍👧', 'L’Oréal™ #375']) {
      expect(item({ id: 'a', title }).title).toBe(title)
    }
  })

  it('takes control and invisible characters out and cuts', () => {
    expect(item({ id: 'a', title: 'a\u0000b\u200bc\u202ed\ufeff' }).title).toBe('a bcd')
    expect(item({ id: 'a', title: 'x'.repeat(1 << 20) }).title).toHaveLength(2000)
    expect(item({ id: 'a', title: 't', text: 'word '.repeat(10_000) }).text!.length).toBeLessThanOrEqual(20_000)
  })

  it('cleans the text', () => {
    expect(item({ id: 'a', title: 't', description: ['<p>One &amp;amp; two</p>', 'three'] }).text).toBe(
      'One & two three',
    )
  })

  it('makes a title of the first words', () => {
    const text = `${'word '.repeat(30)}end`
    expect(item({ id: 'a', text }).title).toBe('word '.repeat(16).trim())
    expect(item({ id: 'a', text: '茶'.repeat(100) }).title).toBe('茶'.repeat(80))
    expect(item({ id: 'a', title: '\u200b ', text: 'short' }).title).toBe('short')
    expect(item({ id: 'a', title: 1984 }).title).toBe('1984')
  })

  it('refuses a row without either', () => {
    for (const record of [{ id: 'a' }, { id: 'a', title: '', text: ' <br> ' }, { id: 'a', title: null, brand: 'x' }]) {
      expect(parse(record)).toMatchObject({ reason: 'no text' })
    }
  })

  it('is what cleanText is for', () => {
    expect(cleanText(item({ id: 'a', title: 'Tom &amp; <i>Jerry</i>' }).title)).toBe('Tom & Jerry')
  })
})

describe('other fields', () => {
  it.each([
    [
      ['Beauty', ' Skin Care'],
      ['Beauty', ' Skin Care'],
    ],
    [
      [
        ['A', 'B'],
        ['A', 'C'],
      ],
      [
        ['A', 'B'],
        ['A', 'C'],
      ],
    ],
    ['Action|Comedy', ['Action', 'Comedy']],
    ['Beauty > Skin Care > Face', ['Beauty', 'Skin Care', 'Face']],
    ['Beauty &gt; Face', ['Beauty', 'Face']],
    [
      'A > B | A > C',
      [
        ['A', 'B'],
        ['A', 'C'],
      ],
    ],
    ['wool; silk;', ['wool', 'silk']],
    ['["A","B"]', ['A', 'B']],
    ["['A', 'B']", ['A', 'B']],
    ['[["A","B"],["C"]]', [['A', 'B'], ['C']]],
    [
      ['A > B', 'C'],
      [['A', 'B'], ['C']],
    ],
    ['Health, Beauty & Care', ['Health, Beauty & Care']],
    [[{ id: 1, name: 'Drama' }], ['Drama']],
    [
      ['', null, 'x', 5],
      ['x', '5'],
    ],
    [{ name: 'Drama' }, ['Drama']],
    ['[broken', ['[broken']],
  ])('categories %j', (given, wanted) => {
    expect(item({ id: 'a', title: 't', categories: given }).categories).toEqual(wanted)
  })

  it('has none where there are none', () => {
    for (const categories of [[], [[]], '', ' | ', null]) {
      expect(item({ id: 'a', title: 't', categories }).categories).toBeUndefined()
    }
  })

  it.each([
    [4.9, 4.9],
    ['4.9', 4.9],
    ['$1,299.00', 1299],
    ['1.299,50 €', 1299.5],
    ['4,99', 4.99],
    ['¥99', 99],
    ['USD 5', 5],
    ['99元', 99],
    [10n, 10],
  ])('price %s', (given, wanted) => {
    expect(parse({ id: 'a', title: 't', price: given })).toMatchObject({ item: { price: wanted }, dropped: [] })
  })

  it('drops a price or date that is none, and says so', () => {
    for (const price of [0, -1, 'free', Number.NaN, Number.POSITIVE_INFINITY, '$1 - $2', {}]) {
      const result = parse({ id: 'a', title: 't', price, date: 'soon' })
      expect(result).toMatchObject({ dropped: ['price', 'publishedAt'] })
      expect('item' in result && 'price' in result.item).toBe(false)
    }
    expect(parse({ id: 'a', title: 't', price: 'N/A', date: '' })).toMatchObject({ dropped: [] })
  })

  it('reads dates, old ones too', () => {
    expect(item({ id: 'a', title: 't', release_date: '1937-12-21' }).publishedAt).toBe(Date.UTC(1937, 11, 21))
    expect(item({ id: 'a', title: 't', date: 1995 }).publishedAt).toBe(Date.UTC(1995, 0))
    expect(item({ id: 'a', title: 't', published_at: 1_600_000_000 }).publishedAt).toBe(1_600_000_000_000)
    expect(item({ id: 'a', title: 't', publishedAt: new Date(5) }).publishedAt).toBe(5)
  })

  it('keeps other scalars as attributes, within bounds', () => {
    const many = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`k${i}`, i]))
    expect(Object.keys(item({ id: 'a', title: 't', ...many }).attributes!)).toHaveLength(64)
    const { attributes } = item({
      id: 'a',
      title: 't',
      year: 1995,
      on: true,
      long: 'x'.repeat(2000),
      list: [1],
      none: null,
      nan: Number.NaN,
    })
    expect({ ...attributes }).toEqual({ year: 1995, on: true, long: 'x'.repeat(1000) })
    expect({ ...item({ id: 'a', title: 't', attributes: { a: 1, b: [] } }).attributes }).toEqual({ a: 1 })
  })

  it('takes odd columns for names like any other', () => {
    const record = JSON.parse('{"id":"a","title":"t","__proto__":"p","constructor":"c","toString":5}')
    const { attributes } = item(record)
    expect(Object.entries(attributes!)).toEqual([
      ['__proto__', 'p'],
      ['constructor', 'c'],
      ['toString', 5],
    ])
  })
})

describe('vectors', () => {
  it.each([[[0.5, -1]], ['[0.5, -1]'], ['0.5 -1'], ['0.5;-1'], [Float64Array.of(0.5, -1)]])('%j is one', (vector) => {
    expect(item({ id: 'a', title: 't', vector }).vector).toEqual(Float32Array.of(0.5, -1))
  })

  it.each([[[]], [[0, 0]], [['a', 1]], ['a b'], [[1, Number.NaN]], [[1, 1e60]], [5], [{ 0: 1 }], [[1, null]]])(
    '%j is none',
    (embedding) => {
      expect(parse({ id: 'a', title: 't', embedding })).toEqual({ reason: 'bad vector', field: 'embedding', id: 'a' })
    },
  )

  it('must be as long as the first', () => {
    expect(parse({ id: 'a', title: 't', vector: [1, 2] }, { vector: 3 })).toMatchObject({ reason: 'bad vector' })
    expect(parse({ id: 'a', title: 't', vector: [1, 2] }, { vector: 2 })).toHaveProperty('item')
    expect(parse({ id: 'a', title: 't' }, { vector: 2 })).toHaveProperty('item')
  })
})
