import type { Catalogue, Encoder, History } from '../../columns.js'
import { createRandom, sampleBelow } from '../../random.js'
import { watchStage, withStop } from '../../threads/run.js'
import { shareArrays } from '../../threads/shared.js'
import { gatherPositives, splitLeaveOneOut } from '../questions/split.js'
import type { readInterests } from '../setup/options.js'
import { fitTrain } from '../setup/prepare.js'
import type { Cost, Ground } from '../setup/rows.js'
import type { Surroundings } from '../setup/surroundings.js'
import { measureLabels } from './labelling.js'
import { numberLeaves } from './leaves.js'
import type { Pace } from './pace.js'
import { prepareSoil } from './personas.js'
import { measurePlanted } from './planting.js'
import type { InterestsReport } from './report.js'
import { summariseConfidence, summariseNext, summariseStability } from './summarise.js'
import type { AskedUser, UserReading, UsersTask } from './users.js'

type Settings = ReturnType<typeof readInterests>

/** Liked items of a history that is read. */
const LEAST_ITEMS = 10
/** Histories that one task reads. */
const USERS_A_TASK = 50

/** Fits without what is held back, mines as serving does, and judges what comes of it. */
export async function judgeInterests(
  ground: Ground,
  settings: Settings,
  surroundings: Surroundings,
): Promise<Omit<InterestsReport, keyof Cost>> {
  const { items, text, histories, encoder, encoderId } = ground
  const { seed, sample } = settings
  const { catalogue } = text
  const { removed } = catalogue
  const notes = [...ground.notes]
  const { train, test } = splitLeaveOneOut(histories)
  const fitted = gatherPositives(train)
  const { artefacts } = await fitTrain(text, fitted, seed, surroundings)
  const leaves = numberLeaves(items, catalogue)
  const departments = artefacts.topics.domains

  const able = test.filter(({ user, target }) => histories[user].rows.length >= LEAST_ITEMS && removed[target] === 0)
  const users = Array.from(sampleBelow(createRandom(seed), able.length, sample), (i): AskedUser => {
    const { user, history, target } = able[i]
    return { whole: histories[user], before: history, target }
  })
  const isRead = users.length > 0
  if (!isRead) notes.push(`no user has ${LEAST_ITEMS} liked items, so no history was read`)
  const model = shareArrays(artefacts)
  const readings = await readAll({ model, leaves: shareArrays(leaves), users }, surroundings)
  const labelling = { readings, items, short: text.short, leaves, departments, removed, encoder, seed }
  const labels = isRead ? await measureLabels(labelling, surroundings) : null
  const soil = catalogue.categoryKind === 'paths' ? prepareSoil(leaves, departments) : null
  const { personas, seeds } = settings
  const planted =
    encoder && soil
      ? await measurePlanted({ items, encoder, history: fitted.lists, soil, personas, seeds, seed }, surroundings)
      : null
  if (planted === null) notes.push(`no interests were planted: ${sayWhyNot(encoder, catalogue)}`)
  const wholes = users.map(({ whole }) => whole)
  const pace = isRead ? await measureAlone(model, wholes, surroundings) : null
  return {
    protocol: {
      text: sayProtocol(users.length),
      seed,
      encoder: encoderId,
      items: removed.reduce((n, gone) => n + 1 - gone, 0),
      users: users.length,
      of: able.length,
    },
    planted,
    labels,
    next: isRead ? summariseNext(readings, seed) : null,
    stability: summariseStability(readings, seed),
    confidence: summariseConfidence(readings, seed),
    pace,
    notes,
  }
}

function sayWhyNot(encoder: Encoder | null, { categoryKind }: Catalogue): string {
  if (encoder === null) return 'the items bring their own vectors, from which categories cannot be hidden'
  if (categoryKind === 'tags') return 'the categories are tags, which tell no leaf to plant'
  return 'there are fewer than six leaf categories of five items or more'
}

function sayProtocol(users: number): string {
  return (
    'Planted: personas of two to six leaf categories, categories hidden from encoder and space. ' +
    `Users: ${users} with ${LEAST_ITEMS} liked items or more; everything was fitted without the last two of each, ` +
    'and the last one is what comes next.'
  )
}

async function readAll(
  { users, ...world }: UsersTask,
  { pool, signal, onProgress }: Surroundings,
): Promise<UserReading[]> {
  const starts = Array.from({ length: Math.ceil(users.length / USERS_A_TASK) }, (_, k) => k * USERS_A_TASK)
  const parts = await withStop(
    signal,
    (stop) =>
      Promise.all(
        starts.map((from) => {
          const task: UsersTask = { ...world, users: users.slice(from, from + USERS_A_TASK) }
          return pool.run<UserReading[]>('readUsers', { ...task, stop })
        }),
      ),
    watchStage('mining', users.length, onProgress),
  )
  return parts.flat()
}

async function measureAlone(
  model: UsersTask['model'],
  histories: readonly History[],
  { pool, signal }: Surroundings,
): Promise<Pace> {
  return withStop(signal, (stop) => pool.run<Pace>('pace', { model, histories, stop }))
}
