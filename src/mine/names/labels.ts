import type { Catalogue } from '../../columns.js'
import { cleanText } from '../../text.js'
import type { Language } from '../../types/answers.js'
import type { Modality } from '../../types/items.js'
import { stringAt } from '../../vectors/strings.js'
import { gatherParts, joinParts, type Part } from './parts.js'
import { isFlagged, type Phrases } from './phrases.js'
import { mixParts, type Reach } from './reach.js'
import { hasCjk } from './words.js'

/** A name that the evidence supports. */
export interface ClusterName {
  label: string
  /** The part that says what the things are. */
  head: string
  /** What describes them further, at most two phrases. */
  modifiers: string[]
  /** Share of the evidence, 0..1, that is nearer to the name than nearly all of the catalogue is (`Reach`). */
  share: number
  /** Names of one group are ordered by this; it has no meaning across groups. */
  score: number
  /** Its phrases, the head first; empty for a name after one item. */
  parts: Int32Array
}

/** Options of `nameCluster`. */
export interface NameRules {
  /** Least share of the evidence that must be near the name; default NAME_GATE. */
  gate?: number
  /** Cosine of a phrase and a row; given where it is cached over several calls. */
  similarity?: (phrase: number, row: number) => number
  /** Lower-case heads that are no name without a modifier: those of domains, which are broader than any interest. */
  avoid?: ReadonlySet<string>
}

/**
 * Least share of the evidence near a name. At .8 a reader tells 87 % of evidence from distractors by the name alone;
 * without a gate, far less.
 */
export const NAME_GATE = 0.8

/** The fit of a name is that of the evidence at this quantile of similarity, so that it counts nearly the worst. */
const WORST_SHARE = 0.2
/** Share of the evidence that must hold the head, and head and modifiers together, word for word. */
const SAID_SHARE = 2 / 3
/** Least increase of the score for a modifier that is no brand to be added. */
const LEAST_GAIN = 0.1
/** Added to the score for each word, up to MAX_COUNTED: a longer name says more. */
const WORD_WORTH = 0.05
const MAX_COUNTED = 4
/** Added to the score of a head that always ends its phrase ("serum"), against one that never does ("acid"). */
const ENDER_WORTH = 0.5
const MAX_WORDS = 5
/** A name near this share of a group without a name may still name that part of it. */
const MISS_SHARE = 0.6
const HEADS_TRIED = 4
/** Modifiers tried: the parts that most of the evidence holds. */
const MODIFIERS_TRIED = 12
const BEAM = 4
const MAX_MODIFIERS = 2
const MAX_LABEL = 80
/** A single word in more than this share of the items is no name unless it is a finest category … */
const WIDE_SHARE = 0.005
/** … and, in small catalogues, in more items than this. */
const WIDE_ITEMS = 12
/** Names returned at most, so that one can be chosen that no other interest of the user has. */
const KEPT = 6

/** Labels that are never names: "cluster 3", "undefined". */
export const FORBIDDEN = /^(cluster|interest|topic)[ _-]?\d+$|\b(undefined|null|nan)\b/i

/**
 * A possible name: its parts, number of words, the rows that hold all parts, and its score and share (`ClusterName`).
 */
interface NameCandidate {
  head: Part
  modifiers: Part[]
  words: number
  mask: Uint8Array
  score: number
  share: number
}

/** Characters of an item's title in a name after that item. */
const EXAMPLE_LENGTH = 48
const NO_PARTS = new Int32Array(0)

/** A name after one catalogue row, for a group that no phrase names: "Like ‘title’". */
export function nameAfterItem(catalogue: Catalogue, row: number): ClusterName {
  return exampleOf(catalogue, row, (title) => (hasCjk(title) ? `类似『${title}』` : `Like ‘${title}’`))
}

/**
 * A name after one catalogue row, for a group that pictures or sounds hold together and whose texts need have nothing
 * in common: "Looks alike: title", "Sounds alike: title".
 */
export function nameByLikeness(catalogue: Catalogue, row: number, modality: Modality): ClusterName {
  const { en, zh } = ALIKE[modality]
  return exampleOf(catalogue, row, (title) => (hasCjk(title) ? `${zh}：${title}` : `${en}: ${title}`))
}

const ALIKE: Record<Modality, Record<Language, string>> = {
  image: { en: 'Looks alike', zh: '外观相似' },
  audio: { en: 'Sounds alike', zh: '听感相似' },
}

function exampleOf(catalogue: Catalogue, row: number, format: (title: string) => string): ClusterName {
  const whole = cleanText(stringAt(catalogue.titles, row))
  const title = whole.length > EXAMPLE_LENGTH ? `${cleanText(whole, EXAMPLE_LENGTH - 1)}…` : whole
  return { label: format(title), head: title, modifiers: [], share: 1, score: 0, parts: NO_PARTS }
}

/** Result of `nameCluster`. */
export interface NamingResult {
  /** Names that pass the gate, best first. */
  names: ClusterName[]
  /**
   * Where there is no name: one entry a row, 1 where it is near the best name that is near at least MISS_SHARE of the
   * group; null where there is none.
   */
  nearMiss: Uint8Array | null
}

/**
 * Names a group of catalogue rows by phrases that its items share: a head and up to two modifiers, found by beam
 * search. Names pass if enough of the evidence holds them (SAID_SHARE) and is near them (`gate`); at most six, best
 * first, and none where the items have nothing in common that can be said. Deterministic, in the language of the
 * evidence: every word is one of the evidence's own.
 */
export function nameCluster(
  phrases: Phrases,
  catalogue: Catalogue,
  rows: ArrayLike<number>,
  { gate = NAME_GATE, avoid, similarity }: NameRules = {},
): NamingResult {
  const parts = rows.length < 2 ? [] : gatherParts(phrases, rows, similarity)
  const need = Math.max(2, Math.ceil(SAID_SHARE * rows.length - 1e-9))
  const heads = parts.filter((part) => part.isHead)
  if (heads.length === 0) return { names: [], nearMiss: null }
  const { assess, nearOf } = createAssessor(phrases, parts)
  const areTags = catalogue.categoryKind === 'tags'
  const all: NameCandidate[] = []
  let beam = heads
    .map((head) => assess({ head, modifiers: [], words: head.words.length, mask: head.mask, score: 0, share: 0 }))
    .sort(byScore)
  all.push(...beam)
  beam = beam.slice(0, HEADS_TRIED)
  for (let depth = 0; depth < MAX_MODIFIERS; depth++) {
    const longer: NameCandidate[] = []
    for (const base of beam) {
      for (const part of parts.slice(0, MODIFIERS_TRIED)) {
        if (!mayModify(part, base, areTags) || base.words + part.words.length > MAX_WORDS) continue
        const mask = intersect(base.mask, part.mask)
        if (countOnes(mask) < need) continue
        const words = base.words + part.words.length
        const made = assess({ head: base.head, modifiers: [...base.modifiers, part], words, mask, score: 0, share: 0 })
        if (part.isBrand || made.score >= base.score + LEAST_GAIN) longer.push(made)
      }
    }
    beam = longer.sort(byScore).slice(0, BEAM)
    all.push(...beam)
  }
  const eligible = all
    .filter(({ head, modifiers }) => modifiers.length > 0 || !avoid?.has(head.surface.toLowerCase()))
    .sort(byScore)
  const supported = eligible.filter(({ head }) => head.support >= need)
  const names = renderBest(phrases, catalogue, rows, supported, gate)
  if (names.length > 0) return { names, nearMiss: null }
  const missed = eligible.find((candidate) => candidate.share >= MISS_SHARE && !isBare(phrases, catalogue, candidate))
  const near = missed ? nearOf(missed) : null
  return { names, nearMiss: near?.length === rows.length ? near : null }
}

function byScore(a: NameCandidate, b: NameCandidate): number {
  return b.score - a.score || a.words - b.words || a.head.phrase - b.head.phrase
}

/** The names of the first candidates that pass, with their labels. */
function renderBest(
  phrases: Phrases,
  catalogue: Catalogue,
  rows: ArrayLike<number>,
  all: NameCandidate[],
  gate: number,
): ClusterName[] {
  const names: ClusterName[] = []
  const seen = new Set<string>()
  for (const candidate of all) {
    if (names.length >= KEPT) break
    if (candidate.share < gate || isBare(phrases, catalogue, candidate)) continue
    const { head, modifiers, share, score } = candidate
    const label = joinParts(phrases, head, modifiers, rows)
    const key = label.toLowerCase()
    if (label.length > MAX_LABEL || FORBIDDEN.test(label) || !/\p{L}/u.test(label) || seen.has(key)) continue
    seen.add(key)
    const parts = Int32Array.from([head, ...modifiers], (part) => part.phrase)
    names.push({ label, head: head.surface, modifiers: modifiers.map((part) => part.surface), share, score, parts })
  }
  return names
}

/** Whether the head alone, with or without a brand, says too little. */
function isBare(phrases: Phrases, catalogue: Catalogue, { head, modifiers }: NameCandidate): boolean {
  if (modifiers.some((part) => !part.isBrand)) return false
  if (head.words.length > 1 || isFlagged(phrases, head.phrase, 'leaf')) return false
  return phrases.df[head.phrase] > Math.max(WIDE_ITEMS, WIDE_SHARE * catalogue.size)
}

function mayModify(part: Part, base: NameCandidate, areTags: boolean): boolean {
  // Another category of the same path adds nothing; another tag does: "Comedy · romance".
  if ((part.isCategory && !areTags) || part.isEmpty || part === base.head) return false
  const others = [base.head, ...base.modifiers]
  if (part.isBrand && others.some((other) => other.isBrand)) return false
  return others.every((other) => other !== part && !overlaps(part, other))
}

/** Whether two parts say the same: a shared word, "eyeshadow" and "eye shadow", "stamp" and "stamping". */
function overlaps(a: Part, b: Part): boolean {
  if (a.joined.includes(b.joined) || b.joined.includes(a.joined)) return true
  return a.keys.some((x) =>
    b.keys.some((y) => x === y || (Math.min(x.length, y.length) >= 4 && (x.startsWith(y) || y.startsWith(x)))),
  )
}

function intersect(a: Uint8Array, b: Uint8Array): Uint8Array {
  const mask = new Uint8Array(a.length)
  for (let i = 0; i < a.length; i++) mask[i] = a[i] & b[i]
  return mask
}

function countOnes(mask: Uint8Array): number {
  let count = 0
  for (let i = 0; i < mask.length; i++) count += mask[i]
  return count
}

/** Scores name candidates by how well they fit the compared evidence. */
function createAssessor(phrases: Phrases, parts: readonly Part[]) {
  const size = parts[0]?.similarities.length ?? 0
  const near = new Float64Array(size)
  /** Fills `near` with the similarity to each compared row. */
  const compare = ({ head, modifiers }: NameCandidate): Reach => {
    if (modifiers.length === 0) {
      near.set(head.similarities)
      return head
    }
    const own = [head, ...modifiers]
    const mix = mixParts(
      phrases,
      own.map((part) => part.phrase),
    )
    near.fill(0)
    own.forEach(({ similarities }, p) => {
      for (let i = 0; i < size; i++) near[i] += mix.weights[p] * similarities[i]
    })
    return mix
  }
  const assess = (candidate: NameCandidate): NameCandidate => {
    const { threshold, spread } = compare(candidate)
    let above = 0
    for (let i = 0; i < size; i++) if (near[i] > threshold) above++
    const sorted = near.slice().sort()
    const worst = sorted[Math.min(size - 1, Math.floor(WORST_SHARE * size))]
    candidate.share = size > 0 ? above / size : 0
    candidate.score =
      (worst - threshold) / spread + WORD_WORTH * Math.min(candidate.words, MAX_COUNTED) + bonus(candidate)
    return candidate
  }
  const nearOf = (candidate: NameCandidate): Uint8Array => {
    const { threshold } = compare(candidate)
    return Uint8Array.from(near, (similarity) => (similarity > threshold ? 1 : 0))
  }
  return { assess, nearOf }
}

/** Prefers heads that name things, among names of the same words. */
function bonus({ head, modifiers }: NameCandidate): number {
  const worth = [head, ...modifiers].reduce((sum, part) => sum + part.worth, 0)
  return worth + ENDER_WORTH * head.ending
}
