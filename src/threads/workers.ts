import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { InterestMineError } from '../errors.js'
import { badOption } from '../options.js'

/** Most threads by default: more gain little, since they share the machine's memory bandwidth. */
const MOST_WORKERS = 4

/** The number of threads to use: as many as asked for, else one a core and at most four. */
function countThreads(asked: number | undefined): number {
  return asked ?? Math.min(MOST_WORKERS, availableParallelism())
}

/**
 * Opens a pool of as many threads as a caller asked for (see `countThreads`); 0: tasks run on the calling thread. Fails
 * with BAD_OPTION where `workers` is no whole number of 0 or more.
 */
export function openThreads(script: URL, workers: number | undefined): Pool {
  if (workers !== undefined && !(Number.isInteger(workers) && workers >= 0)) {
    throw badOption('workers', workers, 'must be a whole number, 0 or more')
  }
  return createPool(script, countThreads(workers))
}

/** A fixed number of worker threads that run one task each at a time. They are started when first needed. */
export interface Pool {
  /** Number of threads; 0: tasks run at once on the thread that calls `run`. */
  size: number
  /**
   * Runs the task of this name from the script's table and resolves to its result. `transfer`: memory of the input that
   * is handed over instead of copied. Rejects with the error of the task, with CLOSED after `close`, and with INTERNAL
   * where the thread broke.
   */
  run<R>(task: string, input: unknown, transfer?: ArrayBuffer[]): Promise<R>
  /**
   * Waits for running tasks, rejects waiting ones with CLOSED, then ends the threads. (Ending a thread inside an ONNX
   * run would abort the process.)
   */
  close(): Promise<void>
}

interface Job {
  task: string
  input: unknown
  transfer: ArrayBuffer[]
  resolve: (value: never) => void
  reject: (error: unknown) => void
}

type Reply =
  | { ok: true; value: never }
  | { ok: false; message: string; code?: string; details?: Record<string, unknown> }

/** What the script of a pool exports: its tasks by name. */
export interface TaskTable {
  tasks: Record<string, (input: never) => Promise<unknown>>
  /** Frees what tasks keep from one run to the next. */
  release(): Promise<void>
}

/** `workerData` of a pool's threads, by which the script knows that it runs in one. */
export const THREAD_OF_POOL = 'interest-mine'

/**
 * A pool of `size` threads that run the tasks of a script. With 0, the script's table is imported here and its tasks
 * run on the calling thread.
 */
export function createPool(script: URL, size: number): Pool {
  return size === 0 ? runInPlace(script) : startThreads(script, size)
}

function runInPlace(script: URL): Pool {
  let table: Promise<TaskTable> | undefined
  let closed = false
  return {
    size: 0,
    async run<R>(task: string, input: unknown) {
      if (closed) throw new InterestMineError('CLOSED', 'the worker pool is closed')
      table ??= import(script.href)
      return (await table).tasks[task](input as never) as Promise<R>
    },
    async close() {
      closed = true
      if (table) await (await table).release()
    },
  }
}

function startThreads(script: URL, size: number): Pool {
  const idle: Worker[] = []
  const busy = new Map<Worker, Job>()
  const waiting: Job[] = []
  let closed = false
  const start = (): Worker => {
    // The flags of the process are not passed on: with those of `node --input-type=module -e` no thread starts.
    const worker = new Worker(script, { execArgv: [], workerData: THREAD_OF_POOL })
    worker.unref()
    worker.on('message', (reply: Reply) => {
      const job = busy.get(worker)
      busy.delete(worker)
      idle.push(worker)
      worker.unref()
      if (reply.ok) job?.resolve(reply.value)
      else job?.reject(new InterestMineError((reply.code ?? 'INTERNAL') as 'INTERNAL', reply.message, reply.details))
      startWaitingJobs()
    })
    worker.on('error', (cause) => {
      const job = busy.get(worker)
      busy.delete(worker)
      const at = idle.indexOf(worker)
      if (at >= 0) idle.splice(at, 1)
      job?.reject(new InterestMineError('INTERNAL', `a worker thread failed: ${cause.message}`, {}, cause))
      startWaitingJobs()
    })
    return worker
  }
  const startWaitingJobs = (): void => {
    while (waiting.length > 0 && (idle.length > 0 || busy.size < size)) {
      const job = waiting.shift()!
      const worker = idle.pop() ?? start()
      busy.set(worker, job)
      worker.ref()
      worker.postMessage({ task: job.task, input: job.input }, job.transfer)
    }
  }
  return {
    size,
    run<R>(task: string, input: unknown, transfer: ArrayBuffer[] = []) {
      if (closed) return Promise.reject(new InterestMineError('CLOSED', 'the worker pool is closed'))
      return new Promise<R>((resolve, reject) => {
        waiting.push({ task, input, transfer, resolve: resolve as (value: never) => void, reject })
        startWaitingJobs()
      })
    },
    async close() {
      closed = true
      for (const job of waiting.splice(0)) job.reject(new InterestMineError('CLOSED', 'the worker pool is closed'))
      await Promise.allSettled([...busy.values()].map((job) => waitForJob(job)))
      await Promise.all(idle.splice(0).map((worker) => worker.terminate()))
    },
  }
}

/** Resolves once a running job has succeeded or failed; the job's own promise is settled as well. */
function waitForJob(job: Job): Promise<void> {
  const { resolve, reject } = job
  return new Promise((done) => {
    job.resolve = (value) => {
      resolve(value)
      done()
    }
    job.reject = (error) => {
      reject(error)
      done()
    }
  })
}
