import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { openMiner } from '../../dist/index.js'

it('the example of docs/federate.md runs as it stands', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'federate-'))
  const miner = await openMiner({ store: join(folder, 'interest-mine.db'), workers: 0 })
  const vector = (k: number) => Float32Array.from({ length: 8 }, (_, i) => Number(i === k) + 0.1)
  await miner.build({ items: [1, 2, 3, 4].map((k) => ({ id: `p${k}`, title: `thing ${k}`, vector: vector(k) })) })
  await miner.close()
  const [, code] = readFileSync('docs/federate.md', 'utf8').match(
    /```js\n([^`]*from 'interest-mine\/federate'[\s\S]*?)```/,
  )!
  const linked = code
    .replace("'interest-mine/federate'", `'${resolve('dist/federate/index.js')}'`)
    .replace("'interest-mine'", `'${resolve('dist/index.js')}'`)
  writeFileSync(join(folder, 'example.mjs'), linked)
  const { stdout } = await promisify(execFile)(process.execPath, ['example.mjs'], { cwd: folder })
  expect(stdout).toBe('learnt from 3 clients\n')
})
