import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { checkEncoder } from '../src/encode/check.js'
import { readTowers } from '../src/encode/manifest.js'
import { DEFAULT_SCORER } from '../src/rank/default-scorer.js'
import { FEATURE_NOTES, FEATURE_SIGNS, FEATURES } from '../src/rank/features.js'
import { REFUSALS, SET_ASIDE } from '../src/types.js'

const scoring = readFileSync('docs/scoring.md', 'utf8')
/** Cells of each feature's row of the table. */
const rows = new Map(
  scoring
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => line.split('|').map((cell) => cell.trim()))
    .map(([, name, ...cells]) => [name.replaceAll('`', ''), cells]),
)

describe('docs/scoring.md', () => {
  it('has a row for each feature, in order, and none for others', () => {
    expect([...rows.keys()]).toEqual([...FEATURES])
  })

  it.each(FEATURES)('tells the direction of %s', (feature) => {
    const [, , direction] = rows.get(feature)!
    const sign = FEATURE_SIGNS[feature]
    const byHand = DEFAULT_SCORER.terms.find((term) => term.feature === feature)
    const wanted =
      sign === undefined ? `by hand: ${byHand!.weight}` : sign === 1 ? '+' : sign === -1 ? '\u2212' : '\u00b1'
    expect(direction.replace('\u2212', '-')).toBe(wanted.replace('\u2212', '-'))
  })

  it('and the page of a training say what each feature is', () => {
    expect(Object.keys(FEATURE_NOTES)).toEqual([...FEATURES])
  })
})

describe('docs/llm.md', () => {
  it('says what every reason of a refusal means', () => {
    const text = readFileSync('docs/llm.md', 'utf8')
    const [, table] = text.split('| reason | |')
    const named = [...table.matchAll(/^\| (.+?) \|/gm)].flatMap(([, cell]) => [...cell.matchAll(/`([\w-]+)`/g)])
    expect(named.map(([, reason]) => reason).sort()).toEqual([...REFUSALS].sort())
  })
})

describe('docs/security.md', () => {
  it('says why each picture or sound may be set aside', () => {
    const [, table] = readFileSync('docs/security.md', 'utf8').split('| set aside as | because |')
    const named = [...table.matchAll(/^\| (.+?) \|/gm)].flatMap(([, cell]) => [...cell.matchAll(/`([\w-]+)`/g)])
    expect(named.map(([, reason]) => reason).sort()).toEqual([...SET_ASIDE].sort())
  })
})

describe('docs/towers.md', () => {
  const examples = [...readFileSync('docs/towers.md', 'utf8').matchAll(/```json\n([\s\S]*?)```/g)].map(
    ([, json]) => json,
  )
  it.each(examples.map((json) => [JSON.parse(json).id, json]))('has a manifest for %s', async (id, json) => {
    const folder = mkdtempSync(join(tmpdir(), 'manifest-'))
    writeFileSync(join(folder, 'manifest.json'), json)
    const { joint, towers } = await readTowers(folder)
    expect([joint, Object.keys(towers).length]).toEqual([true, 2])
    // What is missing is told: the files are to be filled in.
    const { encoder, problems } = await checkEncoder(folder)
    expect(encoder?.id).toBe(id)
    expect(problems.every(({ what }) => what.includes('.onnx is missing'))).toBe(true)
    expect(problems).toHaveLength(2)
  })
  it('has three of them', () => {
    expect(examples).toHaveLength(3)
  })
})

describe('links between documents', () => {
  it.each([
    'README.md',
    'ARCHITECTURE.md',
    'CONTRIBUTING.md',
    'docs/scoring.md',
    'docs/llm.md',
    'docs/federate.md',
    'docs/security.md',
    'docs/towers.md',
    'docs/modalities.md',
    'docs/encoders.md',
    'docs/privacy.md',
    'prompts/README.md',
  ])('of %s lead somewhere', (file) => {
    const text = readFileSync(file, 'utf8')
    const links = [...text.matchAll(/\]\((?!https?:|#)([^)#]+)[^)]*\)/g)].map(([, path]) => path)
    expect(links.filter((path) => !existsSync(join(dirname(file), path)))).toEqual([])
    const named = [...text.matchAll(/`((?:docs|bench|src)\/[\w./-]+\.\w+)`/g)].map(([, path]) => path)
    expect(named.filter((path) => !existsSync(path))).toEqual([])
  })
})
