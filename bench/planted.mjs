// Are planted interests found again? Personas join 2-6 leaf categories of amazon-beauty (3-12 items each); the miner
// sees titles and brands only. Adjusted mutual information (AMI) against k-means with the true k on the raw vectors.
//   npm run build && node bench/planted.mjs [data folder] [cache folder]
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { loadEncoder } from '../dist/encode/encoder.js'
import { shortText } from '../dist/encode/item-text.js'
import { clusterHistory } from '../dist/mine/cluster.js'
import { groupRows } from '../dist/mine/kmeans.js'
import { fitSpace } from '../dist/mine/space.js'
import { createRandom } from '../dist/random.js'
import { gatherRows } from '../dist/vectors/matrix.js'
import { packLists } from '../dist/vectors/sparse.js'
export function readData(folder, name) {
  const read = (file) =>
    gunzipSync(readFileSync(join(folder, name, file)))
      .toString()
      .trim()
      .split(/\r?\n/)
  const items = read('catalog.jsonl.gz').map((line) => JSON.parse(line))
  const rowOf = new Map(items.map((item, row) => [item.id, row]))
  const byUser = new Map()
  const [header, ...lines] = read('events.csv.gz')
  const columns = header.split(',')
  const at = (name) => columns.indexOf(name)
  const [user, item, rating, time] = [at('user_id'), at('item_id'), at('rating'), at('timestamp')]
  for (const line of lines) {
    const cells = line.split(',')
    const row = rowOf.get(cells[item])
    if (row === undefined) continue
    const list = byUser.get(cells[user]) ?? []
    byUser.set(cells[user], list)
    const number = (cell) => (cell === '' ? Number.NaN : Number(cell))
    list.push({ row, at: number(cells[time]) * 1000, rating: number(cells[rating]) })
  }
  const users = [...byUser].map(([id, list]) => {
    list.sort((a, b) => a.at - b.at || 0)
    return { id, rows: list.map((e) => e.row), at: list.map((e) => e.at), ratings: list.map((e) => e.rating) }
  })
  return { items, users }
}
/** Vectors of texts, kept in `cache` under `name` between runs. */
export async function encodeCached(cache, name, texts, model = 'all-MiniLM-L6-v2') {
  const file = join(cache, `${name}.f32`)
  if (existsSync(file)) {
    const bytes = readFileSync(file)
    const data = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length))
    if (data.length % texts.length === 0) return { data, rows: texts.length, dims: data.length / texts.length }
  }
  const encoder = await loadEncoder(model)
  const vectors = await encoder.encode(texts)
  await encoder.close()
  mkdirSync(cache, { recursive: true })
  writeFileSync(file, Buffer.from(vectors.data.buffer, 0, vectors.data.byteLength))
  return vectors
}
/** Distinct rows of each user, without the last `drop` events. */
export function historyLists(data, drop) {
  return packLists(data.users.map(({ rows }) => [...new Set(rows.slice(0, Math.max(0, rows.length - drop)))]))
}
/** INTERESTS.md: 2-6 leaves of >= 12 items, 3-12 items each; strays from other leaves; hard: one department. */
export function plantPersonas(items, count, random, rule = {}) {
  const byLeaf = new Map()
  items.forEach((item, row) => {
    const leaf = item.categories.join(' > ')
    byLeaf.set(leaf, [...(byLeaf.get(leaf) ?? []), row])
  })
  const leaves = [...byLeaf.keys()].sort()
  const pool = leaves.filter((leaf) => byLeaf.get(leaf).length >= 12)
  const departments = new Map()
  for (const leaf of pool) {
    const name = leaf.split(' > ').slice(0, 2).join(' > ')
    departments.set(name, [...(departments.get(name) ?? []), leaf])
  }
  const wide = [...departments.values()].filter((list) => list.length >= 6)
  const pick = (from, n) => {
    const left = [...from]
    return Array.from({ length: Math.min(n, left.length) }, () => left.splice(random.below(left.length), 1)[0])
  }
  return Array.from({ length: count }, () => {
    const chosen = pick(rule.hard ? wide[random.below(wide.length)] : pool, 2 + random.below(5))
    const pairs = []
    chosen.forEach((leaf, label) => {
      for (const row of pick(byLeaf.get(leaf), 3 + random.below(10))) pairs.push([row, label])
    })
    if (rule.stray) {
      const [low, high] = rule.stray
      const n = Math.max(1, Math.round((low + (high - low) * random.unit()) * pairs.length))
      const others = leaves.filter((leaf) => !chosen.includes(leaf))
      pick(others, n).forEach((leaf, i) => {
        const rows = byLeaf.get(leaf)
        pairs.push([rows[random.below(rows.length)], 100 + i])
      })
    }
    const mixed = pick(pairs, pairs.length)
    return { rows: mixed.map(([row]) => row), labels: mixed.map(([, label]) => label) }
  })
}
const logFactorials = [0]
function logFactorial(n) {
  for (let i = logFactorials.length; i <= n; i++) logFactorials[i] = logFactorials[i - 1] + Math.log(i)
  return logFactorials[n]
}
/** Adjusted mutual information, arithmetic mean of the entropies (Vinh, Epps and Bailey 2010). */
export function adjustedMutualInformation(x, y) {
  const n = x.length
  const number = (labels) => {
    const index = new Map()
    for (const label of Array.from(labels)) if (!index.has(label)) index.set(label, index.size)
    return Array.from(labels, (label) => index.get(label))
  }
  const [a, b] = [number(x), number(y)]
  const rows = Math.max(...a) + 1
  const columns = Math.max(...b) + 1
  if ((rows === 1 && columns === 1) || (rows === n && columns === n)) return 1
  const table = Array.from({ length: rows }, () => new Array(columns).fill(0))
  for (const [k, i] of a.entries()) table[i][b[k]]++
  const sumA = table.map((row) => row.reduce((s, v) => s + v, 0))
  const sumB = table[0].map((_, j) => table.reduce((s, row) => s + row[j], 0))
  const entropy = (sums) => -sums.reduce((h, s) => h + (s / n) * Math.log(s / n), 0)
  let mutual = 0
  let expected = 0
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      const [s, t] = [sumA[i], sumB[j]]
      const value = (k) => (k / n) * (Math.log(n * k) - Math.log(s * t))
      if (table[i][j] > 0) mutual += value(table[i][j])
      const fixed = logFactorial(s) + logFactorial(t) + logFactorial(n - s) + logFactorial(n - t) - logFactorial(n)
      for (let k = Math.max(1, s + t - n); k <= Math.min(s, t); k++) {
        const log = fixed - logFactorial(k) - logFactorial(s - k) - logFactorial(t - k) - logFactorial(n - s - t + k)
        expected += value(k) * Math.exp(log)
      }
    }
  }
  const most = (entropy(sumA) + entropy(sumB)) / 2 - expected
  return Math.abs(most) < 1e-12 ? (Math.abs(mutual - expected) < 1e-9 ? 1 : 0) : (mutual - expected) / most
}
export function clusterLabels(space, rows) {
  const { clusters } = clusterHistory(space, gatherRows(space.z, rows))
  const labels = Int32Array.from(rows, (_, i) => 1000 + i)
  clusters.forEach((positions, label) => {
    for (const position of positions) labels[position] = label
  })
  return labels
}
/** The best of ten k-means runs by the sum of squared distances, as usual. */
export async function bestKMeans(vectors, groups) {
  let best = new Int32Array(0)
  let least = Infinity
  for (let seed = 1; seed <= 10; seed++) {
    const { labels, centroids } = await groupRows(vectors, { groups, seed, rounds: 50, maxTrained: vectors.rows })
    let cost = 0
    for (let i = 0; i < vectors.data.length; i++) {
      const group = labels[Math.floor(i / vectors.dims)]
      cost += (vectors.data[i] - centroids.data[group * vectors.dims + (i % vectors.dims)]) ** 2
    }
    if (cost >= least) continue
    least = cost
    best = labels
  }
  return best
}
export function summary(values) {
  const mean = values.reduce((s, v) => s + v, 0) / values.length
  const variance = values.reduce((s, v) => s + (v - mean) ** 2, 0) / (values.length - 1)
  return `${mean.toFixed(3)} ± ${(1.96 * Math.sqrt(variance / values.length)).toFixed(3)}`
}
export const CASES = [
  ['clean', {}],
  ['stray', { stray: [0.1, 0.2] }],
  ['hard', { hard: true }],
]
async function main() {
  const folder = process.argv[2] ?? '../shared/data'
  const cache = process.argv[3] ?? join(tmpdir(), 'interest-mine-bench')
  const count = Number(process.argv[4] ?? 300)
  const data = readData(folder, 'amazon-beauty')
  const texts = data.items.map(({ id, title, brand }) => shortText({ id, title, brand }))
  const vectors = await encodeCached(cache, 'beauty-tb', texts)
  const started = performance.now()
  const space = await fitSpace({ vectors, history: historyLists(data, 2), seed: 1 })
  console.log(`space of ${vectors.rows} items: ${((performance.now() - started) / 1000).toFixed(2)} s`)
  for (const [name, rule] of CASES) {
    const personas = plantPersonas(data.items, count, createRandom(201), rule)
    const ours = personas.map(({ rows, labels }) => adjustedMutualInformation(labels, clusterLabels(space, rows)))
    const peer = []
    for (const { rows, labels } of personas) {
      peer.push(adjustedMutualInformation(labels, await bestKMeans(gatherRows(vectors, rows), new Set(labels).size)))
    }
    console.log(`${name}: this ${summary(ours)}, k-means with the true k on raw vectors ${summary(peer)}`)
  }
}
if (import.meta.url === pathToFileURL(process.argv[1]).href) await main()
