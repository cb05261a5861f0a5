import {
  accessSync,
  closeSync,
  constants,
  openSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { CliError } from './command.js'
import { quoteValue } from './options.js'

/** HTML pages that a command writes to a file. */

/** The start of every page that is written, by which an older one is recognised. */
const START = '<!doctype html'

/**
 * Fails with BAD_OPTION where a page cannot be written to `path`, the value of the option `flag`: its folder does not
 * exist or is not writable, or there is something at the path that is no HTML page (a folder, a store, a catalogue).
 */
export function checkPage(path: string, flag: string): void {
  const refuse = (why: string): never => {
    throw new CliError('BAD_OPTION', `option ${flag}: ${quoteValue(path)} ${why}`, { option: flag, value: path })
  }
  const stats = statOf(path, refuse)
  if (stats?.isDirectory() || /[/\\]$/.test(path)) refuse('is a folder; name a file in it, such as report.html')
  if (stats && !stats.isFile()) refuse('is no plain file')
  if (stats && stats.size > 0 && !isPage(path)) refuse('is there already and is no HTML page; name another file')
  const folder = dirname(path)
  const containing = statOf(folder, refuse)
  if (!containing) refuse('cannot be written: its folder does not exist')
  if (!containing?.isDirectory()) refuse('cannot be written: what it lies in is no folder')
  try {
    accessSync(folder, constants.W_OK)
  } catch {
    refuse('cannot be written: its folder is not yours to write to')
  }
}

/** Undefined where nothing is at the path. */
function statOf(path: string, refuse: (why: string) => never): ReturnType<typeof statSync> | undefined {
  try {
    return statSync(path)
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    return code === 'ENOENT' ? undefined : refuse(`cannot be written: ${message}`)
  }
}

function isPage(path: string): boolean {
  const start = Buffer.alloc(START.length)
  try {
    const file = openSync(path, 'r')
    try {
      readSync(file, start)
    } finally {
      closeSync(file)
    }
  } catch {
    return false
  }
  return start.toString('latin1').toLowerCase() === START
}

/**
 * Writes a page to a temporary file beside `path` and renames it, so that a full disk or a stop half-way leaves the
 * older page as it was. Fails with BAD_INPUT where it cannot be written.
 */
export function writePage(path: string, html: string): void {
  const temporary = join(dirname(path), `.interest-mine.${process.pid}.tmp`)
  try {
    writeFileSync(temporary, html)
    renameSync(temporary, path)
  } catch (error) {
    rmSync(temporary, { force: true })
    const why = error instanceof Error ? error.message : String(error)
    throw new CliError('BAD_INPUT', `${quoteValue(path)} could not be written: ${why}`, { file: path })
  }
}
