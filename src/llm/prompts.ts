import { readFile } from 'node:fs/promises'
import { type Prompt, parsePrompt } from './template.js'

/** Names of the prompts that come with the package: files of its folder `prompts`. */
export const PROMPTS = ['name-interest', 'describe-profile', 'enrich-item', 'expand-phrase', 'phrase-reason'] as const
/** Name of a prompt. */
export type PromptName = (typeof PROMPTS)[number]

const FOLDER = new URL('../../prompts/', import.meta.url)
const read = new Map<PromptName, Promise<Prompt>>()

/** Reads a prompt that comes with the package; each file is read once. Fails with BAD_MODEL where its form is wrong. */
export function readPrompt(name: PromptName): Promise<Prompt> {
  let prompt = read.get(name)
  if (!prompt) {
    prompt = readFile(new URL(`${name}.md`, FOLDER), 'utf8').then((text) => parsePrompt(text, `${name}.md`))
    read.set(name, prompt)
  }
  return prompt
}
