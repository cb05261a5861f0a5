import { resample } from './resample.js'
import type { Sound } from './sound.js'
import type { AudioTower } from './tower-manifest.js'

/**
 * Cuts a sound into the windows that an audio tower reads, one after another, at the tower's rate and loudness. A sound
 * shorter than a window is filled up to one.
 */
export function cutWindows(sound: Sound, tower: AudioTower): Float32Array[] {
  const samples = equalise(resample(sound.samples, sound.rate, tower.sampleRate), tower.normalise)
  const length = Math.round(tower.window * tower.sampleRate)
  if (samples.length < length) return [fill(samples, length, tower.padding)]
  const hop = Math.max(1, Math.round((tower.hop ?? tower.window) * tower.sampleRate))
  const windows: Float32Array[] = []
  for (let at = 0; at + length <= samples.length; at += hop) windows.push(samples.slice(at, at + length))
  return windows
}

function equalise(samples: Float32Array, how: AudioTower['normalise']): Float32Array {
  if (how === 'peak') {
    const loudest = samples.reduce((most, x) => Math.max(most, Math.abs(x)), 1e-9)
    return samples.map((x) => x / loudest)
  }
  if (how === 'standard') {
    const mean = samples.reduce((sum, x) => sum + x, 0) / samples.length
    const variance = samples.reduce((sum, x) => sum + (x - mean) ** 2, 0) / samples.length
    return samples.map((x) => (x - mean) / Math.sqrt(variance + 1e-7))
  }
  return samples
}

/** Fills samples up to a length: with silence, or for `repeat` with whole repeats of the sound and then silence. */
function fill(samples: Float32Array, length: number, padding: AudioTower['padding']): Float32Array {
  const filled = new Float32Array(length)
  const times = padding === 'repeat' ? Math.floor(length / samples.length) : 1
  for (let i = 0; i < times; i++) filled.set(samples, i * samples.length)
  return filled
}
