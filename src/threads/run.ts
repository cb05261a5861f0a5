import { InterestMineError, interruption } from '../errors.js'
import type { Progress } from '../types/options.js'
import { startTimer, yieldThread } from './timer.js'

/** Longest time that a task keeps its thread from other work, in seconds. */
const YIELD_INTERVAL = 0.05

/** A function that throws INTERRUPTED once the flag, the first int32 of `stop`, is 1. */
export function createCheck(stop: SharedArrayBuffer): () => void {
  const flag = new Int32Array(stop)
  return () => {
    if (Atomics.load(flag, 0) === 1) throw interruption()
  }
}

/**
 * A function to await between parts of long work: it throws INTERRUPTED once the flag is 1, and every 50 ms lets other
 * work of the thread run.
 */
export function createPause(stop: SharedArrayBuffer): () => Promise<void> {
  const check = createCheck(stop)
  let elapsed = startTimer()
  return async () => {
    check()
    if (elapsed() < YIELD_INTERVAL) return
    await yieldThread()
    elapsed = startTimer()
    check()
  }
}

/** Input of a task that can be stopped: the memory of its flag, see `withStop`. */
export interface Stoppable {
  stop: SharedArrayBuffer
}

/** Models by name, as this thread first received them. */
const models = new Map<string, WeakRef<object>>()
/**
 * The model that this thread received first under a name; `received` itself the first time. Each task is sent its own copy
 * of the model's objects, over the same shared memory. Using the first one means that scanners and other things derived
 * from it are made once.
 */
export function sharedModel<M extends object>(name: string, received: M): M {
  const model = (models.get(name)?.deref() as M | undefined) ?? received
  models.set(name, new WeakRef(model))
  return model
}

/** As `createPause`; each call also adds 1 to the counter of what is done. */
export function countingPause(stop: SharedArrayBuffer): () => Promise<void> {
  const pause = createPause(stop)
  const counters = new Int32Array(stop)
  return () => {
    Atomics.add(counters, 1, 1)
    return pause()
  }
}

/**
 * An INTERRUPTED error with `message` in place of its own, to say what became of the work. Any other error is returned
 * as it is.
 */
export function tellStopped(error: unknown, message: string): unknown {
  const isStop = error instanceof InterestMineError && error.code === 'INTERRUPTED'
  return isStop ? new InterestMineError('INTERRUPTED', message) : error
}

/** Milliseconds between two calls of `onTick`. */
const TICK_MS = 100

/**
 * Runs work with a flag in shared memory that is set to 1 when the signal is aborted. `stop` holds three int32: the
 * flag, a counter of what is done and one of the total, which the work keeps. `onTick` is told the counters ten times a
 * second and at the end, with the seconds since the start.
 */
export async function withStop<R>(
  signal: AbortSignal | undefined,
  work: (stop: SharedArrayBuffer) => Promise<R>,
  onTick?: (done: number, total: number, seconds: number) => void,
): Promise<R> {
  const stop = new SharedArrayBuffer(12)
  const counters = new Int32Array(stop)
  const elapsed = startTimer()
  const tick = () => onTick?.(Atomics.load(counters, 1), Atomics.load(counters, 2), elapsed())
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

/** Seconds before a rate is reported. */
const WATCHED_SECONDS = 1

/**
 * Rate (units a second) and seconds left of work of which `done` of `total` units are done after `seconds`; both null
 * in the first second and before anything is done.
 */
export function estimate(done: number, total: number, seconds: number): Pick<Progress, 'rate' | 'secondsLeft'> {
  if (done === 0 || seconds < WATCHED_SECONDS) return { rate: null, secondsLeft: null }
  const rate = done / seconds
  return { rate, secondsLeft: Math.max(0, total - done) / rate }
}

/** Throws INTERRUPTED where the signal is aborted. */
export function stopIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw interruption()
}

/**
 * Reports the progress of one stage: at once that nothing of `total` is done, then at each call of the returned
 * function how many units are done, with the rate and the time left at that rate.
 */
export function watchStage(
  stage: Progress['stage'],
  total: number,
  onProgress: ((progress: Progress) => void) | undefined,
) {
  const elapsed = startTimer()
  onProgress?.({ stage, done: 0, total, rate: null, secondsLeft: null })
  return (done: number) => {
    const seconds = elapsed()
    const rate = seconds > 0.5 && done > 0 ? done / seconds : null
    onProgress?.({ stage, done, total, rate, secondsLeft: rate && (total - done) / rate })
  }
}
