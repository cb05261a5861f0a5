import type { Matrix, Strings } from '../../columns.js'
import { countStrings, stringAt, unpackStrings } from '../../vectors/strings.js'
import { lastName, splitPath } from '../names/paths.js'

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
/** The topic of a row, -1 for none. */
export function topicOf({ clusters, ofCluster }: FineTopics, row: number): number {
  const cluster = clusters[row] ?? -1
  return cluster < 0 ? -1 : ofCluster[cluster]
}

export function countTopics({ ids }: FineTopics): number {
  return countStrings(ids)
}
