import { constants } from 'node:fs'
import { type FileHandle, open, realpath } from 'node:fs/promises'
import { isAbsolute, relative, resolve, sep } from 'node:path'
import type { SetAside } from '../types/reports.js'

/**
 * Reads a file inside one of the folders, at most `most` bytes, or returns a word for why it cannot be read: outside,
 * missing, not-a-file, too-large. The first folder that has the file counts. A file outside the folders is never read,
 * whether it is named by "..", by an absolute path or through a link; nor is anything but a plain file. The size is
 * checked before a byte is read.
 */
export async function readWithin(
  folders: readonly string[],
  path: string,
  most: number,
): Promise<Uint8Array | SetAside> {
  let why: SetAside = 'outside'
  for (const folder of folders) {
    const file = resolve(folder, path)
    if (!isWithin(folder, file)) continue
    const found = await readReal(folder, file, most)
    if (typeof found !== 'string') return found
    why = found
    if (found !== 'missing') return found
  }
  return why
}

async function readReal(folder: string, file: string, most: number): Promise<Uint8Array | SetAside> {
  let handle: FileHandle | undefined
  try {
    const real = await realpath(file)
    if (!isWithin(await realpath(folder), real)) return 'outside'
    // Without O_NONBLOCK, opening a pipe would wait for a writer.
    handle = await open(real, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
    const { size, isFile } = await handle.stat().then((stat) => ({ size: stat.size, isFile: stat.isFile() }))
    if (!isFile) return 'not-a-file'
    if (size > most) return 'too-large'
    const bytes = new Uint8Array(size)
    let done = 0
    while (done < size) {
      const { bytesRead } = await handle.read(bytes, done, size - done, done)
      if (bytesRead === 0) break
      done += bytesRead
    }
    return bytes.subarray(0, done)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EISDIR' || code === 'ENXIO') return 'not-a-file'
    return 'missing'
  } finally {
    await handle?.close()
  }
}

function isWithin(folder: string, file: string): boolean {
  const path = relative(folder, file)
  return path !== '' && path !== '..' && !path.startsWith(`..${sep}`) && !isAbsolute(path)
}
