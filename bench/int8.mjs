// Vectors as int8 beside float32: recall@10 against exact float32 search, what a search takes, and bytes. With --ndcg
// also stores built and trained either way: bytes by part, and how they rank (a look at test events: log it in
// docs/evaluation.md).
// node bench/int8.mjs [set] [--ndcg] [--sample N]
import { copyFileSync, existsSync, mkdtempSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { openMiner } from '../dist/index.js'
import { createRandom, sampleBelow } from '../dist/random.js'
import { findGraphAxes } from '../dist/vectors/axes.js'
import { createExactIndex } from '../dist/vectors/exact-index.js'
import { buildGraph, openGraph } from '../dist/vectors/hnsw-index.js'
import { readRow, toPrecision } from '../dist/vectors/precision.js'
import { artefactsOf, must, pathsOf, sayMachine, storeOf } from './data.mjs'

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: { ndcg: { type: 'boolean' }, sample: { type: 'string' } },
})
const [set = 'amazon-beauty'] = positionals
const QUERIES = 1000
const SHOWN = 10
const pause = async () => undefined
const megabytes = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`

sayMachine()
const path = await storeOf(set, { precision: 'float32' })
const { vectors: exact } = await artefactsOf(path)
const queries = sampleBelow(createRandom(3), exact.rows, Math.min(QUERIES, exact.rows))
const nearest = (index, vectors, row) => index.search(readRow(vectors, row), SHOWN, (other) => other !== row).rows
const wanted = Array.from(queries, (row) => nearest(createExactIndex(exact), exact, row))
for (const precision of /** @type {const} */ (['float32', 'int8'])) {
  const vectors = toPrecision(exact, precision)
  const bytes = vectors.data.byteLength + ('scales' in vectors ? vectors.scales.byteLength : 0)
  const file = join(mkdtempSync(join(tmpdir(), 'int8-')), 'graph.hnsw')
  const started = performance.now()
  const axes = await findGraphAxes(vectors, 1, pause)
  const seal = must(await buildGraph({ vectors, axes }, file, pause), 'hnswlib')
  const built = ((performance.now() - started) / 1000).toFixed(1)
  const graph = must(openGraph(file, seal, { vectors, axes }, new Uint8Array(vectors.rows), new Int32Array(0)), 'graph')
  const size = { exact: '', hnsw: `; its graph ${megabytes(statSync(file).size)}, built in ${built} s` }
  for (const index of [createExactIndex(vectors), graph]) {
    for (const row of queries.subarray(0, 100)) nearest(index, vectors, row)
    const from = performance.now()
    const found = Array.from(queries, (row) => nearest(index, vectors, row))
    const microseconds = (1000 * (performance.now() - from)) / queries.length
    const agreed = found.reduce((sum, some, i) => sum + some.filter((row) => wanted[i].includes(row)).length, 0)
    const recall = agreed / wanted.reduce((sum, some) => sum + some.length, 0)
    console.log(
      `${set} ${precision} ${index.kind}: recall@${SHOWN} ${recall.toFixed(4)}, ${microseconds.toFixed(0)} us a search of ${vectors.rows} items, vectors ${megabytes(bytes)}${size[index.kind]}`,
    )
  }
}

if (flags.ndcg) {
  // From the same encoded texts: only what is fitted differs.
  const other = path.replace(/float32\.db$/, 'int8.db')
  if (!existsSync(other)) {
    copyFileSync(path, other)
    const miner = await openMiner({ store: other })
    await miner.build({ items: pathsOf(set).items, prune: true, train: false, precision: 'int8' })
    await miner.close()
  }
  const sample = flags.sample === undefined ? {} : { sample: Number(flags.sample) }
  for (const one of [path, other]) {
    const miner = await openMiner({ store: one })
    const { encoder, parts } = await miner.status()
    const kept = must(encoder, 'encoder').precision
    for (const { name, disk, memory } of parts) {
      console.log(`${set} ${kept} ${name}: ${megabytes(disk)} on disk, ${megabytes(memory)} in memory`)
    }
    const { metrics, questions } = await miner.evaluate({ baselines: 'none', ...sample })
    const { value, low, high } = metrics['ndcg@10']
    console.log(
      `${set} ${kept}: NDCG@10 ${value.toFixed(4)} [${low.toFixed(4)}, ${high.toFixed(4)}] of ${questions} questions, trained and kept so`,
    )
    await miner.close()
  }
}
