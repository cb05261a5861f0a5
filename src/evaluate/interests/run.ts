import type { Catalogue, Encoder, History } from '../../columns.js'
import { createRandom, sampleBelow } from '../../random.js'
import { withStop } from '../../threads/run.js'
import { shareArrays } from '../../threads/shared.js'
import { gatherPositives, splitLeaveOneOut } from '../questions/split.js'
import type { readInterestsSettings } from '../setup/options.js'
import { fitTrainingPart } from '../setup/prepare.js'
import type { EvaluationData, ResourceUse } from '../setup/rows.js'
import type { RunContext } from '../setup/run-context.js'
import { runInParts } from '../setup/run-in-parts.js'
import { numberLeaves } from './leaves.js'
import { measureLabels } from './measure-labels.js'
import { measurePlanted } from './measure-planted.js'
import type { EvaluatedUser, SampledUser, UsersTask } from './mine-users.js'
import type { Pace } from './pace.js'
import { findPlantableLeaves } from './personas.js'
import type { InterestsReport } from './report.js'
import { summariseConfidence, summariseNext, summariseStability } from './summarise.js'

type InterestsRunSettings = ReturnType<typeof readInterestsSettings>

/** Liked items that a user needs to be in the sample. */
const LEAST_ITEMS = 10
/** Users that one task mines. */
const USERS_A_TASK = 50

/**
 * Evaluates interests: fits without the last two liked items of each user, mines histories by the code that serves, and
 * measures the interests. What cannot be measured is null in the report, with a note. Fails with INTERRUPTED.
 */
export async function judgeInterests(
  data: EvaluationData,
  settings: InterestsRunSettings,
  context: RunContext,
): Promise<Omit<InterestsReport, keyof ResourceUse>> {
  const { items, text, histories, encoder, encoderId } = data
  const { seed, sample } = settings
  const { catalogue } = text
  const { removed } = catalogue
  const notes = [...data.notes]
  const { train, test } = splitLeaveOneOut(histories)
  const fitted = gatherPositives(train)
  const { artefacts } = await fitTrainingPart(text, fitted, seed, context)
  const leaves = numberLeaves(items, catalogue)
  const departments = artefacts.topics.domains

  const askable = test.filter(({ user, target }) => histories[user].rows.length >= LEAST_ITEMS && removed[target] === 0)
  const users = Array.from(sampleBelow(createRandom(seed), askable.length, sample), (i): SampledUser => {
    const { user, history, target } = askable[i]
    return { whole: histories[user], before: history, target }
  })
  const isAnyMined = users.length > 0
  if (!isAnyMined) notes.push(`no user has ${LEAST_ITEMS} liked items, so no history was read`)
  const model = shareArrays(artefacts)
  const minedUsers = await mineAll({ model, leaves: shareArrays(leaves), users }, context)
  const labelsInput = { minedUsers, items, short: text.short, leaves, departments, removed, encoder, seed }
  const labels = isAnyMined ? await measureLabels(labelsInput, context) : null
  const plantable = catalogue.categoryKind === 'paths' ? findPlantableLeaves(leaves, departments) : null
  const { personas, seeds } = settings
  const planted =
    encoder && plantable
      ? await measurePlanted({ items, encoder, history: fitted.lists, plantable, personas, seeds, seed }, context)
      : null
  if (planted === null) notes.push(`no interests were planted: ${whyNotPlanted(encoder, catalogue)}`)
  const wholeHistories = users.map(({ whole }) => whole)
  const pace = isAnyMined ? await measurePaceAlone(model, wholeHistories, context) : null
  return {
    protocol: {
      text: describeProtocol(users.length),
      seed,
      encoder: encoderId,
      items: removed.reduce((n, gone) => n + 1 - gone, 0),
      users: users.length,
      of: askable.length,
    },
    planted,
    labels,
    next: isAnyMined ? summariseNext(minedUsers, seed) : null,
    stability: summariseStability(minedUsers, seed),
    confidence: summariseConfidence(minedUsers, seed),
    pace,
    notes,
  }
}

function whyNotPlanted(encoder: Encoder | null, { categoryKind }: Catalogue): string {
  if (encoder === null) return 'the items bring their own vectors, from which categories cannot be hidden'
  if (categoryKind === 'tags') return 'the categories are tags, which tell no leaf to plant'
  return 'there are fewer than six leaf categories of five items or more'
}

function describeProtocol(users: number): string {
  return (
    'Planted: personas of two to six leaf categories, categories hidden from encoder and space. ' +
    `Users: ${users} with ${LEAST_ITEMS} liked items or more; everything was fitted without the last two of each, ` +
    'and the last one is what comes next.'
  )
}

/** Mines all users on the pool's threads, and gives the results in their order. */
async function mineAll({ users, ...shared }: UsersTask, context: RunContext): Promise<EvaluatedUser[]> {
  const inputOf = (from: number, to: number): UsersTask => ({ ...shared, users: users.slice(from, to) })
  const work = { stage: 'mining', task: 'readUsers', total: users.length, size: USERS_A_TASK, inputOf } as const
  return (await runInParts<EvaluatedUser[]>(work, context)).flat()
}

/** Measures the pace on one thread while the others have nothing to do. */
async function measurePaceAlone(
  model: UsersTask['model'],
  histories: readonly History[],
  { pool, signal }: RunContext,
): Promise<Pace> {
  return withStop(signal, (stop) => pool.run<Pace>('pace', { model, histories, stop }))
}
