import type { AnswerInput, AnswerOptions } from '../answer/read.js'
import { InterestMineError, quote } from '../errors.js'
import type { ActiveEdit } from '../mine/edits/edits.js'
import { leastMatch, MOST_MATCHES } from '../mine/edits/wishes.js'
import { plainHistory } from '../mine/history.js'
import { type GivenName, holdNames } from '../mine/names/given-names.js'
import { sentence } from '../mine/names/parts.js'
import { partLabel } from '../mine/names/proposals.js'
import { MODALITIES } from '../modalities.js'
import { type BehaviourRules, readHistory } from '../model/histories.js'
import type { Model } from '../model/model.js'
import type { Store, StoredEdit } from '../store/store.js'
import { cleanText, nearMatches, tidyText } from '../text.js'
import type {
  EditAction,
  EditRecord,
  GuestOptions,
  Language,
  Medium,
  Query,
  RankOptions,
  RecommendOptions,
  Where,
} from '../types.js'
import { placeEarlier } from '../users/mine-users.js'
import { centreVector } from '../vectors/centre.js'
import { rowOf } from '../vectors/matrix.js'
import { readRow } from '../vectors/precision.js'
import { readVector } from '../vectors/vector-bytes.js'
import type { Loaded } from './generation.js'
import { parseWhere } from './where.js'

const MOST_RESULTS = 10_000
const DEFAULT_DIVERSITY = 0.3
const MOST_CHARACTERS = 80
/** Of what is looked for; encoders read about as much. */
const LONGEST_PHRASE = 500

/** Fails with BAD_OPTION where a value from outside the type system is not what the types say. */
export function checkText(name: string, value: unknown): string {
  if (typeof value === 'string' && value !== '') return value
  throw badOption(name, value, 'must be a text that is not empty')
}

/** A phrase as it is encoded and shown: one line without markup, terminal sequences and characters that do not show. */
export function readPhrase(option: string, value: unknown): string {
  const phrase = cleanText(checkText(option, value))
  if (phrase !== '' && phrase.length <= LONGEST_PHRASE) return phrase
  throw badOption(option, value, `must have 1 to ${LONGEST_PHRASE} characters that show`)
}

function checkTexts(name: string, value: unknown): string[] {
  if (value === undefined || value === null) return []
  if (Array.isArray(value) && value.every((one) => typeof one === 'string')) return value
  throw badOption(name, value, 'must be a list of ids')
}

/** What is known of a user, under a request's what-ifs. `encode` is asked for phrases that another encoder encoded. */
export async function readUser(
  store: Store,
  loaded: Loaded,
  user: string,
  options: RecommendOptions,
  encode: (phrase: string) => Promise<Float32Array>,
): Promise<AnswerInput & { user: string }> {
  checkText('user', user)
  const without = new Set(await findRows(store, loaded, checkTexts('without', options.without), { gone: true }))
  const key = await store.findUser(user)
  if (key === null)
    return { user, history: plainHistory([]), edits: [], without, mute: checkTexts('mute', options.mute) }
  const { model, rowOfKey, info, appliedSeq } = loaded
  // Up to what is counted: an event that came in between belongs to the next answer.
  const columns = await store.userEventsUntil(key, appliedSeq)
  const until = options.now === undefined ? Number.NaN : readTime(options.now)
  const rules = info.rules as BehaviourRules
  const history = readHistory(columns, 0, columns.items.length, model.catalogue, rowOfKey, rules, until)
  const edits = await readEdits(store, loaded, key, encode)
  const earlier = placeEarlier(await store.minedOf(info.id, key), rowOfKey)
  const given = (await readNames(store, loaded, key)).map(({ name }) => name)
  const names = holdNames(given, model.catalogue)
  return { user, history, edits, earlier, names, without, mute: checkTexts('mute', options.mute) }
}

/**
 * A user's edits in force, oldest first, with the rows of their evidence. Without `encode` wishes have no vector: enough
 * where nothing is recommended.
 */
export async function readEdits(
  store: Store,
  loaded: Loaded,
  user: number,
  encode: ((phrase: string) => Promise<Float32Array>) | null = null,
): Promise<ActiveEdit[]> {
  const edits: ActiveEdit[] = []
  const rowsOf = async (items: readonly string[]) => {
    const keys = await store.findItems(items, { gone: true })
    return Int32Array.from(keys.map((one) => (one === null ? -1 : loaded.rowOfKey(one))).filter((row) => row >= 0))
  }
  for (const edit of await store.edits(user)) {
    if (edit.undone) continue
    const { at, interest, label, action, value } = edit
    const { level, domain, items, parts = [] } = edit.evidence
    edits.push({
      ...{ at, interest, label, action, value, level, domain },
      rows: await rowsOf(items),
      parts: await Promise.all(parts.map(async ({ items, ...part }) => ({ ...part, rows: await rowsOf(items) }))),
      query: action === 'add' && encode ? await readQuery(edit, loaded, encode) : null,
    })
  }
  return edits
}

/** A wish's phrase, as encoded when it was added or by the encoder of now; null where items bring their own vectors. */
async function readQuery(
  { value, evidence: { phrase } }: StoredEdit,
  { model, info }: Loaded,
  encode: (phrase: string) => Promise<Float32Array>,
): Promise<Query | null> {
  if (info.encoderName === null) return null
  const vector =
    phrase?.encoder === info.encoder
      ? centreVector(readVector(Buffer.from(phrase.vector, 'base64'), 32, info.dims), model.centre)
      : await encode(String(value))
  const { similarities } = model.index.search(vector, MOST_MATCHES, (row) => model.catalogue.removed[row] === 0)
  return { vector, least: leastMatch(similarities) }
}

/** Prompts whose replies are names, of any version. */
const NAMING = /^name-interest@/

/** Names that models gave and that were accepted, oldest first; `asker`: the prompt and the model. */
export async function readNames(
  store: Store,
  { rowOfKey }: Loaded,
  user: number,
): Promise<{ name: GivenName; asker: string }[]> {
  const names: { name: GivenName; asker: string }[] = []
  for (const { prompt, model, items, value, refused } of await store.replies(user)) {
    if (refused !== null || !NAMING.test(prompt)) continue
    const { label: said, head } = value as { label: string; head: string }
    const label = sentence(said)
    const keys = await store.findItems(items, { gone: true })
    const rows = keys.map((one) => (one === null ? -1 : rowOfKey(one))).filter((row) => row >= 0)
    const name = { label, ...partLabel(label, head), rows: Int32Array.from(rows) }
    names.push({ name, asker: `${prompt} ${model}` })
  }
  return names
}

/** What a guest brings. `encode` turns a phrase into a vector. */
export async function readGuest(
  store: Store,
  loaded: Loaded,
  guest: GuestOptions,
  encode: (phrase: string) => Promise<Float32Array>,
): Promise<AnswerInput> {
  if (typeof guest !== 'object' || guest === null || (!guest.items?.length && !guest.like)) {
    const message = 'a guest needs items or a phrase: --items IDS or --like "phrase"'
    throw new InterestMineError('BAD_OPTION', message, { option: 'items' })
  }
  return {
    user: null,
    history: plainHistory([...new Set(await findRows(store, loaded, checkTexts('items', guest.items)))]),
    edits: [],
    without: new Set(await findRows(store, loaded, checkTexts('without', guest.without), { gone: true })),
    mute: checkTexts('mute', guest.mute),
    wish: guest.like ? await encode(readPhrase('like', guest.like)) : null,
  }
}

/** Checks a request's options. Fails with BAD_OPTION, UNKNOWN_ITEM. */
export async function readOptions(store: Store, loaded: Loaded, options: RecommendOptions): Promise<AnswerOptions> {
  const { diversity = DEFAULT_DIVERSITY } = options
  if (!(diversity >= 0 && diversity <= 1)) {
    throw badOption('diversity', diversity, 'is not between 0 and 1')
  }
  return {
    limit: readLimit(options.limit),
    diversity,
    exclude: new Set(await findRows(store, loaded, checkTexts('exclude', options.exclude), { gone: true })),
    allow: await allowRows(store, loaded, options.where),
    effects: options.effects ?? false,
    language: readLanguage(options.language) ?? loaded.model.catalogue.language,
    now: nowOf(loaded, options.now),
  }
}

/** Checks a ranking's options and the ids to rank, each once. Fails with BAD_OPTION, UNKNOWN_ITEM. */
export async function readRanking(
  store: Store,
  loaded: Loaded,
  items: readonly string[],
  options: RankOptions,
): Promise<{ rows: number[]; options: AnswerOptions }> {
  if (!Array.isArray(items) || items.length > MOST_RESULTS) {
    throw badOption('items', items, `must be a list of at most ${MOST_RESULTS} ids`)
  }
  const rows = [...new Set(await findRows(store, loaded, checkTexts('items', items)))]
  const { limit = Math.max(1, rows.length), effects, now, language } = options
  return { rows, options: await readOptions(store, loaded, { limit, effects, now, language }) }
}

/** Now is the newest event's time, so that answers repeat and old data stay usable. */
export function nowOf({ stamp }: Loaded, now: string | number | undefined): number {
  return now === undefined ? (stamp.newest ?? Number.NaN) : readTime(now)
}

export async function allowRows(
  store: Store,
  { rowOfKey }: Loaded,
  where: Where | undefined,
): Promise<((row: number) => boolean) | null> {
  const test = parseWhere(where)
  if (!test) return null
  const rows = new Set(Array.from(await store.itemsWhere(test), rowOfKey))
  return (row) => rows.has(row)
}

/** Rows of item ids; `gone` also finds items that left the catalogue. Fails with UNKNOWN_ITEM and near matches. */
export async function findRows(
  store: Store,
  { rowOfKey }: Loaded,
  ids: readonly string[],
  options: { gone?: boolean } = {},
): Promise<number[]> {
  const rows: number[] = []
  const unknown = new Set<string>()
  for (const [i, key] of (await store.findItems(ids, options)).entries()) {
    const row = key === null ? -1 : rowOfKey(key)
    if (key === null || (row < 0 && !options.gone)) unknown.add(ids[i])
    if (row >= 0) rows.push(row)
  }
  if (unknown.size > 0) throw await unknownItems(store, [...unknown])
  return rows
}

/** Unknown ids that a message names; the error's details have all of them. */
const NAMED_UNKNOWN = 3

async function unknownItems(store: Store, ids: string[]): Promise<InterestMineError> {
  const known: string[] = []
  for await (const one of store.itemIds()) known.push(one)
  const named = ids.slice(0, NAMED_UNKNOWN).map((id) => ({ id, near: nearMatches(id, known) }))
  const hints = named.map(({ id, near }) =>
    near.length === 0 ? quote(id) : `${quote(id)} (near: ${near.map((one) => quote(one)).join(', ')})`,
  )
  const more = ids.length > named.length ? ` and ${ids.length - named.length} more` : ''
  const what = ids.length === 1 ? 'no item' : 'no items'
  return new InterestMineError('UNKNOWN_ITEM', `${what} ${hints.join(', ')}${more} in the catalogue`, {
    item: ids[0],
    items: ids,
    near: named[0].near,
  })
}

export function badOption(option: string, value: unknown, why: string): InterestMineError {
  return new InterestMineError(
    'BAD_OPTION',
    `${option} ${typeof value === 'string' ? quote(value) : value === undefined ? '(none)' : showValue(value)} ${why}`,
    {
      option,
      value,
    },
  )
}

const MOST_SHOWN = 60

function showValue(value: unknown): string {
  const text = JSON.stringify(value) ?? typeof value
  if (text.length <= MOST_SHOWN) return text
  const end = Array.isArray(value) ? ']' : '}'
  return `${text.slice(0, MOST_SHOWN)}…${typeof value === 'object' ? end : ''}`
}

/** What items are to be likened by. Fails with BAD_OPTION where no item of the store has it. */
export function readMedium({ modalities }: Pick<Model, 'modalities'>, by: unknown = 'text'): Medium {
  if (by === 'text') return by
  const modality = MODALITIES.find((name) => name === by)
  if (!modality) throw badOption('by', by, `is not one of text, ${MODALITIES.join(', ')}`)
  if (modalities.some(({ name }) => name === modality)) return modality
  const known = ['text', ...modalities.map(({ name }) => name)].join(', ')
  throw badOption('by', by, `cannot be compared: no item of this store has a vector of it (it has: ${known})`)
}

/** An item's vector in the space of a medium. Fails with BAD_OPTION where it has none. */
export function vectorOf({ vectors, modalities }: Model, by: Medium, row: number, item: string): Float32Array {
  if (by === 'text') return readRow(vectors, row)
  const own = modalities.find(({ name }) => name === by)!
  if (own.has[row] === 1) return rowOf(own.vectors, row)
  throw badOption('by', by, `cannot be compared: item ${quote(item)} has none; ask by text`)
}

export function readLanguage(language: unknown): Language | null {
  if (language === undefined) return null
  if (language === 'en' || language === 'zh') return language
  throw badOption('language', language, 'is not en or zh')
}

export function readLimit(limit = 10): number {
  if (Number.isInteger(limit) && limit >= 1 && limit <= MOST_RESULTS) return limit
  throw badOption('limit', limit, `must be a whole number from 1 to ${MOST_RESULTS}`)
}

export function readTime(value: string | number): number {
  const time = typeof value === 'number' ? value : Date.parse(value)
  if (!Number.isNaN(time)) return time
  throw badOption('now', value, 'is no time; write 2026-05-01 or 2026-05-01T12:00:00Z')
}

/** Until when events are read, ms; NaN: all of them. */
export function untilOf({ now }: { now?: string | number }): number {
  return now === undefined ? Number.NaN : readTime(now)
}

const PLAIN_ACTIONS = {
  mute: 'mute',
  unmute: 'unmute',
  pin: 'pin',
  unpin: 'unpin',
  notMe: 'not-me',
  remove: 'remove',
} as const
const ACTIONS = ['boost', 'rename', 'merge', 'split', ...Object.keys(PLAIN_ACTIONS)]

/** A change to one interest, checked. */
export interface Change extends Pick<EditRecord, 'action' | 'value'> {
  /** Of a merge, the others; of a split, the items that were named, if any. */
  ids: string[]
}

/** A name or phrase: one line without characters that do not show. */
function readName(option: string, value: unknown): string {
  const name = typeof value === 'string' ? tidyText(value, value.length).trim() : ''
  if (name !== '' && [...name].length <= MOST_CHARACTERS) return name
  throw badOption(option, value, `must have 1 to ${MOST_CHARACTERS} characters`)
}

export function readWish(phrase: unknown): string {
  return readName('phrase', typeof phrase === 'string' ? cleanText(phrase) : phrase)
}

export function readAction(action: EditAction): Change {
  if (typeof action !== 'object' || action === null) throw badOption('action', action, 'is no edit')
  if ('boost' in action) {
    if (action.boost >= 0.1 && action.boost <= 10) return { action: 'boost', value: action.boost, ids: [] }
    throw badOption('boost', action.boost, 'is not between 0.1 and 10')
  }
  if ('rename' in action) {
    return { action: 'rename', value: readName('rename', action.rename), ids: [] }
  }
  if ('merge' in action) return { action: 'merge', value: null, ids: [...new Set(checkTexts('merge', action.merge))] }
  if ('split' in action) {
    if (typeof action.split !== 'object') throw badOption('split', action.split, 'must be { items: [...] } or {}')
    return { action: 'split', value: null, ids: [...new Set(checkTexts('split', action.split?.items))] }
  }
  for (const [key, name] of Object.entries(PLAIN_ACTIONS))
    if (key in action) return { action: name, value: null, ids: [] }
  throw badOption('action', Object.keys(action)[0], `is no edit; use ${ACTIONS.join(', ')}`)
}
