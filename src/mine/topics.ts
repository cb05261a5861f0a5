import type { Catalogue, Matrix, Space, Strings } from '../types.js'
import { createMatrix, dotAt, normalise, rowOf } from '../vectors/matrix.js'
import { listAt } from '../vectors/sparse.js'
import { packStrings, stringAt, unpackStrings } from '../vectors/strings.js'
import type { Pause } from './eigen.js'
import { groupRows, nearestCentroid } from './kmeans.js'
import { lastName, PATH_SEPARATOR, splitPath } from './paths.js'
import type { Phrases } from './phrases.js'
import { nameTopics } from './topic-names.js'

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
}

export interface TopicsInput {
  catalogue: Catalogue
  space: Space
  phrases: Phrases
  seed: number
  pause?: Pause
}

/** One name that covers this share of the items is the catalogue's own: domains lie a level below. */
const ROOT_SHARE = 0.9
const DEEPEST = 3
/** With no more tags than this an item, on average, its first tag is its domain. */
const TAGS_AN_ITEM = 1.3
/** Topics found by clustering, and domains made of them; fewer in small catalogues. */
const TOPICS = 100
const ITEMS_A_TOPIC = 8
const DOMAINS = 24
const TOPICS_A_DOMAIN = 2
/** An item without categories belongs to the nearest domain only if it is this near (cosine in z). */
const LEAST_COSINE = 0.2

/** Domains of a catalogue: category paths or tags where there are some, else topics (spherical k-means in z, Ward). */
export async function fitTopics(input: TopicsInput): Promise<Topics> {
  const { catalogue, space } = input
  const tagged = countTagged(catalogue)
  if (tagged > 0 && catalogue.categoryKind === 'paths') return fitCategories(catalogue, space, 'paths')
  if (tagged > 0 && catalogue.categories.values.length <= TAGS_AN_ITEM * tagged)
    return fitCategories(catalogue, space, 'tags')
  return clusterTopics(input)
}

/** The domain of a row that came after the fit, by its categories, else by where it lies; -1 for none. */
export function placeInTopics(topics: Topics, catalogue: Catalogue, row: number, z: Float32Array): number {
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

function nearestDomain(topics: Topics, z: Float32Array): number {
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

function countTagged({ size, categories }: Catalogue): number {
  let tagged = 0
  for (let row = 0; row < size; row++) if (categories.offsets[row + 1] > categories.offsets[row]) tagged++
  return tagged
}

function fitCategories(catalogue: Catalogue, space: Space, kind: 'paths' | 'tags'): Topics {
  const names = unpackStrings(catalogue.categoryNames)
  const level = kind === 'paths' ? domainLevel(catalogue, names) : 1
  const index = new Map<string, number>()
  const domainNames: string[] = []
  const ofCategory = Int32Array.from(names, (name) => {
    const domain = kind === 'paths' ? splitPath(name).slice(0, level).join(PATH_SEPARATOR) : name
    let i = index.get(domain)
    if (i === undefined) {
      i = domainNames.push(domain) - 1
      index.set(domain, i)
    }
    return i
  })
  const domains = Int32Array.from({ length: catalogue.size }, (_, row) => {
    const own = listAt(catalogue.categories, row)
    // The first path comes first, broad to fine; where it ends early its last name is all there is.
    let best = -1
    for (const category of own) {
      const depth = kind === 'paths' ? splitPath(names[category]).length : 1
      if (depth >= level) return ofCategory[category]
      best = ofCategory[category]
    }
    return best
  })
  const centroids = createMatrix(domainNames.length, space.dims)
  for (let row = 0; row < catalogue.size; row++) {
    if (domains[row] < 0) continue
    const to = rowOf(centroids, domains[row])
    const z = rowOf(space.z, row)
    for (let d = 0; d < to.length; d++) to[d] += z[d]
  }
  for (let i = 0; i < centroids.rows; i++) normalise(rowOf(centroids, i))
  const topics: Topics = {
    kind,
    domains,
    names: packStrings(domainNames),
    ofCategory,
    centroids,
    ofCentroid: Int32Array.from({ length: domainNames.length }, (_, i) => i),
  }
  for (let row = 0; row < catalogue.size; row++) {
    if (domains[row] < 0) domains[row] = nearestDomain(topics, rowOf(space.z, row))
  }
  return topics
}

/** The first level, or a deeper one where one name covers nearly everything. */
function domainLevel(catalogue: Catalogue, names: string[]): number {
  for (let level = 1; level < DEEPEST; level++) {
    const counts = new Map<string, number>()
    let tagged = 0
    for (let row = 0; row < catalogue.size; row++) {
      const own = listAt(catalogue.categories, row)
      if (own.length === 0) continue
      tagged++
      const found = own.find((category) => splitPath(names[category]).length === level)
      if (found !== undefined) counts.set(names[found], (counts.get(names[found]) ?? 0) + 1)
    }
    if (Math.max(0, ...counts.values()) < ROOT_SHARE * tagged) return level
  }
  return 2
}

async function clusterTopics({ catalogue, space, phrases, seed, pause }: TopicsInput): Promise<Topics> {
  const groups = Math.max(1, Math.min(TOPICS, Math.round(catalogue.size / ITEMS_A_TOPIC)))
  const { labels, centroids } = await groupRows(space.z, { groups, seed, spherical: true, pause })
  const sizes = new Float64Array(centroids.rows)
  for (const label of labels) sizes[label]++
  const wanted = Math.max(1, Math.min(DOMAINS, Math.round(centroids.rows / TOPICS_A_DOMAIN)))
  const ofCentroid = joinByWard(centroids, sizes, wanted)
  await pause?.()
  const domains = labels.map((label) => ofCentroid[label])
  const { names, known } = nameTopics(phrases, catalogue, domains, Math.max(0, ...ofCentroid) + 1)
  const renumber = (domain: number) => known[domain]
  return {
    kind: 'topics',
    domains: domains.map(renumber),
    names: packStrings(names),
    ofCategory: new Int32Array(0),
    centroids,
    ofCentroid: ofCentroid.map(renumber),
  }
}

/** Ward's method over weighted centroids: joins the two groups whose joining costs least, until `wanted` are left. */
function joinByWard(centroids: Matrix, sizes: Float64Array, wanted: number): Int32Array {
  const n = centroids.rows
  const weights = sizes.slice()
  const means = Float32Array.from(centroids.data)
  const { dims } = centroids
  const owner = Int32Array.from({ length: n }, (_, i) => i)
  let alive = Array.from(owner)
  const cost = (a: number, b: number): number => {
    let distance = 0
    for (let d = 0; d < dims; d++) distance += (means[a * dims + d] - means[b * dims + d]) ** 2
    return (distance * weights[a] * weights[b]) / Math.max(weights[a] + weights[b], 1e-9)
  }
  const costs = new Float64Array(n * n)
  for (let a = 0; a < n; a++) for (let b = 0; b < a; b++) costs[a * n + b] = costs[b * n + a] = cost(a, b)
  while (alive.length > wanted) {
    let [best, x, y] = [Infinity, -1, -1]
    for (const a of alive) {
      for (const b of alive) {
        if (b >= a || costs[a * n + b] >= best) continue
        best = costs[a * n + b]
        x = b
        y = a
      }
    }
    const total = Math.max(weights[x] + weights[y], 1e-9)
    for (let d = 0; d < dims; d++) {
      means[x * dims + d] = (weights[x] * means[x * dims + d] + weights[y] * means[y * dims + d]) / total
    }
    weights[x] += weights[y]
    for (let i = 0; i < n; i++) if (owner[i] === y) owner[i] = x
    alive = alive.filter((i) => i !== y)
    for (const other of alive) if (other !== x) costs[x * n + other] = costs[other * n + x] = cost(x, other)
  }
  return owner.map((i) => alive.indexOf(i))
}
