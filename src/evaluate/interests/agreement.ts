import { type Clusters, numberClusters } from '../../metrics/intervals.js'

/**
 * Adjusted mutual information of two partitions of the same items: 1 where they are the same, about 0 where they agree
 * no more than chance would, below 0 where less (Vinh, Epps and Bailey, JMLR 2010; arithmetic mean of the entropies,
 * exact expectation). `x` and `y` hold the label of each item; labels are any numbers.
 */
export function adjustedMutualInformation(x: ArrayLike<number>, y: ArrayLike<number>): number {
  const n = x.length
  const a = countClusters(x)
  const b = countClusters(y)
  const oneEach = a.size === n && b.size === n
  if (oneEach || (a.size === 1 && b.size === 1)) return 1
  const table = new Float64Array(a.size * b.size)
  for (let i = 0; i < n; i++) table[a.of[i] * b.size + b.of[i]]++
  const most = (entropyOf(a.sizes, n) + entropyOf(b.sizes, n)) / 2
  const expected = expectedInformation(a.sizes, b.sizes, n)
  const mutual = table.reduce((sum, held, cell) => {
    const chance = a.sizes[Math.floor(cell / b.size)] * b.sizes[cell % b.size]
    return held > 0 ? sum + (held / n) * Math.log((n * held) / chance) : sum
  }, 0)
  return Math.abs(most - expected) < 1e-12 ? 0 : (mutual - expected) / (most - expected)
}

function countClusters(labels: ArrayLike<number>): Clusters & { sizes: Float64Array } {
  const { of, size } = numberClusters(labels)
  const sizes = new Float64Array(size)
  for (const cluster of of) sizes[cluster]++
  return { of, size, sizes }
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
