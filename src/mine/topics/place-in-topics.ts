import type { Catalogue, Matrix } from '../../columns.js'
import { dotAt, rowOf } from '../../vectors/matrix.js'
import { listAt } from '../../vectors/sparse.js'
import { stringAt, unpackStrings } from '../../vectors/strings.js'
import { PATH_SEPARATOR, splitPath } from '../names/paths.js'
import { nearestCentroid } from '../space/kmeans.js'
import type { FineTopics, Topics } from './topics.js'

/** An item without categories belongs to the nearest domain only if it is this near (cosine in z). */
const LEAST_COSINE = 0.2
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

export function nearestDomain(topics: Omit<Topics, 'fine'>, z: Float32Array): number {
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
/** The cluster of a row that came after the fit: the nearest of its region, -1 where that has none. */
export function placeInClusters({ centroids, regions }: FineTopics, region: number, z: Float32Array): number {
  return nearestCentroid(centroids, z, 0, (cluster) => regions[cluster] === region)
}
