import type { MinedInterest } from '../columns.js'
import { writeDataBlock } from '../llm/data-block.js'
import { isSafeName } from '../llm/safety.js'
import type { Prompt } from '../llm/template.js'
import { evidenceText } from '../mine/names/given-names.js'
import { judgeName } from '../mine/names/proposals.js'
import { readSource } from '../mine/names/support.js'
import { hasCjk } from '../mine/names/words.js'
import type { Model } from '../model/model.js'
import type { Refusal } from '../types/words.js'
import { stringAt } from '../vectors/strings.js'
import { LANGUAGES, type ModelQuestion } from './ask.js'

/** A reply that fits the schema of the prompt name-interest. */
export interface NameReply {
  label: string
  /** The part of the label that says what the things are. */
  head: string
  /** Ids of the lines that it rests on. */
  evidence: string[]
}

/** Most items of the evidence that a model is shown; of more, an even sample. */
const SHOWN = 16
/** Most characters of a line. */
const LINE = 120

/**
 * Makes the question for the name of an interest. `user`: store key of the user, null for none. `judge` says why a
 * reply must not be used, null where it may; `taken` are the labels of the user's other interests, in lower case.
 */
export function createNameQuestion(
  { catalogue }: Model,
  prompt: Prompt,
  { label: own, rows, domain }: MinedInterest,
  user: number | null,
): { question: ModelQuestion; judge: (reply: NameReply, taken: ReadonlySet<string>) => Refusal | null } {
  const evidence = Array.from(rows, (row) => ({
    id: stringAt(catalogue.ids, row),
    title: stringAt(catalogue.titles, row),
    text: evidenceText(catalogue, row),
  }))
  evidence.sort((a, b) => (a.id < b.id ? -1 : 1))
  const titles = evidence.map(({ title }) => title)
  const step = Math.max(1, evidence.length / SHOWN)
  /** Positions in the evidence of the items in the lines e1, e2 … */
  const shown = Array.from({ length: Math.min(SHOWN, evidence.length) }, (_, i) => Math.floor(i * step))
  const lines = shown.map((at, i) => ({ id: `e${i + 1}`, text: evidence[at].text }))
  const language = 2 * titles.filter(hasCjk).length > titles.length ? 'zh' : 'en'
  return {
    question: {
      prompt,
      inputs: { language: LANGUAGES[language], items: writeDataBlock('titles', lines, LINE) },
      ids: lines.map(({ id }) => id),
      items: evidence.map(({ id }) => id),
      user,
    },
    judge({ label, head, evidence: ids }, taken) {
      if (!isSafeName(label)) return 'unsafe'
      const cited = ids.map((id) => shown[Number(id.slice(1)) - 1])
      const sources = evidence.map(({ text }) => readSource(text))
      const question = readSource(`${prompt.system} ${prompt.user}`)
      return judgeName({ label, head, cited }, { titles, sources, own, domain, taken, question })
    },
  }
}
