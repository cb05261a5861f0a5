import type { Lists, Matrix } from '../columns.js'

/** What a student is made from: what its teacher says of tokens and of texts. */
export interface DistillColumns {
  /** The teacher's vector of each token by itself, unit length (tokens x teacher's dims); zero where it is not asked. */
  tokens: Matrix
  /** Text -> its tokens, special ones too, in any order. */
  texts: Lists
  /** The teacher's vector of each text, unit length. */
  vectors: Matrix
  /** Text -> the item it belongs to; -1: to none, so it is always learnt from. */
  owners: Int32Array
}
