import type { Command, Option } from './command.js'
import { GLOBAL } from './options.js'

/** What is needed of the arguments before commander reads them, and also where commander refuses them. */
export interface ScannedArguments {
  /** The first argument that is neither an option nor the value of one; undefined where there is none. */
  command: string | undefined
  /** Whether --json is given: failures are then printed as JSON. */
  json: boolean
  /** Whether --debug is given: failures are then printed with their stack. */
  debug: boolean
  /** All arguments; a phrase that starts with a dash is moved behind "--", so that commander takes it as it is. */
  arguments: string[]
}

/**
 * Scans the arguments by the same rules as commander, and never fails: the `--json` of `--item=--json` and of
 * `--item --json` is a value, not an option.
 *
 * @param command The command that a first scan named; its options and their values are then known too.
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

/**
 * Whether an argument starts with a dash and is no option: it has a space in it, or a single dash and no known letter.
 */
function isPhrase(argument: string, known: ReadonlySet<string>): boolean {
  if (!/^-./s.test(argument) || known.has(argument)) return false
  if (argument.startsWith('--')) return /\s/.test(argument) && !known.has(argument.replace(/=.*$/s, ''))
  return !/^-n=?\d+$/.test(argument)
}

/** Whether an option takes a value. */
export function takesValue({ flags }: Option): boolean {
  return flags.includes('<')
}

/** The names of an option: of `-n, --limit <n>` they are -n and --limit. */
export function namesOf({ flags }: Option): string[] {
  return flags.replace(/ <.*$/, '').split(', ')
}
