import { fullText, shortText } from '../encode/item-text.js'
import type { Host } from '../host.js'
import type { GenerationInfo, StoredItem } from '../store/store.js'
import { startTimer } from '../threads/timer.js'
import type { BuildOptions } from '../types/options.js'
import { rowOf } from '../vectors/matrix.js'
import { TEXT_BITS } from '../vectors/vector-bytes.js'
import { openKnownMedia } from './choose.js'
import type { RefitReport } from './fit-generation.js'
import { encodeModality } from './media.js'
import type { ModalityReports } from './media-files.js'
import { encodeCached } from './texts.js'

/**
 * Encodes the items that came or changed since a generation was built, as far as they are not encoded yet, and stores
 * their vectors. Returns how many items and texts were encoded, the seconds it took, and what was done with pictures
 * and sounds; zeros where `info` is null or nothing is pending.
 */
export async function encodePending(
  host: Host,
  info: GenerationInfo | null,
  options: BuildOptions,
): Promise<Pick<RefitReport, 'encodedItems' | 'texts' | 'encodeSeconds' | 'modalities'>> {
  const pending = info ? (await host.store.readItems(info.itemsChange)).filter(({ live }) => live) : []
  if (!info || pending.length === 0) return { encodedItems: 0, texts: 0, encodeSeconds: 0, modalities: {} }
  const elapsed = startTimer()
  let encodedItems = 0
  let fresh = new Set<string>()
  if (info.encoderName !== null) {
    const texts = pending.map(({ item }) => [fullText(item), shortText(item)])
    const encoder = await host.openEncoder(info.encoderName)
    ;({ fresh } = await encodeCached({ store: host.store, ...options }, encoder, texts.flat(), 'encode', TEXT_BITS))
    encodedItems = texts.filter((both) => both.some((text) => fresh.has(text))).length
  }
  const modalities = await encodePendingMedia(host, info, pending, options)
  return { encodedItems, texts: fresh.size, encodeSeconds: elapsed(), modalities }
}

/** The same for pictures and sounds, with the towers of the generation. Their vectors are stored with the items. */
async function encodePendingMedia(
  host: Host,
  info: GenerationInfo,
  pending: readonly StoredItem[],
  options: BuildOptions,
): Promise<ModalityReports> {
  const media = await openKnownMedia(host, info, options)
  const reports: ModalityReports = {}
  for (const tower of media?.towers ?? []) {
    const { vectors, has, report } = await encodeModality(host.store, pending, tower.modality, tower, media!.options)
    const rows = pending.map(({ key }, i) => ({ key, vector: has[i] ? rowOf(vectors, i) : null }))
    await host.store.saveEncoded(tower.modality, tower.id, rows)
    reports[tower.modality] = report
  }
  return reports
}
