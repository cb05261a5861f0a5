#!/usr/bin/env node
import { accessSync, constants, readFileSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Command as Commander, CommanderError, Option as CommanderOption } from 'commander'
import type { BuildOptions, Miner, OpenOptions } from '../index.js'
import { scanArguments, takesValue } from './arguments.js'
import { type Call, CliError, type Command, type GlobalOptions, type Option } from './command.js'
import { GLOBAL, parseText, quoteValue } from './options.js'
import { checkPage, writePage } from './page.js'
import type { Display } from './progress.js'
import { clean, createView, formatCount, nameStage, type View } from './table.js'

/** All commands: a line for the help text, and the file. Only the one that is called is loaded. */
const COMMANDS: Record<string, { summary: string; load: () => Promise<{ default: unknown }> }> = {
  demo: { summary: 'build a small shop that comes with the package, and look at it', load: () => import('./demo.js') },
  'build-index': { summary: 'build or refresh the index from a catalogue', load: () => import('./build-index.js') },
  'add-events': { summary: 'add what users did', load: () => import('./add-events.js') },
  interests: { summary: "show a user's interests, or the user base's", load: () => import('./interests.js') },
  audience: { summary: 'find the users who hold an interest', load: () => import('./audience.js') },
  recommend: { summary: 'recommend items to a user or a guest', load: () => import('./recommend.js') },
  rank: { summary: 'put your own candidates in order for a user or a guest', load: () => import('./rank.js') },
  explain: { summary: 'say why: a whole profile, or one item', load: () => import('./explain.js') },
  similar: { summary: 'find items like an item', load: () => import('./similar.js') },
  search: { summary: 'find items by a phrase', load: () => import('./search.js') },
  edit: { summary: 'mute, boost, rename, merge, split or add an interest', load: () => import('./edit.js') },
  name: { summary: 'let a language model name interests, checked by their evidence', load: () => import('./name.js') },
  train: { summary: 'learn how features speak from what users did next', load: () => import('./train.js') },
  evaluate: { summary: 'measure how well it foretells, beside known methods', load: () => import('./evaluate.js') },
  distill: { summary: 'make a small, quick student of an encoder', load: () => import('./distill.js') },
  status: { summary: 'say what the store holds', load: () => import('./status.js') },
  generations: { summary: 'list what can be gone back to, and go back', load: () => import('./generations.js') },
  doctor: { summary: 'check the store, and repair it', load: () => import('./doctor.js') },
  privacy: { summary: 'show and set the budget of answers with noise', load: () => import('./privacy.js') },
  export: { summary: 'print everything held about a user', load: () => import('./export.js') },
  forget: { summary: 'remove a user for good', load: () => import('./forget.js') },
}

const EXAMPLES = [
  'demo',
  'build-index catalog.jsonl --events events.csv',
  'explain --user u1',
  'recommend --user u1 --json',
]
const DEFAULT_STORE = 'interest-mine.db'
const PACKAGE = new URL('../../', import.meta.url)

// ---------------------------------------------------------------- from arguments to a command

/** A command with the values of its options. */
interface Request {
  command: Command
  operand: string
  options: GlobalOptions & Record<string, unknown>
}

/**
 * Reads the arguments by commander; undefined where help or the version was asked for and has been printed. Fails with
 * BAD_OPTION where they are wrong.
 */
function readRequest(argv: string[], name: string | undefined, command: Command | undefined): Request | undefined {
  let request: Request | undefined
  const program = new Commander('interest-mine')
    .description('Mines named interests with evidence from a catalogue and behaviour, recommends and says why.')
    .version(readVersion())
    .enablePositionalOptions()
    .exitOverride()
    .helpCommand(false)
    .configureOutput({ writeErr: () => undefined, outputError: () => undefined })
    .addHelpText('after', `${sayExamples(EXAMPLES)}\n\nMore: interest-mine COMMAND --help`)
  for (const option of GLOBAL) program.addOption(translateOption(option))
  for (const [each, { summary }] of Object.entries(COMMANDS)) {
    const sub = program.command(each).description(summary)
    if (each !== name || !command) continue
    const { operand, remarks } = command
    if (operand) sub.argument(`<${operand.name}>`, operand.help)
    for (const option of [...command.options, ...GLOBAL]) sub.addOption(translateOption(option))
    sub.addHelpText('after', sayExamples(command.examples) + (remarks ? `\n\n${remarks}` : ''))
    sub.action(() => {
      request = { command, operand: sub.args[0] ?? '', options: { ...program.opts(), ...sub.opts() } }
    })
  }
  try {
    program.parse(argv, { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    if (error.exitCode === 0) return undefined
    const help = command ? `interest-mine ${name} --help` : 'interest-mine --help'
    const said = clean(error.message.replace(/^error: /, '').replaceAll('\n', ' ')).replace(/\.$/, '')
    const what = error.code === 'commander.help' ? 'no command; "interest-mine demo" is a start' : said
    throw new CliError('BAD_OPTION', `${what}; see ${help}`)
  }
  return request
}

function translateOption(option: Option): CommanderOption {
  const translated = new CommanderOption(option.flags, option.help)
  if (!takesValue(option)) return translated
  return translated.argParser((text: string, previous: unknown) => {
    const value = (option.read ?? parseText)(text, option.flags)
    return option.many ? [...((previous as unknown[] | undefined) ?? []), value] : value
  })
}

function sayExamples(examples: string[]): string {
  return `\nExamples:\n${examples.map((example) => `  $ interest-mine ${example}`).join('\n')}`
}

function readVersion(): string {
  return JSON.parse(readFileSync(new URL('package.json', PACKAGE), 'utf8')).version
}

// ---------------------------------------------------------------- what a command is run with

interface PreparedCall {
  call: Call
  close(): Promise<void>
}

function prepareCall({ options, operand, command }: Request): PreparedCall {
  const db = options.db ?? command.store ?? (process.env.INTEREST_MINE_DB || DEFAULT_STORE)
  let miner: Promise<Miner> | undefined
  const open = async (more: Partial<OpenOptions> = {}) => {
    const { openMiner } = await import('../index.js')
    miner = openMiner({ store: db, ...(options.seed === undefined ? {} : { seed: options.seed }), ...more })
    return miner
  }
  return {
    call: {
      options,
      operand,
      db,
      open,
      watch: (work) => watch(work, options),
      checkFile: (path, what) => checkFile(path, what),
      readFile(path, what) {
        checkFile(path, what)
        return readFileSync(path, 'utf8')
      },
      readBytes(path, what) {
        checkFile(path, what)
        return readFileSync(path === '-' ? 0 : path)
      },
      readEnvironment,
      checkPage,
      writePage,
      locate: (path) => fileURLToPath(new URL(path, PACKAGE)),
    },
    async close() {
      const opened = await miner?.catch(() => undefined)
      await opened?.close()
    },
  }
}

function readEnvironment(name: string, flag: string): string {
  const value = process.env[name]
  if (value) return value
  throw new CliError('BAD_OPTION', `option ${flag}: the environment variable ${quoteValue(name)} is not set`, {
    option: flag,
  })
}

function checkFile(path: string, what: string): void {
  if (path === '-') return
  const refuse = (why: string) => {
    throw new CliError('BAD_INPUT', `${quoteValue(path)} (${what}) ${why}; check the path`, { file: path })
  }
  let stats: ReturnType<typeof statSync> | undefined
  try {
    stats = statSync(path)
    accessSync(path, constants.R_OK)
  } catch (error) {
    refuse((error as NodeJS.ErrnoException).code === 'ENOENT' ? 'does not exist' : 'cannot be read')
  }
  if (stats?.isDirectory()) refuse('is a directory, not a file')
}

/** Runs work with a progress display. The first Ctrl-C aborts the signal of the work, the second ends the process. */
async function watch<R>(
  work: (hooks: Pick<BuildOptions, 'onProgress' | 'signal'>) => Promise<R>,
  { quiet, json }: GlobalOptions,
): Promise<R> {
  const stop = new AbortController()
  const onSignal = (signal: NodeJS.Signals) => {
    if (stop.signal.aborted) {
      // The default action ends the process from outside: process.exit inside an ONNX run would abort it.
      for (const each of SIGNALS) process.removeAllListeners(each)
      process.kill(process.pid, signal)
    }
    stop.abort()
  }
  for (const each of SIGNALS) process.on(each, onSignal)
  let display: Display | undefined
  try {
    display = await createDisplay(quiet === true, json === true)
    return await work({ onProgress: display.update, signal: stop.signal })
  } catch (error) {
    if (codeOf(error) === 'INTERRUPTED' && error instanceof Error && !/resume|starts anew/.test(error.message)) {
      error.message += '; the same command resumes where this one stopped'
    }
    throw error
  } finally {
    display?.stop()
    for (const each of SIGNALS) process.off(each, onSignal)
  }
}

const SIGNALS = ['SIGINT', 'SIGTERM'] as const

/** A progress bar on a terminal; elsewhere one line for each stage, or nothing with --quiet or --json. */
async function createDisplay(quiet: boolean, json: boolean): Promise<Display> {
  if (!quiet && process.stderr.isTTY) return (await import('./progress.js')).createBar(process.stderr)
  if (quiet || json) return { update: () => undefined, stop: () => undefined }
  const said = new Set<string>()
  return {
    update({ stage, total }) {
      if (said.has(stage)) return
      said.add(stage)
      process.stderr.write(`${nameStage(stage)}${total === null ? '' : ` (${formatCount(total)})`}\n`)
    },
    stop: () => undefined,
  }
}

// ---------------------------------------------------------------- output

/** JSON in which invisible characters are escaped: the value is the same, and a terminal cannot be made to obey it. */
function writeJson(value: unknown, spaces?: number): string {
  const escapeUnits = (text: string) =>
    Array.from(text.split(''), (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`).join('')
  return JSON.stringify(value, null, spaces).replace(/[\u007f-\u009f\p{Cf}\p{Zl}\p{Zp}]/gu, escapeUnits)
}

function viewOf({ options, command }: Request): View {
  const { isTTY, columns } = process.stdout
  const { NO_COLOR, TERM, INTEREST_MINE_DB } = process.env
  const store = options.db ?? command.store
  return createView({
    width: isTTY && columns ? Math.max(40, columns) : 80,
    colours: isTTY === true && !NO_COLOR && TERM !== 'dumb',
    quiet: options.quiet === true,
    flags: store === undefined || store === (INTEREST_MINE_DB || DEFAULT_STORE) ? [] : ['--db', store],
  })
}

/** Runs a command, closes the store, and prints the result. Gives the exit code. */
async function runRequest(request: Request): Promise<number> {
  const { command, options } = request
  const prepared = prepareCall(request)
  let text: string
  let code = 0
  try {
    const value = await command.run(prepared.call)
    code = command.judge?.(value) ?? 0
    if (options.json) text = writeJson(value)
    else if (command.raw) text = writeJson(value, 2)
    else text = await command.show(value, viewOf(request), prepared.call)
  } finally {
    await prepared.close()
  }
  process.stdout.write(`${text}\n`)
  return code
}

// ---------------------------------------------------------------- failures

function codeOf(error: unknown): string {
  const known = error instanceof Error && ['InterestMineError', 'CliError'].includes(error.name)
  return known && 'code' in error ? String(error.code) : 'INTERNAL'
}

/** Prints a failure as one line on standard error. Gives the exit code: 2 for BAD_OPTION, else 1. */
function reportFailure(error: unknown, { json, debug }: { json: boolean; debug: boolean }): number {
  const code = codeOf(error)
  const raw = error instanceof Error ? error.message : String(error)
  const message = code === 'INTERNAL' ? `internal error: ${raw}; --debug shows where` : raw
  const details = error instanceof Error && 'details' in error ? (error.details as object) : {}
  if (debug && error instanceof Error) process.stderr.write(`${error.stack}\n`)
  const line = json
    ? writeJson({ error: Object.assign({ code, message }, details, { code, message }) })
    : `interest-mine: ${clean(message)}`
  process.stderr.write(`${line}\n`)
  return code === 'BAD_OPTION' ? 2 : 1
}

async function main(words: string[]): Promise<number> {
  // `help explain` is `explain --help`.
  const argv = words[0] === 'help' ? [...words.slice(1, 2), '--help'] : words
  let scanned = scanArguments(argv)
  process.on('uncaughtException', (error) => process.exit(reportFailure(error, scanned)))
  try {
    const name = scanned.command
    let command: Command | undefined
    if (name !== undefined && Object.hasOwn(COMMANDS, name)) {
      command = (await COMMANDS[name].load()).default as Command
      scanned = scanArguments(argv, command)
    }
    const request = readRequest(scanned.arguments, name, command)
    return request === undefined ? 0 : await runRequest(request)
  } catch (error) {
    return reportFailure(error, scanned)
  }
}

/** A pipe that was closed by its reader (`| head`) is no failure; a full disk is one. */
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit()
  process.exit(
    reportFailure(new Error(`standard output cannot be written: ${error.message}`), { json: false, debug: false }),
  )
})
process.stderr.on('error', () => undefined)

main(process.argv.slice(2)).then((code) => {
  process.exitCode = code
})
