import { parentPort, workerData } from 'node:worker_threads'
import { runDistill } from './build/tasks.js'
import { createEncodeWorker } from './encode/encoder.js'
import type { TowerTask } from './encode/tower.js'
import { InterestMineError } from './errors.js'
import { runAblate, runAdapt, runLearn, runLists } from './learn/tasks.js'
import { runCollect, runFit } from './model/tasks.js'
import { type TaskTable, THREAD_OF_POOL } from './threads/workers.js'
import { runMine, runTextTopics, runUserInterests } from './users/tasks.js'

type Task = TaskTable['tasks'][string]

/** A task whose module is loaded when the task first runs: most threads never evaluate. */
const lazyTask =
  <M>(load: () => Promise<M>, taskOf: (module: M) => Task): Task =>
  async (input) =>
    taskOf(await load())(input)

const setup = () => import('./evaluate/setup/tasks.js')
const ranking = () => import('./evaluate/ranking/tasks.js')
const interests = () => import('./evaluate/interests/tasks.js')
const faithfulness = () => import('./evaluate/faithfulness/tasks.js')

let towers: Promise<(task: TowerTask) => Promise<unknown>> | undefined

/** The encoder of pictures and sounds is loaded when it is first needed too: most stores have only texts. */
const encodeMedia = async (task: TowerTask) => {
  towers ??= import('./encode/tower.js').then(({ createTowerWorker }) => createTowerWorker())
  return (await towers)(task)
}

/** The tasks of a pool's threads, by the names that `Pool.run` takes. */
export const tasks: TaskTable['tasks'] = {
  encode: createEncodeWorker(),
  encodeMedia,
  phrases: async (input) => runCollect(input),
  fit: runFit,
  adapt: runAdapt,
  lists: runLists,
  mine: runMine,
  userInterests: runUserInterests,
  textTopics: runTextTopics,
  learn: runLearn,
  ablate: runAblate,
  distill: runDistill,
  count: lazyTask(setup, (module) => module.runCount),
  foretell: lazyTask(ranking, (module) => module.runPredict),
  compare: lazyTask(ranking, (module) => module.runBaseline),
  ablateSources: lazyTask(ranking, (module) => module.runAblateSources),
  summarise: lazyTask(ranking, (module) => module.runSummarise),
  plant: lazyTask(interests, (module) => module.runScorePersonas),
  readUsers: lazyTask(interests, (module) => module.runMineSampledUsers),
  pace: lazyTask(interests, (module) => module.runPace),
  explain: lazyTask(faithfulness, (module) => module.runExplain),
  audit: lazyTask(faithfulness, (module) => module.runAudit),
}

/** Releases what tasks keep in memory between runs. For tasks that ran in the thread of the caller (`workers: 0`). */
export async function release(): Promise<void> {
  const { releaseModel } = await import('./evaluate/setup/opened-model.js')
  releaseModel()
}

/** The buffers of all typed arrays in a value, which can be transferred to another thread instead of copied. */
function buffersOf(value: unknown, found = new Set<ArrayBuffer>()): ArrayBuffer[] {
  if (ArrayBuffer.isView(value)) {
    if (value.buffer instanceof ArrayBuffer) found.add(value.buffer)
  } else if (value !== null && typeof value === 'object') {
    for (const child of Object.values(value)) buffersOf(child, found)
  }
  return [...found]
}

/** Runs one task that the pool sent, and posts its result or its error. */
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

// The caller's thread may load this file too, for `tasks`. If that is a worker thread, its messages are not for us.
if (workerData === THREAD_OF_POOL) parentPort?.on('message', answerTask)
