import { spawn } from 'node:child_process'
import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { delimiter, join, resolve } from 'node:path'
import { makeFolder, type Shop } from '../cli/shop.js'
import { startChatServer } from './chat-server.js'

/** A fenced block of a document. */
export interface Snippet {
  file: string
  /** Of the fence, from 1. */
  line: number
  language: string
  code: string
  /** Why no test runs it: what the comment in front of it says, `<!-- not run: … -->`. */
  notRun: string | null
}

const FENCE = /^```(\w*)$/
const NOT_RUN = /^<!-- not run: (.+) -->$/

/** The fenced blocks of a document, in order. Throws where one is not closed. */
export function snippetsOf(file: string): Snippet[] {
  const lines = readFileSync(file, 'utf8').split('\n')
  const found: Snippet[] = []
  for (let i = 0; i < lines.length; i++) {
    const language = FENCE.exec(lines[i])?.[1]
    if (language === undefined) continue
    const end = lines.indexOf('```', i + 1)
    if (end < 0) throw new Error(`${file}:${i + 1}: a block that is not closed`)
    const notRun = NOT_RUN.exec(lines[i - 1] ?? '')?.[1] ?? null
    found.push({ file, line: i + 1, language, code: lines.slice(i + 1, end).join('\n'), notRun })
    i = end
  }
  return found
}

/** The text of a document outside of its blocks, line by line. */
export function proseOf(file: string): string[] {
  let inside = false
  return readFileSync(file, 'utf8')
    .split('\n')
    .map((line) => {
      const isFence = line.startsWith('```')
      if (isFence) inside = !inside
      return isFence || inside ? '' : line
    })
}

/** Languages of blocks that are run. */
export const RUN = ['sh', 'console', 'js', 'ts']

export interface Ran {
  /** Commands or modules. */
  count: number
  /** All that they print. */
  out: string
}

/** A folder in which the documents' blocks run: a small shop, its store, and the package. */
export interface World {
  /** Runs a block in a copy of the folder. Fails where a command or module of it does. */
  run(snippet: Snippet): Promise<Ran>
  /** Questions to the language model so far. */
  asked(): number
  close(): Promise<void>
}

/** What `u42` likes: tea and gardens. */
const OWN = ['p1', 'p2', 'p3', 'p5', 'p7', 'p8', 'p10']

/** `users`: how many there are besides; a hundred are enough for training, 520 for a private one. */
export async function makeWorld(users = 520): Promise<World> {
  const shop = makeFolder()
  furnish(shop, users)
  const server = await startChatServer(() => ({ text: '{}' }))
  const built = await start(shop.folder, 'interest-mine build-index catalog.jsonl --events events.csv --no-train')
  if (built.code !== 0) throw new Error(built.err)
  return {
    async run(snippet) {
      const folder = shop.copy()
      const code = snippet.code.replaceAll(/https?:\/\/(127\.0\.0\.1:11434|api\.example\.com)\/v1/g, server.url)
      if (snippet.language === 'sh') return runLines(folder, code, snippet)
      if (snippet.language === 'console') return runConsole(folder, code, snippet)
      return runModule(folder, code, snippet)
    },
    asked: () => server.asked.length,
    async close() {
      await server.close()
      shop.remove()
    },
  }
}

function furnish({ folder, write }: Shop, users: number): void {
  const catalogue = readFileSync(join(folder, 'catalog.jsonl'), 'utf8').trim().split('\n')
  const ids = catalogue.map((line) => JSON.parse(line).id as string)
  const at = (day: number) => new Date(Date.UTC(2024, 1, 1 + day)).toISOString()
  const own = OWN.map((item, day) => `u42,${item},5,${at(day)}`)
  const crowd = Array.from({ length: users * 5 }, (_, k) => {
    const user = Math.floor(k / 5)
    return `c${user},${ids[(user + (k % 5)) % ids.length]},5,${at(k % 5)}`
  })
  write('events.csv', `${readFileSync(join(folder, 'events.csv'), 'utf8')}${[...own, ...crowd].join('\n')}\n`)
  write('today.csv', `user_id,item_id,rating,timestamp\nu42,p6,5,${at(40)}\n`)
  const repo = resolve('.')
  mkdirSync(join(folder, 'node_modules'))
  symlinkSync(repo, join(folder, 'node_modules', 'interest-mine'))
  for (const name of ['dist', 'fixtures']) symlinkSync(join(repo, name), join(folder, name))
  for (const name of ['clip', 'clap']) symlinkSync(join(repo, 'fixtures/towers'), join(folder, name))
  // What npx would find in node_modules/.bin, at a fraction of its time.
  const npx = join(folder, '..', 'bin', 'npx')
  writeFileSync(npx, '#!/bin/sh\nexec "$@"\n')
  chmodSync(npx, 0o755)
}

interface Ended {
  code: number | null
  out: string
  err: string
}

function start(cwd: string, line: string): Promise<Ended> {
  return launch('sh', ['-c', line], cwd)
}

function launch(command: string, words: string[], cwd: string): Promise<Ended> {
  const PATH = `${join(cwd, '..', 'bin')}${delimiter}${process.env.PATH}`
  const env = { ...process.env, PATH, NO_COLOR: '1', INTEREST_MINE_DB: '', API_KEY: 'a-key' }
  return new Promise((resolve, reject) => {
    const child = spawn(command, words, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
    let [out, err] = ['', '']
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk
    })
    child.stderr.on('data', (chunk: Buffer) => {
      err += chunk
    })
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, out, err }))
  })
}

/** Runs one line of shell and gives what it prints. */
async function succeed(folder: string, line: string, at: string): Promise<string> {
  const { code, out, err } = await start(folder, await fillIn(folder, line))
  if (code !== 0) throw new Error(`${at}: ${line}\nended with ${code}: ${err}`)
  return out
}

/** Ids that a document cannot know, as the store has them at this moment. */
async function fillIn(folder: string, line: string): Promise<string> {
  const ask = async (words: string) => JSON.parse((await start(folder, `interest-mine ${words} --json`)).out)
  let filled = line
  if (/\b(ID2?|WISH)\b/.test(line)) {
    const { interests, wishes } = await ask('interests --user u42')
    const ids: Record<string, string> = { ID: interests[0].id, ID2: interests[1]?.id, WISH: wishes[0]?.id }
    filled = filled.replaceAll(/\b(ID2?|WISH)\b/g, (name) => ids[name])
  }
  if (/\bTOPIC\b/.test(line)) filled = filled.replaceAll('TOPIC', (await ask('interests --all')).interests[0].id)
  return filled
}

async function runLines(folder: string, code: string, { file, line }: Snippet): Promise<Ran> {
  const lines = code.split('\n')
  let out = ''
  for (const [i, text] of lines.entries()) out += await succeed(folder, text, `${file}:${line + 1 + i}`)
  return { count: lines.length, out }
}

/** Lines that begin with "$ " are run; what stands below is what they print, "…" standing for any lines. */
async function runConsole(folder: string, code: string, { file, line }: Snippet): Promise<Ran> {
  const [before, ...commands] = `\n${code}`.split('\n$ ')
  if (before !== '') throw new Error(`${file}:${line}: begins with no command`)
  let out = ''
  for (const command of commands) {
    const [text, ...shown] = command.split('\n')
    const printed = await succeed(folder, text, `${file}:${line}`)
    const lines = printed.split('\n').map((one) => one.trimEnd())
    compare(lines, shown, `${file}:${line}: ${text}`)
    out += printed
  }
  return { count: commands.length, out }
}

/** Fails where printed lines are not the shown ones. */
function compare(printed: readonly string[], shown: readonly string[], at: string): void {
  const isGap = (text: string) => text.trim() === '…'
  let from = 0
  for (let i = 0; i < shown.length; ) {
    if (isGap(shown[i])) {
      i++
      continue
    }
    const part = shown.slice(i).findIndex(isGap)
    const block = part < 0 ? shown.slice(i) : shown.slice(i, i + part)
    const starts = (k: number) => block.every((text, j) => printed[k + j] === text.trimEnd())
    const found = printed.findIndex((_, k) => k >= from && starts(k))
    if (found < 0) throw new Error(`${at}\nprints no longer\n${block.join('\n')}\nbut\n${printed.join('\n')}`)
    if (i === 0 && found > 0) throw new Error(`${at}\nprints more before\n${block.join('\n')}`)
    from = found + block.length
    i += block.length
  }
  const rest = printed.slice(from).filter((text) => text !== '')
  if (rest.length > 0 && !isGap(shown.at(-1) ?? '…')) throw new Error(`${at}\nprints more:\n${rest.join('\n')}`)
}

/** A module of its own. Where it uses `miner` and opens none, it gets one on the store, with users and events. */
async function runModule(folder: string, code: string, { file, line }: Snippet): Promise<Ran> {
  const isGiven = /\bminer\b/.test(code) && !/\bminer = /.test(code)
  const head = "import { openMiner as openGiven } from 'interest-mine'\n"
  const open = "const miner = await openGiven({ store: 'interest-mine.db' })\n"
  const imports = code.split('\n').filter((text) => text.startsWith('import '))
  const body = code.split('\n').filter((text) => !text.startsWith('import '))
  const given = [...imports, head, open, ...body, 'await miner.close()'].join('\n')
  writeFileSync(join(folder, 'snippet.mjs'), isGiven ? given : code)
  const { code: ended, out, err } = await launch(process.execPath, ['snippet.mjs'], folder)
  if (ended !== 0) throw new Error(`${file}:${line}\nended with ${ended}: ${err}`)
  return { count: 1, out }
}
