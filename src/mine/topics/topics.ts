import type { Matrix, Strings } from '../../columns.js'
import { countStrings, stringAt, unpackStrings } from '../../vectors/strings.js'
import { lastName, splitPath } from '../names/paths.js'

/**
 * The two levels of a catalogue's topics. Domains are broad: an interest lies in one, and items in no finer interest
 * are listed by domain. Fine topics lie within domains.
 */
export interface Topics {
  /**
   * Where domains come from. 'paths': upper levels of category paths; 'tags': the first tag of each item; 'topics':
   * clustering.
   */
  kind: 'paths' | 'tags' | 'topics'
  /** Row -> domain, -1 for none. */
  domains: Int32Array
  /** Domain -> its name; for paths the names joined by " > ". */
  names: Strings
  /** Category (as in catalogue.categoryNames) -> domain, -1 for none. */
  ofCategory: Int32Array
  /** Unit vectors in z, one row each: of the domains, or, for kind 'topics', of the clusters that make them up. */
  centroids: Matrix
  /** Centroid -> domain, -1 for none. */
  ofCentroid: Int32Array
  /** The finer level. */
  fine: FineTopics
}

/** Names of a domain from broad to fine; empty for -1. */
export function domainPath(topics: Topics, domain: number): string[] {
  if (domain < 0) return []
  const name = stringAt(topics.names, domain)
  return topics.kind === 'paths' ? splitPath(name) : [name]
}

const lowered = new WeakMap<Topics, ReadonlySet<string>>()

/**
 * The last (finest) names of all domains in lower case; empty where domains come from clustering. Cached by `topics`.
 */
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

/** The finer level of a catalogue's topics, by which interests of different users are counted. */
export interface FineTopics {
  /**
   * Row -> cluster, and cluster -> topic; -1 for none. Clusters with the same name in the same domain are one topic.
   */
  clusters: Int32Array
  ofCluster: Int32Array
  /**
   * Centres of the clusters, unit vectors in z, one row a cluster; and the region (`TopicClusters`) of each cluster.
   */
  centroids: Matrix
  regions: Int32Array
  /** Ids of the topics, kept from one generation to the next. */
  ids: Strings
  /** Names of the topics; no two are equal. */
  names: Strings
  /** Topic -> domain, -1 for none. */
  domains: Int32Array
}

/** Index of the topic of a catalogue row, -1 for none. */
export function topicOf({ clusters, ofCluster }: FineTopics, row: number): number {
  const cluster = clusters[row] ?? -1
  return cluster < 0 ? -1 : ofCluster[cluster]
}

/** Number of fine topics. */
export function countTopics({ ids }: FineTopics): number {
  return countStrings(ids)
}
