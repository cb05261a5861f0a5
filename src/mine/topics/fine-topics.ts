import type { Catalogue, Matrix } from '../../columns.js'
import { dotAt } from '../../vectors/matrix.js'
import { packStrings, stringAt, unpackStrings } from '../../vectors/strings.js'
import { hashAnchor } from '../names/identity.js'
import { shareBearing } from '../names/label-stands.js'
import { nameAfter } from '../names/labels.js'
import type { Phrases } from '../names/phrases.js'
import type { TopicClusters } from './topic-clusters.js'
import { LEAST_COVERED, NAME_JOINT, nameTopic } from './topic-names.js'
import type { FineTopics } from './topics.js'

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
  /** Null where it is new, as is the name. */
  id: string | null
  name: string | null
  /** The name without what tells it from others. */
  base: string
  domain: number
  clusters: number[]
}

/** What naming reads, with the rows of each cluster. */
interface Naming extends FineTopicsInput {
  rowsOf: number[][]
  /** Lower-case names that say nothing of a part. */
  avoid: ReadonlySet<string>
}

/**
 * Names clusters and joins those of one name. A topic that goes on keeps its id, and its name while a fifth of its items
 * bear it.
 */
export function nameFineTopics(input: FineTopicsInput): FineTopics {
  const { found, catalogue, phrases, domainNames, earlier } = input
  const rowsOf: number[][] = Array.from({ length: found.from.length }, () => [])
  found.ofRow.forEach((cluster, row) => {
    if (cluster >= 0 && row < phrases.rows) rowsOf[cluster].push(row)
  })
  // A category that names the domain says nothing of a part of it; where nothing is filed, it may be all there is to say.
  const filed = catalogue.categories.values.length > 0
  const naming: Naming = {
    ...input,
    rowsOf,
    avoid: new Set(filed ? domainNames.map((name) => name.toLowerCase()) : []),
  }
  const topics = earlier ? goOn(naming, earlier) : []
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

/** The topics of before that still have items. */
function goOn(naming: Naming, earlier: NonNullable<FineTopicsInput['earlier']>): Topic[] {
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
      const domain = commonest(rows, domains)
      const name = stringAt(earlier.names, topic)
      const base = stripPlace(name, domainNames[domain])
      const holds = shareBearing(catalogue, base.split(NAME_JOINT), rows) >= LEAST_COVERED
      const kept = holds ? { name, base } : { name: null, base: call(naming, rows, base) }
      return [{ id: stringAt(earlier.ids, topic), ...kept, domain, clusters }]
    })
}

/** New clusters join the topic of their name in their domain, or make one. */
function addNew(naming: Naming, topics: Topic[]): void {
  const { found, domains, rowsOf, earlier } = naming
  found.from.forEach((from, cluster) => {
    const rows = rowsOf[cluster]
    if ((from >= 0 && earlier) || rows.length === 0) return
    const domain = commonest(rows, domains)
    const base = call(naming, rows)
    const same = topics.find((other) => other.domain === domain && partsOf(other.base) === partsOf(base))
    if (same) same.clusters.push(cluster)
    else topics.push({ id: null, name: null, base, domain, clusters: [cluster] })
  })
}

/** A name whatever its case and the order of its parts. */
function partsOf(name: string): string {
  return name.toLowerCase().split(NAME_JOINT).sort().join(NAME_JOINT)
}

/** By what the items have in common, else by one of them: that of before, where it is still among them. */
function call({ found, catalogue, z, phrases, avoid }: Naming, rows: number[], before?: string): string {
  const said = nameTopic(phrases, catalogue, rows, avoid)
  if (said !== null) return said
  const exampleOf = (row: number) => nameAfter(catalogue, row).label
  const stays = before !== undefined && rows.some((row) => exampleOf(row) === before)
  return stays ? before : exampleOf(medoidOf(found, z, rows))
}

function rowsIn({ rowsOf }: Naming, clusters: readonly number[]): number[] {
  return clusters.flatMap((cluster) => rowsOf[cluster]).sort((a, b) => a - b)
}

/** An id that was ever in use in the generation before is never that of another topic. */
function chooseIds(naming: Naming, topics: readonly Topic[]): string[] {
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

/** Kept names stand; a new one that is taken gets its domain behind it, or a number. */
function chooseNames(topics: readonly Topic[], domainNames: readonly string[]): string[] {
  const used = new Set(topics.flatMap(({ name }) => name?.toLowerCase() ?? []))
  const free = (name: string) => !used.has(name.toLowerCase())
  return topics.map(({ name: kept, base, domain }) => {
    if (kept !== null) return kept
    const place = domainNames[domain]
    const placed = place === undefined ? base : `${base} (${place})`
    let name = free(base) ? base : placed
    for (let n = 2; !free(name); n++) name = `${placed} (${n})`
    used.add(name.toLowerCase())
    return name
  })
}

function stripPlace(name: string, place: string | undefined): string {
  const end = ` (${place})`
  return name.endsWith(end) ? name.slice(0, -end.length) : name
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
