import type { Matrix } from '../../columns.js'
import { kMeans } from '../../mine/space/kmeans.js'
import { hdbscan } from './hdbscan.js'
import { buildDendrogram, cutDendrogram, measurePairs } from './linkage.js'

/** A known method to cluster the items of one history. */
export interface Peer {
  id: string
  /** For people. */
  name: string
  /** Where it was published. */
  source: string
  /** Values of its parameter to try (a height, or a cluster size); the one best on tuning personas is reported. */
  settings: readonly number[]
  /**
   * Prepares what does not depend on the setting, and gives a function from a setting to the label of each item.
   *
   * @param vectors Unit vectors of the history's items, one a row.
   * @param groups The true number of groups, for methods that need it.
   */
  open(vectors: Matrix, groups: number): Promise<(setting: number) => Int32Array>
}

/** Heights from low to high in steps of 8 %: relative steps, for the cosines of an encoder may all lie near 1. */
const heights = (low: number, high: number) =>
  Array.from({ length: Math.ceil(Math.log(high / low) / Math.log(1.08)) }, (_, i) =>
    Number((low * 1.08 ** i).toFixed(4)),
  )

/** The known methods that mined groups are compared with, on one history at a time. */
export const PEERS: readonly Peer[] = [
  {
    id: 'k-means',
    name: 'k-means, true k',
    source: 'Lloyd, 1982; starts by Arthur and Vassilvitskii, SODA 2007; the best of ten runs',
    settings: [0],
    async open(vectors, groups) {
      const labels = await bestKMeans(vectors, groups)
      return () => labels
    },
  },
  {
    id: 'ward',
    name: 'Ward, fixed cut',
    source: 'Ward, JASA 1963, on distances of unit vectors',
    settings: heights(0.2, 2.6),
    async open(vectors) {
      const tree = buildDendrogram(measurePairs(vectors, 'euclidean'), vectors.rows, 'ward')
      return (height) => cutDendrogram(tree, height)
    },
  },
  {
    id: 'average',
    name: 'average linkage, fixed cut',
    source: 'Sokal and Michener, 1958, on 1 - cosine',
    settings: heights(0.05, 1.1),
    async open(vectors) {
      const tree = buildDendrogram(measurePairs(vectors, 'cosine'), vectors.rows, 'average')
      return (height) => cutDendrogram(tree, height)
    },
  },
  {
    id: 'hdbscan',
    name: 'HDBSCAN',
    source: 'Campello, Moulavi and Sander, PAKDD 2013; smallest cluster 2 or 3, noise as single items',
    settings: [2, 3],
    async open(vectors) {
      const pairs = measurePairs(vectors, 'euclidean')
      return (least) => separateNoise(hdbscan(pairs, vectors.rows, least))
    },
  },
]

const RUNS = 10
const ROUNDS = 50

/** k-means by distance, the best of ten runs by the sum of squared distances. Gives the label of each row. */
export async function bestKMeans(vectors: Matrix, groups: number): Promise<Int32Array> {
  let best: Int32Array = new Int32Array(0)
  let least = Infinity
  for (let seed = 1; seed <= RUNS; seed++) {
    const options = { groups, seed, rounds: ROUNDS, maxTrained: vectors.rows }
    const { labels, centroids } = await kMeans(vectors, options)
    const { dims } = vectors
    let cost = 0
    for (let row = 0; row < vectors.rows; row++) {
      const to = labels[row] * dims
      for (let k = 0; k < dims; k++) cost += (vectors.data[row * dims + k] - centroids.data[to + k]) ** 2
    }
    if (cost >= least) continue
    least = cost
    best = labels
  }
  return best
}

/** Noise (-1) becomes groups of one. */
function separateNoise(labels: Int32Array): Int32Array {
  return labels.map((label, i) => (label < 0 ? labels.length + i : label))
}

const TOPICS = 100
const ITEMS_A_TOPIC = 8

/**
 * As BERTopic does: the whole catalogue is clustered once, and the items of a history are grouped by the topic that
 * each belongs to.
 */
export const CATALOGUE_TOPICS: Omit<Peer, 'open'> = {
  id: 'catalogue-topics',
  name: 'catalogue topics',
  source: 'after BERTopic (Grootendorst, 2022) with spherical k-means, 100 topics, fewer in small catalogues',
  settings: [0],
}

/** Clusters a catalogue's unit vectors for `CATALOGUE_TOPICS`: row -> topic. `pause` is awaited often and may throw. */
export async function findTopics(vectors: Matrix, seed: number, pause: () => Promise<void>): Promise<Int32Array> {
  const groups = Math.max(1, Math.min(TOPICS, Math.round(vectors.rows / ITEMS_A_TOPIC)))
  return (await kMeans(vectors, { groups, seed, spherical: true, pause })).labels
}
