// Fits the weights that ship as defaults, beside those that do: one linear scorer for several data sets together, on
// validation events only. Half of the users are fitted to; on the other half both scorers rank the same candidates.
// node bench/fit-default-scorer.mjs [users of each half and set]
import { openScoring } from '../dist/answer/score.js'
import { bootstrapMeans } from '../dist/evaluate/index.js'
import { createRandom, sampleBelow } from '../dist/random.js'
import { DEFAULT_SCORER } from '../dist/rank/default-scorer.js'
import { FEATURES } from '../dist/rank/features.js'
import { contributionOf } from '../dist/rank/scorer.js'
import { collectCandidates } from '../dist/retrieve/candidates.js'
import { sayMachine, storeOf } from './data.mjs'
import { openProtocol, summarise } from './protocol.mjs'

const SETS = ['amazon-beauty', 'amazon18-scientific', 'ml-latest-small']
const perSet = Number(process.argv[2] ?? 2500)
const NEGATIVES = 120
// Set by hand: dislikes, wishes and edits, and pictures and sounds, which these sets have none of.
const BY_HAND = new Set(['disliked', 'wish', 'edit', 'image_last', 'image_best', 'audio_last', 'audio_best'])
const SHIPPED = DEFAULT_SCORER.terms.filter(({ feature }) => !BY_HAND.has(feature))
const FITTED = SHIPPED.map(({ feature }) => feature)
/** @type {readonly string[]} */
const NAMES = FEATURES
const COLUMNS = FITTED.map((name) => NAMES.indexOf(name))
const NEGATIVE_SIGN = new Set(['price_gap'])
const D = FITTED.length
const WIDTH = NAMES.length

/**
 * What a user would have been shown. `all`: candidates, of which `n` are kept; `target`: position of what came next, -1
 * where it is no candidate; `z`: what the weights are for, D numbers a row.
 * @typedef {{ fitting: boolean, features: Float64Array, n: number, target: number, all: number, z: Float64Array }} List
 */

sayMachine()
/** @type {{ set: string, lists: List[] }[]} */
const data = []
for (const set of SETS) {
  const { model, users } = await openProtocol(await storeOf(set))
  const random = createRandom(5)
  const chosen = sampleBelow(random, users.length, perSet * 2)
  /** @type {List[]} */
  const lists = []
  for (const [k, u] of chosen.entries()) {
    const { history, target } = users[u]
    if (history.rows.length === 0) continue
    const scoring = openScoring(model, history)
    const seen = new Set(history.seenRows)
    const candidates = collectCandidates({
      signals: scoring.signals(),
      adapted: null,
      index: model.index,
      centres: [],
      queries: [],
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
    const features = scoring.featuresOf(rows, [], () => 0)
    const at = fitting ? 0 : position
    lists.push({ fitting, features, n: rows.length, target: at, all: candidates.rows.length, z: new Float64Array(0) })
  }
  data.push({ set, lists })
  const tested = lists.filter((list) => !list.fitting)
  const mean = tested.reduce((sum, { all }) => sum + all, 0) / tested.length
  const held = tested.filter(({ target }) => target >= 0).length / tested.length
  console.log(
    `${set}: ${lists.length - tested.length} lists to fit, ${tested.length} users to try; ${mean.toFixed(0)} candidates hold the target of ${held.toFixed(3)}`,
  )
}

// ---------------------------------------------------------------- fitting

const groups = data.map(({ lists }) => lists.filter(({ fitting }) => fitting))
const tests = data.map(({ lists }) => lists.filter(({ fitting }) => !fitting))

/** Medians of what is above 0, of the features that ship with a scale. */
const scales = SHIPPED.map(({ scale }, d) => {
  if (scale === undefined) return undefined
  const values = groups.flat().flatMap(({ features, n }) => {
    const column = Array.from({ length: n }, (_, i) => features[i * WIDTH + COLUMNS[d]])
    return column.filter((x) => x > 0)
  })
  values.sort((a, b) => a - b)
  return values[values.length >> 1] || 1
})
for (const list of data.flatMap(({ lists }) => lists)) {
  list.z = new Float64Array(list.n * D)
  for (let i = 0; i < list.n; i++) {
    for (let d = 0; d < D; d++) {
      const x = list.features[i * WIDTH + COLUMNS[d]]
      const known = Number.isNaN(x) ? 0 : x
      const scale = scales[d]
      list.z[i * D + d] = scale === undefined ? known : Math.log1p(Math.max(0, known) / scale)
    }
  }
}

/** @param {Float64Array} w */
function lossAndGradient(w) {
  const g = new Float64Array(D)
  let loss = 0
  for (const lists of groups) {
    const share = 1 / (groups.length * lists.length)
    for (const { z, n, all } of lists) {
      // The others stand for all candidates.
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
  if (step % 100 === 0) console.log(`step ${step}: loss ${loss.toFixed(4)}`)
}

// Scale and offset that make the sigmoid a chance, over all candidates of the other half, missed users counted.
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
  let ga = 0
  let gb = 0
  let haa = 1e-9
  let hab = 0
  let hbb = 1e-9
  for (const { s, y, weight } of points) {
    const p = 1 / (1 + Math.exp(-(a * s + b)))
    const r = weight * (p - y)
    const h = weight * p * (1 - p)
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

// ---------------------------------------------------------------- beside what ships

/** @type {{ name: string, bias: number, terms: typeof SHIPPED }[]} */
const scorers = [
  { name: 'shipped', bias: DEFAULT_SCORER.bias, terms: SHIPPED },
  {
    name: 'fitted',
    bias: b,
    terms: SHIPPED.map(({ feature }, d) => ({
      feature,
      weight: Number((a * w[d]).toFixed(3)),
      scale: scales[d] && Number(scales[d].toPrecision(3)),
    })),
  },
]
const [shipped, fitted] = scorers

/**
 * @param {typeof scorers[number]} scorer
 * @param {List} list
 */
const logitsOf = ({ bias, terms }, { features, n }) =>
  Float64Array.from({ length: n }, (_, i) =>
    terms.reduce((sum, term, d) => {
      const x = features[i * WIDTH + COLUMNS[d]]
      return Number.isNaN(x) ? sum : sum + contributionOf(term, x)
    }, bias),
  )

/**
 * How many stand before the target (Infinity: no candidate), and the log loss of the chances of all candidates.
 * @param {typeof scorers[number]} scorer
 * @param {List} list
 */
function tryOut(scorer, list) {
  const logits = logitsOf(scorer, list)
  let loss = 0
  let better = 0
  logits.forEach((logit, i) => {
    loss += Math.log1p(Math.exp(i === list.target ? -logit : logit)) / list.n
    if (i !== list.target && logit > logits[list.target]) better++
  })
  return { rank: list.target < 0 ? Infinity : better, loss }
}

console.log(
  `\n${'feature'.padEnd(14)}  ${['shipped', 'scale', 'fitted', 'scale'].map((head) => head.padStart(8)).join('  ')}`,
)
console.log(
  `${'(bias)'.padEnd(14)}  ${scorers.map(({ bias }) => `${bias.toFixed(3).padStart(8)}  ${''.padStart(8)}`).join('  ')}`,
)
FITTED.forEach((name, d) => {
  const cells = scorers.flatMap(({ terms }) => [terms[d].weight.toFixed(3), String(terms[d].scale ?? '')])
  console.log(`${name.padEnd(14)}  ${cells.map((cell) => cell.padStart(8)).join('  ')}`)
})
console.log('\nvalidation events of users that were not fitted to:')
data.forEach(({ set }, k) => {
  const tried = scorers.map((scorer) => tests[k].map((list) => tryOut(scorer, list)))
  for (const [i, { name }] of scorers.entries()) {
    const { users, ndcg, recall } = summarise(tried[i].map(({ rank }) => rank))
    const loss = tried[i].reduce((sum, one) => sum + one.loss, 0) / users
    console.log(
      `${set}  ${name.padEnd(7)}  NDCG@10 ${ndcg}  Recall@10 ${recall}  log loss ${loss.toFixed(5)}  of ${users} users`,
    )
  }
  const gains = tests[k].map((_, i) => summarise([tried[1][i].rank]).ndcg - summarise([tried[0][i].rank]).ndcg)
  const [{ mean, low, high }] = bootstrapMeans([gains], [...gains.keys()], { seed: 1 })
  console.log(
    `${set}  ${fitted.name} less ${shipped.name}: NDCG@10 ${mean.toFixed(4)} [${low.toFixed(4)}, ${high.toFixed(4)}]`,
  )
})
