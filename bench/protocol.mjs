// Leave-one-out on a built store, by the library's own parts: statistics from all but each user's last events, the
// list from the rest of the history. What `evaluate` will do in full; here only to choose and check defaults.

import { WEIGHT_PRESETS } from '../dist/ingest/weights.js'
import { takeFirst } from '../dist/mine/history.js'
import { lookupRows, readHistories } from '../dist/model/histories.js'
import { orderByPopularity, unpackArtefacts } from '../dist/model/model.js'
import { countStatistics } from '../dist/retrieve/statistics.js'
import { openSqliteStore } from '../dist/store/sqlite/sqlite-store.js'
import { createExactIndex } from '../dist/vectors/exact-index.js'
import { openGraph } from '../dist/vectors/hnsw-index.js'
import { packLists } from '../dist/vectors/sparse.js'
import { must } from './data.mjs'

/**
 * @import { Artefacts } from '../dist/model/model.js'
 * @import { History } from '../dist/columns.js'
 * @import { GraphSeal } from '../dist/vectors/hnsw-index.js'
 */

/**
 * Model, and users: their history less the last `back` items, and the item that came next.
 * @param {string} path a built store
 * @param {{ hidden?: number, back?: number, atLeast?: number }} [how] hidden: events left out of statistics for every
 *   user (2: validation, strict)
 */
export async function openProtocol(path, { hidden = 2, back = 2, atLeast = 5 } = {}) {
  const store = await openSqliteStore(path, { mustExist: true })
  const info = must(await store.generation(), 'index')
  /** @type {Artefacts} */
  const fitted = unpackArtefacts(await store.loadArtefacts(info.id))
  const { ratingMax } = await store.stamp()
  const rowOf = lookupRows(fitted.catalogue)
  const rules = { table: WEIGHT_PRESETS.shop, ratingMax }
  const cut = (/** @type {History} */ history, /** @type {number} */ n) => {
    const result = takeFirst(history, history.rows.length - n)
    result.seenRows = history.seenRows.filter((row) => !history.rows.subarray(history.rows.length - n).includes(row))
    return result
  }
  /** @type {Int32Array[]} */
  const lists = []
  /** @type {Float64Array[]} */
  const listTimes = []
  /** @type {{ history: History, target: number }[]} */
  const users = []
  const { lastSeq } = await store.tally()
  for await (const history of readHistories(store.allEvents(lastSeq), fitted.catalogue, rowOf, rules)) {
    const positive = history.rows.filter((_, i) => history.strong[i])
    if (positive.length < atLeast || history.strong[history.rows.length - back] === 0) {
      lists.push(positive)
      listTimes.push(history.lastAt.filter((_, i) => history.strong[i]))
      continue
    }
    lists.push(positive.slice(0, positive.length - hidden))
    listTimes.push(history.lastAt.filter((_, i) => history.strong[i]).slice(0, positive.length - hidden))
    users.push({
      history: cut(history, back),
      target: history.rows[history.rows.length - back],
    })
  }
  const packed = packLists(lists)
  const times = Float64Array.from(listTimes.flatMap((at) => [...at]))
  const statistics = countStatistics(packed, times, fitted.catalogue)
  const { vectors, axes } = fitted
  const seal = /** @type {GraphSeal | undefined} */ (info.graph)
  const index =
    (seal && axes && openGraph(`${path}.hnsw`, seal, { vectors, axes }, fitted.catalogue.removed, new Int32Array(0))) ??
    createExactIndex(vectors, fitted.catalogue.removed)
  await store.close()
  const model = {
    ...fitted,
    ...statistics,
    index,
    loose: new Int32Array(0),
    byPopularity: orderByPopularity(fitted.catalogue, statistics.covisits.users),
  }
  return { model, users, lists: packed }
}

/**
 * NDCG@10 and Recall@10 of ranks counted from 0 (Infinity: not listed).
 * @param {readonly number[]} ranks
 */
export function summarise(ranks) {
  const n = ranks.length
  const ndcg = ranks.reduce((sum, rank) => sum + (rank < 10 ? 1 / Math.log2(rank + 2) : 0), 0) / n
  const recall = ranks.reduce((sum, rank) => sum + Number(rank < 10), 0) / n
  return { users: n, ndcg: Number(ndcg.toFixed(4)), recall: Number(recall.toFixed(4)) }
}
