import type { MineModel } from '../mine/interests.js'
import { countTopics, domainPath } from '../mine/topics/topics.js'
import type { SharedInterest, Trend, UserBaseAnswer } from '../types/answers.js'
import { dotAt } from '../vectors/matrix.js'
import { listAt } from '../vectors/sparse.js'
import { stringAt } from '../vectors/strings.js'
import type { UserInterests } from './user-interests.js'

export interface UserBaseRequest {
  limit: number
  minUsers: number
  /** Whether only a part of the topics is asked for. */
  isFiltered: boolean
  /** Whether a topic of this domain is asked for. */
  allow: (domain: readonly string[]) => boolean
}

/** The latest part of all likings is what is recent. */
const RECENT_SHARE = 0.25
const GROWING = 1.25
const FADING = 0.8
/** Standard deviations beyond what chance does in nine cases of ten. */
const BEYOND_CHANCE = 1.64
const SHOWN_ITEMS = 3

/** Holders and likings of one topic. */
interface TopicCounts {
  topic: number
  users: Set<number>
  weight: number
  recent: number
  earlier: number
  recentUsers: Set<number>
  earlierUsers: Set<number>
  /** Row -> holders who have it. */
  itemUsers: Map<number, number>
}

/** The interests of a user base, most held first; those that too few hold are only counted. */
export function countUserBase(
  model: MineModel,
  userInterests: UserInterests,
  { limit, minUsers, isFiltered: isPart, allow }: UserBaseRequest,
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
    interests: reported.slice(0, limit).map((held) => describeTopic(model, held, all, userInterests.likers, minUsers)),
    // Of a part it is not told: the rest, by subtraction, might be fewer.
    withheld: { interests: hidden.length, users: !isPart && few >= minUsers ? few : null },
  }
}

/** Since when likings are recent, NaN where no time is known. */
function boundaryOf(likedAt: Float64Array): number {
  const known = likedAt.filter((at) => !Number.isNaN(at)).sort()
  return known.length === 0 ? Number.NaN : known[Math.floor((1 - RECENT_SHARE) * known.length)]
}

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
  // What few did, lately or before, is told of nobody.
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

function trendOf({ recent, earlier }: TopicCounts, all: { recent: number; earlier: number }, ratio: number): Trend {
  const n = recent + earlier
  const chance = all.recent / (all.recent + all.earlier)
  const beyond = (recent - n * chance) / Math.sqrt(n * chance * (1 - chance))
  if (beyond >= BEYOND_CHANCE && ratio >= GROWING) return earlier === 0 ? 'new' : 'growing'
  return beyond <= -BEYOND_CHANCE && ratio <= FADING ? 'fading' : 'steady'
}

/**
 * Items that so many holders have that they point to nobody, most had first; then what lies nearest to the centre of the
 * topic, which the catalogue alone tells.
 */
function typicalItems(
  { catalogue, space, topics }: MineModel,
  { topic, itemUsers: takers }: TopicCounts,
  minUsers: number,
): number[] {
  const items = [...takers]
    .filter(([row, count]) => count >= minUsers && !catalogue.removed[row])
    .sort((a, b) => b[1] - a[1] || a[0] - b[0])
    .slice(0, SHOWN_ITEMS)
    .map(([row]) => row)
  return [...items, ...centralItems({ catalogue, space, topics }, topic, items)].slice(0, SHOWN_ITEMS)
}

/** What lies nearest to the centre of a topic, but `except`. */
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

/** A topic by its id, else by its name whatever the case; -1 where there is none. */
export function findTopic({ topics: { fine } }: Pick<MineModel, 'topics'>, wanted: string): number {
  const name = wanted.trim().toLowerCase()
  let named = -1
  for (let topic = 0; topic < countTopics(fine); topic++) {
    if (stringAt(fine.ids, topic) === wanted) return topic
    if (stringAt(fine.names, topic).toLowerCase() === name) named = topic
  }
  return named
}

/** Positions of a topic's interests among the userInterests. */
export function positionsOfTopic(userInterests: UserInterests, topic: number): number[] {
  return Array.from(userInterests.topics.keys()).filter((i) => userInterests.topics[i] === topic)
}

/** What is less near to a phrase than this share of the nearest is another matter. */
const LIKE_NEAREST = 0.8
/**
 * What is less near than this is not like the phrase, however far all else is: on 12,101 products nonsense and what they
 * do not have stay below it, a shop's and a notebook's own categories above.
 */
const LEAST_LIKE = 0.32
/** So much nearer than the catalogue is on average: to some encoders all texts of a language are alike. */
const LEAST_BEYOND_MEAN = 0.15

/** What is less similar than this is not like the phrase: `threshold` and the floors above. */
export function nearFloor(similarities: Float32Array, threshold: number): number {
  const usual = similarities.reduce((sum, one) => sum + one, 0) / similarities.length
  return Math.max(threshold, LEAST_LIKE, usual + LEAST_BEYOND_MEAN)
}

/**
 * Positions of the interests that are near to a phrase: whose items are on average more like it than `threshold` and the
 * floors above, and not much less than those of the nearest; none where nothing is. `similarities` are centred cosines,
 * one a row of the catalogue.
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
