import { answerItem } from '../answer/explain-item.js'
import { askModel } from '../llm/ask.js'
import { type DataLine, drawBlock } from '../llm/data-block.js'
import { readPrompt } from '../llm/prompts.js'
import { isSafeName, isSafeSentence } from '../llm/safety.js'
import type { Loaded } from '../load/generation.js'
import { findRows } from '../load/items.js'
import { readOptions } from '../load/user.js'
import { evidenceText } from '../mine/names/given-names.js'
import { judgeSentence, speaks } from '../mine/names/sentences.js'
import { assertionsOf, bearsOut, countSupport, readSource, type WordSource } from '../mine/names/support.js'
import { checkText, readLanguage } from '../options.js'
import type { Language } from '../types/answers.js'
import type { AskOptions, EnrichedItem, ExpandedPhrase, PhrasedReason, Refusal } from '../types/words.js'
import { readRow } from '../vectors/precision.js'
import { stringAt } from '../vectors/strings.js'
import { accountOf, checkModel, LANGUAGES, type ModelHost, recallOrAsk, requestOf } from './ask.js'

/** Items shown beside what a question is about. */
const SIMILAR = 8
const FOUND = 12
const LINE = 160
const LONG_LINE = 400
/** Phrases that must be left. */
const LEAST_PHRASES = 3

interface TextReply {
  text: string
  evidence: string[]
}

/** A text for an item with little of its own: its own words, and what similar items share. The store is not changed. */
export async function enrichItem(
  { store, load }: ModelHost,
  item: string,
  { model, language: asked, signal }: AskOptions,
): Promise<EnrichedItem> {
  checkModel(model)
  const loaded = await load()
  const { catalogue, vectors } = loaded.model
  const [row] = await findRows(store, loaded, [checkText('item', item)])
  const language = readLanguage(asked) ?? catalogue.language
  const [key] = await store.findItems([item])
  const own = key === null ? '' : ((await store.itemsByKey([key])).get(key)?.text ?? '')
  const plain = [evidenceText(catalogue, row), own].filter((part) => part !== '').join('. ')
  const near = nearest(loaded, readRow(vectors, row), SIMILAR, row)
  const lines = near.map((other, i) => ({ id: `e${i + 2}`, text: evidenceText(catalogue, other) }))
  const question = {
    prompt: await readPrompt('enrich-item'),
    inputs: {
      language: LANGUAGES[language],
      item: drawBlock('item', [{ id: 'e1', text: plain }], LONG_LINE),
      similar: drawBlock('similar', lines, LINE),
    },
    ids: ['e1', ...lines.map(({ id }) => id)],
    items: [row, ...near].map((one) => stringAt(catalogue.ids, one)),
    user: null,
  }
  const judge = (value: unknown): Refusal | null => {
    const { text, evidence } = value as TextReply
    if (!evidence.includes('e1')) return 'unsupported'
    const cited = lines.filter(({ id }) => evidence.includes(id)).map((line) => readSource(line.text))
    return judgeProse(text, language) ?? judgeSentence(text, [readSource(plain)], cited)
  }
  const answered = await recallOrAsk(store, model, question, judge, signal)
  return { item, text: answered.refused === null ? (answered.value as TextReply).text : plain, ...accountOf(answered) }
}

/**
 * Related phrases, of words of the phrase and of what a search for it finds. Nothing of it is kept: what somebody
 * searches for is theirs.
 */
export async function expandPhrase(
  { load }: ModelHost,
  phrase: string,
  encode: (loaded: Loaded, phrase: string) => Promise<Float32Array>,
  { model, language: asked, signal }: AskOptions,
): Promise<ExpandedPhrase> {
  checkModel(model)
  const loaded = await load()
  const { catalogue } = loaded.model
  const language = readLanguage(asked) ?? catalogue.language
  const near = nearest(loaded, await encode(loaded, phrase), FOUND, -1)
  const lines = near.map((row, i) => ({ id: `e${i + 1}`, text: evidenceText(catalogue, row) }))
  const question = {
    prompt: await readPrompt('expand-phrase'),
    inputs: {
      language: LANGUAGES[language],
      phrase: drawBlock('phrase', [{ id: 'q', text: phrase }], LINE),
      similar: drawBlock('similar', lines, LINE),
    },
    ids: lines.map(({ id }) => id),
    items: [],
    user: null,
  }
  const { value, refused: broken, tokens } = await askModel(model, requestOf(question, signal))
  const { phrases, refused } =
    broken === null ? choosePhrases(value as PhrasesReply, phrase, lines) : { phrases: [], refused: broken }
  return { phrase, phrases, textSource: refused === null ? 'llm' : 'words', refused, cached: false, tokens }
}

interface PhrasesReply {
  phrases: { phrase: string; evidence: string[] }[]
}

/** Those phrases that hold; none, and why the last one does not, where they are too few. */
function choosePhrases(reply: PhrasesReply, phrase: string, lines: readonly DataLine[]): ChosenPhrases {
  const own = readSource(phrase)
  const used = new Set([phrase.trim().toLowerCase()])
  const phrases: string[] = []
  let reason: Refusal = 'unsupported'
  for (const { phrase: text, evidence } of reply.phrases) {
    const cited = lines.filter(({ id }) => evidence.includes(id)).map((line) => readSource(line.text))
    const refused = judgePhrase(text, own, cited, used)
    if (refused === null) phrases.push(text)
    else reason = refused
    used.add(text.toLowerCase())
  }
  return phrases.length >= LEAST_PHRASES ? { phrases, refused: null } : { phrases: [], refused: reason }
}

interface ChosenPhrases {
  phrases: string[]
  refused: Refusal | null
}

/** Each word must stand in the phrase that was searched for, or in two of the titles cited. */
function judgePhrase(
  text: string,
  own: WordSource,
  cited: readonly WordSource[],
  used: ReadonlySet<string>,
): Refusal | null {
  if (!isSafeName(text)) return 'unsafe'
  if (used.has(text.toLowerCase())) return 'duplicate'
  const words = assertionsOf(text)
  const holds = (word: string) => bearsOut(own, word) || countSupport(cited, word) >= 2
  return words.length > 0 && words.every(holds) ? null : 'unsupported'
}

/** The reason of a recommendation in other words, of nothing but its facts. */
export async function phraseReason(
  { store, load, readUser }: ModelHost,
  user: string,
  item: string,
  { model, language: asked, signal }: AskOptions,
): Promise<PhrasedReason> {
  checkModel(model)
  const loaded = await load()
  const language = readLanguage(asked) ?? loaded.model.catalogue.language
  const input = await readUser(loaded, user)
  const [row] = await findRows(store, loaded, [checkText('item', item)])
  const told = answerItem(loaded.model, input, row, await readOptions(store, loaded, { language, effects: true }))
  const facts = [
    { id: 'why', text: told.reason },
    ...told.evidence.map(({ title }, i) => ({ id: `e${i + 1}`, text: title })),
  ]
  const subject = { id: 'r', text: told.title }
  const question = {
    prompt: await readPrompt('phrase-reason'),
    inputs: {
      language: LANGUAGES[language],
      item: drawBlock('item', [subject], LINE),
      facts: drawBlock('facts', facts, LONG_LINE),
    },
    ids: facts.map(({ id }) => id),
    items: [item, ...told.evidence.map((one) => one.item)],
    user: await store.findUser(user),
  }
  const judge = (value: unknown): Refusal | null => {
    const { text, evidence } = value as TextReply
    const cited = [subject, ...facts.filter(({ id }) => evidence.includes(id))]
    const sources = cited.map((fact) => readSource(fact.text))
    return judgeProse(text, language) ?? judgeSentence(text, sources)
  }
  const answered = await recallOrAsk(store, model, question, judge, signal)
  const reason = answered.refused === null ? (answered.value as TextReply).text : told.reason
  return { user, item, reason, ...accountOf(answered) }
}

function judgeProse(text: string, language: Language): Refusal | null {
  if (!isSafeSentence(text)) return 'unsafe'
  return speaks(text, language) ? null : 'script'
}

function nearest({ model }: Loaded, vector: Float32Array, n: number, self: number): number[] {
  const { index, catalogue } = model
  return [...index.search(vector, n, (row) => row !== self && !catalogue.removed[row]).rows]
}
