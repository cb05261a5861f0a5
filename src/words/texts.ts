import { answerItem } from '../answer/explain-item.js'
import { askModel } from '../llm/ask.js'
import { type DataLine, writeDataBlock } from '../llm/data-block.js'
import { readPrompt } from '../llm/prompts.js'
import { isSafeName, isSafeSentence } from '../llm/safety.js'
import type { Loaded } from '../load/generation.js'
import { findRows } from '../load/items.js'
import { readOptions } from '../load/user.js'
import { evidenceText } from '../mine/names/given-names.js'
import { isInLanguage, judgeSentence } from '../mine/names/sentences.js'
import { assertionsOf, countSupport, readSource, supports, type WordSource } from '../mine/names/support.js'
import { checkText, readLanguage } from '../options.js'
import type { Language } from '../types/answers.js'
import type { AskOptions, EnrichedItem, ExpandedPhrase, PhrasedReason, Refusal } from '../types/words.js'
import { readRow } from '../vectors/precision.js'
import { stringAt } from '../vectors/strings.js'
import { checkModel, findOrAsk, LANGUAGES, type ModelHost, requestOf, wordedOf } from './ask.js'

/** Similar items that a model is shown beside an item. */
const SIMILAR = 8
/** Items that a model is shown beside a phrase: the nearest to it. */
const FOUND = 12
/** Most characters of a line with a title, and of one with a longer text. */
const LINE = 160
const LONG_LINE = 400
/** Fewer related phrases than this are no answer. */
const LEAST_PHRASES = 3

/** A reply that fits the schema of the prompts enrich-item and phrase-reason. */
interface TextReply {
  text: string
  /** Ids of the lines that it rests on. */
  evidence: string[]
}

/**
 * Writes a sentence for an item that has little text. The model may use the item's own words, and words that two of the
 * similar items it cites share; where its reply is refused, the text is the item's own. The store's items are not
 * changed. Fails with UNKNOWN_ITEM, BAD_OPTION and as `askAndKeep` does.
 */
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
      item: writeDataBlock('item', [{ id: 'e1', text: plain }], LONG_LINE),
      similar: writeDataBlock('similar', lines, LINE),
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
  const reply = await findOrAsk(store, model, question, judge, signal)
  return { item, text: reply.refused === null ? (reply.value as TextReply).text : plain, ...wordedOf(reply) }
}

/**
 * Finds three to six related phrases by a model, made of words of the phrase and of the titles that a search for it
 * finds; none where fewer than three may be used. `encode` gives the centred vector of a phrase. The reply is not
 * stored, because what somebody searches for may be private. Fails with BAD_OPTION, NO_TEXT and as `askModel` does.
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
      phrase: writeDataBlock('phrase', [{ id: 'q', text: phrase }], LINE),
      similar: writeDataBlock('similar', lines, LINE),
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

/** A reply that fits the schema of the prompt expand-phrase. */
interface PhrasesReply {
  phrases: { phrase: string; evidence: string[] }[]
}

/** The phrases of a reply that may be used; where they are too few, none, and why the last of the others may not. */
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

/**
 * Why a phrase must not be used, null where it may: each word must be in the phrase searched for or in two cited
 * titles.
 */
function judgePhrase(
  text: string,
  own: WordSource,
  cited: readonly WordSource[],
  used: ReadonlySet<string>,
): Refusal | null {
  if (!isSafeName(text)) return 'unsafe'
  if (used.has(text.toLowerCase())) return 'duplicate'
  const words = assertionsOf(text)
  const holds = (word: string) => supports(own, word) || countSupport(cited, word) >= 2
  return words.length > 0 && words.every(holds) ? null : 'unsupported'
}

/**
 * Writes why an item suits a user, in a sentence by a model that may only use words of the reason made in code and of
 * what that cites. Where the reply is refused, the reason made in code is the answer. Fails with UNKNOWN_ITEM,
 * BAD_OPTION and as `askAndKeep` does.
 */
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
  const explanation = answerItem(
    loaded.model,
    input,
    row,
    await readOptions(store, loaded, { language, effects: true }),
  )
  const facts = [
    { id: 'why', text: explanation.reason },
    ...explanation.evidence.map(({ title }, i) => ({ id: `e${i + 1}`, text: title })),
  ]
  const subject = { id: 'r', text: explanation.title }
  const question = {
    prompt: await readPrompt('phrase-reason'),
    inputs: {
      language: LANGUAGES[language],
      item: writeDataBlock('item', [subject], LINE),
      facts: writeDataBlock('facts', facts, LONG_LINE),
    },
    ids: facts.map(({ id }) => id),
    items: [item, ...explanation.evidence.map((one) => one.item)],
    user: await store.findUser(user),
  }
  const judge = (value: unknown): Refusal | null => {
    const { text, evidence } = value as TextReply
    const cited = [subject, ...facts.filter(({ id }) => evidence.includes(id))]
    const sources = cited.map((fact) => readSource(fact.text))
    return judgeProse(text, language) ?? judgeSentence(text, sources)
  }
  const reply = await findOrAsk(store, model, question, judge, signal)
  const reason = reply.refused === null ? (reply.value as TextReply).text : explanation.reason
  return { user, item, reason, ...wordedOf(reply) }
}

function judgeProse(text: string, language: Language): Refusal | null {
  if (!isSafeSentence(text)) return 'unsafe'
  return isInLanguage(text, language) ? null : 'script'
}

function nearest({ model }: Loaded, vector: Float32Array, n: number, self: number): number[] {
  const { index, catalogue } = model
  return [...index.search(vector, n, (row) => row !== self && !catalogue.removed[row]).rows]
}
