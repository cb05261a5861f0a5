import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { PROMPTS, readPrompt } from '../../src/llm/prompts.js'
import { fillPrompt, parsePrompt, promptId } from '../../src/llm/template.js'

const TEXT = `---
name: greet
version: 3
inputs: who, lines
maxTokens: 9
schema: {"type": "object",
  "properties": {"ids": {"enum": ["{{ids}}"]}}}
---

# System

Greet {{who}}.

# User

{{lines}}
`

describe('a prompt', () => {
  it('is read from front matter and two parts', () => {
    const prompt = parsePrompt(TEXT, 'greet.md')
    expect(prompt).toEqual({
      name: 'greet',
      version: 3,
      inputs: ['who', 'lines'],
      maxTokens: 9,
      schema: { type: 'object', properties: { ids: { enum: ['{{ids}}'] } } },
      system: 'Greet {{who}}.',
      user: '{{lines}}',
    })
    expect(promptId(prompt)).toBe('greet@3')
  })

  it('is filled once: inputs are no templates', () => {
    const filled = fillPrompt(parsePrompt(TEXT, 'greet.md'), { who: 'Ann', lines: 'a {{who}} $& {{ids}}' }, [
      'e1',
      'e2',
    ])
    expect(filled).toMatchObject({ system: 'Greet Ann.', user: 'a {{who}} $& {{ids}}', maxTokens: 9 })
    expect(filled.schema).toEqual({ type: 'object', properties: { ids: { enum: ['e1', 'e2'] } } })
  })

  it.each([
    ['no front matter', 'Greet!', /no front matter/],
    ['a field missing', TEXT.replace('version: 3\n', ''), /no version/],
    ['an input that nothing uses', TEXT.replace('who, lines', 'who, lines, when'), /names inputs who, lines, when/],
    ['an input that it does not name', TEXT.replace('who, lines', 'who'), /uses who, lines/],
    ['a schema that is no JSON', TEXT.replace('"type": "object",', '"type"'), /no JSON/],
  ])('with %s is refused', (_, text, message) => {
    expect(() => parsePrompt(text, 'greet.md')).toThrow(message)
  })
})

describe('the prompts of the package', () => {
  it('are those that lie in prompts/', () => {
    const files = readdirSync('prompts').filter((file) => file !== 'README.md')
    expect(files.sort()).toEqual(PROMPTS.map((name) => `${name}.md`).sort())
  })

  it.each(PROMPTS)(
    '%s is named as its file, bounds every text and list of its reply, and takes ids from an enum',
    async (name) => {
      const prompt = await readPrompt(name)
      expect(prompt.name).toBe(name)
      expect(prompt.version).toBeGreaterThanOrEqual(1)
      const schema = fillPrompt(prompt, Object.fromEntries(prompt.inputs.map((input) => [input, ''])), ['e1']).schema
      expect(() => z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0])).not.toThrow()
      const visit = (node: Record<string, unknown>): void => {
        if (node.type === 'object') {
          expect(node.additionalProperties).toBe(false)
          expect(node.required).toEqual(Object.keys(node.properties as object))
          for (const child of Object.values(node.properties as object)) visit(child)
        } else if (node.type === 'array') {
          expect(node.maxItems).toBeGreaterThan(0)
          visit(node.items as Record<string, unknown>)
        } else if (node.enum) expect(node.enum).toEqual(['e1'])
        else expect(node.maxLength).toBeGreaterThan(0)
      }
      visit(schema)
      // Untrusted text goes into the user's part, never among the rules.
      expect(readFileSync(`prompts/${name}.md`, 'utf8').split('# User')[0]).not.toMatch(
        /\{\{(items|facts|item|similar|phrase)\}\}/,
      )
    },
  )
})
