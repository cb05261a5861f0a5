import { cleanText, tidyText } from '../text.js'
import type { Item, Modality } from '../types/items.js'
import type { RecognisedColumn } from '../types/reports.js'
import {
  type ColumnSample,
  type Columns,
  checkColumns,
  chosenColumns,
  createColumns,
  type FieldNames,
  isEmptyCell,
  isNested,
  listColumns,
  matchColumn,
  readId,
} from './columns.js'
import {
  firstWords,
  readAttributes,
  readCategories,
  readDate,
  readLink,
  readMedia,
  readName,
  readPrice,
  readText,
  readVectorValue,
} from './item-values.js'

/** A field of an item that a column may hold. */
export type ItemField =
  | 'id'
  | 'title'
  | 'text'
  | 'categories'
  | 'brand'
  | 'price'
  | 'url'
  | 'image'
  | 'audio'
  | 'vector'
  | 'imageVector'
  | 'audioVector'
  | 'vectors'
  | 'publishedAt'
  | 'attributes'

const NAMES: FieldNames<ItemField> = {
  id: words(
    'id itemid item parentasin asin sku skuid productid product_code movieid filmid articleid newsid bookid isbn videoid ' +
      'songid trackid podcastid courseid jobid recipeid postid goodsid spuid offerid contentid docid 商品id 物品id 文章id 商品编号 编号',
  ),
  title: words(
    'title name itemname itemtitle producttitle productname headline label songname trackname moviename movietitle ' +
      'booktitle articletitle goodsname displayname 标题 名称 商品名称 商品标题 书名 片名',
  ),
  text: words(
    'text description desc body content summary abstract overview plot synopsis itemdescription productdescription ' +
      'longdescription shortdescription fulltext details features lyrics 简介 描述 商品描述 正文 内容 摘要 详情',
  ),
  categories: words(
    'categories category categorypath categorypaths categoryname genres genre tags tag topics topic keywords section ' +
      'producttype producttypename maincategory department 类目 分类 类别 标签 商品分类 题材 主题',
  ),
  brand: words(
    'brand brandname manufacturer maker vendor store seller author authors artist publisher channel director 品牌 作者 厂商 歌手',
  ),
  price: words('price saleprice currentprice finalprice listprice unitprice amount cost 价格 售价 单价'),
  url: words('url link href permalink producturl itemurl pageurl 链接 网址'),
  image: words(
    'image img imageurl imgurl imurl picture pictureurl thumbnail thumbnailurl thumb cover poster photo 图片 封面',
  ),
  audio: words('audio audiourl preview previewurl 音频'),
  vector: words('vector embedding embeddings vec features_vector 向量'),
  imageVector: words('imagevector imageembedding imagevec pictureembedding 图片向量'),
  audioVector: words('audiovector audioembedding audiovec soundembedding 音频向量'),
  vectors: words('vectors'),
  publishedAt: words(
    'publishedat published publishdate publicationdate pubdate date releasedate releasedat datepublished createdat ' +
      'created dateadded availabledate 发布时间 发布日期 上架时间 日期',
  ),
  attributes: words('attributes'),
}

/** The columns of a catalogue and their fields. */
export type ItemMapping = Columns<ItemField>

const MAX_TITLE = 2_000
const MAX_TEXT = 20_000

/**
 * Matches the columns of a catalogue with fields. `sample`: the header, or sample records of a JSON file (an empty one
 * is not checked); keys that only later records have are matched as they come (see `itemColumns`). `map`: column ->
 * field; `file`: base name, for messages. Throws BAD_INPUT where there is no id column, or neither title nor text, and
 * BAD_OPTION where `map` names no field.
 */
export function recogniseItemColumns(
  sample: ColumnSample,
  map: Readonly<Record<string, string>> = {},
  file = 'the catalogue',
): { mapping: ItemMapping; columns: RecognisedColumn[] } {
  const mapping = createColumns(NAMES, map)
  checkColumns(mapping, sample, [['id'], ['title', 'text']], file)
  return { mapping, columns: itemColumns(mapping) }
}

/**
 * All columns met so far, and the field that each is used as. "attribute": its values, where they are scalars, can be
 * used in `where`.
 */
export function itemColumns(mapping: ItemMapping): RecognisedColumn[] {
  const best = chosenColumns(mapping)
  return listColumns(mapping, (column) => {
    const field = mapping.claims.get(column)?.field ?? null
    return isAttribute(mapping, column) && (field === null || best.get(field) !== column) ? 'attribute' : null
  })
}

function isAttribute(mapping: ItemMapping, column: string): boolean {
  if (mapping.map.get(column) === null || mapping.nested.has(column)) return false
  const field = matchColumn(mapping, column).field
  return field === null || !NO_ATTRIBUTE.has(field)
}

/** A second column for one of these fields is long or not scalar, and never an attribute. */
const NO_ATTRIBUTE: ReadonlySet<ItemField> = new Set<ItemField>([
  'text',
  'vector',
  'imageVector',
  'audioVector',
  'vectors',
  'attributes',
  'categories',
])

/**
 * Lengths of the vectors that a store holds: of the caller's own vectors of texts, and of each modality. Null or
 * absent: none yet.
 */
export interface KnownDims {
  vector?: number | null
  modalities?: Partial<Record<Modality, number>>
}

/**
 * A parsed item, with the fields that were given but could not be used (`dropped`); or why a record is none, with the
 * column (or field) at fault and its id where it has one.
 */
export type ParsedItem = { item: Item; dropped: ItemField[] } | { reason: string; field: string | null; id?: string }

/**
 * Reads one item from a record. Reasons for refusal: 'missing id', 'bad id', 'no text' (neither title nor text), 'bad
 * vector' (not a list of finite numbers, all zero, or not of the length in `dims`). Other values that cannot be used,
 * such as prices, dates and vectors of pictures and sounds, are dropped and listed. Control and invisible characters
 * are removed from the title, which otherwise stays as it is written; the text is cleaned.
 */
export function parseItem(
  record: Readonly<Record<string, unknown>>,
  mapping: ItemMapping,
  dims: KnownDims = {},
): ParsedItem {
  const { values, columns, rest } = gather(record, mapping)
  const id = readId(values.id)
  if (id === 'missing') return { reason: 'missing id', field: columns.id ?? 'id' }
  if (id === 'bad') return { reason: 'bad id', field: columns.id ?? 'id' }
  const reject = (reason: string, field: string | null) => ({ reason, field, id: id.id })

  const text = cleanText(readText(values.text), MAX_TEXT)
  const title = tidyText(readText(values.title), MAX_TITLE)
  const named = title.trim() !== ''
  if (!named && text === '') return reject('no text', columns.title ?? 'title')
  const item: Item = { id: id.id, title: named ? title : firstWords(text) }
  if (text !== '') item.text = text

  const dropped: ItemField[] = []
  const set = <F extends ItemField & Exclude<keyof Item, 'vectors'>>(field: F, value: Item[F] | undefined) => {
    if (value !== undefined) item[field] = value
    else if (!isEmptyCell(values[field]) && !isEmptyList(values[field])) dropped.push(field)
  }
  set('categories', readCategories(values.categories))
  set('brand', readName(values.brand))
  set('price', readPrice(values.price))
  set('url', readLink(values.url))
  set('image', readMedia(values.image))
  set('audio', readMedia(values.audio))
  set('publishedAt', readDate(values.publishedAt))
  if (values.vector !== undefined && values.vector !== null && values.vector !== '') {
    const vector = readVectorValue(values.vector)
    if (vector === null || (dims.vector != null && vector.length !== dims.vector)) {
      return reject('bad vector', columns.vector ?? 'vector')
    }
    item.vector = vector
  }
  const given = isPlainObject(values.vectors) ? values.vectors : {}
  for (const modality of ['image', 'audio'] as const) {
    const field = `${modality}Vector` as const
    const value = values[field] ?? given[modality]
    if (isEmptyCell(value)) continue
    const vector = readVectorValue(value)
    const known = dims.modalities?.[modality] ?? vector?.length
    if (vector !== null && vector.length === known) item.vectors = { ...item.vectors, [modality]: vector }
    else dropped.push(field)
  }
  const attributes = readAttributes(rest, values.attributes)
  if (attributes !== null) item.attributes = attributes
  return { item, dropped }
}

/** The id of a record, whether or not the rest of it can be used; null where it has none. */
export function itemIdOf(record: Readonly<Record<string, unknown>>, mapping: ItemMapping): string | null {
  const id = readId(gather(record, mapping).values.id)
  return typeof id === 'string' ? null : id.id
}

/** The values of a record by field. */
interface Gathered {
  values: Partial<Record<ItemField, unknown>>
  columns: Partial<Record<ItemField, string>>
  /** Columns that became no field, with their values. */
  rest: [column: string, value: unknown][]
}

/**
 * Assigns each value of a record to its field. Of several columns for a field, the best one that is not empty counts;
 * the others may become attributes.
 */
function gather(record: Readonly<Record<string, unknown>>, mapping: ItemMapping): Gathered {
  const values: Gathered['values'] = {}
  const columns: Gathered['columns'] = {}
  const rest: Gathered['rest'] = []
  const keepAttribute = (column: string, value: unknown) => {
    if (isNested(value)) mapping.nested.add(column)
    else if (isAttribute(mapping, column)) rest.push([column, value])
  }
  for (const column of Object.keys(record)) {
    const value = record[column]
    if (value === null || value === undefined || value === '') continue
    const { field, rank } = matchColumn(mapping, column)
    if (field === null) {
      keepAttribute(column, value)
      continue
    }
    const other = columns[field]
    if (other !== undefined && matchColumn(mapping, other).rank <= rank) keepAttribute(column, value)
    else {
      if (other !== undefined) keepAttribute(other, values[field])
      values[field] = value
      columns[field] = column
    }
  }
  return { values, columns, rest }
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return isNested(value) && !Array.isArray(value)
}

function isEmptyList(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0
}

function words(list: string): string[] {
  return list.replaceAll('_', '').split(' ')
}
