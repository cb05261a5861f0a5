import type { Catalogue, Matrix, Space, Strings } from '../../types.js'
import type { Pause } from '../../vectors/eigen.js'
import { createMatrix, dotAt, normalise, rowOf } from '../../vectors/matrix.js'
import { listAt } from '../../vectors/sparse.js'
import { countStrings, packStrings, stringAt, unpackStrings } from '../../vectors/strings.js'
import { shareBearing } from '../names/label-stands.js'
import { lastName, PATH_SEPARATOR, splitPath } from '../names/paths.js'
import type { Phrases } from '../names/phrases.js'
import { nearestCentroid } from '../space/kmeans.js'
import { joinByWard } from '../space/ward.js'
import { countTagged, fileByCategory } from './categories.js'
import { type FineTopics, nameFineTopics, placeInClusters } from './fine-topics.js'
import { clusterItems, type TopicClusters } from './topic-clusters.js'
import { LEAST_COVERED, NAME_JOINT, nameTopics } from './topic-names.js'

/** Broad parts of a catalogue: every interest lies in one, and items of no finer interest are listed by it. */
export interface Topics {
  /** 'paths': upper levels of category paths; 'tags': the one tag of each item; 'topics': found by clustering. */
  kind: 'paths' | 'tags' | 'topics'
  /** Row -> domain, -1 for none. */
  domains: Int32Array
  /** Domain -> its name; for paths the names joined by " > ". */
  names: Strings
  /** Category (as in catalogue.categoryNames) -> domain, -1 for none. */
  ofCategory: Int32Array
  /** Unit vectors in z of domains, or of the topics that make them up, one row each. */
  centroids: Matrix
  /** Centroid -> domain, -1 for none. */
  ofCentroid: Int32Array
  fine: FineTopics
}

export interface TopicsInput {
  catalogue: Catalogue
  space: Space
  phrases: Phrases
  seed: number
  earlier?: EarlierTopics | null
  pause?: Pause
}

/** What topics of the generation before say of the items that are still there. */
export interface EarlierTopics {
  topics: Topics
  /** Row -> its row then, -1 where it is new. */
  from: Int32Array
}

/** With no more tags than this an item, on average, its first tag is its domain. */
const TAGS_AN_ITEM = 1.3
/** Domains made of clusters, where nothing is filed; fewer in small catalogues. */
const DOMAINS = 24
const CLUSTERS_A_DOMAIN = 2
/** An item without categories belongs to the nearest domain only if it is this near (cosine in z). */
const LEAST_COSINE = 0.2

/**
 * Two levels of a catalogue. Domains: category paths or tags where there are some, else clusters joined by Ward's
 * method. Topics: clusters within a domain, those of the generation before going on.
 */
export async function fitTopics(input: TopicsInput): Promise<Topics> {
  const { catalogue } = input
  const kind = kindOf(catalogue)
  const earlier = input.earlier?.topics.kind === kind ? input.earlier : null
  return kind === 'topics' ? clusterDomains(input, earlier) : fileDomains(input, kind, earlier)
}

function kindOf(catalogue: Catalogue): Topics['kind'] {
  const tagged = countTagged(catalogue)
  if (tagged > 0 && catalogue.categoryKind === 'paths') return 'paths'
  return tagged > 0 && catalogue.categories.values.length <= TAGS_AN_ITEM * tagged ? 'tags' : 'topics'
}

/** Topics with rows that came or changed after the fit: `at`, with vectors in z alongside. */
export function changeTopics(topics: Topics, catalogue: Catalogue, z: Matrix, at: readonly number[]): Topics {
  const domains = new Int32Array(catalogue.size)
  const clusters = new Int32Array(catalogue.size)
  domains.set(topics.domains)
  clusters.set(topics.fine.clusters)
  for (const row of at) {
    domains[row] = placeInDomains(topics, catalogue, row, rowOf(z, row))
    const region = topics.kind === 'topics' ? 0 : domains[row]
    clusters[row] = placeInClusters(topics.fine, region, rowOf(z, row))
  }
  return { ...topics, domains, fine: { ...topics.fine, clusters } }
}

/** The domain of a row, by its categories, else by where it lies; -1 for none. */
function placeInDomains(topics: Topics, catalogue: Catalogue, row: number, z: Float32Array): number {
  if (topics.kind !== 'topics') {
    let shallow = -1
    for (const category of listAt(catalogue.categories, row)) {
      const domain = domainOfCategory(topics, catalogue, category)
      if (domain < 0) continue
      // A bare root is a domain only for items that say no more.
      if (topics.kind === 'tags' || splitPath(stringAt(topics.names, domain)).length > 1) return domain
      if (shallow < 0) shallow = domain
    }
    if (shallow >= 0) return shallow
  }
  return nearestDomain(topics, z)
}

function nearestDomain(topics: Omit<Topics, 'fine'>, z: Float32Array): number {
  const nearest = nearestCentroid(topics.centroids, z)
  if (nearest < 0) return -1
  const { dims, data } = topics.centroids
  const length = Math.sqrt(dotAt(z, 0, z, 0, dims))
  if (topics.kind !== 'topics' && dotAt(z, 0, data, nearest * dims, dims) < LEAST_COSINE * length) return -1
  return topics.ofCentroid[nearest]
}

function domainOfCategory(topics: Topics, catalogue: Catalogue, category: number): number {
  if (category < topics.ofCategory.length) return topics.ofCategory[category]
  const name = stringAt(catalogue.categoryNames, category)
  let best = -1
  let longest = -1
  unpackStrings(topics.names).forEach((domain, i) => {
    const fits = name === domain || (topics.kind === 'paths' && name.startsWith(domain + PATH_SEPARATOR))
    if (fits && domain.length > longest) {
      best = i
      longest = domain.length
    }
  })
  return best
}

/** Names of a domain from broad to fine. */
export function domainPath(topics: Topics, domain: number): string[] {
  if (domain < 0) return []
  const name = stringAt(topics.names, domain)
  return topics.kind === 'paths' ? splitPath(name) : [name]
}

const lowered = new WeakMap<Topics, ReadonlySet<string>>()

/** The last names of all domains, lower case. */
export function domainNames(topics: Topics): ReadonlySet<string> {
  let names = lowered.get(topics)
  if (!names) {
    names = new Set(
      topics.kind === 'topics' ? [] : unpackStrings(topics.names).map((name) => lastName(name).toLowerCase()),
    )
    lowered.set(topics, names)
  }
  return names
}

async function fileDomains(
  { catalogue, space, phrases, seed, pause }: TopicsInput,
  kind: 'paths' | 'tags',
  earlier: EarlierTopics | null,
): Promise<Topics> {
  const { domains, names, ofCategory } = fileByCategory(catalogue, kind)
  const centroids = createMatrix(names.length, space.dims)
  for (let row = 0; row < catalogue.size; row++) {
    if (domains[row] < 0) continue
    const to = rowOf(centroids, domains[row])
    const z = rowOf(space.z, row)
    for (let d = 0; d < to.length; d++) to[d] += z[d]
  }
  for (let i = 0; i < centroids.rows; i++) normalise(rowOf(centroids, i))
  const ofCentroid = Int32Array.from({ length: names.length }, (_, i) => i)
  const broad = { kind, domains, names: packStrings(names), ofCategory, centroids, ofCentroid }
  for (let row = 0; row < catalogue.size; row++) {
    if (domains[row] < 0) domains[row] = nearestDomain(broad, rowOf(space.z, row))
  }
  const found = await clusterItems({ z: space.z, regions: domains, earlier: clustersBefore(earlier), seed, pause })
  const domainNames = names.map(lastName)
  const fine = { found, catalogue, z: space.z, phrases, domains, domainNames, earlier: earlier?.topics.fine ?? null }
  return { ...broad, fine: nameFineTopics(fine) }
}

async function clusterDomains(
  { catalogue, space, phrases, seed, pause }: TopicsInput,
  earlier: EarlierTopics | null,
): Promise<Topics> {
  const regions = new Int32Array(catalogue.size)
  const found = await clusterItems({ z: space.z, regions, earlier: clustersBefore(earlier), seed, pause })
  await pause?.()
  const groups = earlier ? goOn(found, earlier.topics) : joinClusters(found)
  const { names, known } = nameDomains(catalogue, phrases, found, groups, earlier?.topics ?? null)
  const ofCentroid = groups.map((group) => known[group])
  const domains = found.ofRow.map((cluster) => ofCentroid[cluster])
  const fine = {
    found,
    catalogue,
    z: space.z,
    phrases,
    domains,
    domainNames: names,
    earlier: earlier?.topics.fine ?? null,
  }
  return {
    kind: 'topics',
    domains,
    names: packStrings(names),
    ofCategory: new Int32Array(0),
    centroids: found.centroids,
    ofCentroid,
    fine: nameFineTopics(fine),
  }
}

function clustersBefore(earlier: EarlierTopics | null): Int32Array | null {
  return earlier?.from.map((row) => (row < 0 ? -1 : earlier.topics.fine.clusters[row])) ?? null
}

function joinClusters({ ofRow, centroids }: TopicClusters): Int32Array {
  const sizes = new Float64Array(centroids.rows)
  for (const cluster of ofRow) sizes[cluster]++
  const wanted = Math.max(1, Math.min(DOMAINS, Math.round(centroids.rows / CLUSTERS_A_DOMAIN)))
  return joinByWard(centroids, sizes, wanted)
}

/** Clusters that go on stay in their domain; a new one joins that of the nearest of them. */
function goOn({ from, centroids }: TopicClusters, earlier: Topics): Int32Array {
  let fresh = countStrings(earlier.names)
  const groups = from.map((before) => {
    if (before < 0) return -1
    const domain = earlier.ofCentroid[before]
    return domain < 0 ? fresh++ : domain
  })
  return groups.map((group, cluster) => {
    if (group >= 0) return group
    const nearest = nearestCentroid(centroids, rowOf(centroids, cluster), 0, (other) => groups[other] >= 0)
    return nearest < 0 ? fresh++ : groups[nearest]
  })
}

/** A domain is called what it was while a fifth of its items bear the name. */
function nameDomains(
  catalogue: Catalogue,
  phrases: Phrases,
  { ofRow }: TopicClusters,
  groups: Int32Array,
  earlier: Topics | null,
): { names: string[]; known: Int32Array } {
  const ofRows = ofRow.map((cluster) => groups[cluster])
  const keep = (group: number, rows: number[]) => {
    if (!earlier || group >= countStrings(earlier.names)) return null
    const name = stringAt(earlier.names, group)
    return shareBearing(catalogue, name.split(NAME_JOINT), rows) >= LEAST_COVERED ? name : null
  }
  return nameTopics(phrases, catalogue, ofRows, Math.max(0, ...groups) + 1, keep)
}
