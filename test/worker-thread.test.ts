import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { textItems, themedEvents } from './helpers/catalogue.js'
import { LIBRARY, makePlace, outputOf, type Place, runScript, scriptOf } from './helpers/place.js'

/** What a host's own thread does: opens a store, builds or reads it, answers, closes. */
const THREAD = `
import { parentPort, workerData } from 'node:worker_threads'
import { openMiner } from ${JSON.stringify(LIBRARY)}
const { store, workers, items, events } = workerData
const miner = await openMiner({ store, workers })
const { encoded } = await miner.build({ items, events })
const answers = {
  explain: await miner.explain('u0'),
  search: await miner.search('walnut chess set'),
  guest: await miner.recommend({ like: 'something for the garden' }),
}
await miner.close()
parentPort.postMessage({ encoded, answers })
`

/**
 * Starts one thread after another and reports how each ended. In a process of its own: what a thread's end breaks
 * (ONNX Runtime is native code) shows in how the process ends.
 */
const HOST = `
import { Worker } from 'node:worker_threads'
const [file, runs] = given
const ended = []
for (const workerData of runs) {
  const worker = new Worker(new URL(file), { workerData })
  ended.push(await new Promise((resolve) => {
    const result = { message: null, error: null }
    worker.on('message', (message) => { result.message = message })
    worker.on('error', (error) => { result.error = String(error) })
    worker.on('exit', (code) => resolve({ ...result, code }))
  }))
}
process.stdout.write(JSON.stringify(ended))
`

let place: Place
let file: string
beforeAll(() => {
  place = makePlace()
  file = join(place.folder, 'thread.mjs')
  writeFileSync(file, THREAD)
})
afterAll(() => place?.remove())

const input = { items: textItems(3), events: themedEvents(6, 6, 3) }

interface Run {
  code: number
  error: string | null
  message: { encoded: number; answers: unknown } | null
}
const runThreads = async (runs: { store: string; workers: number }[]): Promise<Run[]> =>
  JSON.parse(
    await runScript(
      HOST,
      `file://${file}`,
      runs.map((run) => ({ ...run, ...input })),
    ),
  )

it('a miner lives and ends in a thread of the host, again and again, with threads of its own and without', async () => {
  const [inline, pooled] = [place.path(), place.path()]
  const ended = await runThreads([
    { store: inline, workers: 0 },
    { store: pooled, workers: 2 },
    { store: inline, workers: 2 },
    { store: pooled, workers: 0 },
  ])
  expect(ended.map(({ code, error }) => [code, error])).toEqual(ended.map(() => [0, null]))
  const encoded = ended.map(({ message }) => message?.encoded)
  expect(encoded).toEqual([input.items.length, input.items.length, 0, 0])
  const answers = ended.map(({ message }) => JSON.stringify(message?.answers))
  expect(new Set(answers).size).toBe(1)
  expect(answers[0]).toContain('walnut chess set')
}, 60_000)

/** Builds, searches, and closes nothing. */
const FORGETFUL = `
const [stores, input] = given
for (const [workers, store] of Object.entries(stores)) {
  const miner = await openMiner({ store, workers: Number(workers) })
  await miner.build(input)
  await miner.search('teapot')
}
process.stdout.write('answered')
`
const few = { items: input.items.slice(0, 6), events: [] }

it('a process ends by itself where the miner was never closed', async () => {
  expect(await runScript(FORGETFUL, { 0: place.path(), 2: place.path() }, few)).toBe('answered')
}, 60_000)

it('threads take none of the flags that the process was started with', async () => {
  const script = scriptOf(FORGETFUL, { 1: place.path() }, few)
  expect(await outputOf(['--input-type=module', '--eval', script])).toBe('answered')
}, 60_000)
