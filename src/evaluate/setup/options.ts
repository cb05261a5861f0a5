import { InterestMineError, quote } from '../../errors.js'
import { RANGES, readDiversity, readSeed } from '../../options.js'
import { nearMatches } from '../../text.js'
import type { Interaction, Item, OwnWeights, WeightPreset } from '../../types/items.js'
import type { PrivacyOptions, Progress, Source } from '../../types/options.js'
import { BASELINES, type Baseline, idOf } from '../baselines/index.js'

/** The items and events to evaluate, where they do not come from a store. */
export interface RowOptions {
  /** The catalogue: a file, or the items themselves. */
  items: Source<Item>
  /** What users did: a file, or the events themselves. */
  events: Source<Interaction>
  /** A bundled encoder or the directory of one; default: by the catalogue's language. */
  encoder?: string
  /** Threads; 0: none but this one. Default: cores, at most 4. */
  workers?: number
  /** How much each kind of event counts: a preset or a table of your own. */
  weights?: WeightPreset | OwnWeights
}

/** How a caller stops a run and follows its progress. */
export interface RunHooks {
  /** Aborting it stops the run within a second; the run then fails with INTERRUPTED. */
  signal?: AbortSignal
  /** Called at the start of each stage and about ten times a second while one runs. */
  onProgress?: (progress: Progress) => void
}

/** Settings of an evaluation of the ranking. */
export interface EvaluateSettings extends RunHooks, PrivacyOptions {
  /**
   * What is held back: `leave-one-out` (default) the last liked item of each user; `time` the liked items at or after
   * one cut in time, the same for all users.
   */
  split?: 'leave-one-out' | 'time'
  /**
   * Leave-one-out only: the statistics that serve also count the second-last liked item of each user; adapter and
   * scorer are the same as without. Default false, the strict protocol.
   */
  refit?: boolean
  /** Also measure, on validation events, what each feature and each source of candidates is worth. Takes minutes. */
  ablate?: boolean
  /** First shuffle, within each user, the liked items that have the same time. Default false. */
  shuffleTies?: boolean
  /** Known methods to compare with, by id: `all` (default), `none` or a list. */
  baselines?: 'all' | 'none' | string[]
  /** Ask only so many users, drawn by the seed. Training still learns from all. Default: all are asked. */
  sample?: number
  /** Seed of everything random, a whole number. Default 1. */
  seed?: number
  /** Diversity of the list as served, 0..1. Default .3. */
  diversity?: number
}

/** Options of `evaluate`: the rows and the settings. */
export type EvaluateOptions = RowOptions & EvaluateSettings

/** Settings of an evaluation of interests. */
export interface InterestsSettings extends RunHooks {
  /** Users whose histories are mined, drawn by the seed. Default 2,000. */
  sample?: number
  /** Personas (made-up histories with planted interests) of each kind and seed. Default 100. */
  personas?: number
  /** How many seeds personas are drawn from. Default 3. */
  seeds?: number
  /** Seed of everything random, a whole number. Default 1. */
  seed?: number
}

/** Settings of an evaluation of explanations. */
export interface FaithfulnessSettings extends RunHooks {
  /** Users whose lists are explained, drawn by the seed. Default 300. */
  sample?: number
  /** Users of whom one recommendation is explained in full and its counterfactual checked. Default 200. */
  counterfactuals?: number
  /** Diversity of the list as served, 0..1. Default .3. */
  diversity?: number
  /** Seed of everything random, a whole number. Default 1. */
  seed?: number
}

/** `EvaluateSettings` checked and with defaults filled in, without the hooks. */
export interface RankingSettings extends PrivacyOptions {
  split: 'leave-one-out' | 'time'
  refit: boolean
  ablate: boolean
  shuffleTies: boolean
  /** The methods themselves, in the order of `BASELINES`. */
  baselines: readonly Baseline[]
  /** Users to ask; null: all. */
  sample: number | null
  seed: number
  diversity: number
}

/**
 * Checks the settings of an evaluation of the ranking and fills in defaults. `seed` is the seed where the settings name
 * none. Fails with BAD_OPTION where a value is not what its type says, or where `refit` is given with the time split;
 * `details.option` names the option.
 */
export function readRankingSettings(settings: EvaluateSettings, seed: number = RANGES.seed.usual): RankingSettings {
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

/** Settings with defaults filled in, without the hooks. */
type Complete<S extends RunHooks> = Required<Omit<S, keyof RunHooks>>

/** As `readRankingSettings`, of an evaluation of interests. */
export function readInterestsSettings(
  settings: InterestsSettings,
  seed: number = RANGES.seed.usual,
): Complete<InterestsSettings> {
  return {
    sample: readCount('sample', settings.sample ?? 2000),
    personas: readCount('personas', settings.personas ?? RANGES.personas.usual),
    seeds: readCount('seeds', settings.seeds ?? 3),
    seed: readSeed(settings.seed ?? seed),
  }
}

/** As `readRankingSettings`, of an evaluation of explanations. */
export function readFaithfulnessSettings(
  settings: FaithfulnessSettings,
  seed: number = RANGES.seed.usual,
): Complete<FaithfulnessSettings> {
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

/** A BAD_OPTION error that shows the value and why it is refused; `near`: ids that were perhaps meant. */
function badOption(option: string, value: unknown, why: string, near?: string[]): InterestMineError {
  const details = { option, value, ...(near ? { near } : {}) }
  return new InterestMineError('BAD_OPTION', `${option} ${quote(value)} ${why}`, details)
}
