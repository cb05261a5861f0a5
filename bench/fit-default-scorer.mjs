// Fits the weights that ship as defaults: one linear scorer for several data sets together, on validation events only.
// node bench/fit-default-scorer.mjs [users per set]

import { ask } from '../dist/answer/score.js'
import { createRandom, sampleBelow } from '../dist/random.js'
import { DEFAULT_SCORER } from '../dist/rank/default-scorer.js'
import { FEATURES } from '../dist/rank/features.js'
import { collectCandidates } from '../dist/retrieve/candidates.js'
import { storeOf } from './data.mjs'
import { openProtocol, summarise } from './protocol.mjs'

const SETS = ['amazon-beauty', 'amazon18-scientific', 'ml-latest-small']
const perSet = Number(process.argv[2] ?? 2500)
const NEGATIVES = 120
// What every store knows from the first event on: no adapter before a training, and nothing set by hand.
const FITTED = FEATURES.filter((name) => !['adapter', 'disliked', 'wish', 'edit'].includes(name))
const NEGATIVE_SIGN = new Set(['price_gap'])
const scaled = new Set([
  ...DEFAULT_SCORER.terms.filter((term) => term.scale !== undefined).map((term) => term.feature),
  'brand_next',
  'category_next',
])

/** @type {{ set: string, lists: { features: Float64Array, n: number, target: number, all: number }[] }[]} */
const data = []
for (const set of SETS) {
  const { model, users } = await openProtocol(await storeOf(set))
  const random = createRandom(5)
  const chosen = sampleBelow(random, users.length, perSet * 2)
  const lists = []
  for (const [k, u] of chosen.entries()) {
    const { history, target } = users[u]
    if (history.rows.length === 0) continue
    const asked = ask(model, history)
    const seen = new Set(history.seenRows)
    const candidates = collectCandidates({
      signals: asked.signals,
      adapted: null,
      index: model.index,
      centres: [],
      wish: null,
      allow: (row) => !model.catalogue.removed[row] && !seen.has(row),
      byPopularity: model.byPopularity,
      users: model.covisits.users,
      atLeast: 30,
    })
    const position = candidates.rows.indexOf(target)
    const fitting = k % 2 === 0
    if (fitting && position < 0) continue
    let rows = candidates.rows
    if (fitting) {
      const others = rows.filter((row) => row !== target)
      const picked = sampleBelow(random, others.length, NEGATIVES)
      rows = Int32Array.of(target, ...Array.from(picked, (i) => others[i]))
    }
    const features = asked.featuresOf(rows, null, () => 0)
    lists.push({ fitting, features, n: rows.length, target: fitting ? 0 : position, all: candidates.rows.length })
  }
  data.push({ set, lists })
  const tested = lists.filter((list) => !list.fitting)
  console.log(
    set,
    'users',
    lists.length,
    'candidates',
    Math.round(tested.reduce((s, l) => s + l.all, 0) / tested.length),
    'hold the target',
    (tested.filter((l) => l.target >= 0).length / tested.length).toFixed(3),
  )
}

const at = Object.fromEntries(FEATURES.map((name, i) => [name, i]))
const scales = {}
for (const name of FITTED) {
  if (!scaled.has(name)) continue
  const values = data.flatMap(({ lists }) =>
    lists
      .filter((l) => l.fitting)
      .flatMap(({ features, n }) =>
        Array.from({ length: n }, (_, i) => features[i * FEATURES.length + at[name]]).filter((x) => x > 0),
      ),
  )
  values.sort((a, b) => a - b)
  scales[name] = values[values.length >> 1] || 1
}
const transform = (name, x) => (Number.isNaN(x) ? 0 : scales[name] ? Math.log1p(Math.max(0, x) / scales[name]) : x)
const D = FITTED.length
for (const { lists } of data)
  for (const list of lists) {
    const z = new Float64Array(list.n * D)
    for (let i = 0; i < list.n; i++)
      FITTED.forEach((name, d) => {
        z[i * D + d] = transform(name, list.features[i * FEATURES.length + at[name]])
      })
    list.z = z
  }
const groups = data.map(({ lists }) => lists.filter((l) => l.fitting))

function lossAndGradient(w) {
  const g = new Float64Array(D)
  let loss = 0
  for (const lists of groups) {
    const share = 1 / (groups.length * lists.length)
    for (const { z, n, all } of lists) {
      const extra = Math.log(Math.max(1, (all - 1) / (n - 1)))
      const s = new Float64Array(n)
      let most = -Infinity
      for (let i = 0; i < n; i++) {
        let sum = i === 0 ? 0 : extra
        for (let d = 0; d < D; d++) sum += w[d] * z[i * D + d]
        s[i] = sum
        most = Math.max(most, sum)
      }
      let total = 0
      for (let i = 0; i < n; i++) total += Math.exp(s[i] - most)
      loss -= share * (s[0] - most - Math.log(total))
      for (let i = 0; i < n; i++) {
        const p = Math.exp(s[i] - most) / total - (i === 0 ? 1 : 0)
        for (let d = 0; d < D; d++) g[d] += share * p * z[i * D + d]
      }
    }
  }
  for (let d = 0; d < D; d++) {
    loss += 1e-4 * w[d] * w[d]
    g[d] += 2e-4 * w[d]
  }
  return { loss, g }
}

const w = new Float64Array(D)
const m = new Float64Array(D)
const v = new Float64Array(D)
for (let step = 1; step <= 400; step++) {
  const { loss, g } = lossAndGradient(w)
  for (let d = 0; d < D; d++) {
    m[d] = 0.9 * m[d] + 0.1 * g[d]
    v[d] = 0.99 * v[d] + 0.01 * g[d] * g[d]
    w[d] -= (0.05 * (1 - step / 401) * (m[d] / (1 - 0.9 ** step))) / (Math.sqrt(v[d] / (1 - 0.99 ** step)) + 1e-9)
    // Signs are fixed: a co-visit never speaks against, a price gap never for.
    w[d] = NEGATIVE_SIGN.has(FITTED[d]) ? Math.min(0, w[d]) : Math.max(0, w[d])
  }
  if (step % 100 === 0) console.log('step', step, 'loss', loss.toFixed(4))
}

// Scale and offset that make the sigmoid a chance, over all candidates of the other half, missed users counted.
const tests = data.map(({ lists }) => lists.filter((l) => !l.fitting))
const points = tests.flatMap((lists) =>
  lists.flatMap(({ z, n, target }) =>
    Array.from({ length: n }, (_, i) => {
      let s = 0
      for (let d = 0; d < D; d++) s += w[d] * z[i * D + d]
      return { s, y: Number(i === target), weight: 1 / lists.length }
    }),
  ),
)
let a = 1
let b = -6
for (let step = 0; step < 60; step++) {
  let ga = 0,
    gb = 0,
    haa = 1e-9,
    hab = 0,
    hbb = 1e-9
  for (const { s, y, weight } of points) {
    const p = 1 / (1 + Math.exp(-(a * s + b)))
    const r = weight * (p - y),
      h = weight * p * (1 - p)
    ga += r * s
    gb += r
    haa += h * s * s
    hab += h * s
    hbb += h
  }
  const det = haa * hbb - hab * hab
  a -= (hbb * ga - hab * gb) / det
  b -= (haa * gb - hab * ga) / det
}
console.log('bias', b.toFixed(3), 'scale', a.toFixed(3))
FITTED.forEach((name, d) => {
  console.log(
    `    { feature: '${name}', weight: ${(a * w[d]).toFixed(3)}${scales[name] ? `, scale: ${Number(scales[name].toPrecision(3))}` : ''} },`,
  )
})
data.forEach(({ set }, k) => {
  const ranks = tests[k].map(({ z, n, target }) => {
    if (target < 0) return Infinity
    const score = (i) => {
      let s = 0
      for (let d = 0; d < D; d++) s += w[d] * z[i * D + d]
      return s
    }
    const own = score(target)
    let better = 0
    for (let i = 0; i < n; i++) if (i !== target && score(i) > own) better++
    return better
  })
  console.log(set, 'validation, other users', summarise(ranks))
})
