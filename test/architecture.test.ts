import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const src = fileURLToPath(new URL('../src', import.meta.url))
const files = (readdirSync(src, { recursive: true }) as string[]).filter((file) => file.endsWith('.ts')).sort()
const textOf = (file: string) => readFileSync(join(src, file), 'utf8')

/** Imports of a file that are still there at run time. */
function importsOf(file: string): string[] {
  const text = textOf(file)
  const found = [...text.matchAll(/^(?:import|export)\s(?!type\s)[^'"]*?from\s+'([^']+)'/gm)].filter(([whole]) => {
    const names = /\{([^}]*)\}/s.exec(whole)?.[1]
    return (
      names === undefined ||
      !names
        .split(',')
        .filter((n) => n.trim())
        .every((name) => name.trim().startsWith('type '))
    )
  })
  const sideEffects = [...text.matchAll(/^import\s+'([^']+)'/gm)]
  const dynamic = [
    ...text.matchAll(/\b(?:import|require)\(\s*'([^']+)'/g),
    ...text.matchAll(/\(import\.meta\.url\)\('([^']+)'\)/g),
  ]
  return [...found, ...sideEffects, ...dynamic].map((match) => match[1])
}
const within = (file: string) =>
  importsOf(file)
    .filter((name) => name.startsWith('.'))
    .map((name) => relative(src, resolve(src, dirname(file), name)).replace(/\.js$/, '.ts'))
const outside = (file: string) => importsOf(file).filter((name) => !name.startsWith('.') && !name.startsWith('node:'))

/** Packages whose types alone are imported. */
const typesOf = (file: string) =>
  [...textOf(file).matchAll(/^import\stype\s[^'"]*?from\s+'([^.'][^']*)'/gm)]
    .map((match) => match[1])
    .filter((name) => !name.startsWith('node:'))

const STAGES = [
  'ingest',
  'media',
  'encode',
  'distill',
  'adapt',
  'mine',
  'retrieve',
  'rank',
  'explain',
  'llm',
  'privacy',
]
const SHARED = /^(types|errors|random|text|modalities)\.ts$|^vectors\//
/** Files that may touch the world: node modules, the process, the clock. */
const EDGES = new Set([
  'building.ts',
  'distilling.ts',
  'evaluate/ground.ts',
  'upkeep.ts',
  'hash.ts',
  'intake.ts',
  'miner.ts',
  'refit.ts',
  'retrain.ts',
  'tasks.ts',
  'towers.ts',
  'worker.ts',
  'random.ts',
  'encode/encoder.ts',
  'encode/manifest.ts',
  'encode/picture.ts',
  'encode/sound.ts',
  'encode/static-core.ts',
  'encode/tokenizer.ts',
  'encode/write-static.ts',
  'ingest/rows.ts',
  'llm/chat.ts',
  'llm/local-model.ts',
  'llm/prompts.ts',
  'media/addresses.ts',
  'media/fetch.ts',
  'media/files.ts',
  'media/kept.ts',
  'privacy/secure-bytes.ts',
  'store/connection.ts',
  'store/sqlite-store.ts',
  'store/generations.ts',
  'store/blobs.ts',
  'vectors/hnsw-index.ts',
  'vectors/onnx-runtime.ts',
  'vectors/workers.ts',
])
const isEdge = (file: string) => EDGES.has(file) || file.startsWith('cli/')

describe('imports', () => {
  it.each(files.filter((file) => STAGES.includes(dirname(file))))(
    '%s knows its own stage and what all share',
    (file) => {
      const stage = dirname(file)
      expect(within(file).filter((name) => dirname(name) !== stage && !SHARED.test(name))).toEqual([])
    },
  )

  it.each(files.filter((file) => dirname(file) === 'federate'))(
    '%s knows its own folder, the adapter it trains and what all share',
    (file) => {
      const others = within(file).filter((name) => !['federate', 'adapt'].includes(dirname(name)) && !SHARED.test(name))
      expect(others).toEqual([])
    },
  )

  it.each(files.filter((file) => SHARED.test(file)))('%s, which all share, knows no stage', (file) => {
    expect(within(file).filter((name) => !SHARED.test(name))).toEqual([])
  })

  it('of an outside package stand in one file', () => {
    const users = new Map<string, string[]>()
    for (const file of files) {
      for (const name of [...outside(file), ...typesOf(file)]) {
        const key = name.startsWith('@') ? name.split('/').slice(0, 2).join('/') : name.split('/')[0]
        if (key !== 'zod') users.set(key, [...new Set([...(users.get(key) ?? []), file])])
      }
    }
    expect([...users].filter(([, where]) => where.length > 1)).toEqual([])
    expect(users.size).toBeGreaterThan(5)
  })

  it('of node modules and packages stand in edge files', () => {
    const wrong = files.filter(
      (file) => !isEdge(file) && importsOf(file).some((name) => !name.startsWith('.') && name !== 'zod'),
    )
    expect(wrong).toEqual([])
  })

  it.each(files.filter((file) => file.startsWith('cli/')))('%s uses the public interface only', (file) => {
    expect(
      within(file).filter((name) => !name.startsWith('cli/') && name !== 'index.ts' && name !== 'evaluate/index.ts'),
    ).toEqual([])
  })
})

describe('purity', () => {
  it.each(files.filter((file) => !isEdge(file)))('%s reads no clock, no chance, no process', (file) => {
    const code = textOf(file).replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '')
    expect(code).not.toMatch(/Date\.now\(|new Date\(\)|Math\.random\(|\bconsole\.|\bprocess\.|\bfetch\(/)
  })
})
