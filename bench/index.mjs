// HNSW beside exact search: recall@10 on amazon-beauty, and from which size the graph is the quicker one.
// node bench/index.mjs
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRandom, sampleBelow } from '../dist/random.js'
import { findGraphAxes } from '../dist/vectors/axes.js'
import { createExactIndex } from '../dist/vectors/exact-index.js'
import { buildGraph, openGraph } from '../dist/vectors/hnsw-index.js'
import { pickRows, readRow } from '../dist/vectors/precision.js'
import { artefactsOf, must, sayMachine, storeOf } from './data.mjs'

sayMachine()
const { vectors } = await artefactsOf(await storeOf(process.argv[2] ?? 'amazon-beauty'))
const folder = mkdtempSync(join(tmpdir(), 'index-'))
const none = new Int32Array(0)
for (const rows of [1000, 2000, 4000, 8000, vectors.rows]) {
  const part = pickRows(
    vectors,
    Array.from({ length: rows }, (_, row) => row),
  )
  const file = join(folder, `${rows}.hnsw`)
  const started = performance.now()
  const axes = await findGraphAxes(part, 1, async () => undefined)
  const seal = must(await buildGraph({ vectors: part, axes }, file, async () => undefined), 'hnswlib')
  const built = performance.now() - started
  const opening = performance.now()
  const graph = must(openGraph(file, seal, { vectors: part, axes }, new Uint8Array(rows), none), 'graph')
  const opened = performance.now() - opening
  const exact = createExactIndex(part)
  const queries = sampleBelow(createRandom(3), rows, 500)
  let agreed = 0
  for (const row of queries) {
    const wanted = new Set(exact.search(readRow(part, row), 10).rows)
    agreed += graph.search(readRow(part, row), 10).rows.filter((found) => wanted.has(found)).length
  }
  const time = (index) => {
    const from = performance.now()
    for (const row of queries) index.search(readRow(part, row), 20, (other) => other !== row)
    return (performance.now() - from) / queries.length
  }
  console.log(
    `${rows} rows: recall@10 ${(agreed / (10 * queries.length)).toFixed(4)}; a search of 20: HNSW ${time(graph).toFixed(3)} ms, exact ${time(exact).toFixed(3)} ms; built in ${(built / 1000).toFixed(1)} s, opened in ${opened.toFixed(0)} ms`,
  )
}
