import { InterestMineError, quote } from '../errors.js'
import { nearMatches } from '../text.js'
import type { Interaction, Item, OwnWeights, Progress, Source, WeightPreset } from '../types.js'
import { BASELINES, type Baseline, idOf } from './baselines/index.js'

/** How an evaluation asks and what it tells. */
export interface EvaluateSettings {
  /** `leave-one-out` (default): the last liked item of each user; `time`: what came after one cut for all. */
  split?: 'leave-one-out' | 'time'
  /** Leave-one-out only: statistics, not weights, may see the second-last event too. Default: strict, they do not. */
  refit?: boolean
  /** Also tell what each feature and each source of candidates is worth, on validation events. Takes minutes. */
  ablate?: boolean
  /** Shuffle events of one time within each user first. */
  shuffleTies?: boolean
  /** Known methods to compare with, by id: `all` (default), `none` or a list. */
  baselines?: 'all' | 'none' | string[]
  /** Ask only so many users, drawn by the seed. Training still learns from all. */
  sample?: number
  /** Of everything random, a whole number. Default 1. */
  seed?: number
  /** Of the list as served, 0..1; default .3. */
  diversity?: number
  /** Aborting stops within a second. */
  signal?: AbortSignal
  onProgress?: (progress: Progress) => void
}

export interface EvaluateOptions extends EvaluateSettings {
  items: Source<Item>
  events: Source<Interaction>
  /** A bundled encoder or the directory of one; default: by the catalogue's language. */
  encoder?: string
  /** Threads; 0: none but this one. Default: cores, at most 4. */
  workers?: number
  weights?: WeightPreset | OwnWeights
}

/** Settings with nothing left open. */
export interface Settings {
  split: 'leave-one-out' | 'time'
  refit: boolean
  ablate: boolean
  shuffleTies: boolean
  baselines: readonly Baseline[]
  sample: number | null
  seed: number
  diversity: number
}

const DEFAULT_DIVERSITY = 0.3

/** Fails with BAD_OPTION where a value is not what the types say. */
export function readSettings(settings: EvaluateSettings, seed = 1): Settings {
  const { split = 'leave-one-out', sample, diversity = DEFAULT_DIVERSITY } = settings
  if (split !== 'leave-one-out' && split !== 'time') throw bad('split', split, 'is not leave-one-out or time')
  if (settings.refit && split === 'time') {
    throw bad('refit', true, 'goes with the leave-one-out split: a cut in time has no validation event to count in')
  }
  if (sample !== undefined && !(Number.isInteger(sample) && sample > 0)) {
    throw bad('sample', sample, 'must be a whole number of users above 0')
  }
  if (!(diversity >= 0 && diversity <= 1)) throw bad('diversity', diversity, 'is not between 0 and 1')
  const drawn = settings.seed ?? seed
  if (!Number.isInteger(drawn)) throw bad('seed', drawn, 'must be a whole number')
  return {
    split,
    refit: settings.refit ?? false,
    ablate: settings.ablate ?? false,
    shuffleTies: settings.shuffleTies ?? false,
    baselines: findBaselines(settings.baselines ?? 'all'),
    sample: sample ?? null,
    seed: drawn,
    diversity,
  }
}

function findBaselines(wanted: unknown): readonly Baseline[] {
  if (wanted === 'all') return BASELINES
  if (wanted === 'none') return []
  const ids = BASELINES.map(idOf)
  if (!Array.isArray(wanted)) throw bad('baselines', wanted, `must be all, none or a list of ${ids.join(', ')}`)
  for (const one of wanted) {
    if (ids.includes(one)) continue
    const near = nearMatches(String(one), ids)
    throw bad('baselines', one, `is no baseline; there are ${ids.join(', ')}`, near)
  }
  return BASELINES.filter((baseline) => wanted.includes(idOf(baseline)))
}

function bad(option: string, value: unknown, why: string, near?: string[]): InterestMineError {
  const details = { option, value, ...(near ? { near } : {}) }
  return new InterestMineError('BAD_OPTION', `${option} ${quote(value)} ${why}`, details)
}
