/** Starts a timer: the returned function gives the seconds since then, by a clock that is never set back. */
export function startTimer(): () => number {
  const from = performance.now()
  return () => (performance.now() - from) / 1000
}

/** Seconds to a thousandth, as reports have them. */
export function roundSeconds(seconds: number): number {
  return Math.round(1000 * seconds) / 1000
}

/** Lets the other work of this thread go on, such as messages and requests, before what follows. */
export function yieldThread(): Promise<void> {
  return new Promise((resume) => setImmediate(resume))
}
