// The project's own fixtures (English shop and news, Chinese notes): which encoder is taken, how well the planted
// interests are found again (AMI over a user's planted and stray items, as the miner shows them) beside peers on the raw
// vectors, and ten labels to read. Peers with something to set are given what is best for these very users. Categories
// name the themes of shop and notes, so all is also measured with categories hidden.
// node bench/fixtures.mjs [notes|shop|news]
import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { fullText } from '../dist/encode/item-text.js'
import { adjustedMutualInformation, bootstrapMeans, PEERS } from '../dist/evaluate/index.js'
import { openMiner } from '../dist/index.js'
import { createRandom, sampleBelow } from '../dist/random.js'
import { gatherRows } from '../dist/vectors/matrix.js'
import { must, sayMachine } from './data.mjs'

/** Mean over users, with its 95 % interval. */
function tell(values) {
  const [{ mean, low, high }] = bootstrapMeans([values], [...values.keys()], { seed: 1 })
  return `${mean.toFixed(3)} [${low.toFixed(3)}, ${high.toFixed(3)}]`
}

/** Ids of a user's planted and stray items, and the interest that each was planted in; a stray is one of its own. */
function truthOf({ interests, strays }) {
  const planted = interests.flatMap(({ items }, k) => items.map((id) => [id, k]))
  const all = new Map([...planted, ...strays.map((id, i) => [id, interests.length + i])])
  return { ids: [...all.keys()], labels: [...all.values()], groups: interests.length }
}

async function groupsOf(miner, user, ids) {
  const { interests } = await miner.interests(user)
  const mined = new Map(interests.flatMap(({ evidence }, k) => evidence.map(({ item }) => [item, k])))
  const shown = interests.map(({ label, level, evidence }) => {
    const titles = evidence.slice(0, 3).map(({ title }) => title)
    return `${label} [${level}, ${evidence.length}: ${titles.join(' | ')}]`
  })
  return { groups: ids.map((id, i) => mined.get(id) ?? interests.length + i), shown }
}

async function measure(name, hidden) {
  const folder = fileURLToPath(new URL(`../fixtures/${name}/`, import.meta.url))
  const read = (file) => readFileSync(join(folder, file), 'utf8').trim()
  const items = read('catalog.jsonl')
    .split('\n')
    .map((line) => JSON.parse(line))
    .map(({ categories, ...item }) => (hidden ? item : { ...item, categories }))
  const miner = await openMiner({ store: join(mkdtempSync(join(tmpdir(), 'fixture-')), 'a.db') })
  const { encoder } = await miner.build({ items, events: { file: join(folder, 'events.csv') } })
  const raw = await miner.embed(items.map(fullText), 'passage')
  const rowOf = new Map(items.map(({ id }, row) => [id, row]))
  const ours = []
  /** @type {Map<string, number[][]>} */
  const peers = new Map(PEERS.map(({ name: peer, settings }) => [peer, settings.map(() => [])]))
  const labels = []
  for (const [user, planted] of Object.entries(JSON.parse(read('expected.json')).users)) {
    const truth = truthOf(planted)
    const { groups, shown } = await groupsOf(miner, user, truth.ids)
    labels.push(...shown)
    ours.push(adjustedMutualInformation(truth.labels, groups))
    const own = gatherRows(
      raw,
      truth.ids.map((id) => must(rowOf.get(id), id)),
    )
    for (const peer of PEERS) {
      const labelsAt = await peer.open(own, truth.groups)
      const columns = must(peers.get(peer.name), peer.name)
      for (const [s, setting] of peer.settings.entries())
        columns[s].push(adjustedMutualInformation(truth.labels, labelsAt(setting)))
    }
  }
  await miner.close()
  console.log(`${name}${hidden ? ', categories hidden' : ''}: ${encoder.id} (${encoder.reason}); ${ours.length} users`)
  console.log(`  interest-mine: AMI ${tell(ours)}`)
  const sum = (column) => column.reduce((total, value) => total + value, 0)
  for (const [peer, columns] of peers) {
    const best = columns.reduce((a, b) => (sum(b) > sum(a) ? b : a))
    console.log(`  ${peer} on raw vectors: AMI ${tell(best)}`)
  }
  if (!hidden) for (const i of sampleBelow(createRandom(4), labels.length, 10)) console.log(`  ${labels[i]}`)
}

sayMachine()
for (const name of process.argv[2] ? [process.argv[2]] : ['notes', 'shop', 'news'])
  for (const hidden of [false, true]) await measure(name, hidden)
