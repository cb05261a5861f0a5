import { parentPort } from 'node:worker_threads'
import { runDistill } from './build/tasks.js'
import { createEncodeWorker } from './encode/encoder.js'
import type { TowerTask } from './encode/tower.js'
import { InterestMineError } from './errors.js'
import type { EvaluationTasks } from './evaluate/tasks.js'
import { runAblate, runAdapt, runLearn, runShow } from './learn/tasks.js'
import { collectFrom, runFit } from './model/tasks.js'
import { runHold, runMine, runOutline } from './users/tasks.js'

let evaluation: Promise<EvaluationTasks> | undefined

/** Loaded when first asked for: most threads never evaluate. */
const evaluate = (task: keyof EvaluationTasks) => async (input: never) => {
  evaluation ??= import('./evaluate/tasks.js').then(({ createEvaluationTasks }) => createEvaluationTasks())
  return (await evaluation)[task](input)
}

let towers: Promise<(task: TowerTask) => Promise<unknown>> | undefined

/** Likewise: most stores have texts alone. */
const encodeMedia = async (task: TowerTask) => {
  towers ??= import('./encode/tower.js').then(({ createTowerWorker }) => createTowerWorker())
  return (await towers)(task)
}

/** Entry of the pool's threads: takes { task, input }, answers with one reply. */
const tasks: Record<string, (input: never) => Promise<unknown>> = {
  encode: createEncodeWorker(),
  encodeMedia,
  phrases: async (input) => collectFrom(input),
  fit: runFit,
  adapt: runAdapt,
  show: runShow,
  mine: runMine,
  hold: runHold,
  outline: runOutline,
  learn: runLearn,
  ablate: runAblate,
  distill: runDistill,
  count: evaluate('count'),
  foretell: evaluate('foretell'),
  compare: evaluate('compare'),
  ablateSources: evaluate('ablateSources'),
  summarise: evaluate('summarise'),
  plant: evaluate('plant'),
  readUsers: evaluate('readUsers'),
  pace: evaluate('pace'),
  explain: evaluate('explain'),
  audit: evaluate('audit'),
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

parentPort?.on('message', async ({ task, input }: { task: string; input: never }) => {
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
})
