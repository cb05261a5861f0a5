import type { MineModel } from '../mine/interests.js'
import { countTopics, domainPath } from '../mine/topics/topics.js'
import type { SharedInterest, Trend, UserBaseAnswer } from '../types/answers.js'
import { dotAt } from '../vectors/matrix.js'
import { listAt } from '../vectors/sparse.js'
import { stringAt } from '../vectors/strings.js'
import type { UserInterests } from './user-interests.js'

/** A question about the interests of the user base, as `readUserBase` reads it. */
export interface UserBaseRequest {
  /** Most topics that are reported. */
  limit: number
  /** Fewest users that a reported count may be of. */
  minUsers: number
  /** Whether the question is about one domain only. */
  isFiltered: boolean
  /** Whether the question is about topics of this domain, given by its path. */
  allow: (domain: readonly string[]) => boolean
}

/** Share of all likes, the latest, that count as recent. */
const RECENT_SHARE = 0.25
/** Growth ratio from which on a topic may be called growing, and up to which it may be called fading. */
const GROWING = 1.25
const FADING = 0.8
/** Standard deviations that a trend must exceed; chance alone exceeds them, either way, once in ten cases. */
const BEYOND_CHANCE = 1.64
/** Items that are named for a topic. */
const SHOWN_ITEMS = 3

/** Counts of one topic. Users are store keys. */
interface TopicCounts {
  topic: number
  /** Users who hold an interest of the topic. */
  users: Set<number>
  /** Sum of the weights of these interests. */
  weight: number
  /** Numbers of recent and earlier items of evidence. */
  recent: number
  earlier: number
  /** Users with recent and with earlier evidence. */
  recentUsers: Set<number>
  earlierUsers: Set<number>
  /** Catalogue row -> number of users who have it as evidence. */
  itemUsers: Map<number, number>
}

/**
 * Counts the interests of a user base by fine topic. Topics are reported most held first, at most `limit`; those with
 * fewer than `minUsers` users are withheld and only their number is given. The number of the users behind these is
 * given where it is at least `minUsers` and the question is about all domains. Trend and growth compare recent likes
 * (the latest quarter) with earlier ones, against the same ratio over all topics.
 */
export function countUserBase(
  model: MineModel,
  userInterests: UserInterests,
  { limit, minUsers, isFiltered, allow }: UserBaseRequest,
): UserBaseAnswer {
  const { topics } = model
  const boundary = boundaryOf(userInterests.likedAt)
  const all = { recent: 0, earlier: 0 }
  for (const at of userInterests.likedAt) if (!Number.isNaN(at)) all[at >= boundary ? 'recent' : 'earlier']++
  const requested = countByTopic(userInterests, boundary).filter(({ topic }) =>
    allow(domainPath(topics, topics.fine.domains[topic])),
  )
  const reported = requested.filter(({ users }) => users.size >= minUsers)
  const hidden = requested.filter(({ users }) => users.size < minUsers)
  const few = new Set(hidden.flatMap(({ users }) => [...users])).size
  const idOf = (topic: number) => stringAt(topics.fine.ids, topic)
  reported.sort((a, b) => b.users.size - a.users.size || (idOf(a.topic) < idOf(b.topic) ? -1 : 1))
  return {
    users: userInterests.likers,
    minUsers,
    recentSince: Number.isNaN(boundary) ? null : new Date(boundary).toISOString(),
    total: reported.length,
    interests: reported
      .slice(0, limit)
      .map((counts) => describeTopic(model, counts, all, userInterests.likers, minUsers)),
    // Not given for one domain: subtracted from the number for all domains it could reveal fewer users than allowed.
    withheld: { interests: hidden.length, users: !isFiltered && few >= minUsers ? few : null },
  }
}

/** Time in ms from which on likes are recent; NaN where no time is known. */
function boundaryOf(likedAt: Float64Array): number {
  const known = likedAt.filter((at) => !Number.isNaN(at)).sort()
  return known.length === 0 ? Number.NaN : known[Math.floor((1 - RECENT_SHARE) * known.length)]
}

/** The counts of each topic that some user holds. `boundary`: time in ms from which on likes are recent. */
function countByTopic(userInterests: UserInterests, boundary: number): TopicCounts[] {
  const found = new Map<number, TopicCounts>()
  userInterests.topics.forEach((topic, i) => {
    if (topic < 0) return
    const counts = found.get(topic) ?? createTopicCounts(topic)
    found.set(topic, counts)
    counts.users.add(userInterests.users[i])
    counts.weight += userInterests.weights[i]
    for (let k = userInterests.rows.offsets[i]; k < userInterests.rows.offsets[i + 1]; k++) {
      const row = userInterests.rows.values[k]
      counts.itemUsers.set(row, (counts.itemUsers.get(row) ?? 0) + 1)
      if (Number.isNaN(userInterests.at[k])) continue
      const when = userInterests.at[k] >= boundary ? 'recent' : 'earlier'
      counts[when]++
      counts[`${when}Users`].add(userInterests.users[i])
    }
  })
  return [...found.values()]
}

function createTopicCounts(topic: number): TopicCounts {
  const counts = { weight: 0, recent: 0, earlier: 0, itemUsers: new Map() }
  return { topic, users: new Set(), recentUsers: new Set(), earlierUsers: new Set(), ...counts }
}

function describeTopic(
  model: MineModel,
  counts: TopicCounts,
  all: { recent: number; earlier: number },
  likers: number,
  minUsers: number,
): SharedInterest {
  const { fine } = model.topics
  const { topic, users, weight, recent, earlier } = counts
  // Growth is given only where no period has fewer users than may be reported.
  const isShared = [counts.recentUsers, counts.earlierUsers].every(({ size }) => size === 0 || size >= minUsers)
  const known = isShared && recent + earlier > 0 && all.recent > 0 && all.earlier > 0
  const ratio = (recent / all.recent) * (all.earlier / Math.max(earlier, 0.5))
  return {
    id: stringAt(fine.ids, topic),
    label: stringAt(fine.names, topic),
    domain: domainPath(model.topics, fine.domains[topic]),
    users: users.size,
    share: users.size / likers,
    weight: weight / likers,
    trend: known ? trendOf(counts, all, ratio) : 'steady',
    growth: known ? { recent, earlier, ratio } : null,
    items: typicalItems(model, counts, minUsers).map((row) => ({
      item: stringAt(model.catalogue.ids, row),
      title: stringAt(model.catalogue.titles, row),
    })),
  }
}

/** The trend of a topic, where it is statistically significant. `all`: likes of all topics; `ratio`: growth ratio. */
function trendOf({ recent, earlier }: TopicCounts, all: { recent: number; earlier: number }, ratio: number): Trend {
  const n = recent + earlier
  const chance = all.recent / (all.recent + all.earlier)
  const beyond = (recent - n * chance) / Math.sqrt(n * chance * (1 - chance))
  if (beyond >= BEYOND_CHANCE && ratio >= GROWING) return earlier === 0 ? 'new' : 'growing'
  return beyond <= -BEYOND_CHANCE && ratio <= FADING ? 'fading' : 'steady'
}

/**
 * Up to three rows that are typical of a topic: items that at least `minUsers` of its users have, most had first, so
 * that they point to nobody; then the rows nearest to the centre of the topic, which do not depend on users.
 */
function typicalItems(
  { catalogue, space, topics }: MineModel,
  { topic, itemUsers }: TopicCounts,
  minUsers: number,
): number[] {
  const items = [...itemUsers]
    .filter(([row, count]) => count >= minUsers && !catalogue.removed[row])
    .sort((a, b) => b[1] - a[1] || a[0] - b[0])
    .slice(0, SHOWN_ITEMS)
    .map(([row]) => row)
  return [...items, ...centralItems({ catalogue, space, topics }, topic, items)].slice(0, SHOWN_ITEMS)
}

/**
 * The three catalogue rows of a topic that are nearest to the centre of their cluster, nearest first. Removed rows, and
 * those in `except`, are left out.
 */
export function centralItems(
  { catalogue, space, topics }: Pick<MineModel, 'catalogue' | 'space' | 'topics'>,
  topic: number,
  except: readonly number[] = [],
): number[] {
  const { clusters, ofCluster, centroids } = topics.fine
  const { dims, data } = space.z
  const near: { row: number; cosine: number }[] = []
  clusters.forEach((cluster, row) => {
    if (cluster < 0 || ofCluster[cluster] !== topic || catalogue.removed[row] || except.includes(row)) return
    const length = Math.sqrt(dotAt(data, row * dims, data, row * dims, dims)) || 1
    near.push({ row, cosine: dotAt(data, row * dims, centroids.data, cluster * dims, dims) / length })
  })
  near.sort((a, b) => b.cosine - a.cosine || a.row - b.row)
  return near.slice(0, SHOWN_ITEMS).map(({ row }) => row)
}

/**
 * Index of the fine topic with this id, else of the last one with this name, in any case of letters; -1: there is none.
 */
export function findTopic({ topics: { fine } }: Pick<MineModel, 'topics'>, wanted: string): number {
  const name = wanted.trim().toLowerCase()
  let named = -1
  for (let topic = 0; topic < countTopics(fine); topic++) {
    if (stringAt(fine.ids, topic) === wanted) return topic
    if (stringAt(fine.names, topic).toLowerCase() === name) named = topic
  }
  return named
}

/** Positions in `userInterests` of the interests of a topic. */
export function positionsOfTopic(userInterests: UserInterests, topic: number): number[] {
  return Array.from(userInterests.topics.keys()).filter((i) => userInterests.topics[i] === topic)
}

/** An interest must be at least this share as similar to a phrase as the most similar one. */
const LIKE_NEAREST = 0.8

/**
 * Least similarity to a phrase, even where nothing is more similar. On 12,101 products, nonsense and kinds of products
 * that they do not include stay below it, and categories that they include are above.
 */
const LEAST_LIKE = 0.32
/** Least similarity beyond the mean of the catalogue: some encoders find all texts of a language alike. */
const LEAST_BEYOND_MEAN = 0.15

/**
 * Least similarity at which something is like a phrase: the largest of `threshold`, LEAST_LIKE, and the mean plus
 * LEAST_BEYOND_MEAN. `similarities`: centred cosines of the phrase with all catalogue rows.
 */
export function nearFloor(similarities: Float32Array, threshold: number): number {
  const usual = similarities.reduce((sum, one) => sum + one, 0) / similarities.length
  return Math.max(threshold, LEAST_LIKE, usual + LEAST_BEYOND_MEAN)
}

/**
 * Positions in `userInterests` of the interests that are like a phrase. An interest is as similar as its items are on
 * average; it must reach `nearFloor` and LIKE_NEAREST of the most similar interest. `similarities`: centred cosines of
 * the phrase, one a catalogue row.
 */
export function positionsLike(userInterests: UserInterests, similarities: Float32Array, threshold: number): number[] {
  const means = Float64Array.from(userInterests.users, (_, i) => {
    const rows = listAt(userInterests.rows, i)
    return rows.reduce((sum, row) => sum + similarities[row], 0) / rows.length
  })
  const floor = nearFloor(similarities, threshold)
  const least = means.reduce((most, mean) => Math.max(most, LIKE_NEAREST * mean), floor)
  return Array.from(means.keys()).filter((i) => means[i] >= least)
}
