import { InterestMineError } from '../errors.js'

/** A prompt file, parsed. */
export interface Prompt {
  name: string
  version: number
  /** Names of its inputs: `{{name}}` in the text stands for the input of that name. */
  inputs: string[]
  /** JSON schema of the reply. An enum `["{{ids}}"]` stands for the ids of a question. */
  schema: Record<string, unknown>
  /** Most tokens of a reply. */
  maxTokens: number
  system: string
  user: string
}

/** Name and version of a prompt, as in "name-interest@3". */
export const promptId = ({ name, version }: Pick<Prompt, 'name' | 'version'>): string => `${name}@${version}`

const FORM = /^---\n([\s\S]*?)\n---\n+# System\n+([\s\S]*?)\n+# User\n+([\s\S]*)$/
const INPUT = /\{\{(\w+)\}\}/g

/**
 * Parses a prompt file: front matter of `key: value` lines (an indented line continues the one before), then the parts
 * `# System` and `# User`. `file` is named in messages. Fails with BAD_MODEL where the form is wrong.
 */
export function parsePrompt(text: string, file: string): Prompt {
  const refuse = (why: string) => new InterestMineError('BAD_MODEL', `prompt ${file} ${why}`, { file })
  const [, front, system, user] = FORM.exec(text.replaceAll('\r\n', '\n')) ?? []
  if (front === undefined) throw refuse('has no front matter, or no parts "# System" and "# User"')
  const fields = new Map<string, string>()
  for (const line of front.replace(/\n\s+/g, ' ').split('\n')) {
    const at = line.indexOf(':')
    fields.set(line.slice(0, at), line.slice(at + 1).trim())
  }
  const field = (name: string): string => {
    const value = fields.get(name)
    if (value === undefined) throw refuse(`has no ${name} in its front matter`)
    return value
  }
  const inputs = field('inputs')
    .split(',')
    .map((name) => name.trim())
  const used = new Set([...`${system}${user}`.matchAll(INPUT)].map(([, name]) => name))
  if (inputs.length !== used.size || !inputs.every((name) => used.has(name))) {
    throw refuse(`names inputs ${inputs.join(', ')} but uses ${[...used].join(', ')}`)
  }
  let schema: Record<string, unknown>
  try {
    schema = JSON.parse(field('schema'))
  } catch {
    throw refuse('has a schema that is no JSON')
  }
  const version = Number(field('version'))
  const maxTokens = Number(field('maxTokens'))
  return { name: field('name'), version, maxTokens, inputs, schema, system: system.trim(), user: user.trim() }
}

/**
 * A prompt with its inputs and ids filled in, ready to be asked. Inputs are filled in once: a `{{name}}` inside an
 * input stays text.
 */
export function fillPrompt(
  prompt: Prompt,
  inputs: Record<string, string>,
  ids: readonly string[],
): { system: string; user: string; schema: Record<string, unknown>; maxTokens: number } {
  const fill = (text: string) => text.replace(INPUT, (_, name: string) => inputs[name])
  const schema = JSON.parse(JSON.stringify(prompt.schema).replaceAll('["{{ids}}"]', JSON.stringify(ids)))
  return { system: fill(prompt.system), user: fill(prompt.user), schema, maxTokens: prompt.maxTokens }
}
