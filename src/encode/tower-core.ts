import { InterestMineError } from '../errors.js'
import type { Modality } from '../types/items.js'
import type { SetAside } from '../types/reports.js'
import { normalise } from '../vectors/matrix.js'
import { checkOutput, openSession } from '../vectors/onnx-runtime.js'
import { createFeatures, type Run } from './features.js'
import type { TowersManifest } from './manifest.js'
import { decodePicture } from './picture.js'
import { toTensor } from './pixels.js'
import { decodeSound } from './sound.js'
import type { AudioTower, ImageTower } from './tower-manifest.js'
import { cutWindows } from './windows.js'

/** An opened tower for pictures or sounds on one thread. */
export interface TowerCore {
  dims: number
  /**
   * Writes the unit vector of a file's bytes to `output` (`dims` zeros). Returns null, or a word for why the file
   * cannot be used.
   */
  encodeOne(file: Uint8Array, output: Float32Array): Promise<SetAside | null>
  close(): Promise<void>
}

/** Opens the models of a tower, without checking its files. Fails with BAD_MODEL and NO_RUNTIME. */
export async function openCore(directory: string, manifest: TowersManifest, modality: Modality): Promise<TowerCore> {
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
      if (typeof sound === 'string') return sound
      for (const window of cutWindows(sound, tower)) {
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
): Promise<{ run: Run; close: () => Promise<void> }> {
  const file = `${directory}/${model}`
  const { session, runtime: onnx } = await openSession(file)
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
