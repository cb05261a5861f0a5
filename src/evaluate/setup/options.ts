import { InterestMineError, quote } from '../../errors.js'
import { nearMatches } from '../../text.js'
import type { Interaction, Item, OwnWeights, PrivacyOptions, Progress, Source, WeightPreset } from '../../types.js'
import { BASELINES, type Baseline, idOf } from '../baselines/index.js'

/** What is evaluated, where it is no store. */
export interface RowOptions {
  items: Source<Item>
  events: Source<Interaction>
  /** A bundled encoder or the directory of one; default: by the catalogue's language. */
  encoder?: string
  /** Threads; 0: none but this one. Default: cores, at most 4. */
  workers?: number
  weights?: WeightPreset | OwnWeights
}

export interface RunHooks {
  /** Aborting stops within a second. */
  signal?: AbortSignal
  onProgress?: (progress: Progress) => void
}

/** How an evaluation asks and what it tells. */
export interface EvaluateSettings extends RunHooks, PrivacyOptions {
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
}

export type EvaluateOptions = RowOptions & EvaluateSettings

/** What interests are judged on. */
export interface InterestsSettings extends RunHooks {
  /** Users whose histories are read, drawn by the seed. Default 2,000. */
  sample?: number
  /** Made-up histories of each kind and seed. Default 100. */
  personas?: number
  /** Seeds of made-up histories. Default 3. */
  seeds?: number
  /** Of everything random, a whole number. Default 1. */
  seed?: number
}

/** What explanations are judged on. */
export interface FaithfulnessSettings extends RunHooks {
  /** Users whose lists are explained, drawn by the seed. Default 300. */
  sample?: number
  /** Recommendations whose counterfactual is tried, one a user. Default 200. */
  counterfactuals?: number
  /** Of the list as served, 0..1; default .3. */
  diversity?: number
  /** Of everything random, a whole number. Default 1. */
  seed?: number
}

/** Settings with nothing left open. */
export interface RankingSettings extends PrivacyOptions {
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
export function readRankingSettings(settings: EvaluateSettings, seed = 1): RankingSettings {
  const { split = 'leave-one-out', sample, dpEpsilon, dpDelta } = settings
  if (split !== 'leave-one-out' && split !== 'time') throw badOption('split', split, 'is not leave-one-out or time')
  if (settings.refit && split === 'time') {
    throw badOption(
      'refit',
      true,
      'goes with the leave-one-out split: a cut in time has no validation event to count in',
    )
  }
  return {
    split,
    refit: settings.refit ?? false,
    ablate: settings.ablate ?? false,
    shuffleTies: settings.shuffleTies ?? false,
    baselines: findBaselines(settings.baselines ?? 'all'),
    sample: sample === undefined ? null : readCount('sample', sample),
    seed: readSeed(settings.seed ?? seed),
    diversity: readDiversity(settings.diversity),
    ...(dpEpsilon === undefined ? {} : { dpEpsilon }),
    ...(dpDelta === undefined ? {} : { dpDelta }),
  }
}

/** Settings without what is watched. */
type Complete<S extends RunHooks> = Required<Omit<S, keyof RunHooks>>

/** Fails with BAD_OPTION where a value is not what the types say. */
export function readInterestsSettings(settings: InterestsSettings, seed = 1): Complete<InterestsSettings> {
  return {
    sample: readCount('sample', settings.sample ?? 2000),
    personas: readCount('personas', settings.personas ?? 100),
    seeds: readCount('seeds', settings.seeds ?? 3),
    seed: readSeed(settings.seed ?? seed),
  }
}

/** Fails with BAD_OPTION where a value is not what the types say. */
export function readFaithfulnessSettings(settings: FaithfulnessSettings, seed = 1): Complete<FaithfulnessSettings> {
  return {
    sample: readCount('sample', settings.sample ?? 300),
    counterfactuals: readCount('counterfactuals', settings.counterfactuals ?? 200),
    diversity: readDiversity(settings.diversity),
    seed: readSeed(settings.seed ?? seed),
  }
}

function readCount(option: string, value: number): number {
  if (Number.isInteger(value) && value > 0) return value
  throw badOption(option, value, 'must be a whole number above 0')
}

function readSeed(value: number): number {
  if (Number.isInteger(value)) return value
  throw badOption('seed', value, 'must be a whole number')
}

function readDiversity(value = DEFAULT_DIVERSITY): number {
  if (value >= 0 && value <= 1) return value
  throw badOption('diversity', value, 'is not between 0 and 1')
}

function findBaselines(wanted: unknown): readonly Baseline[] {
  if (wanted === 'all') return BASELINES
  if (wanted === 'none') return []
  const ids = BASELINES.map(idOf)
  if (!Array.isArray(wanted)) throw badOption('baselines', wanted, `must be all, none or a list of ${ids.join(', ')}`)
  for (const id of wanted) {
    if (ids.includes(id)) continue
    const near = nearMatches(String(id), ids)
    throw badOption('baselines', id, `is no baseline; there are ${ids.join(', ')}`, near)
  }
  return BASELINES.filter((baseline) => wanted.includes(idOf(baseline)))
}

function badOption(option: string, value: unknown, why: string, near?: string[]): InterestMineError {
  const details = { option, value, ...(near ? { near } : {}) }
  return new InterestMineError('BAD_OPTION', `${option} ${quote(value)} ${why}`, details)
}
