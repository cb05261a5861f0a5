import type { ModalityVectors } from '../columns.js'
import { MODALITIES } from '../columns.js'
import { hashVectors } from '../hash.js'
import { takeModalities } from '../model/media-vectors.js'
import type { GenerationInfo, StoredItem } from '../store/store.js'
import type { Item, Modality } from '../types/items.js'
import type { ModalityReport } from '../types/reports.js'
import { encodeModality } from './media.js'
import type { RefitOptions } from './refit-options.js'

/** What was done with pictures and sounds, by modality; those that no tower encoded are left out. */
export type ModalityReports = Partial<Record<Modality, ModalityReport>>

const NO_MEDIA: Pick<StoredItem, 'item'> = { item: { id: '', title: '' } }

/**
 * The fields of an item that its picture and sound are encoded from. Texts are left out, so that those of a large
 * catalogue need not be in memory.
 */
export function takeMedia({ id, title, image, audio, vectors }: Item): Pick<StoredItem, 'item'> {
  return (image ?? audio ?? vectors) === undefined ? NO_MEDIA : { item: { id, title, image, audio, vectors } }
}

/**
 * The vectors of the items' pictures and sounds: for each modality those that items bring, else, where no item brings
 * one, those that its tower makes. Modalities that no item has are left out. Fails as `encodeModality` does.
 */
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
 * Encodes the pictures and sounds of a catalogue whose items did not change: a file may have another content by now,
 * may have appeared, and addresses may be allowed now. `changed`: their vectors differ from those that the generation
 * was fitted with (`media` is the hash of these).
 */
export async function recheckModalities(
  options: Pick<RefitOptions, 'store' | 'media'>,
  { media }: Pick<GenerationInfo, 'media'>,
): Promise<{ changed: boolean; reports: ModalityReports }> {
  const items: Pick<StoredItem, 'item'>[] = []
  for await (const batch of options.store.itemBatches(BATCH)) items.push(...batch.map(({ item }) => takeMedia(item)))
  const { modalities, reports } = await gatherModalities(options, items)
  return { changed: hashVectors(modalities.filter(({ name }) => reports[name])) !== media, reports }
}
