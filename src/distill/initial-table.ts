import type { Lists, Matrix } from '../types.js'

/** Tokens rarer than this share of all count in full, commoner ones less and less (Arora et al. 2017). */
const RARE = 1e-3

/**
 * The table before it is fitted: each token's own vector, scaled by RARE / (RARE + p), where p is its share of the
 * texts' tokens. Without texts p is told by Zipf's law from its place in the vocabulary, which tokenizers number by
 * falling frequency; those around every text (`around`) are as common as the commonest.
 */
export function createInitialTable(tokens: Matrix, texts: Lists, around: ArrayLike<number>): Matrix {
  const shares = texts.values.length > 0 ? countShares(texts, tokens.rows) : guessShares(tokens.rows, around)
  const data = new Float32Array(tokens.data.length)
  for (let token = 0, at = 0; token < tokens.rows; token++) {
    const weight = RARE / (RARE + shares[token])
    for (const end = at + tokens.dims; at < end; at++) data[at] = weight * tokens.data[at]
  }
  return { ...tokens, data }
}

function countShares(texts: Lists, rows: number): Float64Array {
  const shares = new Float64Array(rows)
  for (const token of texts.values) shares[token] += 1 / texts.values.length
  return shares
}

function guessShares(rows: number, around: ArrayLike<number>): Float64Array {
  const commonest = 1 / (1 + Math.log(rows))
  const shares = Float64Array.from({ length: rows }, (_, token) => commonest / (token + 1))
  for (let i = 0; i < around.length; i++) shares[around[i]] = commonest
  return shares
}
