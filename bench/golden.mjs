// A record of what the command line does, to compare before and after a change that should change nothing: every command
// on the project's own fixtures, as JSON and as text, with failures, and what lies in the stores afterwards; one line each:
// a checksum of what was printed, the exit code, the command. What varies by itself (clock, durations, memory, noise of
// private answers) is left out. Checksums hold on one machine only (vector instructions differ), so no record is committed.
// node bench/golden.mjs [--dist DIR] [--keep DIR] > record           --dist: another checkout's dist; --keep: the outputs
// node bench/golden.mjs [--dist DIR] [--keep DIR] --check record     says what differs, exit code 1 where anything does
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'

const { values: flags } = parseArgs({
  options: { dist: { type: 'string' }, keep: { type: 'string' }, check: { type: 'string' } },
})
const dist = resolve(flags.dist ?? fileURLToPath(new URL('../dist', import.meta.url)))
const project = join(dist, '..')
const manifest = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8'))
/** @param {string} path as the manifest gives it */
const built = (path) => join(dist, path.replace(/^(\.\/)?dist\//, ''))
const command = built(manifest.bin['interest-mine'])
const work = mkdtempSync(join(tmpdir(), 'golden-'))
const started = Date.now()

// ---------------------------------------------------------------- what varies by itself

/** Figures of durations and memory. */
const VARYING = new Set([
  'seconds',
  'milliseconds',
  'ms',
  'peakMB',
  'textsPerSecond',
  'itemsPerSecond',
  'profilesPerSecond',
  'builtAt',
])
const LEEWAY = 600_000
const isNow = (/** @type {number} */ ms) => ms >= started - LEEWAY && ms <= Date.now() + LEEWAY

/**
 * @param {unknown} value
 * @param {ReadonlySet<string>} noisy fields drawn from random bytes
 * @returns {unknown}
 */
function settle(value, noisy) {
  if (typeof value === 'number') return isNow(value) ? '<now>' : value
  if (typeof value === 'string') return settleText(value)
  if (Array.isArray(value)) return value.map((each) => settle(each, noisy))
  if (value === null || typeof value !== 'object') return value
  // The cache of vectors is written as threads end, so its pages fill differently.
  const sized = ('name' in value && value.name === 'encoder cache') || ('path' in value && 'version' in value)
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => {
      if (VARYING.has(key) || (sized && (key === 'disk' || key === 'bytes'))) return [key, '<varies>']
      return [key, noisy.has(key) ? '<noise>' : settle(each, noisy)]
    }),
  )
}

/** @param {string} text */
function settleText(text) {
  return text
    .replaceAll(work, '<work>')
    .replaceAll(project, '<project>')
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, (time) => (isNow(Date.parse(time)) ? '<now>' : time))
    .replace(/(\d{4}-\d\d-\d\d)( \d\d:\d\d)?/g, (all, day) =>
      isNow(Date.parse(`${day}T12:00:00Z`)) || day === new Date(started).toISOString().slice(0, 10) ? '<now>' : all,
    )
    .replace(/127\.0\.0\.1:\d+/g, '<host>')
    .replace(/\b\d[\d,]*(\.\d+)? (ms|s|min|seconds?|texts a second|texts\/s)\b/g, '<time>')
    .replace(/\b\d[\d,]* MB at most/g, '<memory>')
    .replace(/\bat \d[\d,]* a second|\b\d[\d,]* profiles of/g, '<pace>')
    .replace(/^( *time +<time>): .*$/gm, '$1')
    .replace(/^( *(store|encoder cache) .*?)\d[\d,.]* MB/gm, '$1<size>')
    .replace(/<td>Seconds<\/td><td>[\d.]+/, '<td>Seconds</td><td><time>')
}

// ---------------------------------------------------------------- running and keeping

/** What was run again has a number behind its name. @type {{ asked: string, name: string, line: string, text: string }[]} */
const record = []

/** @param {string} text */
const digest = (text) => createHash('sha256').update(text).digest('hex').slice(0, 16)

/**
 * @param {string} name
 * @param {string} text
 * @param {number | null} [code]
 */
function keep(name, text, code = 0) {
  const times = record.filter((one) => one.asked === name).length
  const own = times === 0 ? name : `${name} (${times + 1})`
  record.push({ asked: name, name: own, line: `${digest(text)} ${code} ${own}`, text })
  if (!flags.check) console.log(record[record.length - 1].line)
}

/**
 * @typedef {{ code: number | null, out: string, err: string }} Ended
 * @typedef {{ input?: string, noisy?: string[], as?: string }} Ways
 */

/**
 * @param {string[]} words
 * @param {string} [input]
 * @returns {Promise<Ended>}
 */
function start(words, input = '') {
  const { INTEREST_MINE_DB: _, ...env } = process.env
  const child = spawn(process.execPath, [command, ...words], {
    cwd: work,
    env: { ...env, NO_COLOR: '1', A_KEY: 'k-17' },
  })
  return new Promise((done, fail) => {
    let out = ''
    let err = ''
    child.stdout.setEncoding('utf8').on('data', (part) => {
      out += part
    })
    child.stderr.setEncoding('utf8').on('data', (part) => {
      err += part
    })
    child.on('error', fail)
    child.on('close', (code) => done({ code, out, err }))
    child.stdin.on('error', () => undefined)
    child.stdin.end(input)
  })
}

/** What was printed, varying parts left out; JSON is laid out in lines, so that two outputs can be compared by diff. */
function tell({ out, err }, noisy) {
  const each = [out, err].map((text) => {
    try {
      return JSON.stringify(settle(JSON.parse(text), new Set(noisy)), null, 1)
    } catch {
      return settleText(text)
    }
  })
  return `${each[0]}\n---- standard error\n${each[1]}`
}

/**
 * Runs a command as it is given; what it answers where it is JSON.
 * @param {string[]} words
 * @param {Ways} [ways]
 */
async function run(words, { input, noisy = [], as = words.join(' ') } = {}) {
  const ended = await start(words, input)
  keep(as, tell(ended, noisy), ended.code)
  try {
    return JSON.parse(ended.out)
  } catch {
    return null
  }
}

/** As JSON. */
const json = (/** @type {string[]} */ ...words) => run([...words, '--json'])
/** As text, then as JSON: only for what changes nothing. */
async function both(/** @type {string[]} */ ...words) {
  await run(words)
  return json(...words)
}

/** All rows of a store: what was fitted, counted and written, bytes as checksums. */
function keepStore(name, db) {
  const Database = createRequire(join(project, 'package.json'))('better-sqlite3')
  const store = new Database(join(work, db), { readonly: true })
  const tables = store.prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'table' ORDER BY name").all()
  const lines = tables.flatMap(({ name: table, sql }) => {
    const rows = store.prepare(`SELECT * FROM "${table}"`).all()
    // Written as threads end: the order says nothing.
    if (table === 'vectors') for (const row of rows) row.id = null
    const told = rows.map((/** @type {Record<string, unknown>} */ row) =>
      JSON.stringify(settle(unpack(row), new Set())),
    )
    return [`# ${table} ${sql}`, ...(table === 'vectors' ? told.sort() : told)]
  })
  store.close()
  keep(`store ${name}`, lines.join('\n'))
}

/** @param {Record<string, unknown>} row */
function unpack(row) {
  return Object.fromEntries(
    Object.entries(row).map(([key, value]) => {
      if (value instanceof Uint8Array) return [key, createHash('sha256').update(value).digest('hex').slice(0, 16)]
      if (typeof value !== 'string' || !/^[[{]/.test(value)) return [key, value]
      return [key, JSON.parse(value)]
    }),
  )
}

function keepFiles(name, folder) {
  const files = readdirSync(join(work, folder), { recursive: true, withFileTypes: true }).filter((one) => one.isFile())
  const told = files.map((one) => {
    const bytes = readFileSync(join(one.parentPath, one.name))
    return `${one.name} ${createHash('sha256').update(bytes).digest('hex').slice(0, 16)}`
  })
  keep(`files ${name}`, told.sort().join('\n'))
}

// ---------------------------------------------------------------- a language model that always says the same

/** Takes two words of the evidence that lines share; every third reply names something that no line bears out. */
async function startChat() {
  const http = createServer(async (request, response) => {
    let text = ''
    for await (const chunk of request) text += chunk
    const { messages } = JSON.parse(text)
    const said = reply(messages.map((/** @type {{ content: string }} */ { content }) => content).join('\n'))
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(
      JSON.stringify({
        id: 'c1',
        object: 'chat.completion',
        created: 0,
        model: 'tiny',
        choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: JSON.stringify(said) } }],
        usage: { prompt_tokens: 100, completion_tokens: 20, total_tokens: 120 },
      }),
    )
  })
  await new Promise((done) => http.listen(0, '127.0.0.1', () => done(undefined)))
  const address = http.address()
  const port = typeof address === 'object' && address ? address.port : 0
  return { url: `http://127.0.0.1:${port}/v1`, close: () => http.close() }
}

/** @param {string} asked */
function reply(asked) {
  const lines = [...asked.matchAll(/^\W*(e\d+)\W+(.+)$/gm)].map(([, id, line]) => ({ id, line }))
  const evidence = lines.map(({ id }) => id)
  const words = lines[0]?.line.match(/\p{L}+/gu) ?? ['things']
  const shared = words.filter((word) => lines.slice(1).some(({ line }) => line.includes(word)))
  if (asked.includes('two sentences')) {
    return { sentences: lines.slice(0, 2).map(({ id, line }) => ({ text: `You like ${line}.`, evidence: [id] })) }
  }
  const odd = Number.parseInt(digest(asked).slice(0, 4), 16) % 3 === 0
  const label = odd ? 'Zeppelin spares' : (shared.length > 0 ? shared : words).slice(0, 2).join(' ')
  return { head: label.split(' ').at(-1), label, evidence }
}

// ---------------------------------------------------------------- fixtures

for (const name of ['shop', 'notes', 'news', 'dirty', 'patterns', 'towers']) {
  cpSync(join(project, 'fixtures', name), join(work, name), { recursive: true })
}
/** @param {string} path */
const read = (path) => readFileSync(join(work, path), 'utf8').trim().split('\n')
const shopItems = read('shop/catalog.jsonl')
const [shopHead, ...shopEvents] = read('shop/events.csv')

/** Many times the shop's customers, each time with other events left out: as many as training needs. */
function multiply(times) {
  return Array.from({ length: times }, (_, copy) =>
    shopEvents.flatMap((line, i) => {
      if ((i * 7919 + copy * 104729) % 10 < copy % 4) return []
      const [user, item, event, rating, dwell, at] = line.split(',')
      return [`${user}-${copy},${item},${event},${rating},${dwell},${Number(at) + copy * 3600}`]
    }),
  ).flat()
}
const write = (path, /** @type {string[]} */ lines) => writeFileSync(join(work, path), `${lines.join('\n')}\n`)
write('crowd.csv', [shopHead, ...multiply(2)])
write('throng.csv', [shopHead, ...multiply(8)])
write('first.csv', [shopHead, ...shopEvents.slice(0, -150)])
write('more.csv', [shopHead, ...shopEvents.slice(-150), 'cust-new,sku-16406,purchase,,,1782193705'])
write('few.jsonl', shopItems.slice(0, 20))
write('changed.jsonl', [
  ...shopItems.slice(1, 150),
  '{"id":"sku-1","title":"Enamel mug for the camp fire","categories":["Outdoors","Camping","Camp Stoves"],"price":12}',
])
write('weights.json', ['{"click": 1, "view": 0.5, "cart": 3, "purchase": 5, "review": 2}'])
write('broken.json', ['{"click": '])
write('renamed.csv', [
  'sku,name,kind,maker',
  ...shopItems.map((line) => {
    const { id, title, categories, brand } = JSON.parse(line)
    return [id, title, categories.join('|'), brand ?? ''].map((cell) => `"${cell.replaceAll('"', '""')}"`).join(',')
  }),
])
write('other-events.csv', [
  'who,what,kind,when',
  ...shopEvents.slice(0, 600).map((line) => {
    const [user, item, event, , , at] = line.split(',')
    return [user, item, event, at].join(',')
  }),
])
mkdirSync(join(work, 'folder'))

// ---------------------------------------------------------------- the record

const SHOP = ['--db', 'shop.db']
const HEAVY = 'cust-65925'
const TINY = 'cust-54355'
const NOW = ['--now', '2026-07-01T00:00:00Z']

async function helps() {
  await run(['--help'])
  await run(['--version'])
  await run([])
  const commands = [...record[0].text.matchAll(/^ {2}([a-z][a-z-]+) /gm)].map(([, name]) => name)
  for (const each of commands) await run([each, '--help'])
  await run(['help', 'explain'])
  // The ways in: what each gives.
  for (const [entry, target] of Object.entries(manifest.exports)) {
    if (target.default === undefined) continue
    const given = await import(pathToFileURL(built(target.default)).href)
    const told = Object.entries(given).map(([name, value]) => `${name} ${typeof value}`)
    keep(`exports ${entry}`, told.sort().join('\n'))
  }
}

async function builds() {
  await json('build-index', 'shop/catalog.jsonl', '--events', 'shop/events.csv', ...SHOP, '--seed', '1')
  keepStore('shop', 'shop.db')
  await run(['build-index', 'shop/catalog.jsonl', '--events', 'shop/events.csv', ...SHOP])
  await json('build-index', 'notes/catalog.jsonl', '--events', 'notes/events.csv', '--db', 'notes.db', '--workers', '1')
  keepStore('notes', 'notes.db')
  await run([
    'build-index',
    'news/catalog.jsonl',
    '--events',
    'news/events.csv',
    '--weights',
    'news',
    '--db',
    'news.db',
  ])
  const mapped = ['--map', 'sku=id', '--map', 'name=title', '--map', 'kind=categories', '--map', 'maker=brand']
  const events = ['--events', 'other-events.csv', '--events-map', 'who=user', '--events-map', 'what=item']
  const floats = ['--precision', 'float32', '--weights', 'weights.json', '--seed', '7', '--workers', '0']
  await json('build-index', 'renamed.csv', ...mapped, ...events, ...floats, '--db', 'mapped.db')
  keepStore('mapped', 'mapped.db')
  await json('build-index', 'dirty/catalog.jsonl', '--events', 'dirty/events.csv', '--db', 'dirty.db')
  await run(['build-index', 'dirty/catalog.jsonl', '--events', 'dirty/events.csv', '--db', 'dirty2.db'])
  for (const file of ['vectors.jsonl', 'gbk.csv', 'latin1.csv', 'semicolon.csv', 'utf16.csv'])
    await json('build-index', `dirty/${file}`, '--db', `${file}.db`)
  for (const file of ['not-a-catalogue.csv', 'only-blank.jsonl', 'empty.jsonl'])
    await json('build-index', `dirty/${file}`, '--db', `${file}.db`)
  await run(['build-index', '-', '--db', 'stdin.db', '--json'], { input: shopItems.slice(0, 12).join('\n') })
}

async function users(db, heavy, phrase, both) {
  const at = ['--db', db]
  const { interests } = await both('interests', '--user', heavy, ...at)
  const [first, second] = interests.map(({ id }) => id)
  await both('interests', '--user', heavy, '--history', ...at)
  await json('interests', '--user', heavy, '--lang', 'zh', ...NOW, ...at)
  const { interests: topics } = await both('interests', '--all', ...at)
  await json('interests', '--all', '--min-users', '3', '-n', '5', ...NOW, ...at)
  await json('interests', '--all', '--domain', topics[0].domain[0], ...at)
  const { recommendations } = await both('recommend', '--user', heavy, ...at)
  const [item, other, third] = recommendations.map(({ item }) => item)
  const evidence = interests[0].evidence.map(({ item }) => item)
  await json('recommend', '--user', heavy, '-n', '30', '--diversity', '0', ...NOW, ...at)
  await json('recommend', '--user', heavy, '--diversity', '1', '--lang', 'zh', ...at)
  await json('recommend', '--user', heavy, '--exclude', `${item},${other}`, ...at)
  await both('recommend', '--user', heavy, '--without', evidence.slice(0, 2).join(','), '--mute', second, ...at)
  await both('recommend', '--items', evidence.slice(0, 2).join(','), '--like', phrase, '-n', '5', ...at)
  await json('recommend', '--like', phrase, '--seed', '7', ...at)
  await both('rank', '--user', heavy, '--items', [third, item, evidence[0], other].join(','), ...at)
  await json('rank', '--user', heavy, '--items', item, '--items', other, '--without', evidence[0], '-n', '1', ...at)
  await json('rank', '--history', evidence[0], '--like', phrase, '--items', `${item},${other}`, '--lang', 'zh', ...at)
  await both('explain', '--user', heavy, ...at)
  for (const one of [item, third, evidence[0]]) await both('explain', '--user', heavy, '--item', one, ...at)
  await json('explain', '--user', heavy, '--item', item, '-n', '3', '--mute', first, ...NOW, ...at)
  await both('similar', '--item', item, ...at)
  await both('search', phrase, '-n', '5', ...at)
  await both('audience', '--interest', topics[0].id, ...at)
  await both('audience', '--like', phrase, '-n', '3', ...NOW, ...at)
  await both('audience', '--like', phrase, '--count', '--min-users', '2', ...at)
  await both('status', ...at)
  await both('doctor', ...at)
  await both('generations', ...at)
  await both('privacy', ...at)
  await json('export', '--user', heavy, ...at)
}

async function more() {
  await json('recommend', '--user', HEAVY, '--where', 'price<40', '--where', 'category!=Watercolour', ...SHOP)
  await json('search', 'tent', '--where', 'brand=Ridgeline Supply', ...SHOP)
  await json('similar', '--item', 'sku-16406', '--where', 'price>=20', '-n', '3', ...SHOP)
  await both('interests', '--user', TINY, ...SHOP)
  await both('recommend', '--user', TINY, '-n', '4', '--quiet', ...SHOP)
  await both('recommend', '--user', 'nobody', '-n', '4', ...SHOP)
  await both('interests', '--user', 'nobody', ...SHOP)
  await json('export', '--user', TINY, ...SHOP)
  await run(['export', '--user', TINY, ...SHOP])
  await json('demo', '--db', 'demo.db')
  await run(['demo', '--db', 'demo.db', '--user', 'cust-26314'])
}

async function edits(db, user, phrase) {
  cpSync(join(work, db), join(work, `edited-${db}`))
  const at = ['--db', `edited-${db}`]
  const edit = (/** @type {string[]} */ ...words) => json('edit', '--user', user, ...words, ...NOW, ...at)
  const { interests } = await json('interests', '--user', user, ...at)
  const [a, b, c] = interests.map(({ id }) => id)
  await edit('--interest', a, '--mute')
  await json('recommend', '--user', user, ...at)
  await edit('--undo')
  await edit('--interest', a, '--boost', '3')
  await edit('--interest', b, '--rename', 'My own name')
  await edit('--interest', b, '--pin')
  await edit('--add', phrase)
  await both('explain', '--user', user, ...at)
  await edit('--merge', `${a},${b}`)
  await both('interests', '--user', user, ...at)
  await both('recommend', '--user', user, ...at)
  await edit('--interest', a, '--split')
  if (c !== undefined) {
    const { evidence } = interests[2]
    await edit('--interest', c, '--split', '--items', evidence[0].item)
    await edit('--interest', c, '--not-me')
  }
  await run(['edit', '--user', user, '--list', ...at])
  await run(['interests', '--user', user, ...at], { as: `interests after all edits of ${user}` })
  // What is liked afterwards speaks against a mute.
  const { interests: left } = await run(['interests', '--user', user, '--json', ...at], { as: `left of ${user}` })
  const kept = left.find((/** @type {{ state: { muted: boolean } }} */ { state }) => !state.muted)
  await run(['edit', '--user', user, '--interest', kept.id, '--mute', '--now', '2026-04-01', ...at])
  await run(['edit', '--user', user, '--list', '--json', ...at], { as: `contrary of ${user}` })
  await run(['interests', '--user', user, ...at], { as: `interests with what is contrary of ${user}` })
  await edit('--interest', kept.id, '--unmute')
  await run(['export', '--user', user, '--json', ...at], { as: `export after edits of ${user}` })
  keepStore(`edited ${db}`, `edited-${db}`)
}

async function growth() {
  const at = ['--db', 'grown.db']
  await json('build-index', 'shop/catalog.jsonl', '--events', 'first.csv', ...at)
  await json('add-events', 'more.csv', ...at)
  await run(['add-events', 'more.csv', ...at])
  await run(['add-events', '-', '--weights', 'shop', '--json', ...at], {
    input: 'user,item,type,at\ncust-z,sku-16406,purchase,2026-06-29\ncust-z,none,view,2026-06-29\n',
  })
  await run(['interests', '--user', HEAVY, '--json', ...at])
  await both('recommend', '--user', 'cust-new', ...at)
  await json('build-index', 'few.jsonl', ...at)
  await json('build-index', 'few.jsonl', '--add', ...at)
  await json('build-index', 'changed.jsonl', ...at)
  await both('interests', '--user', HEAVY, '--history', ...at)
  await run(['status', '--json', ...at])
  await both('generations', ...at)
  await json('generations', '--use', '2', ...at)
  await run(['recommend', '--user', HEAVY, '--json', ...at])
  await json('generations', '--use', '9', ...at)
  await json('doctor', '--repair', ...at)
  keepStore('grown', 'grown.db')
}

async function forgetting() {
  for (const db of ['forget.db', 'anew.db']) cpSync(join(work, 'shop.db'), join(work, db))
  await json('forget', '--user', TINY, '--db', 'forget.db')
  await run(['forget', '--user', 'nobody', '--db', 'forget.db'])
  await json('recommend', '--user', TINY, '--db', 'forget.db')
  await run(['forget', '--user', HEAVY, '--db', 'forget.db'])
  keepStore('forgotten', 'forget.db')
  await json('forget', '--user', HEAVY, '--retrain', '--db', 'anew.db')
  keepStore('forgotten, fitted anew', 'anew.db')
}

async function training() {
  const at = ['--db', 'crowd.db']
  await json('train', ...SHOP)
  await json('build-index', 'shop/catalog.jsonl', '--events', 'crowd.csv', '--no-train', ...at)
  await json('train', ...at)
  keepStore('trained', 'crowd.db')
  await run(['train', '--seed', '7', ...at])
  await both('recommend', '--user', `${HEAVY}-1`, ...at)
  await both('explain', '--user', `${HEAVY}-1`, '-n', '3', ...at)
  await run(['status', '--json', ...at])
  await json('forget', '--user', `${HEAVY}-1`, '--retrain', ...at)
  keepStore('trained anew', 'crowd.db')
  await run(['train', '--report', 'report.html', '--json', ...at], { as: 'train --report' })
  keep('report.html', settleText(readFileSync(join(work, 'report.html'), 'utf8')))
  await json('train', '--adapter', 'weights.json', ...at)
}

/** What noise changes is left out, what is asked and paid stays. */
async function noise() {
  const at = ['--db', 'crowd.db']
  await json('privacy', '--budget', '4', ...at)
  const noisy = ['interests', 'total', 'users', 'share', 'low', 'high', 'answer', 'count']
  await run(['interests', '--all', '--epsilon', '1', '--json', ...at], { noisy })
  await run(['audience', '--like', 'tea', '--epsilon', '0.5', '--json', ...at], { noisy })
  await run(['audience', '--like', 'tea', '--epsilon', '0.5', '--delta', '1e-7', '--json', ...at], { noisy })
  await json('interests', '--all', '--epsilon', '50', ...at)
  await run(['privacy', '--json', ...at], { as: 'privacy after answers', noisy: ['answer'] })
  await json('train', '--dp-epsilon', '8', ...at)
  await run([
    'build-index',
    'shop/catalog.jsonl',
    '--events',
    'throng.csv',
    '--no-train',
    '--json',
    '--db',
    'throng.db',
  ])
  const learnt = ['lists', 'trainedOn', 'candidateRecall', 'ndcg', 'installed', 'curve', 'calibration', 'shapes']
  await run(['train', '--dp-epsilon', '8', '--json', '--db', 'throng.db'], { noisy: learnt })
}

async function evaluations() {
  const files = ['--catalog', 'shop/catalog.jsonl', '--events', 'crowd.csv']
  await json('evaluate', '--sample', '30', ...SHOP)
  await run(['evaluate', '--sample', '30', '--baselines', 'popularity,item-knn', '--split', 'time', ...SHOP])
  await json('evaluate', ...files, '--sample', '30', '--refit', '--shuffle-ties', '--baselines', 'none', '--seed', '7')
  await json('evaluate', '--interests', '--sample', '12', '--personas', '2', ...SHOP)
  await run(['evaluate', '--interests', '--sample', '6', '--personas', '1', '--db', 'notes.db'])
  await json('evaluate', '--faithfulness', '--sample', '5', ...SHOP)
  await run(['evaluate', '--faithfulness', '--sample', '3', '--db', 'notes.db', '--diversity', '0'])
}

async function names() {
  const chat = await startChat()
  cpSync(join(work, 'shop.db'), join(work, 'named.db'))
  const at = ['--db', 'named.db']
  const llm = ['--llm-url', chat.url, '--llm-model', 'tiny']
  const name = (/** @type {string[]} */ ...words) =>
    run(['name', ...words, ...llm, ...at], { as: `name ${words.join(' ')}` })
  await name('--dry-run', '--json')
  await name('--dry-run', '--user', HEAVY, '--price-in', '2', '--price-out', '10')
  await name('-n', '12', '--llm-key-env', 'A_KEY', '--json')
  await name('-n', '12')
  await name('--user', HEAVY, '--describe', '--price-in', '2', '--json')
  await name('--user', HEAVY, '--describe')
  await name('--budget', '500', '--json')
  await run(['interests', '--user', HEAVY, '--json', ...at], { as: 'interests, named' })
  keepStore('named', 'named.db')
  chat.close()
  await json('name', ...at)
  await json('name', '--llm-url', 'http://127.0.0.1:9/v1', ...at)
  await json('name', '--llm-file', 'none.gguf', ...at)
}

async function media() {
  const at = ['--db', 'patterns.db']
  const build = [
    'build-index',
    'patterns/catalog.jsonl',
    '--events',
    'patterns/events.csv',
    '--encoder',
    'towers',
    ...at,
  ]
  await json(...build)
  await run(build)
  keepStore('patterns', 'patterns.db')
  const [, event] = read('patterns/events.csv')
  const [user, item] = event.split(',')
  await both('interests', '--user', user, ...at)
  await both('recommend', '--user', user, '-n', '5', ...at)
  await json('explain', '--user', user, '-n', '3', ...at)
  await both('similar', '--item', item, '--by', 'image', ...at)
  await json('similar', '--item', item, '--by', 'audio', ...at)
  await both('search', 'red stripes', ...at)
  await both('status', ...at)
  await both('doctor', '--encoder', 'towers')
  await json('doctor', '--encoder', 'all-MiniLM-L6-v2')
}

async function students() {
  const from = ['--encoder', 'towers', '--catalog', 'patterns/catalog.jsonl']
  await json('distill', ...from, '--dims', '16', '--out', 'student')
  const learn = ['distill', '--catalog', 'shop/catalog.jsonl', '--tokens', 'catalogue', '--dims', '16']
  await json(...learn, '--out', 'small')
  keepFiles('small', 'small')
  await json(...learn, '--out', 'small')
  await json('build-index', 'shop/catalog.jsonl', '--encoder', 'small', '--db', 'small.db')
  await json('search', 'tea', '--db', 'small.db')
}

async function failures() {
  const user = ['--user', HEAVY]
  await run(['explain', ...user, '--item', 'none', ...SHOP])
  await run(['recommend', ...user, '-n', '0', ...SHOP])
  for (const words of [
    ['nonsense'],
    ['status', '--nonsense'],
    ['recommend', ...SHOP],
    ['recommend', ...user, '--items', 'sku-16406', ...SHOP],
    ['recommend', ...user, '-n', '0', ...SHOP],
    ['recommend', ...user, '--diversity', '2', ...SHOP],
    ['recommend', ...user, '--where', 'pricey<3', ...SHOP],
    ['recommend', ...user, '--where', 'price~3', ...SHOP],
    ['recommend', ...user, '--mute', 'inone', ...SHOP],
    ['recommend', ...user, '--without', 'none', ...SHOP],
    ['recommend', '--items', 'none', ...SHOP],
    ['recommend', ...user, '--now', 'yesterday', ...SHOP],
    ['recommend', ...user, '--seed', '-1', ...SHOP],
    ['recommend', ...user, '--lang', 'fr', ...SHOP],
    ['recommend', '--like', 'tea', '--encoder', 'none', ...SHOP],
    ['recommend', ...user, '--db', 'none.db'],
    ['recommend', ...user, '--db', 'weights.json'],
    ['recommend', ...user, '--db', 'folder'],
    ['rank', ...user, ...SHOP],
    ['rank', ...user, '--items', 'none', ...SHOP],
    ['rank', '--items', 'sku-16406', ...SHOP],
    ['explain', ...SHOP],
    ['explain', ...user, '--item', 'none', ...SHOP],
    ['similar', '--item', 'none', ...SHOP],
    ['similar', '--item', 'sku-16406', '--by', 'image', ...SHOP],
    ['search', '', ...SHOP],
    ['search', ...SHOP],
    ['interests', ...SHOP],
    ['interests', '--all', ...user, ...SHOP],
    ['interests', ...user, '-n', '3', ...SHOP],
    ['interests', '--all', '--epsilon', '1', ...SHOP],
    ['interests', '--all', '--domain', 'None', ...SHOP],
    ['audience', ...SHOP],
    ['audience', '--interest', 'none', ...SHOP],
    ['audience', '--like', 'tea', '--count', '-n', '3', ...SHOP],
    ['edit', ...user, ...SHOP],
    ['edit', ...user, '--mute', ...SHOP],
    ['edit', ...user, '--interest', 'inone', '--mute', ...SHOP],
    ['edit', ...user, '--interest', 'inone', '--mute', '--pin', ...SHOP],
    ['edit', ...user, '--merge', 'inone', ...SHOP],
    ['edit', ...user, '--undo', ...SHOP],
    ['edit', '--user', 'nobody', '--list', ...SHOP],
    ['add-events', 'none.csv', ...SHOP],
    ['add-events', 'folder', ...SHOP],
    ['add-events', 'shop/catalog.jsonl', ...SHOP],
    ['add-events', 'more.csv', '--weights', 'broken.json', ...SHOP],
    ['add-events', 'more.csv', '--weights', 'none', ...SHOP],
    ['add-events', 'more.csv', '--map', 'x', ...SHOP],
    ['build-index', 'none.jsonl', ...SHOP],
    ['build-index', '-', '--events', '-', ...SHOP],
    ['build-index', 'few.jsonl', '--events-map', 'a=b', ...SHOP],
    ['build-index', 'few.jsonl', ...SHOP],
    ['build-index', 'few.jsonl', '--encoder', 'none', '--db', 'x.db'],
    ['export', ...SHOP],
    ['export', '--user', 'nobody', ...SHOP],
    ['forget', ...SHOP],
    ['evaluate', '--personas', '3', ...SHOP],
    ['evaluate', '--interests', '--faithfulness', ...SHOP],
    ['evaluate', '--interests', '--refit', ...SHOP],
    ['evaluate', '--catalog', 'shop/catalog.jsonl'],
    ['evaluate', '--baselines', 'none-such', ...SHOP],
    ['distill'],
    ['distill', '--out', 'folder', '--tokens', 'catalogue'],
    ['generations', '--use', 'x', ...SHOP],
    ['privacy', '--delta', '1e-6', ...SHOP],
    ['doctor', '--db', 'none.db'],
    ['doctor', '--encoder', 'none'],
    ['doctor', '--encoder', 'folder'],
    ['train', '--dp-epsilon', 'x', ...SHOP],
    ['train', '--report', 'none/report.html', ...SHOP],
  ]) {
    const as = `fails: ${words.join(' ')}`
    await run([...words, '--json'], { as })
  }
}

// ---------------------------------------------------------------- the whole

try {
  for (const part of [
    helps,
    builds,
    () => users('shop.db', HEAVY, 'a pot for green tea', both),
    () => users('notes.db', 'u_9adbb8', '胶片相机', json),
    more,
    () => edits('shop.db', HEAVY, 'something for the garden'),
    () => edits('notes.db', 'u_9adbb8', '露营'),
    growth,
    forgetting,
    failures,
    names,
    media,
    training,
    noise,
    evaluations,
    students,
  ]) {
    const since = performance.now()
    await part()
    process.stderr.write(
      `${part.name || String(part).slice(6)}: ${((performance.now() - since) / 1000).toFixed(1)} s\n`,
    )
  }
} finally {
  rmSync(work, { recursive: true, force: true })
  if (flags.keep) {
    rmSync(flags.keep, { recursive: true, force: true })
    mkdirSync(flags.keep, { recursive: true })
    for (const { name, line, text } of record) {
      const file = `${name.replace(/[^\p{L}\p{N}.,=<>-]+/gu, '_').slice(0, 120)}-${digest(name).slice(0, 4)}`
      writeFileSync(join(flags.keep, file), `${line}\n${text}\n`)
    }
  }
}

if (flags.check) {
  const was = new Map(
    readFileSync(flags.check, 'utf8')
      .trim()
      .split('\n')
      .map((line) => [line.split(' ').slice(2).join(' '), line]),
  )
  const is = new Map(record.map(({ name, line }) => [name, line]))
  const differ = [...is].filter(([name, line]) => was.get(name) !== line).map(([name]) => name)
  const gone = [...was.keys()].filter((name) => !is.has(name))
  for (const name of differ) console.log(`${was.has(name) ? 'differs' : 'new'}: ${name}`)
  for (const name of gone) console.log(`gone: ${name}`)
  console.log(`${differ.length + gone.length} of ${new Set([...was.keys(), ...is.keys()]).size} differ`)
  process.exitCode = differ.length + gone.length > 0 ? 1 : 0
}
