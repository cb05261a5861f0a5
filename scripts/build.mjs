// Compiles src/ to dist/ from nothing, so that no stale file is packed or tested. Compiled beside it and swapped in, so
// that a process that runs from dist/ meanwhile finds its files.
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, renameSync, rmSync } from 'node:fs'

const fresh = `dist.${process.pid}`
const tsc = ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.json', '--outDir', fresh]
const { status } = spawnSync(process.execPath, tsc, { stdio: 'inherit' })
if (status !== 0) {
  rmSync(fresh, { recursive: true, force: true })
  process.exit(status ?? 1)
}
chmodSync(`${fresh}/cli/main.js`, 0o755)
const old = `${fresh}.old`
if (existsSync('dist')) renameSync('dist', old)
renameSync(fresh, 'dist')
rmSync(old, { recursive: true, force: true })
