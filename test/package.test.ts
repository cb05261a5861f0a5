import { execFile, spawn } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'

/**
 * What is published, and what it is like to have installed it: unpacked into a project with the declared dependencies,
 * and nothing else, linked from this repository; then installed with npm as anybody would, which may compile SQLite and
 * the graph index for two minutes.
 */
vi.setConfig({ testTimeout: 60_000 })

const REPO = resolve('.')
const RUNTIME = 'ONNXRUNTIME_NODE_INSTALL=skip npm i onnxruntime-node@1.30.0'
const manifest = JSON.parse(readFileSync('package.json', 'utf8'))
const declared = Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies })

interface Packed {
  filename: string
  size: number
  unpackedSize: number
  files: { path: string; size: number; mode: number }[]
}
interface Result {
  code: number
  out: string
  err: string
}

let root: string
let tarball: string
let packed: Packed
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'interest-mine-package-'))
  const { stdout } = await promisify(execFile)('npm', [
    'pack',
    '--ignore-scripts',
    '--json',
    '--pack-destination',
    root,
  ])
  ;[packed] = JSON.parse(stdout)
  tarball = join(root, packed.filename)
}, 60_000)
afterAll(() => {
  if (root) rmSync(root, { recursive: true, force: true })
})

function run(
  command: string,
  words: string[],
  cwd: string,
  env: Record<string, string | undefined> = {},
): Promise<Result> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, words, { cwd, env: { ...process.env, NO_COLOR: '1', INTEREST_MINE_DB: '', ...env } })
    let out = ''
    let err = ''
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk
    })
    child.stderr.on('data', (chunk: Buffer) => {
      err += chunk
    })
    child.on('error', reject)
    child.on('close', (code, signal) =>
      resolve({ code: code ?? -1, out, err: signal ? `${err}\nended by ${signal}` : err }),
    )
  })
}

/** Runs a module of the project that prints JSON. */
async function runModule<T>(project: string, name: string, text: string): Promise<T> {
  writeFileSync(join(project, name), text)
  const { code, out, err } = await run(process.execPath, [name], project)
  expect(code, err).toBe(0)
  expect(err).toBe('')
  return JSON.parse(out)
}

function makeProject(name: string): string {
  const project = join(root, name)
  mkdirSync(project)
  writeFileSync(join(project, 'package.json'), '{"name":"a-project","version":"1.0.0","private":true}\n')
  return project
}

/** A project with the unpacked package and what it declares, except `less`. */
async function linkProject(name: string, less: string[] = []): Promise<string> {
  const project = makeProject(name)
  const modules = join(project, 'node_modules')
  const home = join(modules, 'interest-mine')
  mkdirSync(home, { recursive: true })
  const { code, err } = await run('tar', ['-xzf', tarball, '--strip-components=1'], home, {})
    .then((unpacked) => unpacked)
    .catch((error) => ({ code: -1, err: String(error) }))
  expect(code, err).toBe(0)
  for (const dependency of declared.filter((one) => !less.includes(one))) {
    mkdirSync(dirname(join(modules, dependency)), { recursive: true })
    symlinkSync(join(REPO, 'node_modules', dependency), join(modules, dependency))
  }
  return project
}

const binOf = (project: string) => join(project, 'node_modules/interest-mine', manifest.bin['interest-mine'])
const demoOf = (project: string) => run(process.execPath, [binOf(project), 'demo', '--json'], project)

/** Uses the package by import and by require, with vectors of the caller's own: no model is needed. */
const USE = `
const miner = await openMiner({ store: 'used.db', workers: 0 })
const vector = (t, i) => [t === 'a' ? 1 : 0, t === 'b' ? 1 : 0, i / 20, 1, 0, 0, 0, 0]
const theme = (t, i) => ({ id: t + i, title: t + ' ' + i, vector: vector(t, i) })
const items = ['a', 'b', 'c'].flatMap((t) => Array.from({ length: 6 }, (_, i) => theme(t, i + 1)))
await miner.build({ items, events: [1, 2, 3].map((i) => ({ user: 'u', item: 'a' + i, at: Date.UTC(2024, 0, i) })) })
const { kind, recommendations } = await miner.recommend('u', { limit: 3 })
const code = await miner.similar('nothing').catch((error) => error instanceof InterestMineError && error.code)
await miner.close()
console.log(JSON.stringify({ kind, items: recommendations.map(({ item }) => item), code }))
`
const ESM = `import { InterestMineError, openMiner } from 'interest-mine'\n${USE}`
const COMMONJS = `const { InterestMineError, openMiner } = require('interest-mine')\n;(async () => {${USE}})()\n`

function expectUsed(used: { kind: string; items: string[]; code: string }): void {
  expect(used).toMatchObject({ kind: 'personal', code: 'UNKNOWN_ITEM' })
  expect(used.items).toHaveLength(3)
  expect(used.items.every((item) => item.startsWith('a'))).toBe(true)
}

/** More items than the graph begins with; prints which index serves, before and after `again`. */
const SERVE = `
import { openMiner } from 'interest-mine'
const miner = await openMiner({ store: 'served.db', workers: 0 })
const vector = (i) => Array.from({ length: 8 }, (_, k) => Math.sin(1 + i * (k + 1) * 0.37))
const items = Array.from({ length: 4000 }, (_, i) => ({ id: 'i' + i, title: 'thing ' + (i % 40), vector: vector(i) }))
await miner.build({ items })
const { index } = await miner.status()
const { results } = await miner.similar('i7', { limit: 20 })
await miner.close()
console.log(JSON.stringify({ index, results: results.map(({ item }) => item) }))
`
interface Served {
  index: { kind: string; items: number; ok: boolean }
  results: string[]
}

describe('the tarball', () => {
  const paths = () => packed.files.map(({ path }) => path)

  it('holds what runs, its models and licences, and the shop of the demo', () => {
    const needed = [
      'README.md',
      'LICENSE',
      'CHANGELOG.md',
      'package.json',
      'dist/index.js',
      'dist/index.d.ts',
      'dist/worker.js',
      'dist/evaluate/index.js',
      'dist/federate/index.js',
      ...readdirSync('docs').map((page) => `docs/${page}`),
    ]
    const models = ['all-MiniLM-L6-v2', 'multilingual-e5-small'].flatMap((model) => {
      const { files } = JSON.parse(readFileSync(`models/${model}/manifest.json`, 'utf8'))
      return ['manifest.json', 'LICENSE', ...Object.keys(files)].map((file) => `models/${model}/${file}`)
    })
    const shop = ['catalog.jsonl', 'events.csv', 'expected.json'].map((file) => `fixtures/shop/${file}`)
    expect(paths()).toEqual(expect.arrayContaining([...needed, 'models/SOURCE.md', ...models, ...shop]))
    expect(models.filter((path) => path.endsWith('.onnx'))).toHaveLength(2)
    // Every source file is there as code and as types.
    const sources = (readdirSync('src', { recursive: true }) as string[]).filter((file) => file.endsWith('.ts'))
    const compiled = sources.flatMap((file) => [file.replace(/\.ts$/, '.js'), file.replace(/\.ts$/, '.d.ts')])
    expect(
      paths()
        .filter((path) => path.startsWith('dist/'))
        .sort(),
    ).toEqual(compiled.map((file) => `dist/${file}`).sort())
    const bin = packed.files.find(({ path }) => path === manifest.bin['interest-mine'])
    expect((bin?.mode ?? 0) & 0o111).toBe(0o111)
  })

  it('holds nothing else', () => {
    const allowed = /^(dist|docs|models|prompts|fixtures\/shop)\/|^(README|CHANGELOG)\.md$|^LICENSE$|^package\.json$/
    expect(paths().filter((path) => !allowed.test(path))).toEqual([])
    expect(
      paths().filter((path) => /\.map$|\.db|\.hnsw$|\.tgz$|\.log$|\.test\.|\.ts$(?<!\.d\.ts)|node_modules/.test(path)),
    ).toEqual([])
    expect(packed.unpackedSize).toBeLessThan(80e6)
    expect(packed.size).toBeLessThan(60e6)
    const models = packed.files.filter(({ path }) => path.startsWith('models/'))
    const modelBytes = models.reduce((sum, { size }) => sum + size, 0)
    expect(packed.unpackedSize - modelBytes).toBeLessThan(2.8e6)
  })

  it('names no place on the machine it was packed on', () => {
    const texts = packed.files.filter(
      ({ path }) => /\.(js|ts|json|jsonl|csv|md)$/.test(path) && !path.includes('tokenizer'),
    )
    expect(texts.length).toBeGreaterThan(100)
    const places = [REPO, homedir(), tmpdir()].filter((path) => path.length > 4)
    const found = texts.filter(({ path }) => {
      const text = readFileSync(path, 'utf8')
      return places.some((one) => text.includes(one)) || /sourceMappingURL|file:\/\/\//.test(text)
    })
    expect(found.map(({ path }) => path)).toEqual([])
  })

  it('asks for nothing but what it imports, and the other way round', () => {
    const imported = new Set<string>()
    for (const { path } of packed.files.filter(({ path }) => path.startsWith('dist/') && path.endsWith('.js'))) {
      const text = readFileSync(path, 'utf8')
      for (const [, name] of text.matchAll(/(?:from |import |import\(|\(import\.meta\.url\)\()'([^'.][^']*)'/g)) {
        if (!name.startsWith('node:'))
          imported.add(
            name
              .split('/')
              .slice(0, name.startsWith('@') ? 2 : 1)
              .join('/'),
          )
      }
    }
    // Optional peers are asked for when they are first needed, and the answer says how to install them.
    const needed = [...imported].filter((name) => !(name in manifest.peerDependencies))
    expect(needed.sort()).toEqual([...declared].sort())
    expect(manifest.scripts).not.toHaveProperty('postinstall')
    expect(manifest.scripts).not.toHaveProperty('install')
  })
})

describe('a project that has it', () => {
  let project: string
  beforeAll(async () => {
    project = await linkProject('linked')
  })

  it('imports and requires it', async () => {
    expectUsed(await runModule(project, 'use.mjs', ESM))
    rmSync(join(project, 'used.db'))
    expectUsed(await runModule(project, 'use.cjs', COMMONJS))
    const second = "import { ndcgAt } from 'interest-mine/evaluate'\nconsole.log(JSON.stringify(ndcgAt(0, 10)))\n"
    expect(await runModule(project, 'second.mjs', second)).toBe(1)
    const required = second.replace(/import (.+) from ('.+')/, 'const $1 = require($2)')
    expect(await runModule(project, 'second.cjs', required)).toBe(1)
    const third = "import { FED_AVG } from 'interest-mine/federate'\nconsole.log(JSON.stringify(FED_AVG.rate))\n"
    expect(await runModule(project, 'third.mjs', third)).toBe(1)
    const closed = "await import('interest-mine/dist/miner.js').catch((e) => console.log(JSON.stringify(e.code)))"
    expect(await runModule(project, 'closed.mjs', closed)).toBe('ERR_PACKAGE_PATH_NOT_EXPORTED')
  })

  it('has its types, without any of its own', async () => {
    const text = [
      "import { InterestMineError, openMiner, type Recommendation } from 'interest-mine'",
      "const miner = await openMiner({ store: 'typed.db', workers: 0 })",
      "const list: Recommendation[] = (await miner.recommend('u', { limit: 3, where: ['price<20'] })).recommendations",
      'export const titles: string[] = list.map(({ title }) => title)',
      'export const codeOf = (error: unknown) => (error instanceof InterestMineError ? error.code : null)',
      // They say no where they should: without an error here, this line is one.
      '// @ts-expect-error',
      "await miner.recommend('u', { limit: 'three' })",
    ]
    const options = { module: 'nodenext', target: 'es2022', strict: true, noEmit: true, types: [], skipLibCheck: false }
    writeFileSync(join(project, 'typed.mts'), `${text.join('\n')}\n`)
    writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions: options, files: ['typed.mts'] }))
    const tsc = join(REPO, 'node_modules/typescript/bin/tsc')
    expect(await run(process.execPath, [tsc, '-p', '.'], project)).toEqual({ code: 0, out: '', err: '' })
  })

  it('runs the command and its demo', async () => {
    const { code, out, err } = await run(process.execPath, [binOf(project), '--help'], project)
    expect([code, err]).toEqual([0, ''])
    expect(out).toContain('Usage: interest-mine')
    const version = await run(process.execPath, [binOf(project), '--version'], project)
    expect(version.out.trim()).toBe(manifest.version)
    const demo = await demoOf(project)
    expect(demo.code, demo.err).toBe(0)
    const { build, explain } = JSON.parse(demo.out)
    expect(build).toMatchObject({ items: { read: 160, rejected: 0 }, encoder: { dims: 384 }, encoded: 160 })
    expect(explain.interests.length).toBeGreaterThan(1)
    expect(explain.recommendations).toHaveLength(5)
    expect(existsSync(join(project, 'interest-mine-demo.db'))).toBe(true)
  })

  it('serves by the exact index where the graph is not installed, and says so', async () => {
    const withGraph = await runModule<Served>(project, 'serve.mjs', SERVE)
    expect(withGraph.index).toEqual({ kind: 'hnsw', items: 4000, ok: true })
    const modules = join(project, 'node_modules')
    const graph = readlinkOf(join(modules, 'hnswlib-node'))
    unlinkSync(join(modules, 'hnswlib-node'))
    try {
      // A store that was built with the graph is served as well.
      const opened = await runModule<Served>(project, 'open.mjs', SERVE.replace('await miner.build({ items })', ''))
      expect(opened.index.kind).toBe('exact')
      for (const file of readdirSync(project)) if (file.startsWith('served.db')) rmSync(join(project, file))
      const without = await runModule<Served>(project, 'serve.mjs', SERVE)
      expect(without.index).toEqual({ kind: 'exact', items: 4000, ok: true })
      expect(existsSync(join(project, 'served.db.hnsw'))).toBe(false)
      expect([opened.results, without.results]).toEqual([withGraph.results, withGraph.results])
    } finally {
      symlinkSync(graph, join(modules, 'hnswlib-node'))
    }
  })

  it('is told what to install where pictures or sounds are to be decoded', async () => {
    process.env.TOWERS = join(REPO, 'fixtures/towers')
    const failures = await runModule<{ code: string; message: string }[]>(project, 'media.mjs', MEDIA)
    expect(failures.map(({ code }) => code)).toEqual(['NO_RUNTIME', 'NO_RUNTIME'])
    expect(failures[0].message).toContain('npm i sharp')
    expect(failures[1].message).toContain('npm i audio-decode')
  })

  it('is told the exact command where the runtime is not installed', async () => {
    const bare = await linkProject('no-runtime', ['onnxruntime-node'])
    const demo = await demoOf(bare)
    expect([demo.code, demo.out]).toEqual([1, ''])
    const { error } = JSON.parse(demo.err)
    expect(error.code).toBe('NO_RUNTIME')
    expect(error.message).toContain(`run: ${RUNTIME}`)
    const shown = await run(process.execPath, [binOf(bare), 'demo'], bare)
    expect(shown.err).toContain(`${RUNTIME}\n`)
    // Who brings vectors needs none.
    expectUsed(await runModule(bare, 'use.mjs', ESM))
  })
})

/** An item with a picture in it, and one with a sound: what decodes them is not there. */
const MEDIA = `
import { openMiner } from 'interest-mine'
const towers = process.env.TOWERS
const failures = []
for (const [modality, type] of [['image', 'image/gif'], ['audio', 'audio/wav']]) {
  const bytes = modality === 'image' ? 'GIF89a' : 'RIFF0000WAVEfmt \\x10\\0\\0\\0\\x01\\0\\x01\\0\\x80>\\0\\0\\0}\\0\\0\\x02\\0\\x10\\0'
  const miner = await openMiner({ store: modality + '.db', workers: 1, [modality + 'Encoder']: towers })
  const item = { id: 'a', title: 'a', vector: [1, 2, 3, 4, 5, 6, 7, 8], [modality]: Buffer.from(bytes, 'latin1') }
  await miner.build({ items: [item] }).catch(({ code, message }) => failures.push({ code, message }))
  await miner.close()
}
console.log(JSON.stringify(failures))
`

function readlinkOf(path: string): string {
  expect(statSync(path).isDirectory()).toBe(true)
  return join(REPO, 'node_modules', path.split('node_modules/').at(-1)!)
}

/** The real thing: npm, a registry, compilers. */
describe('npm i', () => {
  /** As a user's shell has it: nothing of what npm told the script that runs these tests. */
  const clean = () => {
    const env: Record<string, string | undefined> = { ONNXRUNTIME_NODE_INSTALL: undefined, CI: undefined }
    for (const name of Object.keys(process.env))
      if (/^npm_(config|package|lifecycle)/i.test(name)) env[name] = undefined
    return env
  }
  /** npm 12 runs only the install scripts that a project allows; older ones run all and do not know the field. */
  const allow = (project: string) => {
    const allowScripts = { 'better-sqlite3': true, 'hnswlib-node': true, 'onnxruntime-node': true }
    writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'a-project', version: '1.0.0', allowScripts }))
  }
  const install = async (name: string, env: Record<string, string>) => {
    const project = makeProject(name)
    allow(project)
    const done = await run('npm', ['i', '--no-audit', '--no-fund', tarball], project, { ...clean(), ...env })
    return { project, done }
  }
  let skipped: Awaited<ReturnType<typeof install>>
  let plain: Awaited<ReturnType<typeof install>>
  beforeAll(async () => {
    // Side by side: what takes long is compiling one file of SQLite on one core.
    ;[skipped, plain] = await Promise.all([
      install('skipped', { ONNXRUNTIME_NODE_INSTALL: 'skip' }),
      install('plain', {}),
    ])
  }, 600_000)

  it('with the runtime told to skip its download: everything works', async () => {
    const { project, done } = skipped
    expect(done.code, done.err).toBe(0)
    expect(existsSync(join(project, 'node_modules/onnxruntime-node'))).toBe(true)
    expectUsed(await runModule(project, 'use.mjs', ESM))
    expectUsed(await runModule(project, 'use.cjs', COMMONJS.replaceAll('used.db', 'again.db')))
    const help = await run('npx', ['interest-mine', '--help'], project, clean())
    expect(help.code, help.err).toBe(0)
    expect(help.out).toContain('Usage: interest-mine')
    const demo = await run('npx', ['interest-mine', 'demo', '--json'], project, clean())
    expect(demo.code, demo.err).toBe(0)
    expect(JSON.parse(demo.out).explain.recommendations).toHaveLength(5)
  }, 120_000)

  it('without: npm succeeds, and the first encoding says what to type if the runtime is missing', async () => {
    const { project, done } = plain
    expect(done.code, done.err).toBe(0)
    expectUsed(await runModule(project, 'use.mjs', ESM))
    const demo = await run('npx', ['interest-mine', 'demo', '--json'], project, clean())
    if (existsSync(join(project, 'node_modules/onnxruntime-node'))) {
      // Its download was within reach.
      expect(demo.code, demo.err).toBe(0)
      return
    }
    expect([demo.code, demo.out]).toEqual([1, ''])
    expect(JSON.parse(demo.err).error).toMatchObject({ code: 'NO_RUNTIME', message: expect.stringContaining(RUNTIME) })
    // And what it says to type works.
    const typed = await run('sh', ['-c', `${RUNTIME} --no-audit --no-fund`], project, clean())
    expect(typed.code, typed.err).toBe(0)
    const again = await run('npx', ['interest-mine', 'demo', '--json'], project, clean())
    expect(again.code, again.err).toBe(0)
  }, 300_000)

  it('and the graph taken away: the exact index serves', async () => {
    const { project } = skipped
    const copy = join(root, 'graphless')
    cpSync(project, copy, { recursive: true, verbatimSymlinks: true })
    rmSync(join(copy, 'node_modules/hnswlib-node'), { recursive: true })
    const { index, results } = await runModule<Served>(copy, 'serve.mjs', SERVE)
    expect(index).toEqual({ kind: 'exact', items: 4000, ok: true })
    expect(results).toHaveLength(20)
  }, 120_000)
})
