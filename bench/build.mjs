// build-index of a data set with its events, as a process of its own: seconds by stage and peak memory; then the same
// again, unchanged.
// node bench/build.mjs [data set]
import { spawnSync } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { pathsOf, sayMachine } from './data.mjs'

sayMachine()
const set = process.argv[2] ?? 'amazon-beauty'
const { items, events } = pathsOf(set)
const bin = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url))
const db = join(mkdtempSync(join(tmpdir(), 'build-')), 'a.db')
for (const run of ['fresh', 'again, unchanged']) {
  const started = performance.now()
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    [bin, 'build-index', items.file, '--events', events.file, '--db', db, '--json', '--quiet'],
    { encoding: 'utf8', maxBuffer: 1 << 28 },
  )
  if (status !== 0) throw new Error(stderr)
  const { items: counts, encoded, texts, textsPerSecond, seconds, peakMB } = JSON.parse(stdout)
  const whole = ((performance.now() - started) / 1000).toFixed(1)
  console.log(
    `${set}, ${run}: ${whole} s in all, peak ${peakMB} MB, ${encoded} items and ${texts} texts encoded at ${textsPerSecond} a second`,
  )
  console.log(`  ${JSON.stringify({ ...counts, seconds })}`)
}
