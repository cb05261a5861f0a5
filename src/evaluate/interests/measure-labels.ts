import type { Encoder, Matrix } from '../../columns.js'
import { bootstrapFigure, bootstrapMeans } from '../../metrics/intervals.js'
import { cleanText } from '../../text.js'
import { watchStage } from '../../threads/run.js'
import type { Item } from '../../types/items.js'
import { toMeasured, toMeasuredOrNull } from '../setup/metric-table.js'
import type { RunContext } from '../setup/run-context.js'
import type { Leaves } from './leaves.js'
import type { EvaluatedUser } from './mine-users.js'
import { NAMERS } from './namers.js'
import type { LabelsReport, Specificity } from './report.js'
import { DISTRACTORS, drawTrials, judgeLabels, type Trial } from './specificity.js'
import { isByExample, isSupported } from './support.js'

interface LabelsInput {
  minedUsers: readonly EvaluatedUser[]
  items: readonly Item[]
  /** Vectors of the items' short texts, one a row. */
  short: Matrix
  leaves: Leaves
  /** Row -> department, -1 unknown. */
  departments: Int32Array
  removed: Uint8Array
  /** Null where the items bring their own vectors: labels cannot be encoded then. */
  encoder: Encoder | null
  seed: number
}

const MOST_TRIALS = 300
const MOST_UNSUPPORTED = 20
/** Characters of an item's text that are searched for the words of a label. */
const MOST_TEXT = 2000

/**
 * Measures labels: which share of the liked items has one, whether each word of a label is found in its evidence,
 * whether labels are unique within a user, and whether a label distinguishes its items from others. Fails with
 * INTERRUPTED.
 */
export async function measureLabels(input: LabelsInput, context: RunContext): Promise<LabelsReport> {
  const { minedUsers, items, seed } = input
  const all = minedUsers.flatMap(({ interests }) => interests).filter(({ level }) => level !== 'domain')
  const named = all.filter((interest) => !isByExample(interest))
  const unsupportedBy = (textOf: (item: Item) => string) =>
    named.filter(
      ({ label, rows }) =>
        !isSupported(
          label,
          Array.from(rows, (row) => textOf(items[row])),
        ),
    )
  const unsupported = unsupportedBy((item) => `${namesOf(item)} . ${cleanText(item.text ?? '', MOST_TEXT)}`)
  const shareBeside = (failed: readonly unknown[]) => (named.length === 0 ? 1 : 1 - failed.length / named.length)
  const unique = minedUsers.filter(({ interests }) => {
    const labels = new Set(interests.map(({ label }) => label.trim().toLowerCase()))
    return labels.size === interests.length
  })
  return {
    named: named.length,
    byExample: all.length - named.length,
    items: coverItems(minedUsers, seed),
    supported: shareBeside(unsupported),
    supportedWithoutTexts: shareBeside(unsupportedBy(namesOf)),
    unsupported: unsupported.slice(0, MOST_UNSUPPORTED).map(({ label }) => label),
    unique: unique.length / minedUsers.length,
    specificity: await measureSpecificity(input, context),
  }
}

function namesOf({ title, brand, categories }: Item): string {
  return cleanText([title, brand ?? '', ...(categories ?? []).flat()].join(' . '))
}

function coverItems(minedUsers: readonly EvaluatedUser[], seed: number): LabelsReport['items'] {
  const users = Int32Array.from(minedUsers.keys())
  const shareOf = (held: (user: EvaluatedUser) => number) => {
    const own = minedUsers.map(held)
    const sum = (positions: Int32Array, of: (i: number) => number) => positions.reduce((n, i) => n + of(i), 0)
    const figure = (positions: Int32Array) =>
      sum(positions, (i) => own[i]) / sum(positions, (i) => minedUsers[i].liked.length)
    return toMeasured(bootstrapFigure(users, figure, { seed }))
  }
  const within = (...levels: string[]) =>
    shareOf(({ interests }) =>
      interests.reduce((n, { level, rows }) => n + (levels.includes(level) ? rows.length : 0), 0),
    )
  return {
    points: within('point'),
    named: within('point', 'emerging'),
    broad: within('domain'),
    unassigned: shareOf(({ interests, liked }) => interests.reduce((n, { rows }) => n - rows.length, liked.length)),
  }
}

async function measureSpecificity(
  { minedUsers, items, short, leaves, departments, removed, encoder, seed }: LabelsInput,
  { signal, onProgress }: RunContext,
): Promise<LabelsReport['specificity']> {
  const trials = drawTrials(minedUsers, { leaves, departments, removed, most: MOST_TRIALS, seed })
  if (trials.length === 0 || encoder === null) return null
  const encode = (texts: string[]) =>
    encoder.encode(texts, { signal, onProgress: watchStage('labels', texts.length, onProgress) })
  const judge = async (of: readonly Trial[], labels: readonly (string | null)[]) => {
    const labelled = of.filter((_, i) => labels[i] !== null)
    const texts = labels.filter((label) => label !== null)
    if (labelled.length === 0) return { trials: 0, specificity: { any: null, department: null, parent: null } }
    const vectors = await encode(texts)
    const columns = DISTRACTORS.map((kind) => judgeLabels(labelled, vectors, short, kind))
    const users = labelled.map(({ user }) => user)
    const intervals = bootstrapMeans(columns, users, { seed })
    const specificity = Object.fromEntries(
      DISTRACTORS.map((kind, k) => [kind, toMeasuredOrNull(intervals[k])]),
    ) as Specificity
    return { trials: labelled.length, specificity }
  }
  const ours = await judge(
    trials,
    trials.map(({ label }) => label),
  )
  const titles = items.map(({ title }) => cleanText(title, 500))
  const peers: NonNullable<LabelsReport['specificity']>['peers'] = []
  for (const { id, name, source, most, label } of NAMERS) {
    const own = trials.slice(0, most)
    peers.push({ id, name, source, ...(await judge(own, await label(own, { titles, items: short, leaves, encode }))) })
  }
  return { trials: trials.length, ours: ours.specificity, peers }
}
