// What pictures add to texts, shown by toys: fixtures/patterns (things whose patterns no text names, pictures encoded by
// the toy towers of fixtures/towers) and a larger made-up shop of the same idea with vectors of its own. Prints how well
// planted interests are found again (AMI over a user's planted and stray items) with pictures and from texts alone, what
// words find by picture, NDCG@10 after training with and without pictures, and what mining costs with and without.
// node bench/modalities.mjs [users of the made-up shop]
import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openTower } from '../dist/encode/tower.js'
import { adjustedMutualInformation, bootstrapMeans } from '../dist/evaluate/index.js'
import { openMiner } from '../dist/index.js'
import { createRandom } from '../dist/random.js'
import { centreVector, findCentre } from '../dist/vectors/centre.js'
import { rowOf } from '../dist/vectors/matrix.js'
import { sayMachine } from './data.mjs'

const [users = '300'] = process.argv.slice(2)
const folder = mkdtempSync(join(tmpdir(), 'modalities-'))
const fixture = fileURLToPath(new URL('../fixtures/patterns/', import.meta.url))
const towers = fileURLToPath(new URL('../fixtures/towers/', import.meta.url))
let stores = 0
const openNew = (options) => openMiner({ store: join(folder, `${++stores}.db`), ...options })

/** Mean over users, with its 95 % interval. */
function tell(values) {
  const [{ mean, low, high }] = bootstrapMeans([values], [...values.keys()], { seed: 1 })
  return `${mean.toFixed(3)} [${low.toFixed(3)}, ${high.toFixed(3)}]`
}

async function measureAgreement(miner, planted) {
  const values = []
  for (const [user, { interests, strays }] of Object.entries(planted)) {
    const truth = [
      ...interests.flatMap(({ items }, k) => items.map((id) => [id, k])),
      ...strays.map((id, i) => [id, -1 - i]),
    ]
    const answer = await miner.interests(user)
    const mined = new Map(answer.interests.flatMap(({ evidence }, k) => evidence.map(({ item }) => [item, k])))
    const found = truth.map(([id], i) => mined.get(id) ?? answer.interests.length + i)
    values.push(
      adjustedMutualInformation(
        Int32Array.from(truth, ([, k]) => k),
        Int32Array.from(found),
      ),
    )
  }
  return values
}

async function buildFixture(pictures, hidden) {
  const items = readFileSync(join(fixture, 'catalog.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
    .map(({ categories, image, ...item }) => ({
      ...item,
      ...(hidden ? {} : { categories }),
      ...(pictures ? { image } : {}),
    }))
  const miner = await openNew(pictures ? { imageEncoder: towers } : {})
  await miner.build({ items, events: { file: join(fixture, 'events.csv') }, mediaFolder: fixture })
  return miner
}

/** The pattern of items, as far as somebody met them, and words for each. */
function readPatterns(planted) {
  const patternOf = new Map()
  const wordsOf = new Map()
  for (const { interests } of Object.values(planted)) {
    for (const { name, items, words } of interests) {
      wordsOf.set(name, words)
      for (const id of items) patternOf.set(id, name)
    }
  }
  return { patternOf, wordsOf }
}

/** Of the first ten: how many were found by picture, and what share of those of known pattern shows what was asked for. */
async function measureSearch(miner, planted) {
  const { patternOf, wordsOf } = readPatterns(planted)
  const right = []
  const pictured = []
  for (const [name, words] of wordsOf) {
    for (const word of words) {
      const { results } = await miner.search(word, { limit: 10 })
      const found = results.filter(({ by }) => by === 'image')
      const known = found.filter(({ item }) => patternOf.has(item))
      pictured.push(found.length)
      if (known.length > 0) right.push(known.filter(({ item }) => patternOf.get(item) === name).length / known.length)
    }
  }
  return { right, pictured }
}

/** How well words find the pictures of a pattern among all of known pattern, with and without the pictures' mean. */
async function measureCentring(planted) {
  const tower = await openTower(towers, 'image')
  const { patternOf, wordsOf } = readPatterns(planted)
  const names = [...patternOf.values()]
  const { vectors } = await tower.encode(
    [...patternOf.keys()].map((id) => readFileSync(join(fixture, `pictures/${id}.png`))),
  )
  const centre = findCentre(vectors)
  const whole = names.map((_, row) => rowOf(vectors, row))
  const centred = whole.map((vector) => centreVector(vector.slice(), centre))
  /** @type {{ whole: number[], centred: number[] }} */
  const precisions = { whole: [], centred: [] }
  for (const [name, words] of wordsOf) {
    for (const word of words) {
      const phrase = await tower.encodePhrase(word)
      precisions.whole.push(averagePrecision(whole, phrase, (row) => names[row] === name))
      precisions.centred.push(averagePrecision(centred, phrase, (row) => names[row] === name))
    }
  }
  await tower.close()
  return precisions
}

function averagePrecision(vectors, phrase, isRight) {
  const likeness = vectors.map((vector) => vector.reduce((sum, x, k) => sum + x * phrase[k], 0))
  const order = [...likeness.keys()].sort((a, b) => likeness[b] - likeness[a])
  let right = 0
  let sum = 0
  order.forEach((row, place) => {
    if (isRight(row)) sum += ++right / (place + 1)
  })
  return sum / right
}

const THINGS = ['mug', 'towel', 'cushion', 'notebook', 'curtain', 'apron', 'lamp', 'basket', 'tray', 'rug']

/** Texts lie by thing, pictures by pattern; people go after two or three patterns, whatever they are on. */
function makeShop(count, patterns = 12, perPattern = 60) {
  const random = createRandom(3)
  const number = () => random.unit() - 0.5
  const centres = (n, dims) => Array.from({ length: n }, () => Array.from({ length: dims }, number))
  const things = centres(THINGS.length, 32)
  const looks = centres(patterns, 24)
  const near = (point, spread) => point.map((x) => x + spread * number())
  const items = looks.flatMap((look, p) =>
    Array.from({ length: perPattern }, (_, i) => {
      const thing = random.below(THINGS.length)
      return {
        id: `p${p}-${i}`,
        title: `${THINGS[thing]} ${i}`,
        vector: near(things[thing], 0.4),
        vectors: { image: near(look, 1) },
      }
    }),
  )
  const planted = {}
  const events = []
  for (let u = 0; u < count; u++) {
    const own = [...new Set(Array.from({ length: 3 }, () => random.below(patterns)))]
    const interests = own.map((p) => ({
      items: [...new Set(Array.from({ length: 4 }, () => `p${p}-${random.below(perPattern)}`))],
    }))
    planted[`u${u}`] = { interests, strays: [] }
    interests
      .flatMap(({ items: ids }) => ids)
      .map((item) => ({ item, order: random.unit() }))
      .sort((a, b) => a.order - b.order)
      .forEach(({ item }, k) => {
        events.push({ user: `u${u}`, item, type: 'purchase', at: Date.UTC(2026, 0, 1 + k, u % 24) })
      })
  }
  return { items, events, planted }
}

async function measureShop(pictures, { items, events, planted }) {
  const miner = await openNew()
  await miner.build({
    items: items.map(({ vectors, ...item }) => (pictures ? { ...item, vectors } : item)),
    events,
    train: false,
  })
  const some = Object.fromEntries(Object.entries(planted).slice(0, 200))
  await miner.interests('u0')
  const started = performance.now()
  const agreement = await measureAgreement(miner, some)
  const pace = (1000 * Object.keys(some).length) / (performance.now() - started)
  const { ndcg, installed } = await miner.train()
  await miner.close()
  const { low, high } = ndcg.intervals.after
  return {
    agreement,
    pace,
    ndcg: `${ndcg.after.toFixed(4)} [${low.toFixed(4)}, ${high.toFixed(4)}]`,
    before: ndcg.before.toFixed(4),
    installed,
  }
}

sayMachine()
console.log('\nA toy: pictures drawn by a script, towers trained on such pictures.')
const { users: planted } = JSON.parse(readFileSync(join(fixture, 'expected.json'), 'utf8'))
for (const hidden of [false, true]) {
  const label = hidden ? 'categories hidden' : 'with categories'
  for (const pictures of [true, false]) {
    const miner = await buildFixture(pictures, hidden)
    console.log(
      `patterns, ${label}, ${pictures ? 'texts and pictures' : 'texts alone'}: AMI ${tell(await measureAgreement(miner, planted))}`,
    )
    if (pictures && !hidden) {
      const { right, pictured } = await measureSearch(miner, planted)
      console.log(
        `words of a pattern: ${tell(pictured)} of the first ten found by picture, ${tell(right)} of these show it`,
      )
      const { whole, centred } = await measureCentring(planted)
      console.log(
        `mean average precision of these words: pictures less their mean ${tell(centred)}, as the tower gives them ${tell(whole)}`,
      )
      const { interests } = await miner.interests(Object.keys(planted)[0])
      for (const { label: name, spokenBy, evidence } of interests) {
        const shared = Object.entries(spokenBy ?? {}).map(([by, share]) => `${by} ${share.toFixed(2)}`)
        console.log(`  ${name} (${evidence.length}; ${shared.join(', ')})`)
      }
    }
    await miner.close()
  }
}
console.log(`\nA made-up shop: 720 items, ${users} users, vectors of its own.`)
const shop = makeShop(Number(users))
for (const pictures of [true, false]) {
  const { agreement, pace, ndcg, before, installed } = await measureShop(pictures, shop)
  console.log(
    `${pictures ? 'texts and pictures' : 'texts alone'}: AMI ${tell(agreement)}, NDCG@10 ${before} before training, ${ndcg} after${installed ? '' : ' (not taken)'}, ${pace.toFixed(0)} profiles/s`,
  )
}
