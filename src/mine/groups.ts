import type { Catalogue, History, Space } from '../columns.js'
import type { InterestLevel } from '../types/answers.js'
import type { ConfidenceWeights } from './confidence.js'
import type { MineMemory } from './memory.js'
import { type ClusterName, type Naming, nameCluster } from './names/labels.js'
import { type Similarity, similarityOf } from './names/parts.js'
import type { Phrases } from './names/phrases.js'
import { domainNames, type Topics } from './topics/topics.js'

/** The parts of a model that mining reads. All of them have a row for every row of the catalogue. */
export interface MineModel {
  catalogue: Catalogue
  space: Space
  phrases: Phrases
  topics: Topics
  /** Where it is missing, the shipped weights. */
  confidence?: ConfidenceWeights
  /** What was found in nearly the same history, where one is mined again and again. */
  memory?: MineMemory
}

/** Positions in a history that belong together, before they are described. */
export interface Group {
  /** Ascending. */
  positions: number[]
  level: InterestLevel
  domain: number
  /** Best first; none for a broad group. */
  names: ClusterName[]
}

/** Named groups from so many items on are points; smaller ones are emerging. */
export const POINT_SIZE = 3
/** Nothing is told of one item. */
export const LEAST_NAMED = 2

/** What is asked again and again while one history is read. */
export interface Reader {
  model: MineModel
  history: History
  similarity: Similarity
}

/** Similarities are kept: parts of a cluster are named again and again until one holds. */
export function createReader(model: MineModel, history: History): Reader {
  const known = new Map<number, number>()
  const measure = similarityOf(model.phrases)
  const size = model.phrases.rows
  return {
    model,
    history,
    similarity(phrase, row) {
      const key = phrase * size + row
      let value = known.get(key)
      if (value === undefined) {
        value = measure(phrase, row)
        known.set(key, value)
      }
      return value
    },
  }
}

/** Names for positions of a history. */
export function namePositions({ model, history, similarity }: Reader, positions: ArrayLike<number>): Naming {
  const rows = Int32Array.from(positions, (p) => history.rows[p])
  const name = () => nameCluster(model.phrases, model.catalogue, rows, { avoid: domainNames(model.topics), similarity })
  return model.memory ? model.memory.nameOnce(rows, name) : name()
}

export function levelOf({ length }: ArrayLike<number>): InterestLevel {
  return length >= POINT_SIZE ? 'point' : 'emerging'
}

export function groupOf({ model, history }: Reader, positions: readonly number[], names: ClusterName[]): Group {
  const level = levelOf(positions)
  return { positions: [...positions], level, domain: commonDomain(model.topics, history, positions), names }
}

/** The domain of most of them, -1 where none has one. */
export function commonDomain(topics: Topics, history: History, positions: readonly number[]): number {
  const counts = new Map<number, number>()
  for (const p of positions) {
    const domain = topics.domains[history.rows[p]] ?? -1
    if (domain >= 0) counts.set(domain, (counts.get(domain) ?? 0) + 1)
  }
  let best = -1
  for (const [domain, count] of counts) if (best < 0 || count > counts.get(best)!) best = domain
  return best
}

/** Positions by the domain of their item, -1 for those that have none; in order of the first of each. */
export function splitByDomain({ model, history }: Reader, positions: readonly number[]): Map<number, number[]> {
  const byDomain = new Map<number, number[]>()
  for (const p of positions) {
    const domain = model.topics.domains[history.rows[p]] ?? -1
    const list = byDomain.get(domain)
    if (list) list.push(p)
    else byDomain.set(domain, [p])
  }
  return byDomain
}
