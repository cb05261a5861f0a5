import { MODALITIES } from '../columns.js'
import { keptSize, readKept } from '../media/kept.js'
import { readReference } from '../media/references.js'
import { sidecarsOf } from '../store/sidecars.js'
import type { Store } from '../store/store.js'

/** Items that are read at a time. */
const BATCH = 4096

/** Checksums of those pictures and sounds beside the store that its items refer to. */
export async function readKeptReferences(store: Store): Promise<Set<string>> {
  const checksums = new Set<string>()
  for await (const batch of store.itemBatches(BATCH)) {
    for (const { item } of batch) {
      for (const modality of MODALITIES) {
        const written = item[modality]
        const reference = typeof written === 'string' ? readReference(written) : null
        if (reference?.kind === 'kept') checksums.add(reference.checksum)
      }
    }
  }
  return checksums
}

/** The same, without reading the items where nothing is kept beside the store. */
export async function readKeptReferencesIfAny(store: Store): Promise<Set<string>> {
  return keptSize(sidecarsOf(store).media) === 0 ? new Set() : readKeptReferences(store)
}

/** How many of these pictures and sounds are missing or do not match their checksums. */
export async function countLost(store: Store): Promise<number> {
  let lost = 0
  for (const checksum of await readKeptReferences(store)) {
    if (typeof (await readKept(sidecarsOf(store).media, checksum)) === 'string') lost++
  }
  return lost
}
