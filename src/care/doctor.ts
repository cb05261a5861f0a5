import { basename } from 'node:path'
import { countLost } from '../build/kept-media.js'
import { unpackArtefacts } from '../model/model.js'
import { sidecarsOf } from '../store/sidecars.js'
import type { Store } from '../store/store.js'
import type { DoctorAnswer } from '../types/reports.js'
import { type GraphSeal, graphIsSound } from '../vectors/hnsw-index.js'

/**
 * Looks for damage in the files of a store. `loads`: whether the artefacts of the generation in use can be read. Damage
 * is returned, not thrown.
 */
export async function findProblems(store: Store): Promise<{ problems: DoctorAnswer['problems']; loads: boolean }> {
  const where = basename(store.name)
  const sidecars = sidecarsOf(store)
  const problems = (await store.check()).map((what) => ({ what, where, repaired: false }))
  // Where the tables are damaged, items may be unreadable; that is reported already.
  const lost = problems.length > 0 ? 0 : await countLost(store)
  if (lost > 0) {
    const what = `of the pictures and sounds that came as bytes, ${lost} are missing or damaged; build-index with the catalogue brings them back`
    problems.push({ what, where: basename(sidecars.media ?? where), repaired: false })
  }
  const info = await store.generation()
  if (!info) {
    const { hasItems } = await store.tally()
    if (hasItems) problems.push({ what: 'the index was never finished', where, repaired: false })
    return { problems, loads: false }
  }
  let loads = true
  try {
    unpackArtefacts(await store.loadArtefacts(info.id))
  } catch (error) {
    loads = false
    // A checksum that does not match is reported already.
    if (!problems.some(({ what }) => what.includes('checksum'))) {
      problems.push({ what: (error as Error).message, where, repaired: false })
    }
  }
  const seal = info.graph as GraphSeal | null
  if (seal && sidecars.graph !== null && !graphIsSound(sidecars.graph, seal)) {
    problems.push({ what: 'the index file is missing or damaged', where: basename(sidecars.graph), repaired: false })
  }
  return { problems, loads }
}
