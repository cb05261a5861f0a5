import { InterestMineError, quote } from '../errors.js'
import type { Loaded } from '../load/generation.js'
import { readEdits } from '../load/user.js'
import type { ActiveEdit } from '../mine/edits/edits.js'
import { measureReach } from '../mine/names/reach.js'
import { domainPath, type Topics } from '../mine/topics/topics.js'
import type { BehaviourRules } from '../model/histories.js'
import { checkText, RANGES, readLimit, readPhrase } from '../options.js'
import type { Store } from '../store/store.js'
import { nearMatches } from '../text.js'
import { shareArrays } from '../threads/shared.js'
import type { Pool } from '../threads/workers.js'
import type { AudienceAnswer } from '../types/answers.js'
import type { AudienceOptions, UserBaseOptions } from '../types/options.js'
import { scanRows } from '../vectors/scan.js'
import { countStrings, stringAt, unpackStrings } from '../vectors/strings.js'
import { runForAllUsers } from './all-users.js'
import { gatherHolders } from './holders.js'
import { findTopic, positionsLike, positionsOfTopic, type UserBaseRequest } from './user-base.js'
import { joinUserInterests, type UserInterests } from './user-interests.js'

export { countUserBase } from './user-base.js'

/**
 * Mines the fine interests of all users on the pool's threads, as each user would be answered: with all events up to
 * `until` (ms; NaN: all), and under their edits. Rejects with INTERRUPTED where the signal is aborted.
 */
export async function mineUserBase(
  store: Store,
  loaded: Loaded,
  pool: Pool,
  { until, ...hooks }: { until: number } & Pick<UserBaseOptions, 'signal' | 'onProgress'>,
): Promise<UserInterests> {
  const { model, info, appliedSeq } = loaded
  const { catalogue, space, phrases, topics, confidence } = model
  const shared = {
    model: shareArrays({ catalogue, space, phrases, topics, confidence }),
    rules: info.rules as BehaviourRules,
    until,
  }
  const edits = new Map<number, ActiveEdit[]>()
  for (const user of await store.editors()) edits.set(user, await readEdits(store, loaded, user))
  const editsOf = (users: Int32Array) => new Map([...edits].filter(([user]) => users.includes(user)))
  const everybody = { store, pool, until: appliedSeq, generation: info.id, ...hooks }
  const rest = (users: Int32Array) => ({ ...shared, edits: editsOf(users) })
  return joinUserInterests(await runForAllUsers<object, UserInterests>(everybody, 'userInterests', rest))
}

/**
 * Reads the option `minUsers`: the fewest users that a count may be of to be reported. Throws BAD_OPTION where it is
 * not a whole number of at least 1.
 */
export function readMinUsers(minUsers: number = RANGES.minUsers.usual): number {
  if (Number.isInteger(minUsers) && minUsers >= RANGES.minUsers.least) return minUsers
  const message = `minUsers ${quote(minUsers)} is no whole number from 1 on`
  throw new InterestMineError('BAD_OPTION', message, { option: 'minUsers', value: minUsers })
}

/**
 * Checks the options of a question about the user base. Throws BAD_OPTION where one is wrong or no domain has the name.
 */
export function readUserBase({ model: { topics } }: Loaded, options: UserBaseOptions): UserBaseRequest {
  const minUsers = readMinUsers(options.minUsers)
  const { domain } = options
  const limit = readLimit(options.limit ?? RANGES.userBaseLimit.usual)
  if (domain === undefined) return { limit, minUsers, isFiltered: false, allow: () => true }
  const paths = Array.from({ length: countStrings(topics.names) }, (_, i) => domainPath(topics, i))
  return { limit, minUsers, isFiltered: true, allow: testDomain(paths, domain) }
}

/**
 * A test of whether a domain is `domain` or lies in it: `domain` is one of the names of its path, or the whole path
 * joined by " > ", in any case. `paths`: paths of all domains. Throws BAD_OPTION where none of them passes.
 */
export function testDomain(paths: readonly (readonly string[])[], domain: string): UserBaseRequest['allow'] {
  const wanted = checkText('domain', domain).trim().toLowerCase()
  const isWanted = (path: readonly string[]) =>
    path.some((name) => name.toLowerCase() === wanted) || path.join(' > ').toLowerCase() === wanted
  if (!paths.some(isWanted)) {
    const near = nearMatches(domain, new Set(paths.flat()))
    const known = [...new Set(paths.map((path) => path.at(-1) ?? ''))].slice(0, 10).map((name) => quote(name))
    const message = `no domain ${quote(domain)}; there are ${known.join(', ')}`
    throw new InterestMineError('BAD_OPTION', message, { option: 'domain', value: domain, near })
  }
  return isWanted
}

/** What the users of an audience have in common: a fine topic (its index), or interests that are like a phrase. */
export type AudienceTarget = { topic: number } | { like: string }

/**
 * Reads the options of a question about an audience: the topic with this id or name, or a phrase, and the limit. Throws
 * BAD_OPTION where not exactly one of `interest` and `like` is given or one is wrong, and UNKNOWN_INTEREST where there
 * is no such topic.
 */
export function readAudience(
  topics: Topics,
  { interest, like, limit }: AudienceOptions,
): { limit: number } & AudienceTarget {
  if ((interest === undefined) === (like === undefined)) {
    const message = 'an audience is asked for by an interest or a phrase: --interest ID or --like "phrase"'
    throw new InterestMineError('BAD_OPTION', message, { option: 'interest' })
  }
  const most = readLimit(limit ?? RANGES.userBaseLimit.usual)
  if (interest === undefined) return { limit: most, like: readPhrase('like', like) }
  const topic = findTopic({ topics }, checkText('interest', interest))
  if (topic >= 0) return { limit: most, topic }
  const { ids, names } = topics.fine
  const near = nearMatches(interest, [...unpackStrings(names), ...unpackStrings(ids)])
  const hint = near.length > 0 ? `near: ${near.map((one) => quote(one)).join(', ')}` : 'interests --all lists them'
  throw new InterestMineError('UNKNOWN_INTEREST', `no interest ${quote(interest)} of the user base; ${hint}`, {
    interest,
    near,
  })
}

/** The target of an audience as an answer repeats it: the topic's id, label and domain, or the phrase. */
export function describeTarget(topics: Topics, target: AudienceTarget): Pick<AudienceAnswer, 'interest' | 'like'> {
  if ('like' in target) return { interest: null, like: target.like }
  const { ids, names, domains } = topics.fine
  const { topic } = target
  const domain = domainPath(topics, domains[topic])
  return { interest: { id: stringAt(ids, topic), label: stringAt(names, topic), domain }, like: null }
}

/**
 * The audience of a target: how many users hold it, and the first `target.limit` of them, strongest first, with the
 * interests and items that speak for it. `phrase`: centred vector of the target's phrase; null for a topic. Users who
 * were forgotten meanwhile are left out.
 */
export async function answerAudience(
  store: Store,
  { model }: Loaded,
  userInterests: UserInterests,
  target: ReturnType<typeof readAudience>,
  phrase: Float32Array | null,
): Promise<AudienceAnswer> {
  const positions =
    'topic' in target ? positionsOfTopic(userInterests, target.topic) : nearPhrase(model, userInterests, phrase!)
  const { total, holders } = gatherHolders(model, userInterests, positions, target.limit)
  const ids = await store.userIds(holders.map(({ key }) => key))
  return {
    ...describeTarget(model.topics, target),
    total,
    users: holders.flatMap(({ key: _, ...holder }, i) => (ids[i] === null ? [] : [{ user: ids[i], ...holder }])),
  }
}

/**
 * Positions of the interests that are near to a phrase (`positionsLike`). The threshold is taken from the phrase's
 * similarity to all items, as for names of interests (`measureReach`).
 */
function nearPhrase({ vectors }: Loaded['model'], userInterests: UserInterests, phrase: Float32Array): number[] {
  const similarities = scanRows(vectors, phrase)
  return positionsLike(userInterests, similarities, measureReach(similarities).threshold)
}
