// How good are names? Coverage of real histories by named interests, and specificity: can five items of the evidence be
// told from 45 distractors by the name alone (P@5 >= .8)? Prints labels with titles for reading.
//   npm run build && node bench/labels.mjs [data set] [data folder] [cache folder] [labels to print]
import { readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { loadEncoder } from '../dist/encode/encoder.js'
import { shortText } from '../dist/encode/item-text.js'
import { packCatalogue } from '../dist/ingest/catalogue.js'
import { mineInterests } from '../dist/mine/interests.js'
import { collectPhrases, fitPhrases } from '../dist/mine/phrases.js'
import { fitSpace } from '../dist/mine/space.js'
import { fitTopics } from '../dist/mine/topics.js'
import { createRandom } from '../dist/random.js'
import { dotRows } from '../dist/vectors/matrix.js'
import { listAt } from '../dist/vectors/sparse.js'
import { encodeCached, historyLists, readData, summary } from './planted.mjs'
export async function buildModel(data, name, cache, encoder) {
  const { items } = data
  const lap = createLap()
  const short = await encodeCached(
    cache,
    `${name}-cat`,
    items.map((item) => shortText(item)),
    encoder,
  )
  const catalogue = packCatalogue(
    items,
    items.map((_, i) => i),
  )
  lap('encode items')
  const collected = collectPhrases(items, catalogue)
  lap(`collect ${collected.texts.length} phrases`)
  const vectors = await encodeCached(cache, `${name}-phrases-${fingerprint(collected.texts)}`, collected.texts, encoder)
  lap('encode phrases')
  const phrases = fitPhrases(collected, vectors, short, 1)
  const bytes = phrases.vectors.data.length + phrases.background.data.length + phrases.items.data.length
  lap(`fit phrases (${(bytes / 1e6).toFixed(1)} MB)`)
  const space = await fitSpace({ vectors: short, history: historyLists(data, 2), seed: 1 })
  lap('fit space')
  const topics = await fitTopics({ catalogue, space, phrases, seed: 1 })
  lap('fit topics')
  return { model: { catalogue, space, phrases, topics }, short, items }
}
function createLap() {
  let last = performance.now()
  return (what) => {
    console.log(`  ${what}: ${((performance.now() - last) / 1000).toFixed(2)} s`)
    last = performance.now()
  }
}
function fingerprint(texts) {
  let hash = 0
  for (const text of texts) for (let i = 0; i < text.length; i++) hash = (Math.imul(hash, 31) + text.charCodeAt(i)) | 0
  return `${texts.length}-${(hash >>> 0).toString(36)}`
}
/** A history of equal weights from rows in order; of rated items only those of 4 or more, if `liked`. */
export function plainHistory(user, upTo = user.rows.length, liked = false) {
  const last = new Map()
  for (let i = 0; i < upTo; i++) {
    if (liked && user.ratings[i] < 4) continue
    const row = user.rows[i]
    const before = last.get(row)
    last.delete(row)
    last.set(row, { at: user.at[i], first: before?.first ?? user.at[i], n: (before?.n ?? 0) + 1 })
  }
  const entries = [...last]
  const zeros = () => new Int32Array(entries.length)
  return {
    rows: Int32Array.from(entries, ([row]) => row),
    weights: new Float64Array(entries.length).fill(1),
    lastAt: Float64Array.from(entries, ([, e]) => e.at),
    firstAt: Float64Array.from(entries, ([, e]) => e.first),
    events: Int32Array.from(entries, ([, e]) => e.n),
    explicitPositive: zeros(),
    implicitPositive: Int32Array.from(entries, ([, e]) => e.n),
    explicitNegative: zeros(),
    implicitNegative: zeros(),
    strong: new Uint8Array(entries.length).fill(1),
    dislikedRows: new Int32Array(0),
    dislikedWeights: new Float64Array(0),
    dislikedAt: new Float64Array(0),
    seenRows: Int32Array.from(entries, ([row]) => row),
    total: upTo,
  }
}
/** Five of the evidence among 45 others of the catalogue (easy) or of its domain (hard), none of the user's. */
function makeTrials({ model }, profiles, most) {
  const random = createRandom(3)
  const byDomain = new Map()
  for (const [row, domain] of model.topics.domains.entries()) {
    const rows = byDomain.get(domain)
    if (rows) rows.push(row)
    else byDomain.set(domain, [row])
  }
  const trials = []
  const pick = (from, n, not) => {
    const picked = new Set()
    for (let tries = 0; picked.size < n && tries < 100 * n; tries++) {
      const row = from[random.below(from.length)]
      if (!not.has(row)) picked.add(row)
    }
    return [...picked]
  }
  const every = Array.from({ length: model.catalogue.size }, (_, i) => i)
  const big = profiles.flatMap(({ history, profile }) =>
    profile.interests
      .filter((i) => i.level !== 'domain' && i.rows.length >= 5)
      .map((interest) => ({ history, interest })),
  )
  for (let i = 0; i < Math.min(most, big.length); i++) {
    const { history, interest } = big[Math.floor((i * big.length) / Math.min(most, big.length))]
    const own = new Set(history.rows)
    const domain = byDomain.get(model.topics.domains[interest.rows[0]]) ?? []
    const evidence = pick(interest.rows, 5, new Set())
    trials.push({
      label: interest.label,
      evidence,
      easy: pick(every, 45, own),
      hard: domain.length > 100 ? pick(domain, 45, own) : [],
    })
  }
  return trials
}
async function measureSpecificity(trials, short, encoder) {
  const loaded = await loadEncoder(encoder)
  const labels = await loaded.encode(trials.map(({ label }) => label))
  await loaded.close()
  for (const kind of ['easy', 'hard']) {
    const hits = []
    trials.forEach((trial, t) => {
      if (trial[kind].length < 45) return
      const rows = [...trial.evidence, ...trial[kind]]
      const scored = rows
        .map((row, i) => ({ i, s: dotRows(short, row, labels, t) }))
        .sort((a, b) => b.s - a.s || a.i - b.i)
      hits.push(scored.slice(0, 5).filter(({ i }) => i < 5).length / 5)
    })
    const passed = hits.map((p) => (p >= 0.8 ? 1 : 0))
    if (hits.length > 1)
      console.log(
        `specificity (${kind}, ${hits.length} interests of 5+): P@5 >= .8 ${summary(passed)}, mean P@5 ${summary(hits)}`,
      )
  }
}
async function main() {
  const name = process.argv[2] ?? 'amazon-beauty'
  const folder = process.argv[3] ?? '../shared/data'
  const cache = process.argv[4] ?? join(tmpdir(), 'interest-mine-bench')
  const shown = Number(process.argv[5] ?? 40)
  const isFixture = name === 'notes' || name === 'shop' || name === 'news'
  const encoder = name === 'notes' ? 'multilingual-e5-small' : 'all-MiniLM-L6-v2'
  const data = isFixture ? readFixture(name) : readData(folder, name)
  const built = await buildModel(data, name.replace('amazon-', ''), cache, encoder)
  const users = data.users.filter(({ rows }) => new Set(rows).size >= 10)
  const chosen = users.filter((_, i) => i % Math.max(1, Math.floor(users.length / 600)) === 0).slice(0, 600)
  const before = process.cpuUsage()
  const profiles = chosen.map((user) => {
    const history = plainHistory(user, user.rows.length, true)
    return { history, profile: mineInterests({ history, model: built.model, now: Math.max(...user.at) }) }
  })
  const elapsed = process.cpuUsage(before).user / 1000
  const count = { point: 0, emerging: 0, domain: 0, unassigned: 0 }
  let interests = 0
  for (const { profile } of profiles) {
    count.unassigned += profile.unassigned.length
    interests += profile.interests.length
    for (const interest of profile.interests) count[interest.level] += interest.rows.length
  }
  const total = Object.values(count).reduce((s, v) => s + v, 0)
  const share = (n) => (n / total).toFixed(3)
  console.log(
    `${profiles.length} users, ${(elapsed / profiles.length).toFixed(2)} ms of CPU a profile, ${(interests / profiles.length).toFixed(1)} interests; ` +
      `items in points ${share(count.point)}, emerging ${share(count.emerging)}, broad ${share(count.domain)}, unassigned ${share(count.unassigned)}`,
  )
  await measureSpecificity(makeTrials(built, profiles, 300), built.short, encoder)
  const random = createRandom(Number(process.env.READ_SEED ?? 5))
  const all = profiles.flatMap(({ profile }) => profile.interests)
  for (const level of ['point', 'emerging', 'domain']) {
    const of = all.filter((interest) => interest.level === level)
    console.log(`--- ${level} (${of.length})`)
    for (let i = 0; i < Math.min(of.length, level === 'domain' ? 5 : shown); i++) {
      const interest = of[random.below(of.length)]
      const titles = Array.from(interest.rows.slice(0, 4), (row) => built.items[row].title.slice(0, 60))
      console.log(`"${interest.label}" [${interest.domain.join(' > ')}] ${interest.rows.length}: ${titles.join(' | ')}`)
    }
  }
}
function readFixture(name) {
  const root = new URL(`../fixtures/${name}/`, import.meta.url)
  const items = readFileSync(new URL('catalog.jsonl', root), 'utf8')
    .trim()
    .split('\n')
    .map((l) => JSON.parse(l))
  const [header, ...lines] = readFileSync(new URL('events.csv', root), 'utf8').trim().split('\n')
  const columns = header.split(',')
  const at = (...names) => columns.findIndex((column) => names.includes(column))
  const [user, item, type, time] = [
    at('user_id', 'user'),
    at('item_id', 'item'),
    at('event', 'type'),
    at('timestamp', 'at'),
  ]
  const rowOf = new Map(items.map(({ id }, row) => [id, row]))
  const users = new Map()
  for (const line of lines) {
    const cells = line.split(',')
    const row = rowOf.get(cells[item])
    if (row === undefined || /dislike|not_interested|hide|skip|bounce|return/.test(cells[type] ?? '')) continue
    const one = users.get(cells[user]) ?? { id: cells[user], rows: [], at: [], ratings: [] }
    users.set(cells[user], one)
    one.rows.push(row)
    const when = cells[time] ?? ''
    one.at.push(/^\d+$/.test(when) ? Number(when) * (when.length < 12 ? 1000 : 1) : Date.parse(when))
    one.ratings.push(Number.NaN)
  }
  return { items, users: [...users.values()] }
}
if (import.meta.url === pathToFileURL(process.argv[1]).href) await main()

export { listAt, readFixture }
