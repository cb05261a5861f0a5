import type { Matrix } from '../../columns.js'
import { STOP_WORDS, splitRuns } from '../../mine/names/words.js'
import { dotRows, normalise } from '../../vectors/matrix.js'
import type { Leaves } from './leaves.js'
import { commonest, type Trial } from './specificity.js'

/** What known methods name interests with. */
export interface NamingData {
  /** Row -> title, cleaned. */
  titles: readonly string[]
  /** Vectors of the items' short texts, one a row. */
  items: Matrix
  leaves: Leaves
  /** Encodes texts to unit vectors, one a row. */
  encode: (texts: string[]) => Promise<Matrix>
}

/** A known method to name a group of items, given the same evidence as ours. */
export interface Namer {
  id: string
  /** For people. */
  name: string
  /** Where it was published, or its definition. */
  source: string
  /** Only the first so many trials are named by it; for methods that encode many phrases. */
  most?: number
  /** One label for each trial; null where the method gives none. */
  label(trials: readonly Trial[], data: NamingData): Promise<(string | null)[]>
}

/** Words of a c-TF-IDF label. */
const TOP_TERMS = 4
const LONGEST_PHRASE = 3
const DOCUMENT_LENGTH = 2000
const KEYBERT_TRIALS = 60

/** The known methods that labels are compared with. */
export const NAMERS: readonly Namer[] = [
  {
    id: 'keybert',
    name: 'KeyBERT',
    source: 'Grootendorst, 2020: of the phrases of one to three words the nearest to all titles together',
    most: KEYBERT_TRIALS,
    label: labelByKeyphrase,
  },
  {
    id: 'c-tf-idf',
    name: 'c-TF-IDF, top four',
    source: 'Grootendorst, BERTopic, 2022: tf ln(1 + mean words of an interest / tf of all)',
    label: async (trials, { titles }) => labelByTerms(trials, titles),
  },
  {
    id: 'medoid-title',
    name: 'medoid title',
    source: 'the title of the item nearest to the mean of all',
    label: async (trials, { titles, items }) => trials.map(({ rows }) => titles[medoidOf(rows, items)]),
  },
  {
    id: 'leaf-name',
    name: 'leaf category',
    source: 'the name of the commonest finest category',
    label: async (trials, { leaves }) =>
      trials.map(({ rows }) => {
        const leaf = commonest(rows, leaves.of)
        return leaf < 0 ? null : (leaves.names[leaf].at(-1) ?? null)
      }),
  },
]

/** KeyBERT: of all phrases in the titles of an interest, the one with the highest cosine with all titles together. */
async function labelByKeyphrase(trials: readonly Trial[], { titles, encode }: NamingData) {
  const documents = trials.map(({ rows }) => joinTitles(rows, titles).slice(0, DOCUMENT_LENGTH))
  const candidates = documents.map((text) => [...new Set(phrasesOf(wordsOf(text)))])
  const distinct = [...new Set(candidates.flat())]
  const position = new Map(distinct.map((phrase, i) => [phrase, i]))
  const [texts, phrases] = [await encode(documents), await encode(distinct)]
  return candidates.map((own, t) => {
    const likeness = (phrase: string) => dotRows(texts, t, phrases, position.get(phrase)!)
    return own.reduce<string | null>(
      (best, one) => (best === null || likeness(one) > likeness(best) ? one : best),
      null,
    )
  })
}

/** c-TF-IDF: the words with the highest tf ln(1 + A / f), where A is the mean number of words of an interest. */
function labelByTerms(trials: readonly Trial[], titles: readonly string[]): (string | null)[] {
  const documents = trials.map(({ rows }) => countWords(wordsOf(joinTitles(rows, titles))))
  const all = new Map<string, number>()
  let words = 0
  for (const document of documents) {
    for (const [word, count] of document) {
      all.set(word, (all.get(word) ?? 0) + count)
      words += count
    }
  }
  const mean = words / documents.length
  return documents.map((document) => {
    const weight = (word: string) => (document.get(word) ?? 0) * Math.log(1 + mean / (all.get(word) ?? 1))
    const best = [...document.keys()].sort((a, b) => weight(b) - weight(a) || (a < b ? -1 : 1))
    return best.length > 0 ? best.slice(0, TOP_TERMS).join(' ') : null
  })
}

function medoidOf(rows: Int32Array, items: Matrix): number {
  const centre = new Float32Array(items.dims)
  for (const row of rows) for (let k = 0; k < centre.length; k++) centre[k] += items.data[row * items.dims + k]
  const mean: Matrix = { data: normalise(centre), rows: 1, dims: items.dims }
  return rows.reduce((best, row) => (dotRows(mean, 0, items, row) > dotRows(mean, 0, items, best) ? row : best))
}

function joinTitles(rows: Int32Array, titles: readonly string[]): string {
  return Array.from(rows, (row) => titles[row]).join(' ')
}

function wordsOf(text: string): string[] {
  return splitRuns(text)
    .flat()
    .map(({ surface }) => surface.toLowerCase())
    .filter((word) => !STOP_WORDS.has(word))
}

function phrasesOf(words: readonly string[]): string[] {
  return words.flatMap((_, from) =>
    Array.from({ length: Math.min(LONGEST_PHRASE, words.length - from) }, (_, n) =>
      words.slice(from, from + n + 1).join(' '),
    ),
  )
}

function countWords(words: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1)
  return counts
}
