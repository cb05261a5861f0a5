// Labels to read: random points and pairs of users with ten events or more, each with titles of its evidence.
// node bench/labels.mjs [set or fixture] [labels] [seed]
import { existsSync, mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { openMiner } from '../dist/index.js'
import { createRandom } from '../dist/random.js'
import { pathsOf, storeOf } from './data.mjs'

const [name = 'amazon-beauty', count = '60', seed = '5'] = process.argv.slice(2)
const LEAST_EVENTS = 10
const TITLES = 4
const fixture = fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url))
const isFixture = existsSync(fixture)
const files = isFixture
  ? { items: { file: join(fixture, 'catalog.jsonl') }, events: { file: join(fixture, 'events.csv') } }
  : pathsOf(name)

function readUsers({ file }) {
  const bytes = readFileSync(file)
  const [header, ...lines] = (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString().trim().split('\n')
  const column = header.split(',').findIndex((head) => ['user_id', 'user'].includes(head))
  const events = new Map()
  for (const line of lines) {
    const user = line.split(',')[column]
    events.set(user, (events.get(user) ?? 0) + 1)
  }
  return [...events].flatMap(([user, n]) => (n >= LEAST_EVENTS ? [user] : []))
}

const miner = await openMiner({
  store: isFixture ? join(mkdtempSync(join(tmpdir(), 'labels-')), 'a.db') : await storeOf(name),
})
if (isFixture) await miner.build(files)
const random = createRandom(Number(seed))
const users = readUsers(files.events)
for (let shown = 0; shown < Number(count); ) {
  const { interests } = await miner.interests(users[random.below(users.length)])
  const named = interests.filter(({ level }) => level !== 'domain')
  if (named.length === 0) continue
  const { label, level, domain, evidence } = named[random.below(named.length)]
  const titles = evidence.slice(0, TITLES).map(({ title }) => title.slice(0, 60))
  console.log(
    `${String(++shown).padStart(3)}  ${label}  [${level}, ${domain.join(' › ')}, ${evidence.length}]\n       ${titles.join(' | ')}`,
  )
}
await miner.close()
