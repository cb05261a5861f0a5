import { MODALITIES } from '../columns.js'
import { findModel, readManifest } from '../encode/manifest.js'
import { InterestMineError } from '../errors.js'
import type { Host } from '../host.js'
import { ratingScale } from '../ingest/weights.js'
import { rulesOf } from '../load/generation.js'
import type { BehaviourRules } from '../model/histories.js'
import { ARTEFACTS_FORMAT } from '../model/model.js'
import { badOption } from '../options.js'
import { sidecarsOf } from '../store/sidecars.js'
import type { ChosenTowers, GenerationInfo } from '../store/store.js'
import { majorityLanguage } from '../text.js'
import { roundSeconds, startTimer } from '../threads/timer.js'
import type { Item, Modality } from '../types/items.js'
import type { BuildOptions, Precision } from '../types/options.js'
import { DEFAULT_PRECISION } from '../vectors/precision.js'
import { type RefitReport, refit } from './fit-generation.js'
import { recheckModalities } from './media-files.js'
import type { Dropped, RefitOptions } from './refit-options.js'
import { chooseTowers, openMedia } from './towers.js'

/** Name of the bundled encoder for English. */
export const ENGLISH = 'all-MiniLM-L6-v2'
/** Name of the bundled encoder for English and Chinese. */
export const MULTILINGUAL = 'multilingual-e5-small'
/** A catalogue with more than this share of Chinese items gets the multilingual encoder. */
const CHINESE_SHARE = 0.05
/** Number of items whose texts tell the language. */
const SAMPLE = 5000

/**
 * With more pending events, or items, than this a new generation is fitted; fewer are added to answers of the last one.
 */
const FOLD_EVENTS = 20_000
const FOLD_ITEMS = 200

/**
 * Chooses the text encoder of a store, and says why: none (`name` null) where items bring their own vectors, else the
 * one that the miner was opened with, else the one that the store was built with, else one for the language of the
 * items. Fails with BAD_MODEL where its manifest cannot be read.
 */
export async function chooseEncoder(
  host: Pick<Host, 'store' | 'options'>,
): Promise<{ id: string; name: string | null; reason: string }> {
  const store = host.store
  const dims = Number((await store.getMeta('vectorDims')) ?? 0)
  if (dims > 0) return { id: `caller:${dims}`, name: null, reason: 'the items bring their own vectors' }
  const known = (await store.generation())?.encoderName
  const asked = host.options.encoder
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

/** Whether the artefacts of the generation in use cannot be read, so that the next whole build must make them anew. */
export async function isDamaged(host: Host): Promise<boolean> {
  if (!(await host.store.generation())) return false
  return host.load().then(
    () => false,
    (error) => {
      if (error instanceof InterestMineError && error.code === 'STORE_DAMAGED') return true
      if (error instanceof InterestMineError && error.code === 'ENCODER_MISMATCH') return false
      throw error
    },
  )
}

/**
 * Whether a new generation must be fitted. With `whole`, any change of items or events is a reason; without, only many
 * changes are, and few are added to answers of the generation in use. Another encoder, other towers, another precision,
 * other weights of events or another rating scale are always reasons.
 */
export async function mustRefit(
  host: Host,
  encoderId: string,
  whole: boolean,
  drop: Dropped,
  options: Pick<BuildOptions, 'precision'> = {},
): Promise<boolean> {
  const store = host.store
  const info = await store.generation()
  if (!info) return true
  const stamp = await store.stamp()
  const { lastSeq } = await store.tally()
  const rules = await rulesOf(host.store, stamp)
  const before = info.rules as BehaviourRules
  if (info.encoder !== encoderId || info.format !== ARTEFACTS_FORMAT) return true
  if (info.scorerStale && drop === 'traces') return true
  if (JSON.stringify(await chooseTowers(host.options, info.towers)) !== JSON.stringify(info.towers ?? {})) return true
  if (choosePrecision(info, options) !== info.precision) return true
  if (ratingScale(rules.ratingMax ?? 5) !== ratingScale(before.ratingMax ?? 5)) return true
  if (JSON.stringify(rules.table) !== JSON.stringify(before.table)) return true
  if (whole) return info.stale || stamp.items !== info.itemsChange || lastSeq !== info.eventsSeq
  const pending = stamp.items === info.itemsChange ? [] : await store.readItems(info.itemsChange)
  // Items with a modality that the generation has no vectors of cannot be added to its answers.
  const unknown = MODALITIES.filter((name) => info.modalities.every((known) => known.name !== name))
  const brings = (item: Item, name: Modality) => item.vectors?.[name] || (item[name] && info.towers?.[name])
  if (pending.some(({ item }) => unknown.some((name) => brings(item, name)))) return true
  return (
    pending.length > Math.max(FOLD_ITEMS, 0.02 * info.items) ||
    lastSeq - info.eventsSeq > Math.max(FOLD_EVENTS, 0.1 * info.events)
  )
}

/**
 * Encodes the pictures and sounds of a catalogue that did not change otherwise, and says whether their vectors changed
 * (`recheckModalities`), with the seconds it took. Null where no items were given, or the store has no towers.
 */
export async function recheckMedia(
  host: Host,
  options: BuildOptions,
): Promise<(Awaited<ReturnType<typeof recheckModalities>> & { seconds: number }) | null> {
  const info = await host.store.generation()
  if (!options.items || !info?.towers) return null
  const elapsed = startTimer()
  const media = await openMediaFor(host, info.towers, options)
  const rechecked = await recheckModalities({ store: host.store, media }, info)
  return { ...rechecked, seconds: roundSeconds(elapsed()) }
}

/** The precision that is asked for, else that of the generation, else the default. Fails with BAD_OPTION. */
export function choosePrecision(
  info: GenerationInfo | null,
  { precision }: Pick<BuildOptions, 'precision'>,
): Precision {
  if (precision === undefined) return info?.precision ?? DEFAULT_PRECISION
  if (precision === 'float32' || precision === 'int8') return precision
  throw badOption('precision', precision, 'is not float32 or int8')
}

/**
 * Fits a store anew with an encoder (`chooseEncoder`), as a new generation. `drop`: what is not taken over from the one
 * before. Fails with INTERRUPTED, BAD_MODEL, NO_RUNTIME.
 */
export async function refitStore(
  host: Host,
  choice: { id: string; name: string | null },
  drop: Dropped,
  options: Pick<BuildOptions, 'precision' | 'signal' | 'onProgress'>,
): Promise<RefitReport> {
  const encoder = choice.name === null ? null : await host.openEncoder(choice.name)
  const chosen = await chooseTowers(host.options, (await host.store.generation())?.towers)
  return refit({
    store: host.store,
    encoder,
    encoderId: choice.id,
    encoderName: choice.name,
    chosen,
    media: await openMediaFor(host, chosen, options),
    pool: host.openPool(),
    graphFile: sidecarsOf(host.store).graph,
    rules: await rulesOf(host.store, await host.store.stamp()),
    drop,
    precision: choosePrecision(await host.store.generation(), options),
    seed: host.options.seed ?? 1,
    clock: host.clock(),
    signal: options.signal,
    onProgress: options.onProgress,
  })
}

type MediaHost = Pick<Host, 'store' | 'openTower' | 'openPool'>

/** Opens the towers that pictures and sounds of a generation were encoded with; null where they were not encoded. */
export function openKnownMedia(
  host: MediaHost,
  { modalities }: GenerationInfo,
  options: BuildOptions,
): Promise<RefitOptions['media']> {
  const chosen: ChosenTowers = {}
  for (const { name, encoder, tower } of modalities) if (tower !== null) chosen[name] = { id: encoder, name: tower }
  return openMediaFor(host, chosen, options)
}

/** Opens the chosen towers; null where there are none. */
async function openMediaFor(
  host: MediaHost,
  chosen: ChosenTowers,
  options: BuildOptions,
): Promise<RefitOptions['media']> {
  const towers = MODALITIES.flatMap((modality) => {
    const tower = chosen[modality]
    return tower ? [host.openTower(tower.name, modality)] : []
  })
  if (towers.length === 0) return null
  const threads = host.openPool().size
  return { towers: await Promise.all(towers), options: await openMedia(host.store, options, threads) }
}
