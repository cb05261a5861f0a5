import type { Lists, Matrix } from '../columns.js'

/** What a static student is made from: the teacher's vectors of tokens and of texts. */
export interface DistillColumns {
  /**
   * The teacher's vector of each token by itself, unit length (tokens x teacher's dims); zero for a token that the
   * teacher was not asked about.
   */
  tokens: Matrix
  /** The tokens of each text, special ones too, in any order. */
  texts: Lists
  /** The teacher's vector of each text, unit length. */
  vectors: Matrix
  /**
   * The item that each text belongs to, so that all texts of an item are held out together. -1: none; such a text is
   * never held out.
   */
  owners: Int32Array
}
