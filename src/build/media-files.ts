import type { ModalityVectors } from '../columns.js'
import { MODALITIES } from '../columns.js'
import { hashVectors } from '../hash.js'
import { takeModalities } from '../model/media-vectors.js'
import type { GenerationInfo, StoredItem } from '../store/store.js'
import type { Item, Modality } from '../types/items.js'
import type { ModalityReport } from '../types/reports.js'
import { encodeModality } from './media.js'
import type { RefitOptions } from './refit-options.js'

export type ModalityReports = Partial<Record<Modality, ModalityReport>>

const NO_MEDIA: Pick<StoredItem, 'item'> = { item: { id: '', title: '' } }

/** What of an item is needed for its picture and sound: nothing more is held of a large catalogue. */
export function takeMedia({ id, title, image, audio, vectors }: Item): Pick<StoredItem, 'item'> {
  return (image ?? audio ?? vectors) === undefined ? NO_MEDIA : { item: { id, title, image, audio, vectors } }
}

/** Vectors of pictures and sounds: those that callers brought; where these bring none of a kind, what its tower makes. */
export async function gatherModalities(
  { store, media }: Pick<RefitOptions, 'store' | 'media'>,
  items: readonly Pick<StoredItem, 'item'>[],
): Promise<{ modalities: ModalityVectors[]; reports: ModalityReports }> {
  const modalities = takeModalities(items.map(({ item }) => item))
  const reports: ModalityReports = {}
  for (const tower of media?.towers ?? []) {
    const name = tower.modality
    if (modalities.some((one) => one.name === name)) continue
    const { vectors, has, report } = await encodeModality(store, items, name, tower, media!.options)
    reports[name] = report
    if (has.includes(1)) modalities.push({ name, vectors, has })
  }
  const place = ({ name }: ModalityVectors) => MODALITIES.indexOf(name)
  return { modalities: modalities.sort((a, b) => place(a) - place(b)), reports }
}

/** Items that are read at a time. */
const BATCH = 4096

/**
 * Looks at the pictures and sounds of items that did not change: a file may hold something else by now, or be there at
 * last, and an address may be allowed. `changed`: a generation fitted to what they are now would be another.
 */
export async function lookAgain(
  options: Pick<RefitOptions, 'store' | 'media'>,
  { media }: Pick<GenerationInfo, 'media'>,
): Promise<{ changed: boolean; reports: ModalityReports }> {
  const items: Pick<StoredItem, 'item'>[] = []
  for await (const batch of options.store.itemBatches(BATCH)) items.push(...batch.map(({ item }) => takeMedia(item)))
  const { modalities, reports } = await gatherModalities(options, items)
  return { changed: hashVectors(modalities.filter(({ name }) => reports[name])) !== media, reports }
}
