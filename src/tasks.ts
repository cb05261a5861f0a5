import type { TrainedAdapter } from './adapt/train.js'
import { interruption } from './build/rows.js'
import type { DistillColumns } from './distill/columns.js'
import { type Distilled, type DistillOptions, distillTable } from './distill/distill.js'
import { type AblationSample, fitWithout } from './learn/ablate.js'
import { type Knowledge, learnKnown } from './learn/known.js'
import { type ShowInput, type ShownLists, showUsers } from './learn/lists.js'
import { EXACT_FITS, type LearnInput, learnScorer, type TrainPlan } from './learn/plan.js'
import { fitPrivately } from './learn/private-fit.js'
import { type CollectedPhrases, collectPhrases } from './mine/names/phrases.js'
import { type FitColumns, fit } from './model/fit.js'
import type { Artefacts } from './model/model.js'
import { createSecretRandom } from './privacy/secure-bytes.js'
import type { Feature } from './rank/features.js'
import type { Scorer } from './rank/scorer.js'
import { ITERATIONS } from './rank/train.js'
import type { MinedUser } from './store/store.js'
import type { Pool } from './threads/workers.js'
import type { Catalogue, History, Progress, Strings } from './types.js'
import { type Holdings, type HoldingsInput, takeHoldings } from './users/holdings.js'
import { type MineUsersInput, mineUsers } from './users/mine-users.js'
import { type Outline, type OutlineInput, outlineCatalogue } from './users/outline.js'
import { buildGraph, type GraphSeal } from './vectors/hnsw-index.js'
import { openProduct, type Product } from './vectors/onnx-runtime.js'
import { stringAt } from './vectors/strings.js'

/** Shares the fit with a worker thread: what is sent, and what comes back. */
export interface FitTask {
  columns: FitColumns
  /** As in FitOptions. */
  spend?: boolean
  seed: number
  graphFile: string
  /** Set to 1 from outside: stop at the next pause. */
  stop: SharedArrayBuffer
}
export interface FitResult {
  artefacts: Artefacts
  graph: GraphSeal | null
}

const BREATH_MS = 50

/** Throws once the flag is set. */
export function createCheck(stop: SharedArrayBuffer): () => void {
  const flag = new Int32Array(stop)
  return () => {
    if (Atomics.load(flag, 0) === 1) throw interruption()
  }
}

/** A pause that lets the thread's other work go on now and then, and stops once the flag is set. */
export function createPause(stop: SharedArrayBuffer): () => Promise<void> {
  const check = createCheck(stop)
  let last = performance.now()
  return async () => {
    check()
    if (performance.now() - last < BREATH_MS) return
    await new Promise((resume) => setImmediate(resume))
    last = performance.now()
    check()
  }
}

let product: Promise<Product | null> | undefined

/** Dense products, opened once a thread. */
export function openProductOnce(): Promise<Product | null> {
  product ??= openProduct()
  return product
}

export async function runFit({ columns, spend, seed, graphFile, stop }: FitTask): Promise<FitResult> {
  const pause = createPause(stop)
  const artefacts = await fit(columns, { seed, product: await openProductOnce(), pause, spend })
  const { vectors, axes } = artefacts
  return { artefacts, graph: axes && (await buildGraph({ vectors, axes }, graphFile, pause)) }
}

/** Steps of a training, each for one thread. */
export interface AdaptTask {
  fitted: Pick<Artefacts, 'catalogue' | 'vectors'>
  histories: History[]
  plan: TrainPlan
  kept: TrainedAdapter | null
}
export interface ShowTask extends ShowInput {
  /** Name of the model, the same for all tasks that share it. */
  world: string
}
export interface MineTask extends MineUsersInput {
  /** As in a ShowTask. */
  world: string
}
export interface HoldTask extends HoldingsInput {
  world: string
}
export interface LearnTask extends LearnInput {
  plan: Pick<TrainPlan, 'learnt' | 'aside' | 'privacy'>
}
export interface AblateTask {
  sample: AblationSample
  /** Null: none is left out. */
  feature: Feature | null
  old: Scorer
}
export interface DistillTask extends Pick<DistillOptions, 'dims' | 'seed' | 'around'> {
  columns: DistillColumns
}
interface Stoppable {
  stop: SharedArrayBuffer
}

export async function runAdapt({ fitted, histories, plan, kept, stop }: AdaptTask & Stoppable): Promise<Knowledge> {
  const pause = createPause(stop)
  const counters = new Int32Array(stop)
  return learnKnown(fitted, histories, plan, {
    kept,
    product: await openProductOnce(),
    noise: createSecretRandom(),
    pause(done, total) {
      Atomics.store(counters, 1, done)
      Atomics.store(counters, 2, total)
      return pause()
    },
  })
}

/** Models by name as this thread first got them; what scans them is made once for each. */
const worlds = new Map<string, WeakRef<object>>()

function modelOf<M extends object>(world: string, given: M): M {
  const model = (worlds.get(world)?.deref() as M | undefined) ?? given
  worlds.set(world, new WeakRef(model))
  return model
}

export function runShow({ stop, world, ...task }: ShowTask & Stoppable): Promise<ShownLists> {
  return showUsers({ ...task, model: modelOf(world, task.model) }, countingPause(stop))
}

export function runMine({ stop, world, ...task }: MineTask & Stoppable): Promise<MinedUser[]> {
  return mineUsers({ ...task, model: modelOf(world, task.model) }, countingPause(stop))
}

export function runOutline({ stop, ...task }: OutlineInput & Stoppable): Promise<Outline> {
  return outlineCatalogue(task, createPause(stop))
}

export function runHold({ stop, world, ...task }: HoldTask & Stoppable): Promise<Holdings> {
  return takeHoldings({ ...task, model: modelOf(world, task.model) }, countingPause(stop))
}

/** A pause that counts one more as done. */
function countingPause(stop: SharedArrayBuffer): () => Promise<void> {
  const pause = createPause(stop)
  const counters = new Int32Array(stop)
  return () => {
    Atomics.add(counters, 1, 1)
    return pause()
  }
}

export async function runLearn({ stop, plan, ...task }: LearnTask & Stoppable) {
  const check = createCheck(stop)
  const counters = new Int32Array(stop)
  const { privacy } = plan
  const total = privacy ? privacy.scorer.steps + privacy.calibration.steps : ITERATIONS
  Atomics.store(counters, 2, total)
  let done = 0
  return learnScorer(task, privacy ? fitPrivately(privacy, plan, createSecretRandom()) : EXACT_FITS, () => {
    check()
    Atomics.store(counters, 1, Math.min(total, ++done))
  })
}

export async function runAblate({ stop, sample, feature, old }: AblateTask & Stoppable): Promise<Float64Array> {
  const gains = fitWithout(sample, feature, old, createCheck(stop))
  Atomics.add(new Int32Array(stop), 1, 1)
  return gains
}

export async function runDistill({ stop, columns, ...options }: DistillTask & Stoppable): Promise<Distilled> {
  const counters = new Int32Array(stop)
  return distillTable(columns, {
    ...options,
    product: await openProductOnce(),
    pause: createPause(stop),
    onRound(done, most) {
      Atomics.store(counters, 1, done)
      Atomics.store(counters, 2, most)
    },
  })
}

/** Runs a task on a worker thread, or here where there is none. */
export async function inPool<R>(
  pool: Pool | null,
  task: string,
  input: unknown,
  here: (input: never) => Promise<R> | R,
): Promise<R> {
  return pool ? pool.run<R>(task, input) : here(input as never)
}

export interface CollectTask {
  texts: Strings
  catalogue: Catalogue
}

export function collectFrom({ texts, catalogue, stop }: CollectTask & Stoppable): CollectedPhrases {
  return collectPhrases((row) => stringAt(texts, row), catalogue, { check: createCheck(stop) })
}

const TICK_MS = 100

/**
 * Runs work with a flag that an aborted signal sets: what a thread looks at between two steps. Behind the flag stand
 * two counters, done and total, which `onTick` is told ten times a second and at the end, with the seconds since the
 * start.
 */
export async function withStop<R>(
  signal: AbortSignal | undefined,
  work: (stop: SharedArrayBuffer) => Promise<R>,
  onTick?: (done: number, total: number, seconds: number) => void,
): Promise<R> {
  const stop = new SharedArrayBuffer(12)
  const counters = new Int32Array(stop)
  const started = performance.now()
  const tick = () =>
    onTick?.(Atomics.load(counters, 1), Atomics.load(counters, 2), (performance.now() - started) / 1000)
  const timer = onTick ? setInterval(tick, TICK_MS) : undefined
  const onAbort = () => Atomics.store(counters, 0, 1)
  signal?.addEventListener('abort', onAbort)
  if (signal?.aborted) onAbort()
  try {
    const result = await work(stop)
    tick()
    return result
  } finally {
    clearInterval(timer)
    signal?.removeEventListener('abort', onAbort)
  }
}

/** Seconds that a pace is watched before it is told. */
const TELLING = 1

/** Pace and rest of work of which so much is done. */
export function estimate(done: number, total: number, seconds: number): Pick<Progress, 'rate' | 'secondsLeft'> {
  if (done === 0 || seconds < TELLING) return { rate: null, secondsLeft: null }
  const rate = done / seconds
  return { rate, secondsLeft: Math.max(0, total - done) / rate }
}
