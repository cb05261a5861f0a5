import { InterestMineError, interruption } from '../errors.js'
import type { Progress } from '../types.js'

const YIELD_INTERVAL_MS = 50
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
    if (performance.now() - last < YIELD_INTERVAL_MS) return
    await new Promise((resume) => setImmediate(resume))
    last = performance.now()
    check()
  }
}
export interface Stoppable {
  stop: SharedArrayBuffer
}
/** Models by name as this thread first got them; what scans them is made once for each. */
const models = new Map<string, WeakRef<object>>()
export function sharedModel<M extends object>(world: string, given: M): M {
  const model = (models.get(world)?.deref() as M | undefined) ?? given
  models.set(world, new WeakRef(model))
  return model
}
/** A pause that counts one more as done. */
export function countingPause(stop: SharedArrayBuffer): () => Promise<void> {
  const pause = createPause(stop)
  const counters = new Int32Array(stop)
  return () => {
    Atomics.add(counters, 1, 1)
    return pause()
  }
}
/** The failure of work that was stopped, with what became of the work; any other failure as it is. */
export function tellStopped(error: unknown, message: string): unknown {
  const isStop = error instanceof InterestMineError && error.code === 'INTERRUPTED'
  return isStop ? new InterestMineError('INTERRUPTED', message) : error
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
const WATCHED_SECONDS = 1
/** Pace and rest of work of which so much is done. */
export function estimate(done: number, total: number, seconds: number): Pick<Progress, 'rate' | 'secondsLeft'> {
  if (done === 0 || seconds < WATCHED_SECONDS) return { rate: null, secondsLeft: null }
  const rate = done / seconds
  return { rate, secondsLeft: Math.max(0, total - done) / rate }
}

export const secondsSince = (from: number) => Math.round(performance.now() - from) / 1000
export function stopIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw interruption()
}
/** Progress of a stage whose threads count what is done, with the time that is left at the speed so far. */
export function watchStage(
  stage: Progress['stage'],
  total: number,
  onProgress: ((progress: Progress) => void) | undefined,
) {
  const started = performance.now()
  onProgress?.({ stage, done: 0, total, rate: null, secondsLeft: null })
  return (done: number) => {
    const seconds = (performance.now() - started) / 1000
    const rate = seconds > 0.5 && done > 0 ? done / seconds : null
    onProgress?.({ stage, done, total, rate, secondsLeft: rate && (total - done) / rate })
  }
}
