import type { Catalogue, Space } from '../../columns.js'
import type { Pause } from '../../vectors/eigen.js'
import { createMatrix, normalise, rowOf } from '../../vectors/matrix.js'
import { countStrings, packStrings, stringAt } from '../../vectors/strings.js'
import { shareWithName } from '../names/label-stands.js'
import { lastName } from '../names/paths.js'
import type { Phrases } from '../names/phrases.js'
import { nearestCentroid } from '../space/kmeans.js'
import { joinByWard } from '../space/ward.js'
import { assignByCategory, countTagged } from './categories.js'
import { nameFineTopics } from './fine-topics.js'
import { nearestDomain } from './place-in-topics.js'
import { clusterItems, type TopicClusters } from './topic-clusters.js'
import { LEAST_COVERED, NAME_JOINT, nameTopics } from './topic-names.js'
import type { Topics } from './topics.js'

/** Input of `fitTopics`. */
export interface TopicsInput {
  catalogue: Catalogue
  space: Space
  phrases: Phrases
  seed: number
  /** Topics of the generation before, if any; they continue where `kind` is the same. */
  earlier?: EarlierTopics | null
  /** Awaited during long work, so that other work can run; stops the fit where it throws. */
  pause?: Pause
}

/** Topics of the generation before, for the items that are still in the catalogue. */
export interface EarlierTopics {
  topics: Topics
  /** Row -> its row in that generation, -1 where the item is new. */
  from: Int32Array
}

/** If tagged items have no more tags than this on average, the first tag of an item is its domain. */
const TAGS_AN_ITEM = 1.3
/** Domains at most where they are made of clusters, with CLUSTERS_A_DOMAIN clusters each; fewer in small catalogues. */
const DOMAINS = 24
const CLUSTERS_A_DOMAIN = 2

/**
 * Fits the two levels of a catalogue's topics. Domains are the upper levels of category paths, or tags; where there are
 * neither, clusters joined by Ward's method. Fine topics are clusters within a domain; those of the generation before
 * continue. Deterministic for a seed.
 */
export async function fitTopics(input: TopicsInput): Promise<Topics> {
  const { catalogue } = input
  const kind = kindOf(catalogue)
  const earlier = input.earlier?.topics.kind === kind ? input.earlier : null
  return kind === 'topics' ? fitClusterDomains(input, earlier) : fitCategoryDomains(input, kind, earlier)
}

/** Whether domains come from category paths, from tags, or from clustering ('topics'). */
function kindOf(catalogue: Catalogue): Topics['kind'] {
  const tagged = countTagged(catalogue)
  if (tagged > 0 && catalogue.categoryKind === 'paths') return 'paths'
  return tagged > 0 && catalogue.categories.values.length <= TAGS_AN_ITEM * tagged ? 'tags' : 'topics'
}

async function fitCategoryDomains(
  { catalogue, space, phrases, seed, pause }: TopicsInput,
  kind: 'paths' | 'tags',
  earlier: EarlierTopics | null,
): Promise<Topics> {
  const { domains, names, ofCategory } = assignByCategory(catalogue, kind)
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

async function fitClusterDomains(
  { catalogue, space, phrases, seed, pause }: TopicsInput,
  earlier: EarlierTopics | null,
): Promise<Topics> {
  const regions = new Int32Array(catalogue.size)
  const found = await clusterItems({ z: space.z, regions, earlier: clustersBefore(earlier), seed, pause })
  await pause?.()
  const groups = earlier ? continueDomains(found, earlier.topics) : joinClusters(found)
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

/** Row -> its cluster in the generation before, -1 where it is new; null where there was none. */
function clustersBefore(earlier: EarlierTopics | null): Int32Array | null {
  return earlier?.from.map((row) => (row < 0 ? -1 : earlier.topics.fine.clusters[row])) ?? null
}

/** Cluster -> domain, by Ward's method. */
function joinClusters({ ofRow, centroids }: TopicClusters): Int32Array {
  const sizes = new Float64Array(centroids.rows)
  for (const cluster of ofRow) sizes[cluster]++
  const wanted = Math.max(1, Math.min(DOMAINS, Math.round(centroids.rows / CLUSTERS_A_DOMAIN)))
  return joinByWard(centroids, sizes, wanted)
}

/**
 * Cluster -> domain. Continued clusters stay in their domain; a new one joins the domain of the nearest continued one.
 */
function continueDomains({ from, centroids }: TopicClusters, earlier: Topics): Int32Array {
  let nextDomain = countStrings(earlier.names)
  const groups = from.map((before) => {
    if (before < 0) return -1
    const domain = earlier.ofCentroid[before]
    return domain < 0 ? nextDomain++ : domain
  })
  return groups.map((group, cluster) => {
    if (group >= 0) return group
    const nearest = nearestCentroid(centroids, rowOf(centroids, cluster), 0, (other) => groups[other] >= 0)
    return nearest < 0 ? nextDomain++ : groups[nearest]
  })
}

/** Names of domains made of clusters. A name stays while at least a fifth of the items have one of its parts. */
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
    return shareWithName(catalogue, name.split(NAME_JOINT), rows) >= LEAST_COVERED ? name : null
  }
  return nameTopics(phrases, catalogue, ofRows, Math.max(0, ...groups) + 1, keep)
}
