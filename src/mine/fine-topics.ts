import type { Catalogue, Matrix, Strings } from '../types.js'
import { dotAt } from '../vectors/matrix.js'
import { countStrings, packStrings, stringAt, unpackStrings } from '../vectors/strings.js'
import { nameByTitle } from './example.js'
import { hashAnchor } from './identity.js'
import { nearestCentroid } from './kmeans.js'
import type { Phrases } from './phrases.js'
import { shareBearing } from './standing.js'
import type { TopicClusters } from './topic-clusters.js'
import { LEAST_COVERED, NAME_JOINT, nameTopic } from './topic-names.js'

/** The finer level of a catalogue's topics: what interests of different users are counted by. */
export interface FineTopics {
  /** Row -> cluster -> topic. Clusters that would bear one name in one domain are one topic. */
  clusters: Int32Array
  ofCluster: Int32Array
  /** Unit vectors in z, one row a cluster; cluster -> the region of the catalogue it was found in. */
  centroids: Matrix
  regions: Int32Array
  /** Kept from one generation to the next. */
  ids: Strings
  /** No two are alike. */
  names: Strings
  /** Topic -> domain, -1 for none. */
  domains: Int32Array
}

export interface FineTopicsInput {
  found: TopicClusters
  catalogue: Catalogue
  z: Matrix
  phrases: Phrases
  /** Row -> domain, -1 for none. */
  domains: Int32Array
  /** Domain -> its last name. */
  domainNames: readonly string[]
  /** Topics of the generation before: `found.from` names clusters of theirs. */
  earlier: Pick<FineTopics, 'ofCluster' | 'ids' | 'names'> | null
}

interface Topic {
  id: string | null
  name: string
  /** The name without the domain that tells it from others. */
  base: string
  domain: number
  clusters: number[]
}

/**
 * Names clusters and joins those of one name. A topic that goes on keeps its id, and its name while a fifth of its items
 * bear it.
 */
export function nameFineTopics(input: FineTopicsInput): FineTopics {
  const { found, catalogue, z, phrases, domains, domainNames, earlier } = input
  const rowsOf: number[][] = Array.from({ length: found.from.length }, () => [])
  found.ofRow.forEach((cluster, row) => {
    if (cluster >= 0 && row < phrases.rows) rowsOf[cluster].push(row)
  })
  // A category that names the domain says nothing of a part of it; where nothing is filed, it may be all there is to say.
  const filed = catalogue.categories.values.length > 0
  const avoid = new Set(filed ? domainNames.map((name) => name.toLowerCase()) : [])
  const topics: Topic[] = []
  const placeOf = (domain: number) => domainNames[domain] ?? ''
  const exampleOf = (row: number) => nameByTitle(stringAt(catalogue.titles, row)).label
  /** `known`: what it was called; an item that it was called by may go on to stand for it. */
  const call = (rows: number[], known?: string) => {
    const said = nameTopic(phrases, catalogue, rows, avoid)
    if (said !== null) return said
    return known !== undefined && rows.some((row) => exampleOf(row) === known)
      ? known
      : exampleOf(medoidOf(found, z, rows))
  }
  const goesOn = new Map<number, number[]>()
  found.from.forEach((from, cluster) => {
    if (from < 0 || !earlier) return
    const topic = earlier.ofCluster[from]
    const clusters = goesOn.get(topic)
    if (clusters) clusters.push(cluster)
    else goesOn.set(topic, [cluster])
  })
  for (const [topic, clusters] of [...goesOn].sort((a, b) => a[0] - b[0])) {
    const rows = clusters.flatMap((cluster) => rowsOf[cluster]).sort((a, b) => a - b)
    const domain = commonest(rows, domains)
    const name = stringAt(earlier!.names, topic)
    const base = stripPlace(name, placeOf(domain))
    const holds = shareBearing(catalogue, base.split(NAME_JOINT), rows) >= LEAST_COVERED
    const own = holds ? { name, base } : { name: '', base: call(rows, base) }
    topics.push({ id: stringAt(earlier!.ids, topic), ...own, domain, clusters })
  }
  found.from.forEach((from, cluster) => {
    const rows = rowsOf[cluster]
    if ((from >= 0 && earlier) || rows.length === 0) return
    const domain = commonest(rows, domains)
    const base = call(rows)
    const same = topics.find((other) => other.domain === domain && other.base.toLowerCase() === base.toLowerCase())
    if (same) same.clusters.push(cluster)
    else topics.push({ id: null, name: '', base, domain, clusters: [cluster] })
  })
  chooseNames(topics, placeOf)
  const ofCluster = new Int32Array(found.from.length).fill(-1)
  topics.forEach(({ clusters }, topic) => {
    for (const cluster of clusters) ofCluster[cluster] = topic
  })
  const taken = new Set(earlier ? unpackStrings(earlier.ids) : [])
  const ids = topics.map(({ id, clusters }) => {
    if (id !== null) return id
    const rows = clusters.flatMap((cluster) => rowsOf[cluster]).sort((a, b) => a - b)
    const anchor = stringAt(catalogue.ids, medoidOf(found, z, rows))
    let fresh = hashAnchor(anchor, 't')
    for (let salt = 1; taken.has(fresh); salt++) fresh = hashAnchor(`${anchor} ${salt}`, 't')
    taken.add(fresh)
    return fresh
  })
  return {
    clusters: found.ofRow,
    ofCluster,
    centroids: found.centroids,
    regions: found.regions,
    ids: packStrings(ids),
    names: packStrings(topics.map(({ name }) => name)),
    domains: Int32Array.from(topics, ({ domain }) => domain),
  }
}

/** The cluster of a row that came after the fit: the nearest of its region, -1 where that has none. */
export function placeInClusters({ centroids, regions }: FineTopics, region: number, z: Float32Array): number {
  return nearestCentroid(centroids, z, 0, (cluster) => regions[cluster] === region)
}

/** The topic of a row, -1 for none. */
export function topicOf({ clusters, ofCluster }: FineTopics, row: number): number {
  const cluster = clusters[row] ?? -1
  return cluster < 0 ? -1 : ofCluster[cluster]
}

export function countTopics({ ids }: FineTopics): number {
  return countStrings(ids)
}

/** Kept names first; a name that is taken gets its domain behind it, or a number. */
function chooseNames(topics: Topic[], placeOf: (domain: number) => string): void {
  const used = new Set(topics.map(({ name }) => name.toLowerCase()))
  const free = (name: string) => !used.has(name.toLowerCase())
  for (const topic of topics) {
    if (topic.name !== '') continue
    const place = placeOf(topic.domain)
    const placed = place === '' ? topic.base : `${topic.base} (${place})`
    let name = free(topic.base) ? topic.base : placed
    for (let n = 2; !free(name); n++) name = `${placed} (${n})`
    topic.name = name
    used.add(name.toLowerCase())
  }
}

function stripPlace(name: string, place: string): string {
  const end = ` (${place})`
  return place !== '' && name.endsWith(end) ? name.slice(0, -end.length) : name
}

function commonest(rows: readonly number[], domains: Int32Array): number {
  const counts = new Map<number, number>()
  for (const row of rows) counts.set(domains[row], (counts.get(domains[row]) ?? 0) + 1)
  let best = -1
  for (const [domain, count] of counts) {
    const most = counts.get(best) ?? 0
    if (count > most || (count === most && domain < best)) best = domain
  }
  return best
}

/** The item nearest to the centre of one of its clusters. */
function medoidOf({ ofRow, centroids }: TopicClusters, z: Matrix, rows: readonly number[]): number {
  let best = rows[0]
  let most = -Infinity
  for (const row of rows) {
    const from = row * z.dims
    const length = Math.sqrt(dotAt(z.data, from, z.data, from, z.dims)) || 1
    const cosine = dotAt(z.data, from, centroids.data, ofRow[row] * z.dims, z.dims) / length
    if (cosine > most + 1e-9) {
      most = cosine
      best = row
    }
  }
  return best
}
