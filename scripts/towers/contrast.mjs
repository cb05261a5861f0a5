// Fits two small towers to each other: a head (two layers) over given features, and a table of word vectors.
import { generator } from '../../fixtures/pictures.mjs'

const HIDDEN = 96
const BATCH = 96
/** Cosines are multiplied by this before they compete. */
const SHARPNESS = 12
const RATE = 0.004

/**
 * `features`: one Float32Array a sample. `say(i, random)`: word numbers of something that is true of sample i, said in one
 * of many ways. `isTrue(words, i)`: whether all of that holds of sample i too. `table`: word vectors, changed in place.
 * Returns the head, with the standardising of the features folded into its first layer.
 */
export function fitTowers({ features, say, isTrue, table, words, dims, epochs, seed }) {
  const random = generator(seed)
  const width = features[0].length
  const { mean, scale } = standardise(features)
  const rows = features.map((row) => Float32Array.from(row, (x, k) => (x - mean[k]) * scale[k]))
  const first = createLayer(width, HIDDEN, random)
  const second = createLayer(HIDDEN, dims, random)
  const parts = [first.weight, first.bias, second.weight, second.bias, table]
  const optimiser = createAdam(parts)
  const order = Int32Array.from(rows.keys())
  for (let epoch = 0; epoch < epochs; epoch++) {
    shuffle(order, random)
    for (let at = 0; at + BATCH <= order.length; at += BATCH) {
      const batch = order.subarray(at, at + BATCH)
      const said = Array.from(batch, (i) => say(i, random))
      const gradients = parts.map((part) => new Float32Array(part.length))
      const images = Array.from(batch, (i) => runHead(rows[i], first, second))
      const texts = said.map((ids) => meanOfWords(ids, table, dims))
      const truths = said.map((ids) => Array.from(batch, (i) => isTrue(ids, i)))
      const { toImages, toTexts } = contrast(images, texts, truths, dims)
      images.forEach((image, n) => {
        backHead(rows[batch[n]], image, unscale(toImages[n], image), first, second, gradients)
      })
      texts.forEach((text, n) => {
        const slope = unscale(toTexts[n], text)
        for (const id of said[n])
          for (let k = 0; k < dims; k++) gradients[4][id * dims + k] += slope[k] / said[n].length
      })
      // The rate falls to nothing, so that the end does not hang on the last batch.
      optimiser(gradients, RATE * (1 - epoch / epochs))
    }
  }
  return { first: fold(first, mean, scale), second, hidden: HIDDEN, words }
}

function standardise(features) {
  const width = features[0].length
  const mean = new Float64Array(width)
  const squares = new Float64Array(width)
  const n = features.length
  for (const row of features) for (let k = 0; k < width; k++) mean[k] += row[k] / n
  for (const row of features) for (let k = 0; k < width; k++) squares[k] += (row[k] - mean[k]) ** 2 / n
  return { mean, scale: squares.map((s) => 1 / Math.sqrt(s + 1e-4)) }
}

/** weight: outputs x inputs, row after row. */
function createLayer(inputs, outputs, random) {
  const reach = Math.sqrt(6 / (inputs + outputs))
  const weight = Float32Array.from({ length: inputs * outputs }, () => (random() * 2 - 1) * reach)
  return { weight, bias: new Float32Array(outputs), inputs, outputs }
}

function applyLayer({ weight, bias, inputs, outputs }, input) {
  const output = new Float64Array(outputs)
  for (let o = 0; o < outputs; o++) {
    let sum = bias[o]
    for (let i = 0, w = o * inputs; i < inputs; i++) sum += weight[w + i] * input[i]
    output[o] = sum
  }
  return output
}

function runHead(row, first, second) {
  const hidden = applyLayer(first, row).map((x) => Math.max(0, x))
  return { hidden, ...unit(applyLayer(second, hidden)) }
}

/** @param {Float32Array[]} gradients added to: of both layers' weights and biases */
function backHead(row, { hidden }, slope, first, second, gradients) {
  const [dWeight1, dBias1, dWeight2, dBias2] = gradients
  const back = new Float64Array(first.outputs)
  for (let o = 0; o < second.outputs; o++) {
    dBias2[o] += slope[o]
    for (let h = 0, w = o * second.inputs; h < second.inputs; h++) {
      dWeight2[w + h] += slope[o] * hidden[h]
      back[h] += slope[o] * second.weight[w + h]
    }
  }
  for (let h = 0; h < first.outputs; h++) {
    if (hidden[h] === 0) continue
    dBias1[h] += back[h]
    for (let i = 0, w = h * first.inputs; i < first.inputs; i++) dWeight1[w + i] += back[h] * row[i]
  }
}

function meanOfWords(ids, table, dims) {
  const sum = new Float64Array(dims)
  for (const id of ids) for (let k = 0; k < dims; k++) sum[k] += table[id * dims + k] / ids.length
  return unit(sum)
}

function unit(vector) {
  const length = Math.sqrt(vector.reduce((sum, x) => sum + x * x, 1e-12))
  return { unit: vector.map((x) => x / length), length }
}

/** The slope of the vector from that of its unit vector. */
function unscale(slope, { unit: u, length }) {
  const along = slope.reduce((sum, x, k) => sum + x * u[k], 0)
  return slope.map((x, k) => (x - along * u[k]) / length)
}

/** Each text is to find the pictures it is true of, and each picture its texts; what is true of several is shared out. */
function contrast(images, texts, truths, dims) {
  const n = images.length
  const logits = texts.map((text) =>
    images.map((image) => SHARPNESS * text.unit.reduce((sum, x, k) => sum + x * image.unit[k], 0)),
  )
  const slopes = logits.map((row) => row.map(() => 0))
  for (let j = 0; j < n; j++) addSlope(logits[j], truths[j], (i, s) => (slopes[j][i] += s / n))
  for (let i = 0; i < n; i++) {
    const column = logits.map((row) => row[i])
    addSlope(
      column,
      truths.map((row) => row[i]),
      (j, s) => (slopes[j][i] += s / n),
    )
  }
  const toImages = images.map(() => new Float64Array(dims))
  const toTexts = texts.map(() => new Float64Array(dims))
  for (let j = 0; j < n; j++) {
    for (let i = 0; i < n; i++) {
      const s = slopes[j][i] * SHARPNESS
      for (let k = 0; k < dims; k++) {
        toImages[i][k] += s * texts[j].unit[k]
        toTexts[j][k] += s * images[i].unit[k]
      }
    }
  }
  return { toImages, toTexts }
}

function addSlope(logits, truths, add) {
  const most = Math.max(...logits)
  const shares = logits.map((x) => Math.exp(x - most))
  const total = shares.reduce((sum, x) => sum + x, 0)
  const right = truths.reduce((sum, t) => sum + Number(t), 0)
  for (const [i, share] of shares.entries()) add(i, share / total - Number(truths[i]) / right)
}

function createAdam(parts) {
  const moments = parts.map((part) => ({ m: new Float32Array(part.length), v: new Float32Array(part.length) }))
  let step = 0
  return (gradients, rate) => {
    step++
    const [c1, c2] = [1 - 0.9 ** step, 1 - 0.999 ** step]
    parts.forEach((part, p) => {
      const { m, v } = moments[p]
      const g = gradients[p]
      for (let i = 0; i < part.length; i++) {
        m[i] = 0.9 * m[i] + 0.1 * g[i]
        v[i] = 0.999 * v[i] + 0.001 * g[i] * g[i]
        part[i] -= (rate * (m[i] / c1)) / (Math.sqrt(v[i] / c2) + 1e-8) + rate * 0.002 * part[i]
      }
    })
  }
}

/** The same layer over features as they come. */
function fold({ weight, bias, inputs, outputs }, mean, scale) {
  const folded = { weight: new Float32Array(weight.length), bias: Float32Array.from(bias), inputs, outputs }
  for (let o = 0; o < outputs; o++) {
    for (let i = 0, w = o * inputs; i < inputs; i++) {
      folded.weight[w + i] = weight[w + i] * scale[i]
      folded.bias[o] -= weight[w + i] * scale[i] * mean[i]
    }
  }
  return folded
}

function shuffle(order, random) {
  for (let i = order.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1))
    const swap = order[i]
    order[i] = order[j]
    order[j] = swap
  }
}
