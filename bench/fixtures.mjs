// The project's own fixtures (English shop and news, Chinese notes): which encoder is taken, how well the planted
// interests are found again (AMI over a user's planted and stray items, beside k-means with the true number of
// interests on the raw vectors), and ten labels to read. Categories name the themes of shop and notes, so both are
// also measured with categories hidden.
// node bench/fixtures.mjs [notes|shop|news]
import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { fullText } from '../dist/encode/item-text.js'
import { openMiner } from '../dist/index.js'
import { createRandom, sampleBelow } from '../dist/random.js'
import { sayMachine } from './data.mjs'
import { adjustedMutualInformation, bestKMeans, summary } from './planted.mjs'

sayMachine()
const folder = fileURLToPath(new URL('../fixtures', import.meta.url))
for (const name of process.argv[2] ? [process.argv[2]] : ['notes', 'shop', 'news']) {
  const items = readFileSync(join(folder, name, 'catalog.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  const { users } = JSON.parse(readFileSync(join(folder, name, 'expected.json'), 'utf8'))
  for (const hidden of [false, true]) {
    const catalogue = hidden ? items.map(({ categories: _, ...item }) => item) : items
    const miner = await openMiner({ store: join(mkdtempSync(join(tmpdir(), 'fixture-')), 'a.db') })
    const report = await miner.build({ items: catalogue, events: { file: join(folder, name, 'events.csv') } })
    const raw = await miner.embed(catalogue.map(fullText), 'passage')
    const rowOf = new Map(items.map(({ id }, row) => [id, row]))
    const ours = []
    const peer = []
    const labels = []
    for (const [user, { interests, strays }] of Object.entries(users)) {
      const truth = new Map()
      interests.forEach(({ items: ids }, k) => {
        for (const id of ids) truth.set(id, k)
      })
      strays.forEach((id, k) => {
        truth.set(id, 100 + k)
      })
      const ids = [...truth.keys()]
      const mined = new Map()
      for (const [k, { evidence, label, level }] of (await miner.interests(user)).interests.entries()) {
        for (const { item } of evidence) mined.set(item, k)
        labels.push(
          `${label} [${level}, ${evidence.length}: ${evidence
            .slice(0, 3)
            .map(({ title }) => title)
            .join(' | ')}]`,
        )
      }
      ours.push(
        adjustedMutualInformation(
          ids.map((id) => truth.get(id)),
          ids.map((id, i) => mined.get(id) ?? 1000 + i),
        ),
      )
      const vectors = { rows: ids.length, dims: raw.dims, data: new Float32Array(ids.length * raw.dims) }
      ids.forEach((id, i) => {
        vectors.data.set(raw.data.subarray(rowOf.get(id) * raw.dims, (rowOf.get(id) + 1) * raw.dims), i * raw.dims)
      })
      peer.push(
        adjustedMutualInformation(
          ids.map((id) => truth.get(id)),
          await bestKMeans(vectors, interests.length),
        ),
      )
    }
    await miner.close()
    console.log(
      `${name}${hidden ? ', categories hidden' : ''}: encoder ${report.encoder.id} (${report.encoder.reason}); ${ours.length} users; AMI interest-mine ${summary(ours)}, k-means with true k on raw vectors ${summary(peer)}`,
    )
    if (!hidden) for (const i of sampleBelow(createRandom(4), labels.length, 10)) console.log(`  ${labels[i]}`)
  }
}
