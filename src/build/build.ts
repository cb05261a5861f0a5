import { renameSync, rmSync, writeFileSync } from 'node:fs'
import { MODALITIES } from '../columns.js'
import { InterestMineError, quote } from '../errors.js'
import type { Host } from '../host.js'
import { dropUnused } from '../media/kept.js'
import { sidecarsOf } from '../store/sidecars.js'
import type { GenerationInfo, Store } from '../store/store.js'
import { roundSeconds, startTimer } from '../threads/timer.js'
import type { BuildOptions } from '../types/options.js'
import type { BuildReport, Rejection } from '../types/reports.js'
import { chooseEncoder, isDamaged, MULTILINGUAL, mustRefit, recheckMedia, refitStore } from './choose.js'
import { readKeptReferencesIfAny } from './kept-media.js'
import { encodePending } from './pending.js'
import type { SourceReport } from './rows.js'
import { nothingToIndex, takeRows } from './take.js'
import { trainIfDue } from './train-store.js'

/**
 * Builds a store: reads items and events, encodes what changed, fits a new generation where that is due, and trains.
 * With `whole`, every change makes a new generation; without, only many changes do, and nothing is trained. Fails with
 * BAD_OPTION, BAD_INPUT, BAD_MODEL, LIMIT, NO_STORE, NO_RUNTIME, INTERRUPTED.
 */
export async function buildStore(host: Host, options: BuildOptions, whole: boolean): Promise<BuildReport> {
  const { store } = host
  if (typeof options !== 'object' || options === null || (!options.items && !options.events)) {
    throw new InterestMineError('BAD_OPTION', 'a build needs items, events or both', { option: 'items' })
  }
  const elapsed = startTimer()
  const seconds: BuildReport['seconds'] = { read: 0, encode: 0, index: 0, events: 0, total: 0 }
  const kept = options.items && options.prune ? await readKeptReferencesIfAny(store) : null
  const { items, events, itemCounts, eventCounts, notes, readSeconds, eventSeconds } = await takeRows(host, options)
  // Pictures and sounds that came with items which left the catalogue are deleted.
  if (kept) dropUnused(sidecarsOf(store).media, await readKeptReferencesIfAny(store), kept)
  seconds.read = readSeconds
  seconds.events = eventSeconds
  if (!(await store.tally()).hasItems) throw nothingToIndex(host, items)
  const choice = await chooseEncoder(host)
  const damaged = whole && (await isDamaged(host))
  // A scorer that depends on a user who was forgotten is dropped if a training may follow; else it stays, marked as
  // stale.
  const drop = whole && options.train !== false ? 'traces' : 'none'
  const mustFit = damaged || (await mustRefit(host, choice.id, whole, drop, options))
  const rechecked = mustFit || !whole ? null : await recheckMedia(host, options)
  const report = mustFit || rechecked?.changed ? await refitStore(host, choice, drop, options) : null
  const encoded = report ?? (await encodePending(host, await store.generation(), options))
  // Where pictures and sounds were rechecked, they were encoded then, so that report counts.
  const modalities = rechecked?.reports ?? encoded.modalities
  seconds.encode = Math.round((encoded.encodeSeconds + (rechecked?.seconds ?? 0)) * 1000) / 1000
  seconds.index = report ? Math.round(report.fitSeconds * 1000) / 1000 : 0
  const trained = whole ? await trainIfDue(host, options, report !== null) : null
  if (trained) {
    notes.push(trained.note)
    seconds.train = Math.round(trained.seconds * 1000) / 1000
  }
  if (whole) notes.push(...noteUnread(items, await store.generation()))
  const encoder = await host.encoder()
  const { unknown, tokens } = encoder?.statistics ?? { unknown: 0, tokens: 0 }
  if (tokens > 0 && unknown > UNKNOWN_SHARE * tokens) {
    notes.push(
      `${Math.round((100 * unknown) / tokens)} % of the text is unknown to ${choice.id}; for Chinese use --encoder ${MULTILINGUAL}`,
    )
  }

  const loaded = await host.load()
  const rejected = await store.rejections(20)
  const reasons = await store.rejectionCounts()
  seconds.total = roundSeconds(elapsed())
  return {
    items: itemCounts,
    events: eventCounts,
    rejected: rejected.map(showRejection),
    rejectedByReason: Object.fromEntries(reasons.map(({ reason, count }) => [reason, count])),
    rejectedFile: reasons.length > 0 ? await writeRejections(store) : removeRejections(store),
    encoder: { id: choice.id, dims: loaded.info.dims, reason: choice.reason },
    ...(Object.keys(modalities).length > 0 ? { modalities } : {}),
    encoded: encoded.encodedItems,
    seconds,
    peakMB: Math.round(process.resourceUsage().maxRSS / 1024),
    texts: encoded.texts,
    textsPerSecond: encoded.texts > 0 ? Math.round(encoded.texts / Math.max(0.001, encoded.encodeSeconds)) : null,
    language: loaded.model.catalogue.language,
    columns: { items: items?.columns ?? [], events: events?.columns ?? [] },
    notes: [...notes, ...(items?.notes ?? []), ...(events?.notes ?? [])],
  }
}

/** A note for each modality that the catalogue has a column of, but that no tower encodes. */
function noteUnread(items: SourceReport | null, info: GenerationInfo | null): string[] {
  return MODALITIES.flatMap((modality) => {
    const named = items?.columns.find(({ as }) => as === modality)
    const isRead = info?.towers?.[modality] || info?.modalities.some(({ name }) => name === modality)
    if (!named || isRead) return []
    return [`nothing reads column ${quote(named.column)} yet: that takes --${modality}-encoder DIR (docs/towers.md)`]
  })
}

async function writeRejections(store: Store): Promise<string | null> {
  const file = sidecarsOf(store).rejected
  if (file === null) return null
  const lines = (await store.rejections()).map(({ file: from, line, reason, field }) =>
    JSON.stringify({ file: from, line, reason, field }),
  )
  const temporary = `${file}.${process.pid}.tmp`
  writeFileSync(temporary, `${lines.join('\n')}\n`)
  renameSync(temporary, file)
  return file
}

function removeRejections(store: Store): null {
  const file = sidecarsOf(store).rejected
  if (file !== null) rmSync(file, { force: true })
  return null
}

function showRejection({ file, line, reason, field, id }: Rejection): Rejection {
  return { file, line, reason, field, ...(id === undefined ? {} : { id }) }
}

/** With more than this share of unknown tokens, a note says that the encoder does not know the catalogue's language. */
const UNKNOWN_SHARE = 0.02
