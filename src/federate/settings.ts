import { InterestMineError, quote } from '../errors.js'
import type { Shape } from './parameters.js'

/** Settings that server and clients of a round share; the invitation carries them. */
export interface RoundSettings extends LocalSettings {
  /**
   * Clients that each client masks with and shares its secrets among: an even number, or all others where they are
   * fewer.
   */
  neighbours: number
  /** The round fails where the sum would be of fewer clients. */
  leastClients: number
  /** Bits of a masked number: 16 or 32. */
  bits: number
  /** Largest absolute value of a number of an update; a larger one is cut off. */
  range: number
}

/** Default settings of a round. */
export const ROUND_SETTINGS: RoundSettings = {
  steps: 1,
  batch: 1024,
  negatives: 256,
  rate: 1,
  dropout: 0.3,
  mostSamples: 40,
  mostWeight: 1000,
  clip: 1,
  neighbours: 40,
  leastClients: 10,
  bits: 16,
  range: 0.25,
}

/** Default sizes of a model, see `Shape`. */
export const SHAPE_SETTINGS = { dims: 64, idDims: 16, window: 10 }

/** Smallest and largest value of each setting, and whether it must be a whole number. */
const LIMITS: Record<keyof (RoundSettings & Shape), [least: number, most: number, whole: boolean]> = {
  steps: [1, 10_000, true],
  batch: [1, 65_536, true],
  negatives: [1, 65_536, true],
  rate: [1e-6, 1e6, false],
  dropout: [0, 0.9, false],
  mostSamples: [1, 1_000_000, true],
  mostWeight: [1, 1_000_000, true],
  clip: [1e-6, 1e6, false],
  neighbours: [2, 254, true],
  leastClients: [3, 10_000, true],
  bits: [16, 32, true],
  range: [1e-9, 1e6, false],
  items: [1, 10_000_000, true],
  encoderDims: [1, 16_384, true],
  dims: [1, 1024, true],
  idDims: [0, 1024, true],
  window: [1, 100, true],
}

/**
 * Returns the settings where they are valid. Fails with BAD_OPTION where one is unknown, missing, no number or out of
 * its range.
 */
export function checkSettings(settings: RoundSettings): RoundSettings {
  checkNumbers(settings, Object.keys(ROUND_SETTINGS) as (keyof RoundSettings)[])
  if (settings.bits !== 16 && settings.bits !== 32) throw badSetting('bits', settings.bits, 'is 16 or 32')
  if (settings.neighbours % 2 === 1) throw badSetting('neighbours', settings.neighbours, 'is an even number')
  return settings
}

/** Returns the shape where it is valid. Fails with BAD_OPTION as `checkSettings` does. */
export function checkShape(shape: Shape): Shape {
  checkNumbers(shape, ['items', 'encoderDims', 'dims', 'idDims', 'window'])
  if (shape.idDims > shape.dims) throw badSetting('idDims', shape.idDims, 'is at most dims')
  return shape
}

function checkNumbers(found: object, names: readonly (keyof typeof LIMITS)[]): void {
  const unexpected = Object.keys(found ?? {}).find((name) => !(names as string[]).includes(name))
  if (unexpected !== undefined)
    throw badSetting(unexpected, (found as Record<string, unknown>)[unexpected], 'is not a setting')
  for (const name of names) {
    const value = (found as Record<string, unknown> | null)?.[name]
    const [least, most, whole] = LIMITS[name]
    const fits = typeof value === 'number' && value >= least && value <= most && (!whole || Number.isInteger(value))
    if (!fits) throw badSetting(name, value, `is a ${whole ? 'whole ' : ''}number from ${least} to ${most}`)
  }
}

function badSetting(name: string, value: unknown, rule: string): InterestMineError {
  const shown = value === undefined ? 'nothing' : quote(value)
  return new InterestMineError('BAD_OPTION', `federated training: ${quote(name)} ${rule}, not ${shown}`, {
    option: name,
  })
}

/** Settings of a client's training. */
export interface LocalSettings {
  /** Steps of gradient descent. */
  steps: number
  /** Samples of a step, at most. */
  batch: number
  /** Negatives that the samples of a step share. */
  negatives: number
  /** Learning rate. */
  rate: number
  /** Chance that an item of a history is left out of a sample, 0..1. */
  dropout: number
  /** Samples of one user at most: the newest. */
  mostSamples: number
  /** Largest weight of a client, in samples. */
  mostWeight: number
  /** Longest update (L2 norm); a longer one is scaled down to it. */
  clip: number
}
