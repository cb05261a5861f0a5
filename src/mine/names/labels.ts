import type { Catalogue } from '../../columns.js'
import { cleanText } from '../../text.js'
import type { Language } from '../../types/answers.js'
import type { Modality } from '../../types/items.js'
import { stringAt } from '../../vectors/strings.js'
import { gatherParts, joinParts, type Part } from './parts.js'
import { isFlagged, type Phrases } from './phrases.js'
import { mixParts, type Reach } from './reach.js'
import { hasCjk } from './words.js'

/** A name that the evidence bears out. */
export interface ClusterName {
  label: string
  /** What the things are. */
  head: string
  /** At most two. */
  modifiers: string[]
  /** Share of the evidence that is nearer to the name than nearly all of the catalogue is. */
  share: number
  score: number
  /** Its phrases, the head first; none where it is an example. */
  parts: Int32Array
}

export interface NameRules {
  /** Least share of the evidence that must be near the name. */
  gate?: number
  /** Similarity of a phrase and a row, where many groups of the same rows are named: kept from one to the next. */
  similarity?: (phrase: number, row: number) => number
  /** Lower-case names that say too little alone: those of domains, which lie above every interest. */
  avoid?: ReadonlySet<string>
}

/** With .8 a reader tells 87 % of evidence from distractors by the name alone; without a gate, far less. */
export const NAME_GATE = 0.8
/** The fit of a name is that of the evidence it fits worst, save this share. */
const WORST_SHARE = 0.2
/** What a name says must hold, word for word, for so much of the evidence. */
const SAID_SHARE = 2 / 3
/** A modifier that is no brand must bring the name so much nearer to the evidence. */
const LEAST_GAIN = 0.1
/** A longer name says more: worth this much for each word up to MAX_COUNTED. */
const WORD_WORTH = 0.05
const MAX_COUNTED = 4
/** What a head is worth that always ends its phrase ("serum"), against one that never does ("acid"). */
const ENDER_WORTH = 0.5
const MAX_WORDS = 5
/** A name that fits so much of a group that fails may still name that part. */
const MISS_SHARE = 0.6
const HEADS_TRIED = 4
/** Those that most of the evidence holds. */
const MODIFIERS_TRIED = 12
const BEAM = 4
const MAX_MODIFIERS = 2
const MAX_LABEL = 80
/** A single word in more than this share of the items says nothing unless it is the name of a leaf category. */
const WIDE_SHARE = 0.005
/** In small catalogues, in more items than this. */
const WIDE_ITEMS = 12
/** Names kept for choosing one that no other interest of the user has. */
const KEPT = 6

/** Forms that are no names. */
export const FORBIDDEN = /^(cluster|interest|topic)[ _-]?\d+$|\b(undefined|null|nan)\b/i

interface Candidate {
  head: Part
  modifiers: Part[]
  words: number
  mask: Uint8Array
  score: number
  share: number
}

/** Characters of a title that stand for a group. */
const EXAMPLE_LENGTH = 48
const NO_PARTS = new Int32Array(0)

/** The name of a group that no phrase names: one of its items, which is true of it. */
export function nameAfter(catalogue: Catalogue, row: number): ClusterName {
  return exampleOf(catalogue, row, (title) => (hasCjk(title) ? `类似『${title}』` : `Like ‘${title}’`))
}

/** The same where pictures or sounds hold the group together, and its texts need share nothing. */
export function nameAlike(catalogue: Catalogue, row: number, modality: Modality): ClusterName {
  const { en, zh } = ALIKE[modality]
  return exampleOf(catalogue, row, (title) => (hasCjk(title) ? `${zh}：${title}` : `${en}: ${title}`))
}

const ALIKE: Record<Modality, Record<Language, string>> = {
  image: { en: 'Looks alike', zh: '外观相似' },
  audio: { en: 'Sounds alike', zh: '听感相似' },
}

function exampleOf(catalogue: Catalogue, row: number, say: (title: string) => string): ClusterName {
  const whole = cleanText(stringAt(catalogue.titles, row))
  const title = whole.length > EXAMPLE_LENGTH ? `${cleanText(whole, EXAMPLE_LENGTH - 1)}…` : whole
  return { label: say(title), head: title, modifiers: [], share: 1, score: 0, parts: NO_PARTS }
}

/** What could be said of a group. */
export interface Naming {
  /** Names that pass the gate, best first. */
  names: ClusterName[]
  /** Where none does: 1 for each row that is near the best name of half or more of the group; null where none is. */
  nearMiss: Uint8Array | null
}

/**
 * Names of a group of catalogue rows that pass the gate, best first; none where the evidence has nothing in common
 * that can be said. Deterministic, in the language of the evidence: every word is the evidence's own.
 */
export function nameCluster(
  phrases: Phrases,
  catalogue: Catalogue,
  rows: ArrayLike<number>,
  { gate = NAME_GATE, avoid, similarity }: NameRules = {},
): Naming {
  const parts = rows.length < 2 ? [] : gatherParts(phrases, rows, similarity)
  const need = Math.max(2, Math.ceil(SAID_SHARE * rows.length - 1e-9))
  const heads = parts.filter((part) => part.isHead)
  if (heads.length === 0) return { names: [], nearMiss: null }
  const { assess, nearOf } = createAssessor(phrases, parts)
  const areTags = catalogue.categoryKind === 'tags'
  const all: Candidate[] = []
  let beam = heads
    .map((head) => assess({ head, modifiers: [], words: head.words.length, mask: head.mask, score: 0, share: 0 }))
    .sort(byScore)
  all.push(...beam)
  beam = beam.slice(0, HEADS_TRIED)
  for (let depth = 0; depth < MAX_MODIFIERS; depth++) {
    const longer: Candidate[] = []
    for (const base of beam) {
      for (const part of parts.slice(0, MODIFIERS_TRIED)) {
        if (!mayModify(part, base, areTags) || base.words + part.words.length > MAX_WORDS) continue
        const mask = both(base.mask, part.mask)
        if (countOnes(mask) < need) continue
        const words = base.words + part.words.length
        const made = assess({ head: base.head, modifiers: [...base.modifiers, part], words, mask, score: 0, share: 0 })
        if (part.isBrand || made.score >= base.score + LEAST_GAIN) longer.push(made)
      }
    }
    beam = longer.sort(byScore).slice(0, BEAM)
    all.push(...beam)
  }
  const telling = all
    .filter(({ head, modifiers }) => modifiers.length > 0 || !avoid?.has(head.surface.toLowerCase()))
    .sort(byScore)
  const borneOut = telling.filter(({ head }) => head.support >= need)
  const names = renderBest(phrases, catalogue, rows, borneOut, gate)
  if (names.length > 0) return { names, nearMiss: null }
  const missed = telling.find((candidate) => candidate.share >= MISS_SHARE && !isBare(phrases, catalogue, candidate))
  const near = missed ? nearOf(missed) : null
  return { names, nearMiss: near?.length === rows.length ? near : null }
}

function byScore(a: Candidate, b: Candidate): number {
  return b.score - a.score || a.words - b.words || a.head.phrase - b.head.phrase
}

function renderBest(
  phrases: Phrases,
  catalogue: Catalogue,
  rows: ArrayLike<number>,
  all: Candidate[],
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

/** A head that says too little alone. */
function isBare(phrases: Phrases, catalogue: Catalogue, { head, modifiers }: Candidate): boolean {
  if (modifiers.some((part) => !part.isBrand)) return false
  if (head.words.length > 1 || isFlagged(phrases, head.phrase, 'leaf')) return false
  return phrases.df[head.phrase] > Math.max(WIDE_ITEMS, WIDE_SHARE * catalogue.size)
}

function mayModify(part: Part, base: Candidate, areTags: boolean): boolean {
  // A second category path says the same again, a second tag says more: "Comedy · romance".
  if ((part.isCategory && !areTags) || part.isEmpty || part === base.head) return false
  const others = [base.head, ...base.modifiers]
  if (part.isBrand && others.some((other) => other.isBrand)) return false
  return others.every((other) => other !== part && !overlaps(part, other))
}

/** Says the same twice: a shared word, "eyeshadow" and "eye shadow", "stamp" and "stamping". */
function overlaps(a: Part, b: Part): boolean {
  if (a.joined.includes(b.joined) || b.joined.includes(a.joined)) return true
  return a.keys.some((x) =>
    b.keys.some((y) => x === y || (Math.min(x.length, y.length) >= 4 && (x.startsWith(y) || y.startsWith(x)))),
  )
}

function both(a: Uint8Array, b: Uint8Array): Uint8Array {
  const mask = new Uint8Array(a.length)
  for (let i = 0; i < a.length; i++) mask[i] = a[i] & b[i]
  return mask
}

function countOnes(mask: Uint8Array): number {
  let count = 0
  for (let i = 0; i < mask.length; i++) count += mask[i]
  return count
}

/** How well names fit the compared evidence. */
function createAssessor(phrases: Phrases, parts: readonly Part[]) {
  const size = parts[0]?.similarities.length ?? 0
  const near = new Float64Array(size)
  /** Fills `near` with the similarity to each compared row. */
  const compare = ({ head, modifiers }: Candidate): Reach => {
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
  const assess = (candidate: Candidate): Candidate => {
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
  const nearOf = (candidate: Candidate): Uint8Array => {
    const { threshold } = compare(candidate)
    return Uint8Array.from(near, (similarity) => (similarity > threshold ? 1 : 0))
  }
  return { assess, nearOf }
}

/** Among names of the same words the one whose head is a thing wins, and that whose head fits by itself. */
function bonus({ head, modifiers }: Candidate): number {
  const worth = [head, ...modifiers].reduce((sum, part) => sum + part.worth, 0)
  return worth + ENDER_WORTH * head.ending
}
