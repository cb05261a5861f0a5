import type { Catalogue, Matrix } from '../../columns.js'
import { dotAt } from '../../vectors/matrix.js'
import { packStrings, stringAt, unpackStrings } from '../../vectors/strings.js'
import { hashAnchor } from '../names/identity.js'
import { shareWithName } from '../names/label-stands.js'
import { nameAfterItem } from '../names/labels.js'
import type { Phrases } from '../names/phrases.js'
import type { TopicClusters } from './topic-clusters.js'
import { LEAST_COVERED, NAME_JOINT, nameTopic } from './topic-names.js'
import type { FineTopics } from './topics.js'

/** Input of `nameFineTopics`. */
export interface FineTopicsInput {
  /** Clusters of the catalogue's items. */
  found: TopicClusters
  catalogue: Catalogue
  /** Vectors of the items in the space of interests, one row an item. */
  z: Matrix
  phrases: Phrases
  /** Row -> domain, -1 for none. */
  domains: Int32Array
  /** Domain -> its last (finest) name. */
  domainNames: readonly string[]
  /** Topics of the generation before, whose clusters `found.from` refers to; null where there are none. */
  earlier: Pick<FineTopics, 'ofCluster' | 'ids' | 'names'> | null
}

/** One topic before it has its final name. */
interface Topic {
  /** Id and full name from the generation before; null for a new topic, and the name also where it no longer holds. */
  id: string | null
  name: string | null
  /** The name without the domain or number that tells it from others. */
  base: string
  domain: number
  clusters: number[]
}

/** What naming reads, with the rows of each cluster. */
interface NamingInput extends FineTopicsInput {
  rowsOf: number[][]
  /** Lower-case names that are not accepted for a topic: those of domains, where items have categories. */
  avoid: ReadonlySet<string>
}

/**
 * Names the clusters of a catalogue and joins those with the same name in the same domain into one topic. A topic that
 * continues from the generation before keeps its id, and keeps its name while at least a fifth of its items have one of
 * the name's parts in their title, brand or categories.
 */
export function nameFineTopics(input: FineTopicsInput): FineTopics {
  const { found, catalogue, phrases, domainNames, earlier } = input
  const rowsOf: number[][] = Array.from({ length: found.from.length }, () => [])
  found.ofRow.forEach((cluster, row) => {
    if (cluster >= 0 && row < phrases.rows) rowsOf[cluster].push(row)
  })
  // The name of a domain does not tell a topic from the others of the domain; without categories it may be the only name.
  const filed = catalogue.categories.values.length > 0
  const naming: NamingInput = {
    ...input,
    rowsOf,
    avoid: new Set(filed ? domainNames.map((name) => name.toLowerCase()) : []),
  }
  const topics = earlier ? continueTopics(naming, earlier) : []
  addNew(naming, topics)
  const names = chooseNames(topics, domainNames)
  const ofCluster = new Int32Array(found.from.length).fill(-1)
  topics.forEach(({ clusters }, topic) => {
    for (const cluster of clusters) ofCluster[cluster] = topic
  })
  return {
    clusters: found.ofRow,
    ofCluster,
    centroids: found.centroids,
    regions: found.regions,
    ids: packStrings(chooseIds(naming, topics)),
    names: packStrings(names),
    domains: Int32Array.from(topics, ({ domain }) => domain),
  }
}

/** The topics of the generation before that still have items, in order. */
function continueTopics(naming: NamingInput, earlier: NonNullable<FineTopicsInput['earlier']>): Topic[] {
  const { found, catalogue, domains, domainNames } = naming
  const clustersOf = new Map<number, number[]>()
  found.from.forEach((from, cluster) => {
    if (from < 0) return
    const topic = earlier.ofCluster[from]
    clustersOf.set(topic, [...(clustersOf.get(topic) ?? []), cluster])
  })
  return [...clustersOf]
    .sort((a, b) => a[0] - b[0])
    .flatMap(([topic, clusters]): Topic[] => {
      const rows = rowsIn(naming, clusters)
      if (rows.length === 0) return []
      const domain = commonestDomain(rows, domains)
      const name = stringAt(earlier.names, topic)
      const base = stripDomain(name, domainNames[domain])
      const holds = shareWithName(catalogue, base.split(NAME_JOINT), rows) >= LEAST_COVERED
      const kept = holds ? { name, base } : { name: null, base: nameRows(naming, rows, base) }
      return [{ id: stringAt(earlier.ids, topic), ...kept, domain, clusters }]
    })
}

/** Adds each new cluster to the topic of the same name in its domain, or makes a topic of it. */
function addNew(naming: NamingInput, topics: Topic[]): void {
  const { found, domains, rowsOf, earlier } = naming
  found.from.forEach((from, cluster) => {
    const rows = rowsOf[cluster]
    if ((from >= 0 && earlier) || rows.length === 0) return
    const domain = commonestDomain(rows, domains)
    const base = nameRows(naming, rows)
    const same = topics.find((other) => other.domain === domain && partsOf(other.base) === partsOf(base))
    if (same) same.clusters.push(cluster)
    else topics.push({ id: null, name: null, base, domain, clusters: [cluster] })
  })
}

/** A name as a key that does not depend on case or on the order of its parts. */
function partsOf(name: string): string {
  return name.toLowerCase().split(NAME_JOINT).sort().join(NAME_JOINT)
}

/**
 * A name from what the rows have in common, else the title of one of them: `before`, if an item with that title is
 * still among them, else the item at the centre.
 */
function nameRows({ found, catalogue, z, phrases, avoid }: NamingInput, rows: number[], before?: string): string {
  const common = nameTopic(phrases, catalogue, rows, avoid)
  if (common !== null) return common
  const exampleOf = (row: number) => nameAfterItem(catalogue, row).label
  const stays = before !== undefined && rows.some((row) => exampleOf(row) === before)
  return stays ? before : exampleOf(medoidOf(found, z, rows))
}

function rowsIn({ rowsOf }: NamingInput, clusters: readonly number[]): number[] {
  return clusters.flatMap((cluster) => rowsOf[cluster]).sort((a, b) => a - b)
}

/** Ids of the topics. A new id differs from all ids of the generation before. */
function chooseIds(naming: NamingInput, topics: readonly Topic[]): string[] {
  const { found, catalogue, z, earlier } = naming
  const taken = new Set(earlier ? unpackStrings(earlier.ids) : [])
  return topics.map(({ id, clusters }) => {
    if (id !== null) return id
    const anchor = stringAt(catalogue.ids, medoidOf(found, z, rowsIn(naming, clusters)))
    let fresh = hashAnchor(anchor, 't')
    for (let salt = 1; taken.has(fresh); salt++) fresh = hashAnchor(`${anchor} ${salt}`, 't')
    taken.add(fresh)
    return fresh
  })
}

/** Unique names. Kept names stay; a new one that is taken gets its domain, or also a number, behind it. */
function chooseNames(topics: readonly Topic[], domainNames: readonly string[]): string[] {
  const used = new Set(topics.flatMap(({ name }) => name?.toLowerCase() ?? []))
  const free = (name: string) => !used.has(name.toLowerCase())
  return topics.map(({ name: kept, base, domain }) => {
    if (kept !== null) return kept
    const domainName = domainNames[domain]
    const withDomain = domainName === undefined ? base : `${base} (${domainName})`
    let name = free(base) ? base : withDomain
    for (let n = 2; !free(name); n++) name = `${withDomain} (${n})`
    used.add(name.toLowerCase())
    return name
  })
}

/** The name without a domain in brackets at its end. */
function stripDomain(name: string, domainName: string | undefined): string {
  const end = ` (${domainName})`
  return name.endsWith(end) ? name.slice(0, -end.length) : name
}

/** The domain of most of the rows, the smaller index among equals. */
function commonestDomain(rows: readonly number[], domains: Int32Array): number {
  const counts = new Map<number, number>()
  for (const row of rows) counts.set(domains[row], (counts.get(domains[row]) ?? 0) + 1)
  let best = -1
  for (const [domain, count] of counts) {
    const most = counts.get(best) ?? 0
    if (count > most || (count === most && domain < best)) best = domain
  }
  return best
}

/** The row with the largest cosine with the centroid of its own cluster. */
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
