/** The parts of a `tokenizer.json` that are read. Any of them may be missing. */
export interface TokenizerDefinition {
  model?: { type?: string; vocab?: unknown; unk_id?: number; unk_token?: string }
  normalizer?: { type?: string; normalizers?: { type?: string }[] } | null
  pre_tokenizer?: { type?: string; prepend_scheme?: string } | null
}

/** The tokens of one word; null where the word needs the whole tokenizer. */
export type ReadWord = (word: string) => number[] | null

const SPACE = '▁'
/** By how much an unknown character scores below the worst piece, as in SentencePiece. */
const UNKNOWN_PENALTY = 10

/**
 * Characters that normalisation handles specially, halves of surrogate pairs, and "<", which special tokens begin with.
 */
const NOT_PLAIN =
  /[\u0000-\u0020\u007f-\u00a0\u1680\u2000-\u200f\u2028\u2029\u202f\u205f\u2581\u3000\ud800-\udfff\ufeff\uff5e\ufffd<]/

/**
 * A function that tokenizes single words by a unigram model (Kudo 2018), as SentencePiece exports it for XLM-RoBERTa
 * and similar models: NFKC, a space sign in front, then the cut into pieces with the best sum of scores. It is quick
 * because text without spaces, such as Chinese, is one long word, of which hardly any occurs twice. Null for other
 * kinds of tokenizers.
 */
export function openUnigram({ model, normalizer, pre_tokenizer: before }: TokenizerDefinition): ReadWord | null {
  const steps = normalizer?.type === 'Sequence' ? (normalizer.normalizers ?? []) : [normalizer]
  const isKnown = steps[0]?.type === 'Precompiled' && steps.slice(1).every((step) => step?.type === 'Replace')
  const isUnigram = model?.type === 'Unigram' && Array.isArray(model.vocab) && model.unk_id !== undefined
  if (!isUnigram || !isKnown || before?.type !== 'Metaspace' || before.prepend_scheme !== 'always') return null
  const pieces = model.vocab as [piece: string, score: number][]
  const search = openSearch(pieces, model.unk_id as number)
  return (word) => {
    if (NOT_PLAIN.test(word)) return null
    const text = word.normalize('NFKC')
    return NOT_PLAIN.test(text) ? null : search(SPACE + text)
  }
}

/** A search for the best cut of a text into pieces (Viterbi); unknown characters in a row become one token. */
function openSearch(pieces: readonly [piece: string, score: number][], unknown: number): (text: string) => number[] {
  const { children, ends } = buildTrie(pieces)
  const worst = pieces.reduce((least, [, score]) => Math.min(least, score), 0) - UNKNOWN_PENALTY
  return (text) => {
    const n = text.length
    const best = new Float64Array(n + 1).fill(Number.NEGATIVE_INFINITY)
    const from = new Int32Array(n + 1)
    const token = new Int32Array(n + 1)
    best[0] = 0
    const offer = (start: number, end: number, id: number, score: number): void => {
      if (best[start] + score <= best[end]) return
      best[end] = best[start] + score
      from[end] = start
      token[end] = id
    }
    for (let start = 0; start < n; start++) {
      let node = 0
      let isKnown = false
      for (let end = start + 1; end <= n; end++) {
        const next = children.get(node * 65_536 + text.charCodeAt(end - 1))
        if (next === undefined) break
        node = next
        const id = ends[node]
        if (id < 0) continue
        offer(start, end, id, id === unknown ? worst : pieces[id][1])
        if (end === start + 1) isKnown = true
      }
      if (!isKnown) offer(start, start + 1, unknown, worst)
    }
    const ids: number[] = []
    for (let at = n; at > 0; at = from[at]) if (token[at] !== unknown || ids.at(-1) !== unknown) ids.push(token[at])
    return ids.reverse()
  }
}

/** The pieces as a trie: (node, character) -> node, and the piece that ends at each node, -1 for none. */
function buildTrie(pieces: readonly [piece: string, score: number][]): {
  children: Map<number, number>
  ends: Int32Array
} {
  const children = new Map<number, number>()
  const ends = [-1]
  pieces.forEach(([piece], id) => {
    let node = 0
    for (let i = 0; i < piece.length; i++) {
      const key = node * 65_536 + piece.charCodeAt(i)
      let next = children.get(key)
      if (next === undefined) {
        next = ends.push(-1) - 1
        children.set(key, next)
      }
      node = next
    }
    ends[node] = id
  })
  return { children, ends: Int32Array.from(ends) }
}
