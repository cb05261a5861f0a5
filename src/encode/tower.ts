import type { Tower } from '../columns.js'
import { InterestMineError } from '../errors.js'
import type { Pool } from '../threads/workers.js'
import type { Modality } from '../types/items.js'
import type { SetAside } from '../types/reports.js'
import { createMatrix, rowOf } from '../vectors/matrix.js'
import { loadEncoder } from './encoder.js'
import { findModel, noTower, readTowers, verifyTower } from './manifest.js'
import { openCore, type TowerCore } from './tower-core.js'

/** Input of a worker's task: files to encode. Unit vectors are written to `output` (float32), file i at i * dims. */
export interface TowerTask {
  directory: string
  modality: Modality
  files: readonly Uint8Array[]
  output: SharedArrayBuffer
  /** The caller sets its int32 to 1 to stop after the current file. */
  stop: SharedArrayBuffer
}

/**
 * The task that a worker runs. It resolves to one entry a file: null, or a word for why the file cannot be used. Opened
 * towers are kept for the next task.
 */
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
 * Opens the tower for pictures or sounds of an encoder, given by bundled name or directory, after checking its files.
 * With a `pool` the work is done on its threads, without on this one. Fails with BAD_MODEL where there is no such
 * tower. `encode` fails with INTERRUPTED where its signal is aborted, with BAD_MODEL and with NO_RUNTIME.
 */
export async function openTower(nameOrDirectory: string, modality: Modality, pool?: Pool): Promise<Tower> {
  const directory = findModel(nameOrDirectory)
  const manifest = await readTowers(directory)
  const tower = manifest.towers[modality]
  if (!tower) throw noTower(nameOrDirectory, manifest, modality)
  await verifyTower(directory, manifest, modality)
  let inline: Promise<TowerCore> | undefined
  let textEncoder: ReturnType<typeof loadEncoder> | undefined
  const runTask = async (task: TowerTask) => {
    if (pool?.size) return pool.run<(SetAside | null)[]>('encodeMedia', task)
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
      textEncoder ??= loadEncoder(directory, { pool })
      return (await (await textEncoder).encode([phrase], { kind: 'query' })).data
    },
    async close() {
      await (await inline)?.close()
      await (await textEncoder)?.close()
      inline = undefined
      textEncoder = undefined
    },
  }
}
