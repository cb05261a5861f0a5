import { answerInterests } from '../answer/answer.js'
import { writeDataBlock } from '../llm/data-block.js'
import { readPrompt } from '../llm/prompts.js'
import { isSafeSentence } from '../llm/safety.js'
import { nowOf } from '../load/user.js'
import { isInLanguage, judgeSentence } from '../mine/names/sentences.js'
import { readSource } from '../mine/names/support.js'
import { readLanguage } from '../options.js'
import type { Interest, Language, Trend } from '../types/answers.js'
import type { AskOptions, ProfileDescription, Refusal } from '../types/words.js'
import { checkModel, findOrAsk, LANGUAGES, type ModelHost, NOT_ASKED, wordedOf } from './ask.js'

type Sentence = ProfileDescription['sentences'][number]

/** Most interests in a description. */
const MOST_INTERESTS = 5
/** Most items of each that a model is shown. */
const MOST_ITEMS = 3
/** Most characters of a line. */
const LINE = 160

/** A line that a sentence may cite: an interest with its share and number of items, or one of its items. */
interface Fact {
  id: string
  text: string
  /** Ids of the items that it is about. */
  items: string[]
  /** Id of the line of its interest. */
  interest: string
}

/**
 * Describes a user's interests in two sentences by a model, each checked against the lines that it cites. Where the
 * reply is refused, two sentences are made in code from the same facts; a user without interests gets none. Fails with
 * BAD_OPTION and as `askAndKeep` does.
 */
export async function describeProfile(
  { store, load, readUser }: ModelHost,
  user: string,
  { model, language: asked, signal }: AskOptions,
): Promise<ProfileDescription> {
  checkModel(model)
  const loaded = await load()
  const language = readLanguage(asked) ?? loaded.model.catalogue.language
  const input = await readUser(loaded, user)
  const { interests } = answerInterests(loaded.model, input, { now: nowOf(loaded, undefined), language })
  const described = interests.filter(({ state }) => !state.muted).slice(0, MOST_INTERESTS)
  const plain = describePlainly(described, language)
  if (described.length === 0) return { user, sentences: plain, ...NOT_ASKED }
  const facts = described.flatMap((interest, i) => factsOf(interest, i, language))
  const question = {
    prompt: await readPrompt('describe-profile'),
    inputs: { language: LANGUAGES[language], facts: writeDataBlock('facts', facts, LINE) },
    ids: facts.map(({ id }) => id),
    items: [...new Set(facts.flatMap(({ items }) => items))],
    user: await store.findUser(user),
  }
  const judge = (value: unknown) => judgeSentences((value as Reply).sentences, facts, language)
  const reply = await findOrAsk(store, model, question, judge, signal)
  if (reply.refused !== null) return { user, sentences: plain, ...wordedOf(reply) }
  const sentences = (reply.value as Reply).sentences.map(({ text, evidence }) => ({
    text,
    evidence: [...new Set(evidence.flatMap((id) => facts.find((fact) => fact.id === id)?.items ?? []))],
  }))
  return { user, sentences, ...wordedOf(reply) }
}

/** A reply that fits the schema of the prompt describe-profile. */
interface Reply {
  sentences: { text: string; evidence: string[] }[]
}

function factsOf({ label, weight, evidence, trend }: Interest, i: number, language: Language): Fact[] {
  const interest = `f${i + 1}`
  const share = Math.round(100 * weight)
  const text =
    language === 'zh'
      ? `兴趣：${label}，占你喜欢的 ${share}%，${evidence.length} 件，${TRENDS.zh[trend]}`
      : `interest: ${label}, ${share}% of what you liked, ${evidence.length} items, ${TRENDS.en[trend]}`
  const shown = evidence.slice(0, MOST_ITEMS)
  const items = shown.map(({ item }) => item)
  return [
    { id: interest, text, items, interest },
    ...shown.map(({ item, title }, k) => ({ id: `${interest}e${k + 1}`, text: title, items: [item], interest })),
  ]
}

const TRENDS: Record<Language, Record<Trend, string>> = {
  en: { new: 'new', growing: 'growing', steady: 'steady', fading: 'fading' },
  zh: { new: '新出现', growing: '增长', steady: '稳定', fading: '减弱' },
}

function judgeSentences(sentences: Reply['sentences'], facts: readonly Fact[], language: Language): Refusal | null {
  for (const { text, evidence } of sentences) {
    if (!isSafeSentence(text)) return 'unsafe'
    if (!isInLanguage(text, language)) return 'script'
    const cited = facts.filter(({ id }) => evidence.includes(id))
    const interests = new Set(cited.map(({ interest }) => interest))
    const sources = facts.filter((fact) => cited.includes(fact) || interests.has(fact.id))
    const refused = judgeSentence(
      text,
      sources.map((fact) => readSource(fact.text)),
    )
    if (refused !== null) return refused
  }
  return sentences[0].text === sentences[1].text ? 'duplicate' : null
}

/** The two sentences made in code: one about the strongest interest, one about the others. */
function describePlainly(interests: readonly Interest[], language: Language): Sentence[] {
  const [first, ...others] = interests
  if (!first) return []
  const share = ({ weight }: Interest) => `${Math.round(100 * weight)}%`
  const itemsOf = (list: readonly Interest[]) =>
    list.flatMap(({ evidence }) => evidence.slice(0, MOST_ITEMS).map(({ item }) => item))
  const names = others.map((interest) => `${interest.label} (${share(interest)})`)
  const count = first.evidence.length
  const zh = language === 'zh'
  const main = zh
    ? `你最喜欢${first.label}，占 ${share(first)}，共 ${count} 件。`
    : `You are drawn most to ${first.label}: ${share(first)} of what you liked, ${count} ${count === 1 ? 'item' : 'items'}.`
  const rest =
    names.length === 0
      ? zh
        ? `这个兴趣：${TRENDS.zh[first.trend]}。`
        : `This interest is ${TRENDS.en[first.trend]}.`
      : zh
        ? `此外还有${names.join('、')}。`
        : `Beside it stand ${names.join(', ')}.`
  return [
    { text: main, evidence: itemsOf([first]) },
    { text: rest, evidence: itemsOf(names.length === 0 ? [first] : others) },
  ]
}
