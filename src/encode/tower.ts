import { InterestMineError } from '../errors.js'
import type { Modality, SetAside, Tower } from '../types.js'
import { createMatrix, normalise, rowOf } from '../vectors/matrix.js'
import { checkOutput, type OnnxRuntime, openSession } from '../vectors/onnx-runtime.js'
import type { Pool } from '../vectors/workers.js'
import { loadEncoder } from './encoder.js'
import { createFeatures } from './features.js'
import { findModel, readTowers, type TowersManifest, verifyTower } from './manifest.js'
import { decodePicture } from './picture.js'
import { toTensor } from './pixels.js'
import { decodeSound } from './sound.js'
import type { AudioTower, ImageTower } from './tower-manifest.js'
import { cutWindows } from './windows.js'

/** What a worker is asked to encode; it writes unit vectors into `output`, file i at i * dims. */
export interface TowerTask {
  directory: string
  modality: Modality
  files: readonly Uint8Array[]
  output: SharedArrayBuffer
  /** Set to 1 from outside: stop after the file in hand. */
  stop: SharedArrayBuffer
}

/** A tower with its single-threaded session. */
interface TowerCore {
  dims: number
  encodeOne(file: Uint8Array, output: Float32Array): Promise<SetAside | null>
  close(): Promise<void>
}

type Run = (input: { data: Float32Array; dims: readonly number[] }) => Promise<Float32Array>

async function openCore(directory: string, manifest: TowersManifest, modality: Modality): Promise<TowerCore> {
  if (modality === 'image') return openImageCore(directory, manifest.towers.image!)
  return openAudioCore(directory, manifest.towers.audio!)
}

async function openImageCore(directory: string, tower: ImageTower): Promise<TowerCore> {
  const { run, close } = await openRun(directory, tower)
  return {
    dims: tower.dims,
    close,
    async encodeOne(file, output) {
      const pixels = await decodePicture(file, tower)
      if (typeof pixels === 'string') return pixels
      output.set(checkVector(await run(toTensor(pixels, tower)), tower.dims))
      normalise(output)
      return null
    },
  }
}

async function openAudioCore(directory: string, tower: AudioTower): Promise<TowerCore> {
  const { run, close } = await openRun(directory, tower)
  const before = tower.features.kind === 'model' ? await openRun(directory, tower.features) : null
  const toInput = createFeatures(tower, before?.run ?? null)
  return {
    dims: tower.dims,
    async close() {
      await close()
      await before?.close()
    },
    async encodeOne(file, output) {
      const sound = await decodeSound(file, tower.most)
      if (!('samples' in Object(sound))) return sound as SetAside
      for (const window of cutWindows(sound as Exclude<typeof sound, string>, tower)) {
        const vector = normalise(Float32Array.from(checkVector(await run(await toInput(window)), tower.dims)))
        for (let k = 0; k < vector.length; k++) output[k] += vector[k]
      }
      normalise(output)
      return null
    },
  }
}

function checkVector(vector: Float32Array, dims: number): Float32Array {
  if (vector.length !== dims) {
    throw new InterestMineError('BAD_MODEL', `the model gives ${vector.length} numbers, its manifest says ${dims}`)
  }
  if (vector.every(Number.isFinite) && vector.some((x) => x !== 0)) return vector
  throw new InterestMineError('BAD_MODEL', 'the model gave a vector that is not finite, or zero')
}

async function openRun(
  directory: string,
  { model, input, output }: { model: string; input: string; output: string },
  runtime?: OnnxRuntime,
): Promise<{ run: Run; close: () => Promise<void> }> {
  const file = `${directory}/${model}`
  const { session, runtime: onnx } = await openSession(file, runtime)
  checkOutput(session, output, input)
  return {
    async run({ data, dims }) {
      try {
        const result = await session.run({ [input]: new onnx.Tensor('float32', data, dims) })
        return result[output].data as Float32Array
      } catch (cause) {
        const message = `${file} does not take an input of shape [${dims.join(', ')}]; correct its manifest`
        throw new InterestMineError('BAD_MODEL', message, { file }, cause)
      }
    },
    close: () => session.release(),
  }
}

/** The work of one worker. Its towers are kept for the next task. */
export function createTowerWorker(): (task: TowerTask) => Promise<(SetAside | null)[]> {
  const open = new Map<string, Promise<TowerCore>>()
  return async (task) => {
    const key = `${task.modality} ${task.directory}`
    const core =
      open.get(key) ?? readTowers(task.directory).then((found) => openCore(task.directory, found, task.modality))
    open.set(key, core)
    return encodeWith(await core, task)
  }
}

async function encodeWith(core: TowerCore, { files, output, stop }: TowerTask): Promise<(SetAside | null)[]> {
  const vectors = new Float32Array(output)
  const why: (SetAside | null)[] = []
  for (const file of files) {
    if (Atomics.load(new Int32Array(stop), 0) === 1) break
    why.push(await core.encodeOne(file, vectors.subarray(why.length * core.dims, (why.length + 1) * core.dims)))
  }
  return why
}

/**
 * Opens the tower for pictures or sounds of an encoder directory (or bundled name); its files are checked first. With a
 * `pool` the work is done on its threads, without here. Fails with BAD_MODEL where there is no such tower.
 */
export async function openTower(nameOrDirectory: string, modality: Modality, pool: Pool | null = null): Promise<Tower> {
  const directory = findModel(nameOrDirectory)
  const manifest = await readTowers(directory)
  const tower = manifest.towers[modality]
  if (!tower) {
    const there = Object.keys(manifest.towers).join(' and ')
    const message = `${directory} has no ${modality} tower, only ${there}`
    throw new InterestMineError('BAD_MODEL', message, { encoder: nameOrDirectory })
  }
  await verifyTower(directory, manifest, modality)
  let inline: Promise<TowerCore> | undefined
  let words: ReturnType<typeof loadEncoder> | undefined
  const runTask = async (task: TowerTask) => {
    if (pool) return pool.run<(SetAside | null)[]>('encodeMedia', task)
    inline ??= openCore(directory, manifest, modality)
    return encodeWith(await inline, task)
  }
  return {
    id: manifest.id,
    modality,
    dims: tower.dims,
    joint: manifest.joint && manifest.towers.text !== undefined,
    key: JSON.stringify([tower, manifest.files]),
    async encode(files, signal) {
      const vectors = createMatrix(files.length, tower.dims)
      const output = new SharedArrayBuffer(vectors.data.byteLength)
      const stop = new SharedArrayBuffer(4)
      const onAbort = () => Atomics.store(new Int32Array(stop), 0, 1)
      signal?.addEventListener('abort', onAbort)
      try {
        const why = await runTask({ directory, modality, files, output, stop })
        if (signal?.aborted) throw new InterestMineError('INTERRUPTED', `stopped while encoding (${modality})`)
        vectors.data.set(new Float32Array(output))
        for (let i = 0; i < files.length; i++) if (why[i] !== null) rowOf(vectors, i).fill(0)
        return { vectors, why }
      } finally {
        signal?.removeEventListener('abort', onAbort)
      }
    },
    async encodePhrase(phrase) {
      if (!manifest.joint || !manifest.towers.text) {
        const message = `the ${modality} tower of ${manifest.id} shares no space with words`
        throw new InterestMineError('NO_TEXT', message, { encoder: manifest.id })
      }
      words ??= loadEncoder(directory, { pool })
      return (await (await words).encode([phrase], { kind: 'query' })).data
    },
    async close() {
      await (await inline)?.close()
      await (await words)?.close()
      inline = undefined
      words = undefined
    },
  }
}
