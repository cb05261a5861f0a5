// A static student beside its teacher: size, cosine on held-out texts, neighbours of the same leaf category, texts a
// second on one thread, seconds of build-index, NDCG@10 after train, planted interests found again (AMI).
// node bench/distill.mjs [--data DIR | --fixture NAME] [--only size,cosine,neighbours,pace,build,ndcg,planted]
//   [--sample N] [--personas N] [--student DIR]
// A student is made once and kept in the temporary folder between runs; --student takes one that is there.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { gunzipSync } from 'node:zlib'
import { loadEncoder } from '../dist/encode/encoder.js'
import { fullText, shortText } from '../dist/encode/item-text.js'
import { adjustedMutualInformation } from '../dist/evaluate/index.js'
import { distill, openMiner } from '../dist/index.js'
import { createPool } from '../dist/threads/workers.js'
import { rowsOf } from '../dist/vectors/matrix.js'
import { openProduct } from '../dist/vectors/onnx-runtime.js'
import { DATA, must, sayMachine, TEXT } from './data.mjs'

const { values } = parseArgs({
  options: { data: TEXT, fixture: TEXT, only: TEXT, sample: TEXT, personas: TEXT, student: TEXT },
})
const folder = values.fixture
  ? fileURLToPath(new URL(`../fixtures/${values.fixture}`, import.meta.url))
  : (values.data ?? join(DATA, 'amazon-beauty'))
const name = basename(folder)
const fileOf = (file) => [join(folder, file), join(folder, `${file}.gz`)].find((path) => existsSync(path))
const itemsFile = must(fileOf('catalog.jsonl'), 'catalogue')
const eventsFile = must(fileOf('events.csv'), 'file of events')
const wanted = values.only?.split(',')
const wants = (figure) => !wanted || wanted.includes(figure)
const kept = join(tmpdir(), 'interest-mine-bench')
mkdirSync(kept, { recursive: true })

const bytes = readFileSync(itemsFile)
const items = (itemsFile.endsWith('.gz') ? gunzipSync(bytes) : bytes)
  .toString()
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line))
const say = (figure, told) => console.log(`${name}  ${figure.padEnd(30)}  ${told}`)
const percent = (part, whole) => `${((100 * part) / whole).toFixed(1)} %`

sayMachine()
const student = values.student ?? join(kept, `${name}-student`)
if (!existsSync(student)) {
  const report = await distill({ items: { file: itemsFile }, out: student })
  writeFileSync(`${student}.json`, JSON.stringify(report))
}
const told = existsSync(`${student}.json`) ? JSON.parse(readFileSync(`${student}.json`, 'utf8')) : null
const teacherOf = { 'multilingual-e5-small-enzh-int8': 'multilingual-e5-small' }
const teacher = (told && teacherOf[told.teacher]) ?? 'all-MiniLM-L6-v2'
const encoders = { teacher, student }

if (wants('size') && told)
  say('size', `${(told.bytes / 1e6).toFixed(2)} MB, ${told.dims} dimensions; made in ${told.seconds} s`)
if (wants('cosine') && told) {
  const { heldOut, cosine, texts, passes } = told
  const aside = heldOut
    ? `${heldOut.cosine.toFixed(4)} of ${heldOut.texts} long and short texts of items held out`
    : 'none'
  say('cosine to the teacher', `${aside}; ${cosine.toFixed(4)} of all ${texts} texts learnt from, ${passes} times over`)
}

/** Unit vectors of the long texts; the teacher's are kept in a file. */
async function vectorsOf(which) {
  const texts = items.map(fullText)
  const cache = join(kept, `${name}-${which}-full.f32`)
  const pool = createPool(new URL('../dist/worker.js', import.meta.url), 2)
  const encoder = await loadEncoder(encoders[which], { pool })
  let data
  if (which === 'teacher' && existsSync(cache)) data = new Float32Array(Uint8Array.from(readFileSync(cache)).buffer)
  else ({ data } = await encoder.encode(texts))
  if (which === 'teacher') writeFileSync(cache, new Uint8Array(data.buffer))
  await encoder.close()
  await pool.close()
  return { data, rows: texts.length, dims: encoder.dims }
}

/** Leaf categories of an item: the end of its path or paths, or all its tags where these are single names. */
function leavesOf({ categories = [] }) {
  return categories.some(Array.isArray) ? categories.map((path) => path.at(-1)) : categories.slice(-1)
}

/** How many of an item's ten nearest others are of its leaf category, over items that have one. */
async function shareOfLeaves(vectors) {
  const product = must(await openProduct(), 'ONNX Runtime')
  let same = 0
  let all = 0
  for (let from = 0; from < items.length; from += 256) {
    const part = rowsOf(vectors, from, Math.min(items.length, from + 256))
    const cosines = await product(part, vectors)
    for (let i = 0; i < part.rows; i++) {
      const own = leavesOf(items[from + i])
      if (own.length === 0) continue
      const row = cosines.subarray(i * items.length, (i + 1) * items.length)
      row[from + i] = Number.NEGATIVE_INFINITY
      const nearest = []
      for (let j = 0; j < row.length; j++) {
        if (nearest.length === 10 && row[j] <= row[nearest[9]]) continue
        nearest.push(j)
        nearest.sort((a, b) => row[b] - row[a])
        if (nearest.length > 10) nearest.pop()
      }
      for (const j of nearest) if (leavesOf(items[j]).some((leaf) => own.includes(leaf))) same++
      all += nearest.length
    }
  }
  return same / all
}

if (wants('neighbours')) {
  const shares = {}
  for (const which of Object.keys(encoders)) shares[which] = await shareOfLeaves(await vectorsOf(which))
  const { teacher: theirs, student: ours } = shares
  say('neighbours of the same leaf', `${ours.toFixed(4)}, teacher ${theirs.toFixed(4)}: ${percent(ours, theirs)}`)
}

if (wants('pace')) {
  for (const [kind, textOf] of Object.entries({ short: shortText, long: fullText })) {
    const texts = items.map(textOf)
    const letters = texts.reduce((sum, each) => sum + each.length, 0) / texts.length
    const rates = []
    for (const [which, encoder, most] of [
      ['student', student, 20_000],
      ['teacher', teacher, 300],
    ]) {
      const some = Array.from({ length: most }, (_, i) => texts[i % texts.length])
      const loaded = await loadEncoder(encoder)
      const paces = []
      // First with nothing remembered, then as in a long run.
      for (let round = 0; round < (which === 'student' ? 4 : 1); round++) {
        const started = performance.now()
        await loaded.encode(round === 0 ? some.slice(0, Math.min(most, texts.length)) : some)
        const count = round === 0 ? Math.min(most, texts.length) : most
        paces.push((1000 * count) / (performance.now() - started))
      }
      await loaded.close()
      const best = Math.max(...paces).toFixed(0)
      rates.push(which === 'student' ? `${best} texts/s (the first time ${paces[0].toFixed(0)})` : `teacher ${best}`)
    }
    say(`one thread, ${kind} texts`, `${rates.join(', ')}; ${letters.toFixed(0)} letters a text`)
  }
}

/** A store of the set built with the encoder, once; and what the build said, where it was made now. */
async function storeWith(which, fresh = false) {
  const store = fresh
    ? join(mkdtempSync(join(tmpdir(), 'distill-')), 'a.db')
    : join(kept, `${name}-${which}-distill.db`)
  const miner = await openMiner({ store, encoder: encoders[which] })
  const report = await miner.build({ items: { file: itemsFile }, events: { file: eventsFile }, train: false })
  return { miner, report }
}

if (wants('build')) {
  const seconds = []
  for (const which of Object.keys(encoders)) {
    const { miner, report } = await storeWith(which, true)
    await miner.close()
    const { total, encode, index } = report.seconds
    seconds.push(`${which} ${total.toFixed(1)} (encode ${encode.toFixed(1)}, index ${index.toFixed(1)})`)
  }
  say('build-index, seconds', seconds.join(', '))
}

/** The same question to both, as a share of the teacher's answer. */
async function compare(figure, ask) {
  const found = {}
  for (const which of Object.keys(encoders)) {
    const { miner } = await storeWith(which)
    found[which] = await ask(miner)
    await miner.close()
  }
  for (const [part, ours] of Object.entries(found.student)) {
    const theirs = found.teacher[part]
    say(`${figure}${part}`, `${ours.toFixed(4)}, teacher ${theirs.toFixed(4)}: ${percent(ours, theirs)}`)
  }
}

const numbers = (...names) =>
  Object.fromEntries(names.flatMap((key) => (values[key] ? [[key, Number(values[key])]] : [])))
if (wants('ndcg')) {
  await compare('', async (miner) => {
    const { metrics } = await miner.evaluate({ baselines: 'none', ...numbers('sample') })
    return { 'NDCG@10 after train': metrics['ndcg@10'].value }
  })
}

/** Mean AMI of the interests that a fixture names for its users. */
async function findPlanted(miner) {
  const { users } = JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8'))
  const found = []
  for (const [user, { interests, strays }] of Object.entries(users)) {
    const planted = interests.flatMap(({ items: ids }, k) => ids.map((id) => [id, k]))
    const truth = new Map([...planted, ...strays.map((id, i) => [id, interests.length + i])])
    const mined = (await miner.interests(user)).interests
    const groups = new Map(mined.flatMap(({ evidence }, k) => evidence.map(({ item }) => [item, k])))
    const labels = [...truth.keys()].map((id, i) => groups.get(id) ?? mined.length + i)
    found.push(adjustedMutualInformation([...truth.values()], labels))
  }
  return { mean: found.reduce((sum, ami) => sum + ami, 0) / found.length }
}

if (wants('planted')) {
  await compare('planted interests, AMI ', async (miner) => {
    if (values.fixture) return findPlanted(miner)
    const { planted } = await miner.evaluateInterests(numbers('sample', 'personas'))
    return Object.fromEntries(Object.entries(planted.ours).map(([kind, { value }]) => [kind, value]))
  })
}
