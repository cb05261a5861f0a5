/** Bound of a variable: 1, it may not fall below 0; -1, it may not rise above 0; 0, it is free. */
export type Bound = 1 | -1 | 0

/** Pairs of steps and gradient changes that L-BFGS keeps. */
const MEMORY = 12
const ARMIJO = 1e-4

/**
 * Minimises a smooth function under sign bounds, from 0 on: L-BFGS on the variables that are free to move, each step
 * projected back to the bounds (Bertsekas 1982, projected quasi-Newton). `evaluate` returns the value at x and writes
 * the gradient. Stops after `iterations`, or where a step gains less than `tolerance` times the value. Returns the
 * point.
 */
export function minimise(
  evaluate: (x: Float64Array, gradient: Float64Array) => number,
  bounds: readonly Bound[],
  { iterations = 100, tolerance = 1e-6 }: { iterations?: number; tolerance?: number } = {},
): Float64Array {
  const n = bounds.length
  let x = new Float64Array(n)
  let gradient = new Float64Array(n)
  let value = evaluate(x, gradient)
  const steps: Float64Array[] = []
  const changes: Float64Array[] = []
  for (let iteration = 0; iteration < iterations; iteration++) {
    // A variable at its bound stays there while the descent would move it beyond.
    const held = bounds.map((bound, i) => bound !== 0 && x[i] === 0 && bound * gradient[i] > 0)
    const direction = twoLoop(gradient, held, steps, changes)
    let slope = 0
    for (let i = 0; i < n; i++) slope += direction[i] * gradient[i]
    if (!(slope < 0)) break
    const found = searchLine(evaluate, x, value, gradient, direction, bounds)
    if (!found) break
    const step = found.x.map((y, i) => y - x[i])
    const change = found.gradient.map((g, i) => g - gradient[i])
    const curvature = dot(step, change)
    if (curvature > 1e-12) {
      steps.push(step)
      changes.push(change)
      if (steps.length > MEMORY) {
        steps.shift()
        changes.shift()
      }
    }
    const gain = value - found.value
    x = found.x
    gradient = found.gradient
    value = found.value
    if (gain <= tolerance * Math.max(1, Math.abs(value))) break
  }
  return x
}

/** The first point along the direction, by halving, that falls enough (Armijo's rule); null where there is none. */
function searchLine(
  evaluate: (x: Float64Array, gradient: Float64Array) => number,
  x: Float64Array,
  value: number,
  gradient: Float64Array,
  direction: Float64Array,
  bounds: readonly Bound[],
): { x: Float64Array<ArrayBuffer>; gradient: Float64Array<ArrayBuffer>; value: number } | null {
  for (let length = 1; length > 1e-10; length /= 2) {
    const next = Float64Array.from(x, (y, i) => project(y + length * direction[i], bounds[i]))
    const nextGradient = new Float64Array(x.length)
    const nextValue = evaluate(next, nextGradient)
    let expected = 0
    for (let i = 0; i < x.length; i++) expected += gradient[i] * (next[i] - x[i])
    if (nextValue <= value + ARMIJO * expected && nextValue < value)
      return { x: next, gradient: nextGradient, value: nextValue }
  }
  return null
}

function project(x: number, bound: Bound): number {
  return bound === 1 ? Math.max(0, x) : bound === -1 ? Math.min(0, x) : x
}

/** The quasi-Newton direction (Nocedal and Wright, algorithm 7.4); variables in `held` do not move. */
function twoLoop(
  gradient: Float64Array,
  held: boolean[],
  steps: Float64Array[],
  changes: Float64Array[],
): Float64Array {
  const q = Float64Array.from(gradient, (g, i) => (held[i] ? 0 : g))
  const alphas: number[] = []
  for (let k = steps.length - 1; k >= 0; k--) {
    alphas[k] = dot(steps[k], q) / dot(steps[k], changes[k])
    for (let i = 0; i < q.length; i++) q[i] -= alphas[k] * changes[k][i]
  }
  const last = steps.length - 1
  const scale =
    last >= 0
      ? dot(steps[last], changes[last]) / dot(changes[last], changes[last])
      : 1 / Math.max(1, Math.sqrt(dot(q, q)))
  for (let i = 0; i < q.length; i++) q[i] *= scale
  for (let k = 0; k < steps.length; k++) {
    const beta = dot(changes[k], q) / dot(steps[k], changes[k])
    for (let i = 0; i < q.length; i++) q[i] += (alphas[k] - beta) * steps[k][i]
  }
  return Float64Array.from(q, (d, i) => (held[i] ? 0 : -d))
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i]
  return sum
}
