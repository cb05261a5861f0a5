import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join, resolve } from 'node:path'

/** The built command. */
export const BIN = resolve('dist/cli/main.js')

/** How a run of the command ended. */
export interface Result {
  /** Exit code; null where a signal ended it. */
  code: number | null
  /** Standard output and standard error. */
  out: string
  err: string
  /** Wall-clock milliseconds. */
  ms: number
}

/** A temporary folder with the catalogue and events of a tiny shop, to run the command in. */
export interface Shop {
  folder: string
  /** A fresh copy of the folder as it is now. */
  copy(): string
  /** Writes a file into the folder and gives its path. */
  write(name: string, content: string): string
  remove(): void
}

const ITEMS: [id: string, title: string, category: string][] = [
  ['p1', 'Ceramic teapot for two, blue glaze', 'Tea'],
  ['p2', 'Glass teapot with strainer', 'Tea'],
  ['p3', 'Cast iron teapot, 0.8 l', 'Tea'],
  ['p4', 'Gaiwan, white porcelain, 120 ml', 'Tea'],
  ['p5', 'Oolong tea, loose leaf, 100 g', 'Tea'],
  ['p6', 'Matcha whisk made of bamboo', 'Tea'],
  ['p7', 'Garden spade with ash handle', 'Garden'],
  ['p8', 'Garden rake, 14 tines', 'Garden'],
  ['p9', 'Garden hose, 20 m', 'Garden'],
  ['p10', 'Pruning shears, bypass', 'Garden'],
  ['p11', 'Chess board of walnut wood', 'Games'],
  ['p12', 'Chess clock, digital', 'Games'],
  ['p13', 'Playing cards, poker size', 'Games'],
  ['p14', 'Wool scarf, red', 'Clothes'],
  ['p15', 'Wool scarf, green', 'Clothes'],
  ['p16', 'Knitted hat, grey', 'Clothes'],
]

const HISTORIES: Record<string, string[]> = {
  u1: ['p1', 'p2', 'p3', 'p7', 'p8'],
  u2: ['p1', 'p2', 'p4', 'p5'],
  u3: ['p7', 'p8', 'p9', 'p10'],
  u4: ['p11', 'p12', 'p13', 'p4'],
  u9: ['p14', 'p15', 'p1'],
}

const csv = (value: string) => `"${value.replaceAll('"', '""')}"`

/** Makes the folder, with `interest-mine` on a path of its own. */
export function makeFolder(): Shop {
  const root = mkdtempSync(join(tmpdir(), 'interest-mine-cli-'))
  const folder = join(root, 'shop')
  mkdirSync(folder)
  mkdirSync(join(root, 'bin'))
  symlinkSync(BIN, join(root, 'bin', 'interest-mine'))
  const write = (name: string, content: string) => {
    writeFileSync(join(folder, name), content)
    return join(folder, name)
  }
  const lines = (rows: unknown[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join('')
  write('catalog.jsonl', lines(ITEMS.map(([id, title, category]) => ({ id, title, categories: ['Shop', category] }))))
  write('more.jsonl', lines([{ id: 'p17', title: 'Tea towel of linen', categories: ['Shop', 'Tea'] }]))
  // Another catalogue of the same ids, with columns of its own.
  write('products.csv', `sku,name\n${ITEMS.map(([id, title]) => `${id},${csv(title)}\n`).join('')}`)
  let day = 0
  const events = Object.entries(HISTORIES).flatMap(([user, items]) =>
    items.map((item) => `${user},${item},5,${new Date(Date.UTC(2024, 0, 1 + day++)).toISOString()}\n`),
  )
  write('events.csv', `user_id,item_id,rating,timestamp\n${events.join('')}`)
  write('more.csv', 'user_id,item_id,rating,timestamp\nu1,p6,5,2024-03-01T00:00:00Z\n')
  let copies = 0
  return {
    folder,
    write,
    copy() {
      const copy = join(root, `copy-${++copies}`)
      cpSync(folder, copy, { recursive: true })
      return copy
    },
    remove: () => rmSync(root, { recursive: true, force: true }),
  }
}

/** Runs the command in `cwd`: with words as arguments, or with the rest of a shell line that starts `interest-mine`. */
export function run(words: string[] | string, cwd: string, env: Record<string, string> = {}): Result {
  const started = performance.now()
  const path = `${join(cwd, '..', 'bin')}${delimiter}${process.env.PATH}`
  const options = {
    cwd,
    encoding: 'utf8' as const,
    maxBuffer: 1 << 28,
    env: { ...process.env, NO_COLOR: '1', INTEREST_MINE_DB: '', PATH: path, ...env },
  }
  const result = Array.isArray(words)
    ? spawnSync(process.execPath, [BIN, ...words], options)
    : spawnSync('sh', ['-c', `interest-mine ${words}`], options)
  return { code: result.status, out: result.stdout, err: result.stderr, ms: performance.now() - started }
}
