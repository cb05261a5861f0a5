// Cells beside exact search on amazon-beauty, forced through the path of large catalogues: how many of the 50 nearest
// of every item are found, recall@10 of search, and what both take.
// node bench/cells.mjs [data set]
import { findNeighboursByCells } from '../dist/retrieve/cell-neighbours.js'
import { findNeighbours } from '../dist/retrieve/neighbours.js'
import { createCellIndex } from '../dist/vectors/cell-index.js'
import { formCells } from '../dist/vectors/cells.js'
import { createExactIndex } from '../dist/vectors/exact-index.js'
import { rowOf } from '../dist/vectors/matrix.js'
import { openProduct } from '../dist/vectors/onnx-runtime.js'
import { floatsOf } from '../dist/vectors/precision.js'
import { artefactsOf, sayMachine, storeOf } from './data.mjs'

sayMachine()
const kept = await artefactsOf(await storeOf(process.argv[2] ?? 'amazon-beauty'))
// Cells are formed before vectors become bytes.
const vectors = floatsOf(kept.vectors)
const product = await openProduct()
const noPause = async () => undefined
const time = async (work) => {
  const from = performance.now()
  const result = await work()
  return [result, ((performance.now() - from) / 1000).toFixed(2)]
}
const [exact, exactSeconds] = await time(() => findNeighbours(vectors, product, noPause))
const [cells, formSeconds] = await time(() => formCells(vectors, product, noPause))
const { k } = exact
const [found, seconds] = await time(() => findNeighboursByCells(vectors, cells, k, product, noPause))
let agreed = 0
for (let row = 0; row < vectors.rows; row++) {
  const wanted = new Set(exact.rows.subarray(row * k, (row + 1) * k))
  agreed += found.rows.subarray(row * k, (row + 1) * k).filter((other) => wanted.has(other)).length
}
console.log(
  `${vectors.rows} rows, ${cells.centroids.rows} cells formed in ${formSeconds} s: recall@${k} of neighbours ${(agreed / (k * vectors.rows)).toFixed(4)} in ${seconds} s, exact in ${exactSeconds} s`,
)
const index = createCellIndex(vectors, cells, new Uint8Array(vectors.rows), new Int32Array(0))
const scan = createExactIndex(vectors)
let same = 0
let queries = 0
for (let row = 0; row < vectors.rows; row += 12) {
  const wanted = new Set(scan.search(rowOf(vectors, row), 10).rows)
  same += index.search(rowOf(vectors, row), 10).rows.filter((other) => wanted.has(other)).length
  queries++
}
console.log(`recall@10 of search ${(same / (10 * queries)).toFixed(4)} (${queries} queries)`)
