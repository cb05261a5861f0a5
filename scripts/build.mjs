// Compiles src/ to dist/ from nothing, so that no stale file is packed or tested.
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, rmSync } from 'node:fs'

rmSync('dist', { recursive: true, force: true })
const { status } = spawnSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.json'], {
  stdio: 'inherit',
})
const main = "dist/cli/main.js"
if (existsSync(main)) chmodSync(main, 0o755)
if (status !== 0) process.exit(status ?? 1)
