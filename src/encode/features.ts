import type { Matrix } from '../columns.js'
import { InterestMineError } from '../errors.js'
import { createMel } from './mel.js'
import type { AudioTower, Features } from './tower-manifest.js'

/** A tensor: numbers row after row, and their sizes. */
type Input = { data: Float32Array; dims: number[] }
/** Runs a model on one input and resolves to the numbers of its output. */
export type Run = (input: { data: Float32Array; dims: readonly number[] }) => Promise<Float32Array>

/**
 * A function from a window of samples (-1..1) to the input of an audio model, in the shape that its manifest names:
 * samples, or a spectrogram. `before`: the model that makes the spectrogram, where the manifest names one. The function
 * fails with BAD_MODEL where that model's output is no whole number of frames.
 */
export function createFeatures(tower: AudioTower, before: Run | null): (window: Float32Array) => Promise<Input> {
  const { features, shape, sampleRate } = tower
  if (features.kind === 'waveform') {
    return async (window) => ({
      data: features.scale === 1 ? window : window.map((x) => x * features.scale),
      dims: shape.map((name) => (name === 'samples' ? window.length : 1)),
    })
  }
  const spectrum = features.kind === 'mel' ? createMel(features, sampleRate) : spectrumBy(features, before!)
  return async (window) => layOut(await spectrum(window), shape)
}

function spectrumBy(
  { amplitude, scale, offset, bands }: Extract<Features, { kind: 'model' }>,
  run: Run,
): (window: Float32Array) => Promise<Matrix> {
  return async (window) => {
    const data = await run({ data: window.map((x) => x * amplitude), dims: [1, window.length] })
    if (data.length % bands !== 0) {
      throw new InterestMineError('BAD_MODEL', `the spectrum has ${data.length} numbers, no multiple of ${bands} bands`)
    }
    return { data: data.map((x) => x * scale + offset), rows: data.length / bands, dims: bands }
  }
}

/** A spectrogram in the order that `shape` names: frames by bands, or bands by frames. */
function layOut({ data, rows, dims: bands }: Matrix, shape: AudioTower['shape']): Input {
  const dims = shape.map((name) => (name === 'frames' ? rows : name === 'bands' ? bands : 1))
  if (shape.indexOf('frames') < shape.indexOf('bands')) return { data, dims }
  const transposed = new Float32Array(data.length)
  for (let frame = 0; frame < rows; frame++)
    for (let band = 0; band < bands; band++) transposed[band * rows + frame] = data[frame * bands + band]
  return { data: transposed, dims }
}
