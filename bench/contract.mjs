// The command line's contract as a black box on the three measuring sets and the project's own three fixtures.
// node bench/contract.mjs [set or fixture …]
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { DATA } from './data.mjs'

const project = fileURLToPath(new URL('..', import.meta.url))
const check = join(DATA, '../checks/contract.mjs')
const names = process.argv.slice(2)
const all = ['shop', 'news', 'notes', 'ml-latest-small', 'amazon-beauty', 'amazon18-scientific']
for (const name of names.length > 0 ? names : all) {
  const fixture = join(project, 'fixtures', name)
  const data = existsSync(fixture) ? fixture : join(DATA, name)
  const { stdout } = spawnSync(process.execPath, [check, '--project', project, '--data', data], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  })
  const lines = stdout.trim().split('\n')
  for (const line of lines.filter((one) => one.startsWith('FAIL'))) console.log(line)
  console.log(`${name}: ${lines.at(-1)}`)
}
