import type { Command } from './command.js'
import { GLOBAL, type Option } from './options.js'

/** What can be told of the arguments before commander reads them, and also where it refuses them. */
export interface ScannedArguments {
  /** The first argument that is neither an option nor a value of one. */
  command: string | undefined
  json: boolean
  debug: boolean
  /** The arguments, with a phrase that starts with a dash moved behind "--". */
  arguments: string[]
}

/**
 * Walks over the arguments as commander will: `--item=--json` and `--item --json` are values and switch nothing on.
 * `command` is the one named by an earlier glance.
 */
export function scanArguments(
  argv: readonly string[],
  command?: Pick<Command, 'options' | 'operand'>,
): ScannedArguments {
  const options = [...GLOBAL, ...(command?.options ?? [])]
  const valued = new Set(options.filter(takesValue).flatMap(namesOf))
  const known = new Set(options.flatMap(namesOf))
  const kept: string[] = []
  const phrases: string[] = []
  const seen = { command: undefined as string | undefined, json: false, debug: false }
  let at = 0
  for (; at < argv.length && argv[at] !== '--'; at++) {
    const argument = argv[at]
    if (command?.operand?.free && seen.command !== undefined && isPhrase(argument, known)) {
      phrases.push(argument)
      continue
    }
    kept.push(argument)
    if (argument === '--json') seen.json = true
    else if (argument === '--debug') seen.debug = true
    else if (valued.has(argument) && at + 1 < argv.length) kept.push(argv[++at])
    else if (!argument.startsWith('-')) seen.command ??= argument
  }
  const rest = argv.slice(at + 1)
  const behindDashes = phrases.length + rest.length > 0 || at < argv.length ? ['--', ...phrases, ...rest] : []
  return { ...seen, arguments: [...kept, ...behindDashes] }
}

/** Starts with a dash and yet is no option: it has a space in it, or is a single dash and no known letter. */
function isPhrase(argument: string, known: ReadonlySet<string>): boolean {
  if (!/^-./s.test(argument) || known.has(argument)) return false
  if (argument.startsWith('--')) return /\s/.test(argument) && !known.has(argument.replace(/=.*$/s, ''))
  return !/^-n=?\d+$/.test(argument)
}

export function takesValue({ flags }: Option): boolean {
  return flags.includes('<')
}

/** `-n, --limit <n>` -> -n and --limit. */
export function namesOf({ flags }: Option): string[] {
  return flags.replace(/ <.*$/, '').split(', ')
}
