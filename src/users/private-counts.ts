import type { Loaded } from '../load/generation.js'
import { readEdits } from '../load/user.js'
import { foldEdits } from '../mine/edits/edits.js'
import { measureReach } from '../mine/names/reach.js'
import { countTopics, domainPath, topicOf } from '../mine/topics/topics.js'
import { type BehaviourRules, readHistory, splitUsers } from '../model/histories.js'
import { RANGES, readLimit } from '../options.js'
import { addNoise, boundGroups, LEAST_ITEMS, noiseFloor } from '../privacy/bounded.js'
import { chooseMechanism } from '../privacy/budget.js'
import type { Store } from '../store/store.js'
import { stopIfAborted, withStop } from '../threads/run.js'
import { shareArrays } from '../threads/shared.js'
import { yieldThread } from '../threads/timer.js'
import type { Pool } from '../threads/workers.js'
import type { AudienceSize, PrivateUserBaseAnswer } from '../types/answers.js'
import type { AudienceSizeOptions, PrivateOptions, PrivateUserBaseOptions } from '../types/options.js'
import { scanRows } from '../vectors/scan.js'
import { stringAt } from '../vectors/strings.js'
import { describeTarget, readAudience, readMinUsers, testDomain } from './audience.js'
import { answerOnce, type PrivateHost, readCost } from './ledger.js'
import type { TextTopics } from './text-topics.js'
import { centralItems, nearFloor } from './user-base.js'

/** Topics that one user counts for at most: those with the largest weight. */
const TOPICS_A_USER = 3
/** Users that are read before other work of the thread may run. */
const YIELD_EVERY = 500

/** Fits topics to the catalogue alone (`findTextTopics`), on one of the pool's threads. Rejects with INTERRUPTED. */
export function readTextTopics(
  { catalogue, phrases }: Loaded['model'],
  pool: Pool,
  { seed, signal }: { seed: number; signal?: AbortSignal },
): Promise<TextTopics> {
  const task = { model: shareArrays({ catalogue, phrases }), seed }
  return withStop(signal, (stop) => pool.run<TextTopics>('textTopics', { ...task, stop }))
}

/** A topic with its noisy count, as stored: small counts are left out only when it is reported. */
type NoisyTopic = PrivateUserBaseAnswer['interests'][number]

/**
 * Counts with noise how many users like each topic of the catalogue (docs/privacy.md). Noise is added to all topics,
 * with or without users, and which of them are reported depends on the noisy counts alone, so that no topic appears
 * because of one user. `readTopics`: gives the topics of texts alone; `until`: events after it (ms) are left out, NaN:
 * none. Rejects with BAD_OPTION where an option is wrong, BUDGET_SPENT, and INTERRUPTED.
 */
export async function countTopicsPrivately(
  host: PrivateHost,
  loaded: Loaded,
  readTopics: () => Promise<TextTopics>,
  until: number,
  options: PrivateUserBaseOptions,
): Promise<PrivateUserBaseAnswer> {
  const { epsilon, delta } = readCost(options)
  const limit = readLimit(options.limit ?? RANGES.userBaseLimit.usual)
  const minUsers = readMinUsers(options.minUsers)
  const { domain, signal } = options
  const mechanism = chooseMechanism(TOPICS_A_USER, epsilon, delta)
  const question = { what: 'interests', until }
  const { value, privacy } = await answerOnce<NoisyTopic[]>(
    host,
    loaded,
    question,
    mechanism,
    TOPICS_A_USER,
    async () => {
      const { topics, space } = await readTopics()
      const { fine } = topics
      const counts = new Int32Array(countTopics(fine))
      for await (const { rows, weights } of likedByUsers(host.store, loaded, until, signal)) {
        const groups = Array.from(rows, (row) => topicOf(fine, row))
        for (const topic of boundGroups(groups, weights, TOPICS_A_USER)) counts[topic]++
      }
      const { catalogue } = loaded.model
      return Array.from(addNoise(counts, mechanism, host.secureBytes()), (users, topic) => ({
        id: stringAt(fine.ids, topic),
        label: stringAt(fine.names, topic),
        domain: domainPath(topics, fine.domains[topic]),
        users,
        items: centralItems({ catalogue, space, topics }, topic).map((row) => ({
          item: stringAt(catalogue.ids, row),
          title: stringAt(catalogue.titles, row),
        })),
      }))
    },
  )
  const isInDomain =
    domain === undefined
      ? () => true
      : testDomain(
          value.map((topic) => topic.domain),
          domain,
        )
  const leastUsers = Math.max(minUsers, noiseFloor(mechanism, value.length))
  const reported = value.filter((topic) => topic.users >= leastUsers && isInDomain(topic.domain))
  reported.sort((a, b) => b.users - a.users || (a.id < b.id ? -1 : 1))
  return { leastUsers, total: reported.length, interests: reported.slice(0, limit), privacy }
}

/**
 * Counts with noise how many users like at least two items of a topic, or at least two that are near to a phrase.
 * `encode`: gives the centred vector of a phrase; the rest as in `countTopicsPrivately`. `total` is null where the
 * noisy count is below `minUsers`. Rejects with BAD_OPTION, UNKNOWN_INTEREST, BUDGET_SPENT, and INTERRUPTED.
 */
export async function countAudiencePrivately(
  host: PrivateHost,
  loaded: Loaded,
  readTopics: () => Promise<TextTopics>,
  encode: (phrase: string) => Promise<Float32Array>,
  until: number,
  options: PrivateOptions & AudienceSizeOptions,
): Promise<AudienceSize> {
  const { epsilon, delta } = readCost(options)
  const minUsers = readMinUsers(options.minUsers)
  const { topics } = options.interest === undefined ? loaded.model : await readTopics()
  const target = readAudience(topics, options)
  const { interest, like } = describeTarget(topics, target)
  const mechanism = chooseMechanism(1, epsilon, delta)
  const question = { what: 'audience', interest: interest?.id, like, until }
  const { value, privacy } = await answerOnce<number>(host, loaded, question, mechanism, 1, async () => {
    const isNear =
      'topic' in target
        ? (row: number) => topicOf(topics.fine, row) === target.topic
        : createNearTest(loaded, await encode(target.like))
    let count = 0
    for await (const { rows } of likedByUsers(host.store, loaded, until, options.signal)) {
      if (rows.filter(isNear).length >= LEAST_ITEMS) count++
    }
    return addNoise(Int32Array.of(count), mechanism, host.secureBytes())[0]
  })
  return { interest, like, total: value < minUsers ? null : value, minUsers, privacy }
}

/**
 * A test of whether a row is near to a phrase. It depends on the catalogue alone, not on users. `phrase`: its centred
 * vector.
 */
function createNearTest({ model: { vectors } }: Loaded, phrase: Float32Array): (row: number) => boolean {
  const similarities = scanRows(vectors, phrase)
  const floor = nearFloor(similarities, measureReach(similarities).threshold)
  return (row) => similarities[row] >= floor
}

/**
 * The items that each user likes and their weights, without the evidence of interests that the user muted or disowned.
 */
async function* likedByUsers(
  store: Store,
  loaded: Loaded,
  until: number,
  signal?: AbortSignal,
): AsyncGenerator<{ rows: Int32Array; weights: Float64Array }> {
  const { model, rowOfKey, info, appliedSeq } = loaded
  const rules = info.rules as BehaviourRules
  const editors = new Set(await store.editors())
  let read = 0
  for await (const block of store.allEvents(appliedSeq)) {
    for (const own of splitUsers(block, 1)) {
      if (++read % YIELD_EVERY === 0) {
        stopIfAborted(signal)
        await yieldThread()
      }
      const user = own.users[0]
      const { rows, weights } = readHistory(own, 0, own.users.length, model.catalogue, rowOfKey, rules, until)
      const edits = editors.has(user) ? foldEdits(await readEdits(store, loaded, user)) : []
      const unwanted = new Set(edits.flatMap(({ muted, notMe, last }) => (muted || notMe ? [...last.rows] : [])))
      const kept = Array.from(rows.keys()).filter((i) => !unwanted.has(rows[i]))
      yield { rows: Int32Array.from(kept, (i) => rows[i]), weights: Float64Array.from(kept, (i) => weights[i]) }
    }
  }
}
