import { InterestMineError } from '../errors.js'
import type { EncoderCheck } from '../types/reports.js'
import type { TowersManifest } from './manifest.js'

/**
 * Checks whether an encoder, given by bundled name or directory, can be used: its manifest, the files that this names,
 * the names and sizes of the models' inputs and outputs, and a run of each tower. What is wrong is listed in
 * `problems`, and `ok` is false. Fails with BAD_MODEL where there is no manifest at all.
 */
export async function checkEncoder(nameOrDirectory: string): Promise<EncoderCheck> {
  // Imported when needed: a process that only answers questions opens no model.
  const { findModel, readTowers } = await import('./manifest.js')
  const directory = findModel(nameOrDirectory)
  const answer: EncoderCheck = { ok: true, problems: [], encoder: null }
  const attempt = async <R>(where: string, work: () => Promise<R>): Promise<R | null> => {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof InterestMineError)) throw error
      answer.problems.push({ what: error.message, where, repaired: false })
      return null
    }
  }
  const manifest = await attempt('manifest.json', () => readTowers(directory))
  if (manifest) {
    const { id, joint } = manifest
    answer.encoder = { id, joint, towers: [] }
    for (const name of Object.keys(manifest.towers) as (keyof TowersManifest['towers'])[]) {
      const dims = await attempt(`${name} tower`, () => probe(directory, name))
      answer.encoder.towers.push({ tower: name, dims: manifest.towers[name]!.dims, ok: dims !== null })
    }
  }
  answer.ok = answer.problems.length === 0
  return answer
}

/**
 * Opens a tower and encodes a small input. Returns the length of its vectors. Fails with BAD_MODEL where that does not
 * give the vector that the manifest describes.
 */
async function probe(directory: string, name: keyof TowersManifest['towers']): Promise<number> {
  if (name === 'text') {
    const { loadEncoder } = await import('./encoder.js')
    const encoder = await loadEncoder(directory)
    const { dims } = await encoder.encode(['a blue cup'])
    await encoder.close()
    return dims
  }
  const { openTower } = await import('./tower.js')
  const tower = await openTower(directory, name)
  try {
    const [why] = (await tower.encode([name === 'image' ? makePicture() : makeSound()])).why
    if (why !== null) throw new InterestMineError('INTERNAL', `a sound ${name} file was set aside: ${why}`)
    return tower.dims
  } finally {
    await tower.close()
  }
}

/** A GIF file of one dark pixel. */
function makePicture(): Uint8Array {
  const gif =
    'GIF89a\x01\x00\x01\x00\x80\x01\x00\x10\x20\x30\xff\xff\xff,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;'
  return Uint8Array.from(gif, (c) => c.charCodeAt(0))
}

/** A WAV file: a second of 440 Hz, 16,000 samples of 16 bits. */
function makeSound(): Uint8Array {
  const rate = 16_000
  const view = new DataView(new ArrayBuffer(44 + 2 * rate))
  const write = (at: number, text: string) => {
    for (let i = 0; i < text.length; i++) view.setUint8(at + i, text.charCodeAt(i))
  }
  write(0, 'RIFF')
  view.setUint32(4, 36 + 2 * rate, true)
  write(8, 'WAVEfmt ')
  view.setUint32(16, 16, true)
  view.setUint16(20, 1, true)
  view.setUint16(22, 1, true)
  view.setUint32(24, rate, true)
  view.setUint32(28, 2 * rate, true)
  view.setUint16(32, 2, true)
  view.setUint16(34, 16, true)
  write(36, 'data')
  view.setUint32(40, 2 * rate, true)
  for (let i = 0; i < rate; i++) view.setInt16(44 + 2 * i, 12_000 * Math.sin((2 * Math.PI * 440 * i) / rate), true)
  return new Uint8Array(view.buffer)
}
