/**
 * Adjusted mutual information of two partitions of the same things, given as a label each: 1 where they are the same,
 * about 0 where they agree no more than chance would (Vinh, Epps and Bailey, JMLR 2010; arithmetic mean of the
 * entropies, exact expectation). Labels are any numbers.
 */
export function adjustedMutualInformation(x: ArrayLike<number>, y: ArrayLike<number>): number {
  const n = x.length
  const a = numberLabels(x)
  const b = numberLabels(y)
  const oneEach = a.count === n && b.count === n
  if (oneEach || (a.count === 1 && b.count === 1)) return 1
  const table = new Float64Array(a.count * b.count)
  for (let i = 0; i < n; i++) table[a.of[i] * b.count + b.of[i]]++
  const most = (entropyOf(a.sizes, n) + entropyOf(b.sizes, n)) / 2
  const expected = expectedInformation(a.sizes, b.sizes, n)
  const mutual = table.reduce((sum, held, cell) => {
    const chance = a.sizes[Math.floor(cell / b.count)] * b.sizes[cell % b.count]
    return held > 0 ? sum + (held / n) * Math.log((n * held) / chance) : sum
  }, 0)
  return Math.abs(most - expected) < 1e-12 ? 0 : (mutual - expected) / (most - expected)
}

interface Partition {
  /** Group of each thing, 0 .. count - 1. */
  of: Int32Array
  sizes: Float64Array
  count: number
}

function numberLabels(labels: ArrayLike<number>): Partition {
  const numbers = new Map<number, number>()
  const of = Int32Array.from(labels, (label) => {
    const number = numbers.get(label) ?? numbers.size
    numbers.set(label, number)
    return number
  })
  const sizes = new Float64Array(numbers.size)
  for (const group of of) sizes[group]++
  return { of, sizes, count: numbers.size }
}

function entropyOf(sizes: Float64Array, n: number): number {
  return sizes.reduce((sum, size) => sum - (size / n) * Math.log(size / n), 0)
}

/** Mean mutual information over all pairs of partitions with these sizes: a hypergeometric sum for each cell. */
function expectedInformation(a: Float64Array, b: Float64Array, n: number): number {
  const logs = logFactorials(n)
  let expected = 0
  for (const s of a) {
    for (const t of b) {
      const fixed = logs[s] + logs[t] + logs[n - s] + logs[n - t] - logs[n]
      for (let k = Math.max(1, s + t - n); k <= Math.min(s, t); k++) {
        const chance = fixed - logs[k] - logs[s - k] - logs[t - k] - logs[n - s - t + k]
        expected += (k / n) * Math.log((n * k) / (s * t)) * Math.exp(chance)
      }
    }
  }
  return expected
}

function logFactorials(n: number): Float64Array {
  const logs = new Float64Array(n + 1)
  for (let i = 1; i <= n; i++) logs[i] = logs[i - 1] + Math.log(i)
  return logs
}
