import { parentPort, workerData } from 'node:worker_threads'
import { runDistill } from './build/tasks.js'
import { createEncodeWorker } from './encode/encoder.js'
import type { TowerTask } from './encode/tower.js'
import { InterestMineError } from './errors.js'
import { runAblate, runAdapt, runLearn, runLists } from './learn/tasks.js'
import { collectFrom, runFit } from './model/tasks.js'
import { type TaskTable, THREAD_OF_POOL } from './threads/workers.js'
import { runMine, runTextTopics, runUserInterests } from './users/tasks.js'

type Task = TaskTable['tasks'][string]

/** A task of a module that is loaded when it is first asked for: most threads never evaluate. */
const later =
  <M>(load: () => Promise<M>, taskOf: (module: M) => Task): Task =>
  async (input) =>
    taskOf(await load())(input)

const setup = () => import('./evaluate/setup/tasks.js')
const ranking = () => import('./evaluate/ranking/tasks.js')
const interests = () => import('./evaluate/interests/tasks.js')
const faithfulness = () => import('./evaluate/faithfulness/tasks.js')

let towers: Promise<(task: TowerTask) => Promise<unknown>> | undefined

/** Likewise: most stores have texts alone. */
const encodeMedia = async (task: TowerTask) => {
  towers ??= import('./encode/tower.js').then(({ createTowerWorker }) => createTowerWorker())
  return (await towers)(task)
}

/** What the threads of a pool do, by the names that `Pool.run` is given. */
export const tasks: TaskTable['tasks'] = {
  encode: createEncodeWorker(),
  encodeMedia,
  phrases: async (input) => collectFrom(input),
  fit: runFit,
  adapt: runAdapt,
  lists: runLists,
  mine: runMine,
  userInterests: runUserInterests,
  textTopics: runTextTopics,
  learn: runLearn,
  ablate: runAblate,
  distill: runDistill,
  count: later(setup, (module) => module.runCount),
  foretell: later(ranking, (module) => module.runPredict),
  compare: later(ranking, (module) => module.runBaseline),
  ablateSources: later(ranking, (module) => module.runAblateSources),
  summarise: later(ranking, (module) => module.runSummarise),
  plant: later(interests, (module) => module.runScorePersonas),
  readUsers: later(interests, (module) => module.runMineSampledUsers),
  pace: later(interests, (module) => module.runPace),
  explain: later(faithfulness, (module) => module.runExplain),
  audit: later(faithfulness, (module) => module.runAudit),
}

/** Lets go of what tasks keep from one to the next, where they ran in the host's own thread. */
export async function release(): Promise<void> {
  const { releaseModel } = await import('./evaluate/setup/opened-model.js')
  releaseModel()
}

/** The memory of all typed arrays in a value, which can be handed over instead of copied. */
function buffersOf(value: unknown, found = new Set<ArrayBuffer>()): ArrayBuffer[] {
  if (ArrayBuffer.isView(value)) {
    if (value.buffer instanceof ArrayBuffer) found.add(value.buffer)
  } else if (value !== null && typeof value === 'object') {
    for (const child of Object.values(value)) buffersOf(child, found)
  }
  return [...found]
}

/** Takes { task, input } from the pool and answers with one reply. */
async function answerTask({ task, input }: { task: string; input: never }): Promise<void> {
  try {
    const value = await tasks[task](input)
    parentPort?.postMessage({ ok: true, value }, task === 'fit' ? buffersOf(value) : [])
  } catch (error) {
    const known = error instanceof InterestMineError
    const message = error instanceof Error ? error.message : String(error)
    parentPort?.postMessage({
      ok: false,
      message,
      code: known ? error.code : 'INTERNAL',
      details: known ? error.details : {},
    })
  }
}

// A thread of the host's own may load this file too, for its table: messages to that one are none of ours.
if (workerData === THREAD_OF_POOL) parentPort?.on('message', answerTask)
