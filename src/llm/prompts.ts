import { readFile } from 'node:fs/promises'
import { type Prompt, parsePrompt } from './template.js'

export const PROMPTS = ['name-interest', 'describe-profile', 'enrich-item', 'expand-phrase', 'phrase-reason'] as const
export type PromptName = (typeof PROMPTS)[number]

const FOLDER = new URL('../../prompts/', import.meta.url)
const read = new Map<PromptName, Promise<Prompt>>()

/** A prompt that comes with the package. */
export function readPrompt(name: PromptName): Promise<Prompt> {
  let prompt = read.get(name)
  if (!prompt) {
    prompt = readFile(new URL(`${name}.md`, FOLDER), 'utf8').then((text) => parsePrompt(text, `${name}.md`))
    read.set(name, prompt)
  }
  return prompt
}
