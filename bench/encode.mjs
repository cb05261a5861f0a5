// Texts a second of the bundled encoder beside the same file driven from Python, same threads, same machine.
// node bench/encode.mjs [PYTHON with onnxruntime 1.30.0, tokenizers, numpy]
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { loadEncoder } from '../dist/encode/encoder.js'
import { fullText } from '../dist/encode/item-text.js'
import { createPool } from '../dist/threads/workers.js'
import { pathsOf, sayMachine } from './data.mjs'

sayMachine()
const python = process.argv[2]
const rows = gunzipSync(readFileSync(pathsOf('amazon-beauty').items.file))
  .toString()
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line))
const texts = rows.filter((_, i) => i % 4 === 0).map(fullText)
const file = join(mkdtempSync(join(tmpdir(), 'encode-')), 'texts.json')
writeFileSync(file, JSON.stringify(texts))
for (const threads of [1, 2]) {
  const pool = createPool(new URL('../dist/worker.js', import.meta.url), threads)
  const encoder = await loadEncoder('all-MiniLM-L6-v2', { pool })
  await encoder.encode(texts.slice(0, 64))
  const before = { ...encoder.statistics }
  const started = performance.now()
  await encoder.encode(texts)
  const seconds = (performance.now() - started) / 1000
  const { runMs, totalMs } = encoder.statistics
  console.log(
    `${threads} thread(s): interest-mine ${(texts.length / seconds).toFixed(1)} texts/s, ${((100 * (runMs - before.runMs)) / (totalMs - before.totalMs)).toFixed(1)} % of it inside the ONNX run`,
  )
  await pool.close()
  if (python) {
    const peer = spawnSync(
      python,
      [fileURLToPath(new URL('peers/encode.py', import.meta.url)), file, String(threads)],
      { encoding: 'utf8' },
    )
    for (const line of peer.stdout.trim().split('\n')) {
      const { batch, texts_per_second } = JSON.parse(line)
      console.log(`${threads} thread(s): Python onnxruntime, batches of ${batch}: ${texts_per_second} texts/s`)
    }
  }
}
