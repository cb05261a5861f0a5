import type { Catalogue, History, Space } from '../columns.js'
import type { InterestLevel } from '../types/answers.js'
import type { ConfidenceWeights } from './confidence.js'
import type { MineCache } from './mine-cache.js'
import { type ClusterName, type NamingResult, nameCluster } from './names/labels.js'
import { type Similarity, similarityOf } from './names/parts.js'
import type { Phrases } from './names/phrases.js'
import { domainNames, type Topics } from './topics/topics.js'

/** The parts of a model that mining reads. Each has one row for every row of the catalogue. */
export interface MineModel {
  catalogue: Catalogue
  space: Space
  phrases: Phrases
  topics: Topics
  /** Weights of the confidence model; DEFAULT_CONFIDENCE where left out. */
  confidence?: ConfidenceWeights
  /** Cache of names and merges, for callers that mine nearly the same history many times (`createMineCache`). */
  memory?: MineCache
}

/** Positions in a history that form one interest, before the interest is measured and labelled. */
export interface Group {
  /** Indices into the history's rows, ascending. */
  positions: number[]
  level: InterestLevel
  /** Index of the domain that most of its items lie in, -1 for none. */
  domain: number
  /** Names that fit, best first; empty for a broad group, which is named after its domain. */
  names: ClusterName[]
}

/** A named group of at least this many items is a point interest; a smaller one is emerging. */
export const POINT_SIZE = 3

/** Items that a group must have to be named: a single item makes no interest. */
export const LEAST_NAMED = 2

/** The model, the history and cached similarities, shared by the steps that mine one history. */
export interface MiningContext {
  model: MineModel
  history: History
  similarity: Similarity
}

/**
 * Makes the context for mining one history. Similarities of phrases and rows are cached in it, because parts of a
 * cluster are named several times until a name fits.
 */
export function createMiningContext(model: MineModel, history: History): MiningContext {
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

/**
 * Names the items at some positions of the history (`nameCluster`). Names of domains are not accepted as names of a
 * group. Uses `model.memory` where there is one.
 */
export function namePositions(
  { model, history, similarity }: MiningContext,
  positions: ArrayLike<number>,
): NamingResult {
  const rows = Int32Array.from(positions, (p) => history.rows[p])
  const name = () => nameCluster(model.phrases, model.catalogue, rows, { avoid: domainNames(model.topics), similarity })
  return model.memory ? model.memory.nameOnce(rows, name) : name()
}

/** The level of a named group by its number of items: 'point' from POINT_SIZE on, else 'emerging'. */
export function levelOf({ length }: ArrayLike<number>): InterestLevel {
  return length >= POINT_SIZE ? 'point' : 'emerging'
}

/**
 * Makes a group of positions and its names; level and domain follow from the positions. `positions` must be ascending
 * and are copied.
 */
export function createGroup(
  { model, history }: MiningContext,
  positions: readonly number[],
  names: ClusterName[],
): Group {
  const level = levelOf(positions)
  return { positions: [...positions], level, domain: commonDomain(model.topics, history, positions), names }
}

/**
 * Index of the domain that most of the items at these positions lie in, the first met among equals; -1 where none has a
 * domain.
 */
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

/** Domain index (-1 for none) -> positions of the items in it, domains in the order in which they are first met. */
export function splitByDomain({ model, history }: MiningContext, positions: readonly number[]): Map<number, number[]> {
  const byDomain = new Map<number, number[]>()
  for (const p of positions) {
    const domain = model.topics.domains[history.rows[p]] ?? -1
    const list = byDomain.get(domain)
    if (list) list.push(p)
    else byDomain.set(domain, [p])
  }
  return byDomain
}
