import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { type BehaviourRules, gatherHistories, lookupRows } from '../model/histories.js'
import { type Artefacts, packArtefacts, unpackArtefacts } from '../model/model.js'
import { countStatistics } from '../retrieve/statistics.js'
import { sidecarsOf } from '../store/sidecars.js'
import type { GenerationInfo, Store } from '../store/store.js'

/**
 * Removes a user's rows, and the user's part of all counts, in one transaction: afterwards the counts equal those of a
 * store that never had the user. What was fitted is marked stale. Then the files are written anew, so that free space
 * holds no deleted rows, also where an earlier call could not do that. Returns the number of events removed; null where
 * the user is unknown. Fails with STORE_BUSY where another process uses the store after the rows are gone.
 */
export async function forgetUser(store: Store, user: string): Promise<number | null> {
  const key = await store.findUser(user)
  let events: number | null = null
  // A generation written while the other users were counted depends on the user again, so they are counted once more.
  while (key !== null && events === null) {
    const info = await store.generation()
    events = await store.forget(key, info && (await countWithout(store, info, key)))
  }
  forgetRejections(sidecarsOf(store).rejected, user)
  await store.compact()
  return events
}

/**
 * Removes lines with a user's id from the file of rejected rows. Lines have no values of the rows, but the name of a
 * file may hold the id.
 */
function forgetRejections(file: string | null, user: string): void {
  if (file === null || !existsSync(file)) return
  const id = JSON.stringify(user).slice(1, -1)
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n')
  const kept = lines.filter((line) => !holdsWord(line, id))
  if (kept.length === lines.length) return
  if (kept.length === 0) rmSync(file)
  else {
    const temporary = `${file}.${process.pid}.tmp`
    writeFileSync(temporary, `${kept.join('\n')}\n`)
    renameSync(temporary, file)
  }
}

/** Whether a text holds a word with no letter or digit right before or after it. */
function holdsWord(text: string, word: string): boolean {
  const isPart = (character: string | undefined) => character !== undefined && /[\p{L}\p{N}]/u.test(character)
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) {
    if (!isPart(text[at - 1]) && !isPart(text[at + word.length])) return true
  }
  return false
}

/** The info and the counted artefacts of a generation as they would be without one user. */
async function countWithout(
  store: Store,
  info: GenerationInfo,
  user: number,
): Promise<{ info: GenerationInfo; artefacts: Record<string, Uint8Array> }> {
  const fitted = unpackArtefacts<Artefacts>(await store.loadArtefacts(info.id))
  const { catalogue } = fitted
  const rules = { ...(info.rules as BehaviourRules), ratingMax: await store.ratingMaxWithout(user) }
  const others = store.allEvents(info.eventsSeq, user)
  const { lists, at } = await gatherHistories(others, catalogue, lookupRows(catalogue), rules)
  const statistics = countStatistics(lists, at, catalogue)
  const packed = packArtefacts({ ...fitted, ...statistics })
  const recounted = Object.keys(statistics)
  const counted = Object.entries(packed).filter(
    ([name]) => name === 'json' || recounted.includes(name.slice(0, name.indexOf('.'))),
  )
  const events = info.events - (await store.userEventsUntil(user, info.eventsSeq)).items.length
  const trainedAt = Math.min(info.trainedAt, events)
  return {
    info: { ...info, rules, events, trainedAt, stale: true, scorerStale: fitted.scorer.calibrated },
    artefacts: Object.fromEntries(counted),
  }
}
