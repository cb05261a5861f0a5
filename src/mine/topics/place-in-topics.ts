import type { Catalogue, Matrix } from '../../columns.js'
import { PATH_SEPARATOR } from '../../columns.js'
import { dotAt, rowOf } from '../../vectors/matrix.js'
import { listAt } from '../../vectors/sparse.js'
import { stringAt, unpackStrings } from '../../vectors/strings.js'
import { splitPath } from '../names/paths.js'
import { nearestCentroid } from '../space/kmeans.js'
import type { FineTopics, Topics } from './topics.js'

/** Least cosine in z with a domain's centre for an item without categories to belong to the domain. */
const LEAST_COSINE = 0.2

/**
 * A copy of the topics with some rows placed anew: rows that were added or changed after the fit. `at`: these catalogue
 * rows; `z`: their vectors in the space of interests, one row each in the same order.
 */
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

/** The domain of a row: by its categories, else by its vector; -1 for none. */
function placeInDomains(topics: Topics, catalogue: Catalogue, row: number, z: Float32Array): number {
  if (topics.kind !== 'topics') {
    let shallow = -1
    for (const category of listAt(catalogue.categories, row)) {
      const domain = domainOfCategory(topics, catalogue, category)
      if (domain < 0) continue
      // The root of a path alone is used only for items without a category below it.
      if (topics.kind === 'tags' || splitPath(stringAt(topics.names, domain)).length > 1) return domain
      if (shallow < 0) shallow = domain
    }
    if (shallow >= 0) return shallow
  }
  return nearestDomain(topics, z)
}

/**
 * Index of the domain whose centre is nearest to a vector in z. -1 where there is no domain, or, if domains come from
 * categories, where the cosine is below LEAST_COSINE.
 */
export function nearestDomain(topics: Omit<Topics, 'fine'>, z: Float32Array): number {
  const nearest = nearestCentroid(topics.centroids, z)
  if (nearest < 0) return -1
  const { dims, data } = topics.centroids
  const length = Math.sqrt(dotAt(z, 0, z, 0, dims))
  if (topics.kind !== 'topics' && dotAt(z, 0, data, nearest * dims, dims) < LEAST_COSINE * length) return -1
  return topics.ofCentroid[nearest]
}

/**
 * The domain of a category. One that came after the fit belongs to the longest domain name that begins its path; -1 for
 * none.
 */
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

/** Index of the cluster nearest to a vector in z among those of its region; -1 where the region has none. */
function placeInClusters({ centroids, regions }: FineTopics, region: number, z: Float32Array): number {
  return nearestCentroid(centroids, z, 0, (cluster) => regions[cluster] === region)
}
