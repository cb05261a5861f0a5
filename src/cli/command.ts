import type { BuildOptions, Miner, OpenOptions } from '../index.js'
import type { View } from './table.js'

/**
 * A command of the command line, as data: `main.ts` declares it to commander, runs it and prints its result. `O` are
 * the values of its options, `V` is its result.
 */
export interface Command<O = unknown, V = unknown> {
  /** The argument without a flag, required. `free`: it may be any text, even one that starts with a dash. */
  operand?: { name: string; help: string; free?: boolean }
  /** Its own options; those of `GLOBAL` are added to every command. */
  options: Option[]
  /** The store to use where --db names none; where left out, $INTEREST_MINE_DB or else the default store. */
  store?: string
  /** Command lines for the help text that run as they are, without the leading `interest-mine`. */
  examples: string[]
  /** Text below the examples of the help text. */
  remarks?: string
  /** Does the work and gives the result, which --json prints. */
  run(call: Call<O>): Promise<V>
  /** Print JSON without --json too, indented. */
  raw?: true
  /** The result as text for a person, without a final newline. */
  show(value: V, view: View, call: Call<O>): string | Promise<string>
  /** The exit code for a result; 0 where left out. */
  judge?(value: V): number
}

/**
 * What a command is run with. Commands reach the process, files and the store through it alone, so that only `main.ts`
 * touches them.
 */
export interface Call<O = unknown> {
  /** Values of the options, by their names in camel case. */
  options: O & GlobalOptions
  /** The argument without a flag; empty for a command that has none. */
  operand: string
  /** The store named by --db, the environment or the default. */
  db: string
  /** Opens the store. It is closed when the command ends, whether it fails or not. */
  open(options?: Partial<OpenOptions>): Promise<Miner>
  /** Runs long work with a progress display. Ctrl-C aborts `signal`; the work then fails with INTERRUPTED. */
  watch<R>(work: (hooks: Pick<BuildOptions, 'onProgress' | 'signal'>) => Promise<R>): Promise<R>
  /** Text of a file. `what` names it in messages. Fails with BAD_INPUT where it is not a readable file. */
  readFile(path: string, what: string): string
  /** Bytes of a file, or of standard input for "-". Fails as `readFile`. */
  readBytes(path: string, what: string): Uint8Array
  /** Value of the environment variable that the option `flag` names. Fails with BAD_OPTION where it is not set. */
  readEnvironment(name: string, flag: string): string
  /** Fails with BAD_INPUT unless `path` is a readable file or "-". */
  checkFile(path: string, what: string): void
  /** Fails with BAD_OPTION unless a page can be written to `path`, the value of the option `flag`: see `page.ts`. */
  checkPage(path: string, flag: string): void
  /** Writes a page, completely or not at all. Fails with BAD_INPUT. */
  writePage(path: string, html: string): void
  /** Path of a file that comes with the package, from its path inside the package. */
  locate(path: string): string
}

/** Values of the options that every command has (`GLOBAL`). */
export interface GlobalOptions {
  db?: string
  json?: true
  seed?: number
  /** Ms since 1970. */
  now?: number
  quiet?: true
  debug?: true
}

/** The command itself: a function only so that TypeScript infers the types of options and result. */
export function defineCommand<O, V>(command: Command<O, V>): Command<O, V> {
  return command
}

/**
 * A failure that the command line finds itself: BAD_OPTION for wrong use (exit code 2), BAD_INPUT for files (exit code
 * 1). `details` are printed with --json.
 */
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

/** An option of a command, as data. */
export interface Option {
  /** In commander's notation: `-n, --limit <n>`; one with `<…>` takes a value. */
  flags: string
  /** Its line in the help text. */
  help: string
  /** Turns the text into a value, or fails with BAD_OPTION. Where left out, any text that is not empty is the value. */
  read?: (text: string, flags: string) => unknown
  /** The option may be repeated; its value is the list of all values. */
  many?: true
}
