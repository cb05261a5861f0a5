import { renameSync, rmSync, writeFileSync } from 'node:fs'
import type { BehaviourRules } from './behaviour.js'
import type { LoadedEncoder } from './encode/encoder.js'
import { fullText, shortText } from './encode/item-text.js'
import { findModel, readManifest } from './encode/manifest.js'
import { encodeModality } from './encoding-media.js'
import { InterestMineError, quote } from './errors.js'
import { lookAgain, type ModalityReports } from './gathering-media.js'
import { parseWeightTable, ratingScale, WEIGHT_PRESETS } from './ingest/weights.js'
import { type Intake, stopIfAborted, takeEvents, takeItems, type VectorDims } from './intake.js'
import { readKeptNow } from './kept-media.js'
import { type Loaded, rulesOf } from './loading.js'
import { dropUnused, keptFolder } from './media/kept.js'
import { MODALITIES } from './modalities.js'
import { ARTEFACTS_FORMAT } from './model.js'
import { payForTraining } from './paying.js'
import { type Dropped, encodeCached, type RefitOptions, type RefitReport, refit } from './refit.js'
import { retrain } from './retrain.js'
import type { ChosenTowers, GenerationInfo, Store, StoredItem } from './store/store.js'
import { majorityLanguage, nearMatches } from './text.js'
import { checkMedia, chooseTowers, openMedia } from './towers.js'
import { LEAST_USERS } from './training.js'
import type {
  BuildOptions,
  BuildReport,
  ForgetAnswer,
  Item,
  Modality,
  OpenOptions,
  OwnWeights,
  Precision,
  Rejection,
  Tower,
  TrainOptions,
  TrainReport,
  WeightPreset,
  WeightTable,
} from './types.js'
import { rowOf } from './vectors/matrix.js'
import { DEFAULT_PRECISION } from './vectors/precision.js'
import { TEXT_BITS } from './vectors/vector-bytes.js'
import type { Pool } from './vectors/workers.js'

const ENGLISH = 'all-MiniLM-L6-v2'
const MULTILINGUAL = 'multilingual-e5-small'
/** A catalogue with this share of Chinese items needs the encoder that reads both. */
const CHINESE_SHARE = 0.05
/** Items that the language is told from. */
const SAMPLE = 5000
/** A rebuild may remove this share of the catalogue without being told so. */
const PRUNE_LIMIT = 0.2
/** More pending changes than this are folded into a new generation at once; fewer are laid over the last one. */
const FOLD_EVENTS = 20_000
const FOLD_ITEMS = 200
/** Above this share of unknown tokens the encoder does not read the catalogue's language. */
const UNKNOWN_SHARE = 0.02

/** What a build needs of the miner around it. */
export interface Workshop {
  store: Store
  options: Pick<OpenOptions, 'encoder' | 'imageEncoder' | 'audioEncoder' | 'seed'>
  clock(): number
  openEncoder(name: string): Promise<LoadedEncoder>
  openTower(name: string, modality: Modality): Promise<Tower>
  /** The encoder where one is open. */
  encoder(): Promise<LoadedEncoder> | null
  openPool(): Pool | null
  load(): Promise<Loaded>
}

/** Reads, encodes and fits. `whole`: every change is folded into a new generation; else only many are. */
export async function buildStore(shop: Workshop, options: BuildOptions, whole: boolean): Promise<BuildReport> {
  const { store } = shop
  if (typeof options !== 'object' || options === null || (!options.items && !options.events)) {
    throw new InterestMineError('BAD_OPTION', 'a build needs items, events or both', { option: 'items' })
  }
  const started = performance.now()
  const seconds: BuildReport['seconds'] = { read: 0, encode: 0, index: 0, events: 0, total: 0 }
  const kept = options.items && options.prune ? await readKeptNow(store) : null
  const { items, events, itemCounts, eventCounts, notes, readSeconds, eventSeconds } = await takeRows(shop, options)
  // Bytes that came with items which are gone are gone too.
  if (kept) dropUnused(keptFolder(store.path), await readKeptNow(store), kept)
  seconds.read = readSeconds
  seconds.events = eventSeconds
  if (!(await store.tally()).hasItems) throw nothingToIndex(shop, items)
  const choice = await chooseEncoder(shop)
  const damaged = whole && (await isDamaged(shop))
  // What knows somebody who is forgotten goes where a training may follow; else it stays, marked, until there is one.
  const drop = whole && options.train !== false ? 'traces' : 'none'
  const mustFit = damaged || (await mustRefit(shop, choice.id, whole, drop, options))
  const looked = mustFit || !whole ? null : await lookAtMedia(shop, options)
  const report = mustFit || looked?.changed ? await refitStore(shop, choice, drop, options) : null
  const encoded = report ?? (await encodePending(shop, await store.generation(), options))
  // Those that were looked at first were encoded then.
  const modalities = looked?.reports ?? encoded.modalities
  seconds.encode = Math.round((encoded.encodeSeconds + (looked?.seconds ?? 0)) * 1000) / 1000
  seconds.index = report ? Math.round(report.fitSeconds * 1000) / 1000 : 0
  const trained = whole ? await trainWhereDue(shop, options, report !== null) : null
  if (trained) {
    notes.push(trained.note)
    seconds.train = Math.round(trained.seconds * 1000) / 1000
  }
  if (whole) notes.push(...tellUnread(items, await store.generation()))
  const encoder = await shop.encoder()
  const { unknown, tokens } = encoder?.statistics ?? { unknown: 0, tokens: 0 }
  if (tokens > 0 && unknown > UNKNOWN_SHARE * tokens) {
    notes.push(
      `${Math.round((100 * unknown) / tokens)} % of the text is unknown to ${choice.id}; for Chinese use --encoder ${MULTILINGUAL}`,
    )
  }

  const model = await shop.load()
  const rejected = await store.rejections(20)
  const reasons = await store.rejectionCounts()
  seconds.total = secondsSince(started)
  return {
    items: itemCounts,
    events: eventCounts,
    rejected: rejected.map(showRejection),
    rejectedByReason: Object.fromEntries(reasons.map(({ reason, count }) => [reason, count])),
    rejectedFile: reasons.length > 0 ? await writeRejections(store) : removeRejections(store),
    encoder: { id: choice.id, dims: model.info.dims, reason: choice.reason },
    ...(Object.keys(modalities).length > 0 ? { modalities } : {}),
    encoded: encoded.encodedItems,
    seconds,
    peakMB: Math.round(process.resourceUsage().maxRSS / 1024),
    texts: encoded.texts,
    textsPerSecond: encoded.texts > 0 ? Math.round(encoded.texts / Math.max(0.001, encoded.encodeSeconds)) : null,
    language: model.model.catalogue.language,
    columns: { items: items?.columns ?? [], events: events?.columns ?? [] },
    notes: [...notes, ...(items?.notes ?? []), ...(events?.notes ?? [])],
  }
}

/** Pictures and sounds that a catalogue has and nothing reads. */
function tellUnread(items: Intake | null, info: GenerationInfo | null): string[] {
  return MODALITIES.flatMap((modality) => {
    const named = items?.columns.find(({ as }) => as === modality)
    const isRead = info?.towers?.[modality] || info?.modalities.some(({ name }) => name === modality)
    if (!named || isRead) return []
    return [`nothing reads column ${quote(named.column)} yet: that takes --${modality}-encoder DIR (docs/towers.md)`]
  })
}

const secondsSince = (from: number) => Math.round(performance.now() - from) / 1000

/** What came of reading items and events into a store. */
export interface Taken {
  items: Intake | null
  events: Intake | null
  itemCounts: BuildReport['items']
  eventCounts: BuildReport['events']
  notes: string[]
  readSeconds: number
  eventSeconds: number
}

/** Reads rows into the store: whole, or not at all. */
export async function takeRows(
  shop: Pick<Workshop, 'store' | 'options' | 'clock'>,
  options: BuildOptions,
): Promise<Taken> {
  const { store } = shop
  const notes: string[] = []
  // A model that cannot be read is said before any row goes in.
  if (shop.options.encoder !== undefined) await readManifest(findModel(shop.options.encoder))
  await chooseTowers(shop.options)
  checkMedia(options)
  await store.beginStaging()
  const weights = options.weights === undefined ? null : readWeights(options.weights)
  choosePrecision(null, options)

  let from = performance.now()
  let items: Intake | null = null
  let itemCounts: BuildReport['items'] = null
  if (options.items) {
    const known = await readDims(store)
    const taken = await takeItems(store, options.items, known, options)
    items = taken
    if (options.prune && taken.read === taken.rejected) throw nothingToIndex(shop, taken)
    const merged = await store.mergeItems({ prune: options.prune ?? false, limit: options.yes ? 1 : PRUNE_LIMIT })
    itemCounts = { read: taken.read, ...merged, rejected: taken.rejected }
    await keepDims(store, known, taken.vectorDims)
    if (taken.read > 0 && taken.read === taken.rejected) notes.push('no row of the catalogue could be used')
  }
  const readSeconds = secondsSince(from)

  from = performance.now()
  let events: Intake | null = null
  let eventCounts: BuildReport['events'] = null
  if (options.events) {
    events = await takeEvents(store, options.events, shop.clock(), options)
    const merged = await store.mergeEvents(events.name)
    eventCounts = { read: events.read, ...merged, rejected: events.rejected + merged.rejected }
  }
  const eventSeconds = secondsSince(from)
  stopIfAborted(options.signal)
  if (weights) await store.setMeta('weights', JSON.stringify(weights))
  return { items, events, itemCounts, eventCounts, notes, readSeconds, eventSeconds }
}

async function readDims(store: Store): Promise<VectorDims> {
  const known = async (key: string) => {
    const value = await store.getMeta(key)
    return value === null ? null : Number(value)
  }
  const modalities: VectorDims['modalities'] = {}
  for (const name of MODALITIES) modalities[name] = (await known(`${name}VectorDims`)) ?? undefined
  return { vector: await known('vectorDims'), modalities }
}

async function keepDims(store: Store, known: VectorDims, taken: VectorDims): Promise<void> {
  const keep = async (key: string, before: number | null | undefined, now: number | null | undefined) => {
    if (before == null && now != null) await store.setMeta(key, String(now))
  }
  await keep('vectorDims', known.vector, taken.vector)
  for (const name of MODALITIES) await keep(`${name}VectorDims`, known.modalities[name], taken.modalities[name])
}

function nothingToIndex(shop: Pick<Workshop, 'store'>, items: Intake | null): InterestMineError {
  if (items)
    return new InterestMineError(
      'BAD_INPUT',
      `${quote(items.name)} has no item that can be used (${items.rejected} of ${items.read} rows rejected)`,
      { file: items.name },
    )
  return new InterestMineError(
    'NO_STORE',
    `no items in ${shop.store.path} yet: run "interest-mine build-index CATALOG" first`,
    { file: shop.store.path },
  )
}

function readWeights(weights: WeightPreset | OwnWeights): WeightTable {
  if (typeof weights === 'string' && !Object.hasOwn(WEIGHT_PRESETS, weights)) {
    const names = Object.keys(WEIGHT_PRESETS)
    throw new InterestMineError('BAD_OPTION', `no weights ${quote(weights)}; use ${names.join(', ')} or a JSON file`, {
      option: 'weights',
      value: weights,
      near: nearMatches(weights, names),
    })
  }
  return typeof weights === 'string' ? WEIGHT_PRESETS[weights] : parseWeightTable(weights)
}

/** What the store is encoded with, else what was asked for, else what its language needs. */
export async function chooseEncoder(
  shop: Pick<Workshop, 'store' | 'options'>,
): Promise<{ id: string; name: string | null; reason: string }> {
  const store = shop.store
  const dims = Number((await store.getMeta('vectorDims')) ?? 0)
  if (dims > 0) return { id: `caller:${dims}`, name: null, reason: 'the items bring their own vectors' }
  const known = (await store.generation())?.encoderName
  const asked = shop.options.encoder
  const chosen = asked ?? known
  if (chosen !== null && chosen !== undefined) {
    const { id } = await readManifest(findModel(chosen))
    return { id, name: chosen, reason: asked !== undefined ? 'as asked' : 'the store was built with it' }
  }
  const sample: string[] = []
  for await (const items of store.itemBatches(SAMPLE)) {
    for (const { item } of items) sample.push(`${item.title} ${item.text ?? ''}`)
    break
  }
  const chinese = sample.filter((text) => majorityLanguage([text]) === 'zh').length / Math.max(1, sample.length)
  const name = chinese > CHINESE_SHARE ? MULTILINGUAL : ENGLISH
  const percent = Math.round(100 * chinese)
  return {
    id: (await readManifest(findModel(name))).id,
    name,
    reason:
      chinese > CHINESE_SHARE
        ? `${percent} % of the items are in Chinese`
        : 'the catalogue is in English or a like script',
  }
}

/** Artefacts that cannot be read are made anew by the next whole build, whatever else changed. */
async function isDamaged(shop: Workshop): Promise<boolean> {
  if (!(await shop.store.generation())) return false
  return shop.load().then(
    () => false,
    (error) => {
      if (error instanceof InterestMineError && error.code === 'STORE_DAMAGED') return true
      if (error instanceof InterestMineError && error.code === 'ENCODER_MISMATCH') return false
      throw error
    },
  )
}

/** `whole`: any change is folded in; else few changes are laid over the last generation. */
async function mustRefit(
  shop: Workshop,
  encoderId: string,
  whole: boolean,
  drop: Dropped,
  options: Pick<BuildOptions, 'precision'> = {},
): Promise<boolean> {
  const store = shop.store
  const info = await store.generation()
  if (!info) return true
  const stamp = await store.stamp()
  const { lastSeq } = await store.tally()
  const rules = await rulesOf(shop.store, stamp)
  const before = info.rules as BehaviourRules
  if (info.encoder !== encoderId || info.format !== ARTEFACTS_FORMAT) return true
  if (info.scorerStale && drop === 'traces') return true
  if (JSON.stringify(await chooseTowers(shop.options, info.towers)) !== JSON.stringify(info.towers ?? {})) return true
  if (choosePrecision(info, options) !== info.precision) return true
  if (ratingScale(rules.ratingMax ?? 5) !== ratingScale(before.ratingMax ?? 5)) return true
  if (JSON.stringify(rules.table) !== JSON.stringify(before.table)) return true
  if (whole) return info.stale || stamp.items !== info.itemsChange || lastSeq !== info.eventsSeq
  const pending = stamp.items === info.itemsChange ? [] : await store.readItems(info.itemsChange)
  // A modality that the generation does not know cannot be laid over it.
  const unknown = MODALITIES.filter((name) => info.modalities.every((known) => known.name !== name))
  const brings = (item: Item, name: Modality) => item.vectors?.[name] || (item[name] && info.towers?.[name])
  if (pending.some(({ item }) => unknown.some((name) => brings(item, name)))) return true
  return (
    pending.length > Math.max(FOLD_ITEMS, 0.02 * info.items) ||
    lastSeq - info.eventsSeq > Math.max(FOLD_EVENTS, 0.1 * info.events)
  )
}

/** Whether the pictures and sounds of a catalogue that is the same otherwise are others now; null where nothing reads any. */
async function lookAtMedia(
  shop: Workshop,
  options: BuildOptions,
): Promise<(Awaited<ReturnType<typeof lookAgain>> & { seconds: number }) | null> {
  const info = await shop.store.generation()
  if (!options.items || !info?.towers) return null
  const started = performance.now()
  const media = await openMediaFor(shop, info.towers, options)
  const looked = await lookAgain({ store: shop.store, media }, info)
  return { ...looked, seconds: secondsSince(started) }
}

/** What is asked for, else how the store was built. Fails with BAD_OPTION. */
function choosePrecision(info: GenerationInfo | null, { precision }: Pick<BuildOptions, 'precision'>): Precision {
  if (precision === undefined) return info?.precision ?? DEFAULT_PRECISION
  if (precision === 'float32' || precision === 'int8') return precision
  const details = { option: 'precision', value: precision }
  throw new InterestMineError('BAD_OPTION', `precision ${quote(precision)} is not float32 or int8`, details)
}

export async function refitStore(
  shop: Workshop,
  choice: { id: string; name: string | null },
  drop: Dropped,
  options: Pick<BuildOptions, 'precision' | 'signal' | 'onProgress'>,
): Promise<RefitReport> {
  const encoder = choice.name === null ? null : await shop.openEncoder(choice.name)
  const chosen = await chooseTowers(shop.options, (await shop.store.generation())?.towers)
  return refit({
    store: shop.store,
    encoder,
    encoderId: choice.id,
    encoderName: choice.name,
    chosen,
    media: await openMediaFor(shop, chosen, options),
    pool: shop.openPool(),
    graphFile: `${shop.store.path}.hnsw`,
    rules: await rulesOf(shop.store, await shop.store.stamp()),
    drop,
    precision: choosePrecision(await shop.store.generation(), options),
    seed: shop.options.seed ?? 1,
    clock: shop.clock(),
    signal: options.signal,
    onProgress: options.onProgress,
  })
}

type MediaShop = Pick<Workshop, 'store' | 'openTower' | 'openPool'>

/** Opens what the pictures and sounds of a generation were encoded with; null where nothing was. */
export function openKnownMedia(
  shop: MediaShop,
  { modalities }: GenerationInfo,
  options: BuildOptions,
): Promise<RefitOptions['media']> {
  const chosen: ChosenTowers = {}
  for (const { name, encoder, tower } of modalities) if (tower !== null) chosen[name] = { id: encoder, name: tower }
  return openMediaFor(shop, chosen, options)
}

/** Opens what pictures and sounds are encoded with; null where nothing is. */
async function openMediaFor(
  shop: MediaShop,
  chosen: ChosenTowers,
  options: BuildOptions,
): Promise<RefitOptions['media']> {
  const towers = MODALITIES.flatMap((modality) => {
    const tower = chosen[modality]
    return tower ? [shop.openTower(tower.name, modality)] : []
  })
  if (towers.length === 0) return null
  const threads = shop.openPool()?.size ?? 0
  return { towers: await Promise.all(towers), options: await openMedia(shop.store, options, threads) }
}

/**
 * Trains after a build the first time that there is behaviour enough, and again where events grew by a tenth since, or
 * where it is asked for; null where none of it holds. Not where the last training was private: what would take the
 * place of its scorer hides nobody.
 */
async function trainWhereDue(
  shop: Workshop,
  options: BuildOptions,
  fresh: boolean,
): Promise<{ seconds: number; note: string } | null> {
  const info = await shop.store.generation()
  const asked = options.train === true
  if (!info || options.train === false) return null
  const due = info.scorerStale || info.events >= TRAIN_GROWTH * Math.max(1, info.trainedAt)
  if (!asked && !due) return null
  const { users } = await shop.store.counts()
  if (!asked && users < LEAST_USERS) return null
  if (info.privacy) return { seconds: 0, note: sayUntrained(info.privacy) }
  try {
    const { installed, ndcg, seconds, lists } = await retrainStore(shop, info, options, fresh)
    const figures = `NDCG@10 of users kept aside ${ndcg.before.toFixed(3)} before, ${ndcg.after.toFixed(3)} with it`
    const note = installed
      ? `trained on what users did next (${lists} events; ${figures})`
      : `training gave no better ranking (${figures}), so the scorer in use stays`
    return { seconds, note }
  } catch (error) {
    if (!(error instanceof InterestMineError)) throw error
    if (!asked && error.code === 'LIMIT') return null
    if (!asked && error.code === 'STORE_BUSY') return { seconds: 0, note: error.message }
    const { code, message, details } = error
    throw new InterestMineError(code, `the index is built and in use, but not trained: ${message}`, details, error)
  }
}

function sayUntrained({ epsilon }: NonNullable<GenerationInfo['privacy']>): string {
  return `not trained, for the last training was private; to train so again: interest-mine train --dp-epsilon ${epsilon}`
}

/** Training is due again where there are so many times the events of the last one. */
const TRAIN_GROWTH = 1.1

/**
 * Fits everything anew from rows alone, and trains where a scorer was trained before, privately where it was: what is
 * answered then does not depend on anything that was once in the store. Where there is too little behaviour left, or of
 * the privacy budget, the default scorer serves, and `note` says so. Null where there is nothing to fit.
 */
export async function refitAfresh(
  shop: Workshop,
  options: Pick<BuildOptions, 'signal' | 'onProgress'>,
): Promise<ForgetAnswer['retrained']> {
  const { store } = shop
  const before = await store.generation()
  if (!before || !(await store.tally()).hasItems) return null
  const { generation } = await refitStore(shop, await chooseEncoder(shop), 'all', options)
  const { id, privacy } = generation
  if (before.trainedAt === 0) return { generation: id, trained: false, note: privacy ? sayUntrained(privacy) : null }
  const training = { ...options, dpEpsilon: privacy?.epsilon, dpDelta: privacy?.delta }
  try {
    const { generation: trained } = await retrainStore(shop, generation, training, true)
    return { generation: trained, trained: true, note: null }
  } catch (error) {
    if (!(error instanceof InterestMineError) || !['LIMIT', 'BUDGET_SPENT'].includes(error.code)) throw error
    return { generation: id, trained: false, note: `not trained: ${error.message}` }
  }
}

/** Trains the generation in use; what is pending is folded in first. */
export async function trainStore(shop: Workshop, options: TrainOptions): Promise<TrainReport> {
  if (!(await shop.store.tally()).hasItems) throw nothingToIndex(shop, null)
  const choice = await chooseEncoder(shop)
  const due = await mustRefit(shop, choice.id, true, 'traces')
  if (due) await refitStore(shop, choice, 'traces', options)
  const info = await shop.store.generation()
  if (!info) throw nothingToIndex(shop, null)
  return retrainStore(shop, info, options, due)
}

function retrainStore(
  shop: Workshop,
  info: GenerationInfo,
  { adapter, ablate, dpEpsilon, dpDelta, tryEpsilons, signal, onProgress }: TrainOptions,
  fresh: boolean,
): Promise<TrainReport> {
  return retrain({
    store: shop.store,
    info,
    fresh,
    pool: shop.openPool(),
    seed: shop.options.seed ?? 1,
    clock: shop.clock(),
    adapter,
    ablate,
    dpEpsilon,
    dpDelta,
    tryEpsilons,
    spend: (epsilon, delta) => payForTraining(shop.store, new Date(shop.clock()).toISOString(), epsilon, delta),
    signal,
    onProgress,
  })
}

/** Encodes the items that are laid over a generation, as far as they are not encoded yet. */
export async function encodePending(
  shop: Workshop,
  info: GenerationInfo | null,
  options: BuildOptions,
): Promise<Pick<RefitReport, 'encodedItems' | 'texts' | 'encodeSeconds' | 'modalities'>> {
  const pending = info ? (await shop.store.readItems(info.itemsChange)).filter(({ live }) => live) : []
  if (!info || pending.length === 0) return { encodedItems: 0, texts: 0, encodeSeconds: 0, modalities: {} }
  const started = performance.now()
  let encodedItems = 0
  let fresh = new Set<string>()
  if (info.encoderName !== null) {
    const texts = pending.map(({ item }) => [fullText(item), shortText(item)])
    const encoder = await shop.openEncoder(info.encoderName)
    ;({ fresh } = await encodeCached({ store: shop.store, ...options }, encoder, texts.flat(), 'encode', TEXT_BITS))
    encodedItems = texts.filter((both) => both.some((text) => fresh.has(text))).length
  }
  const modalities = await encodePendingMedia(shop, info, pending, options)
  return { encodedItems, texts: fresh.size, encodeSeconds: (performance.now() - started) / 1000, modalities }
}

/** The same of pictures and sounds that a tower of the generation makes vectors of; kept with the items. */
async function encodePendingMedia(
  shop: Workshop,
  info: GenerationInfo,
  pending: readonly StoredItem[],
  options: BuildOptions,
): Promise<ModalityReports> {
  const media = await openKnownMedia(shop, info, options)
  const reports: ModalityReports = {}
  for (const tower of media?.towers ?? []) {
    const { vectors, has, report } = await encodeModality(shop.store, pending, tower.modality, tower, media!.options)
    const rows = pending.map(({ key }, i) => ({ key, vector: has[i] ? rowOf(vectors, i) : null }))
    await shop.store.keepEncoded(tower.modality, tower.id, rows)
    reports[tower.modality] = report
  }
  return reports
}

async function writeRejections(store: Store): Promise<string> {
  const file = `${store.path}.rejected.jsonl`
  const lines = (await store.rejections()).map(({ file: from, line, reason, field }) =>
    JSON.stringify({ file: from, line, reason, field }),
  )
  const temporary = `${file}.${process.pid}.tmp`
  writeFileSync(temporary, `${lines.join('\n')}\n`)
  renameSync(temporary, file)
  return file
}

function removeRejections(store: Store): null {
  rmSync(`${store.path}.rejected.jsonl`, { force: true })
  return null
}

function showRejection({ file, line, reason, field, id }: Rejection): Rejection {
  return { file, line, reason, field, ...(id === undefined ? {} : { id }) }
}
