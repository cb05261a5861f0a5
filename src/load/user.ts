import type { AnswerInput, AnswerOptions } from '../answer/read.js'
import type { Query } from '../columns.js'
import { InterestMineError } from '../errors.js'
import type { ActiveEdit } from '../mine/edits/edits.js'
import { leastMatch, MOST_MATCHES } from '../mine/edits/wishes.js'
import { plainHistory } from '../mine/history.js'
import { type GivenName, prepareNames } from '../mine/names/given-names.js'
import { capitalise } from '../mine/names/parts.js'
import { partLabel } from '../mine/names/proposals.js'
import { type BehaviourRules, readHistory, toEarlierInterests } from '../model/histories.js'
import {
  badOption,
  checkText,
  checkTexts,
  RANGES,
  readDiversity,
  readLanguage,
  readLimit,
  readPhrase,
  readTime,
} from '../options.js'
import type { Store, StoredEdit } from '../store/store.js'
import type { GuestOptions, RankOptions, RecommendOptions } from '../types/options.js'
import { centreVector } from '../vectors/centre.js'
import { readVector } from '../vectors/vector-bytes.js'
import type { Loaded } from './generation.js'
import { allowRows, findRows } from './items.js'

/**
 * Reads what is known of a user, with the what-ifs of a request, as `read` takes it. A user whom the store does not
 * know has an empty history. `options.now`: events after it are left out. `encode`: gives the centred vector of a
 * phrase; it is called for wishes that were encoded by another encoder. Rejects with BAD_OPTION, and with UNKNOWN_ITEM
 * for an unknown id in `options.without`.
 */
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
  // Only events that the statistics count: one that arrived since is read with the next answer.
  const columns = await store.userEventsUntil(key, appliedSeq)
  const until = options.now === undefined ? Number.NaN : readTime(options.now)
  const rules = info.rules as BehaviourRules
  const history = readHistory(columns, 0, columns.items.length, model.catalogue, rowOfKey, rules, until)
  const edits = await readEdits(store, loaded, key, encode)
  const earlier = toEarlierInterests(await store.minedOf(info.id, key), rowOfKey)
  const given = (await readNames(store, loaded, key)).map(({ name }) => name)
  const names = prepareNames(given, model.catalogue)
  return { user, history, edits, earlier, names, without, mute: checkTexts('mute', options.mute) }
}

/**
 * A user's edits in force, oldest first, with their evidence as catalogue rows; items that left the catalogue are left
 * out. `user`: store key. Without `encode` wishes have no query, which is enough where nothing is recommended.
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

/**
 * The query of a wish: its stored vector where it is of the generation's encoder, else its phrase encoded again. Null
 * where the store has no encoder, because items bring their own vectors.
 */
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

/** Matches prompts, of any version, whose replies are names of interests. */
const NAMING = /^name-interest@/

/**
 * Names that language models gave to a user's interests and that were accepted, oldest first. `user`: store key.
 * Returns each name with the catalogue rows that it was given for, and in `asker` the prompt and the model, "PROMPT
 * MODEL".
 */
export async function readNames(
  store: Store,
  { rowOfKey }: Loaded,
  user: number,
): Promise<{ name: GivenName; asker: string }[]> {
  const names: { name: GivenName; asker: string }[] = []
  for (const { prompt, model, items, value, refused } of await store.replies(user)) {
    if (refused !== null || !NAMING.test(prompt)) continue
    const { label: said, head } = value as { label: string; head: string }
    const label = capitalise(said)
    const keys = await store.findItems(items, { gone: true })
    const rows = keys.map((one) => (one === null ? -1 : rowOfKey(one))).filter((row) => row >= 0)
    const name = { label, ...partLabel(label, head), rows: Int32Array.from(rows) }
    names.push({ name, asker: `${prompt} ${model}` })
  }
  return names
}

/**
 * Reads what a guest brings, as `read` takes it: items as a history without times, and a phrase. `encode`: gives the
 * centred vector of a phrase. Rejects with BAD_OPTION where there are neither items nor a phrase, or an option is
 * wrong; with UNKNOWN_ITEM for unknown ids.
 */
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

/**
 * Checks the options of a request and fills in defaults. Rejects with BAD_OPTION where one is wrong, and with
 * UNKNOWN_ITEM for an unknown id in `options.exclude`.
 */
export async function readOptions(store: Store, loaded: Loaded, options: RecommendOptions): Promise<AnswerOptions> {
  return {
    limit: readLimit(options.limit),
    diversity: readDiversity(options.diversity),
    exclude: new Set(await findRows(store, loaded, checkTexts('exclude', options.exclude), { gone: true })),
    allow: await allowRows(store, loaded, options.where),
    effects: options.effects ?? false,
    language: readLanguage(options.language) ?? loaded.model.catalogue.language,
    now: nowOf(loaded, options.now),
  }
}

/**
 * Checks the options of a ranking and finds the items to rank. Returns their catalogue rows, each once; without a limit
 * all are ranked. Rejects with BAD_OPTION where an option or the list of ids is wrong, and with UNKNOWN_ITEM for
 * unknown ids.
 */
export async function readRanking(
  store: Store,
  loaded: Loaded,
  items: readonly string[],
  options: RankOptions,
): Promise<{ rows: number[]; options: AnswerOptions }> {
  if (!Array.isArray(items) || items.length > RANGES.limit.most) {
    throw badOption('items', items, `must be a list of at most ${RANGES.limit.most} ids`)
  }
  const rows = [...new Set(await findRows(store, loaded, checkTexts('items', items)))]
  const { limit = Math.max(1, rows.length), effects, now, language } = options
  return { rows, options: await readOptions(store, loaded, { limit, effects, now, language }) }
}

/**
 * The time of an answer in ms: `now` where it is given, else that of the newest event of the store (NaN where none has
 * a time), so that an answer does not change with the clock and old data stay usable. Throws BAD_OPTION where `now` is
 * no time.
 */
export function nowOf({ stamp }: Loaded, now: string | number | undefined): number {
  return now === undefined ? (stamp.newest ?? Number.NaN) : readTime(now)
}
