import type { BuildOptions, Miner, OpenOptions } from '../index.js'
import type { Option } from './options.js'
import type { View } from './table.js'

/** A command as data. `main.ts` turns it into commander's terms, runs it, and prints what it gives. */
export interface Command<O = unknown, V = unknown> {
  /** What stands behind the command's name without a flag. `free`: any text, even one that starts with a dash. */
  operand?: { name: string; help: string; free?: boolean }
  options: Option[]
  /** The store where --db names none; the default asks the environment first. */
  store?: string
  /** Command lines that work as they stand, without the leading `interest-mine`. */
  examples: string[]
  /** Said below the examples. */
  remarks?: string
  /** Does the work; the value is what --json prints. */
  run(call: Call<O>): Promise<V>
  /** JSON without --json too, spread over lines. */
  raw?: true
  /** The value as text for a person; a string without a final newline. */
  show(value: V, view: View, call: Call<O>): string | Promise<string>
  /** Exit code of a value; 0 where it is left out. */
  judge?(value: V): number
}

/** What a command is run with. Only `main.ts` touches the process, the disk and the network of modules. */
export interface Call<O = unknown> {
  options: O & GlobalOptions
  operand: string
  /** The store named by --db, the environment or the default. */
  db: string
  /** Opens the store; it is closed when the command ends, however it ends. */
  open(options?: Partial<OpenOptions>): Promise<Miner>
  /** Long work with a progress display; Ctrl-C ends it early. */
  watch<R>(work: (hooks: Pick<BuildOptions, 'onProgress' | 'signal'>) => Promise<R>): Promise<R>
  /** Text of a file; BAD_INPUT where there is none. */
  readFile(path: string, what: string): string
  /** Bytes of a file, or of standard input for "-"; BAD_INPUT where there is none. */
  readBytes(path: string, what: string): Uint8Array
  /** Value of an environment variable that an option names; BAD_OPTION where it is not set. */
  readEnvironment(name: string, flag: string): string
  /** BAD_INPUT unless `path` is a readable file or "-". */
  checkFile(path: string, what: string): void
  /** BAD_OPTION unless a page can be written to `path`, of an option: a new file, or in the place of an older page. */
  checkPage(path: string, flag: string): void
  /** Writes a page, whole or not at all. */
  writePage(path: string, html: string): void
  /** Path of a file that comes with the package. */
  locate(path: string): string
}

export interface GlobalOptions {
  db?: string
  json?: true
  seed?: number
  now?: number
  quiet?: true
  debug?: true
}

/** Keeps the types of options and value together. */
export function defineCommand<O, V>(command: Command<O, V>): Command<O, V> {
  return command
}

/** A failure that the command line finds itself. Wrong use is BAD_OPTION. */
export class CliError extends Error {
  readonly code: 'BAD_OPTION' | 'BAD_INPUT'
  readonly details: Record<string, unknown>

  constructor(code: 'BAD_OPTION' | 'BAD_INPUT', message: string, details: Record<string, unknown> = {}) {
    super(message)
    this.name = 'CliError'
    this.code = code
    this.details = details
  }
}
