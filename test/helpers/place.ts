import { type ChildProcess, spawn } from 'node:child_process'
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

/** The built command and library. */
export const BIN = resolve('dist/cli/main.js')
export const LIBRARY = pathToFileURL(resolve('dist/index.js')).href

export interface Place {
  folder: string
  /** A path in the folder that was not handed out before. */
  path(name?: string): string
  /** A copy of a closed store under a new name. */
  copy(store: string): string
  remove(): void
}

/** A folder of its own for the stores of one test file. */
export function makePlace(): Place {
  const folder = mkdtempSync(join(tmpdir(), 'interest-mine-'))
  let n = 0
  const path = (name = 'store.db') => join(folder, `${++n}-${name}`)
  return {
    folder,
    path,
    copy(store) {
      const copy = path()
      copyFileSync(store, copy)
      return copy
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

export interface Ended {
  code: number | null
  signal: NodeJS.Signals | null
  out: string
  err: string
}

/** A running process whose output is gathered; `ended` resolves when it is gone. */
export interface Running {
  child: ChildProcess
  ended: Promise<Ended>
  /** Resolves once standard error holds the text; rejects when the process ends before. */
  said(text: string | RegExp): Promise<void>
}

export function start(words: string[], options: { cwd?: string; env?: Record<string, string> } = {}): Running {
  const env = { ...process.env, NO_COLOR: '1', INTEREST_MINE_DB: '', ...options.env }
  const child = spawn(process.execPath, words, { cwd: options.cwd, env, stdio: ['pipe', 'pipe', 'pipe'] })
  let out = ''
  let err = ''
  let over = false
  const listeners = new Set<() => void>()
  const tell = () => {
    for (const listener of listeners) listener()
  }
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk
  })
  child.stderr.on('data', (chunk: Buffer) => {
    err += chunk
    tell()
  })
  child.stdin.on('error', () => undefined)
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => {
      over = true
      tell()
      resolve({ code, signal, out, err })
    })
  })
  return {
    child,
    ended,
    said: (text) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const found = typeof text === 'string' ? err.includes(text) : text.test(err)
          if (!found && !over) return
          listeners.delete(look)
          if (found) resolve()
          else reject(new Error(`ended before it said ${text}: ${err}`))
        }
        listeners.add(look)
        look()
      }),
  }
}

/** A module's text with `openMiner` and the arguments (`given`) at hand. */
export const scriptOf = (body: string, ...given: unknown[]) =>
  `import { openMiner } from ${JSON.stringify(LIBRARY)}\nconst given = ${JSON.stringify(given)}\n${body}`

/** Runs such a module in a process of its own; gives what it prints. Fails where it does not end with 0. */
export async function runScript(body: string, ...given: unknown[]): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'interest-mine-script-'))
  const file = join(folder, 'script.mjs')
  writeFileSync(file, scriptOf(body, ...given))
  try {
    return await outputOf([file])
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Runs node with these words; gives what it prints. Fails where it does not end with 0. */
export async function outputOf(words: string[]): Promise<string> {
  const running = start(words)
  running.child.stdin?.end()
  const { code, signal, out, err } = await running.ended
  if (code !== 0) throw new Error(`the process ended with ${code ?? signal}: ${err}`)
  return out
}
