import type { Lists, Matrix } from '../columns.js'

/**
 * Tokens whose share of all tokens is far below this count in full, more frequent ones less and less (Arora et al.
 * 2017).
 */
const RARE = 1e-3

/**
 * The student's table before it is fitted: each token's vector (`tokens`, tokens x dims) times RARE / (RARE + p), where
 * p is the token's share of all tokens of the texts (SIF weights, Arora et al. 2017). Without texts, p follows Zipf's
 * law by the token's id, since tokenizers number tokens by falling frequency; the tokens of `around`, which stand
 * around every text, are taken to be as frequent as the most frequent one.
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
