import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import * as library from '../dist/index.js'
import { Miner } from '../dist/miner.js'
import { checkEncoder } from '../src/encode/check.js'
import { readTowers } from '../src/encode/manifest.js'
import { WEIGHT_PRESETS } from '../src/ingest/weights.js'
import { DEFAULT_SCORER } from '../src/rank/default-scorer.js'
import { FEATURE_NOTES, FEATURE_SIGNS, FEATURES } from '../src/rank/features.js'
import { SET_ASIDE } from '../src/types/reports.js'
import { REFUSALS } from '../src/types/words.js'
import { proseOf, RUN, snippetsOf } from './helpers/snippets.js'

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

describe('docs/data.md', () => {
  it('has the weights of every kind', () => {
    const [, table] = readFileSync('docs/data.md', 'utf8').split('| kind | shop |')
    const told = new Map<string, number[]>()
    for (const line of table.split('\n').slice(2)) {
      const [, kinds, ...cells] = line.split('|').map((cell) => cell.trim())
      if (!line.startsWith('|') || kinds === 'any other') break
      const names = kinds.split(' / ')
      const columns = cells.slice(0, 4).map((cell) => (cell === 'same' ? cells[0] : cell).split(' / ').map(Number))
      names.forEach((name, i) => {
        told.set(
          name,
          columns.map((column) => column[i]),
        )
      })
    }
    const presets = (['shop', 'news', 'social', 'ratings'] as const).map((name) => WEIGHT_PRESETS[name])
    const wanted = Object.keys(presets[0]).map((kind) => [kind, presets.map((table) => table[kind].weight)])
    expect(Object.fromEntries(told)).toEqual(Object.fromEntries(wanted))
  })
})

describe('docs/commands.md', () => {
  it('has every command of the help, in its order', () => {
    const out = execFileSync(process.execPath, ['dist/cli/main.js', '--help'], { encoding: 'utf8' })
    const [, list] = out.split('Commands:\n')
    const commands = [...list.split('\n\n')[0].matchAll(/^ {2}([\w-]+)/gm)].map(([, name]) => name)
    const text = readFileSync('docs/commands.md', 'utf8')
    const rows = [...text.matchAll(/^\| `([\w-]+)` \|/gm)].map(([, name]) => name)
    expect(rows.length).toBeGreaterThan(20)
    expect(rows.sort()).toEqual(commands.sort())
  })
})

describe('docs/library.md', () => {
  const text = readFileSync('docs/library.md', 'utf8')
  const methods = Object.getOwnPropertyNames(Miner.prototype).filter((name) => name !== 'constructor')

  it('names every method, and whatever else is exported', () => {
    expect(methods.length).toBeGreaterThan(30)
    const names = [...methods, ...Object.keys(library)]
    expect(names.filter((name) => !new RegExp(`\\b${name}\\b`).test(text))).toEqual([])
  })
})

describe('docs/interests.md', () => {
  const sources = (readdirSync('src', { recursive: true }) as string[]).filter((file) => file.endsWith('.ts'))
  const rows = [
    ...readFileSync('docs/interests.md', 'utf8').matchAll(/^\| `([A-Z_]+)` \| (.+?) \| `([\w/-]+\.ts)` \|/gm),
  ].map(([, name, value, file]) => [name, file, value] as const)

  /** Numbers of a value as the page writes it: ".3", "−13", "2/3", "90 days", "1.44, .04". */
  const numbersOf = (value: string) =>
    value
      .replaceAll('\u2212', '-')
      .replace(/ days?$/, '')
      .replaceAll(/,(?=\d{3})/g, '')
      .split(', ')
      .map((one) => one.split('/').map(Number))
      .map(([over, under = 1]) => over / under)

  /** What a constant is set to, in days where it is a time: files are found by name, so that they may move. */
  const setTo = (name: string, file: string) => {
    const found = sources
      .filter((path) => basename(path) === basename(file))
      .flatMap((path) => {
        const text = readFileSync(join('src', path), 'utf8')
        return [
          ...text.matchAll(new RegExp(`^(?:export )?const ${name}(?:: [^=]+)? = ([^;]+?)(?:\\n(?! |\\])|;)`, 'gm')),
        ]
      })
      .map(([, written]) => written.replaceAll('_', '').replace(/\bDAY\b/, '1'))
    expect(found, `${name} in ${file}`).toHaveLength(1)
    expect(found[0]).toMatch(/^[-\d.e,\s*/[\]]+$/)
    const parts = found[0].replaceAll(/[[\]\s]/g, '').split(',')
    return parts.filter((part) => part !== '').map(calculate)
  }

  /** A number, or a product or quotient of two. */
  const calculate = (written: string) => {
    const [, a, sign, b = '1'] = /^(-?[\d.e-]+)(?:([*/])([\d.]+))?$/.exec(written)!
    return sign === '/' ? Number(a) / Number(b) : Number(a) * Number(b)
  }

  it.each(rows)('has %s of %s as the code has it', (name, file, value) => {
    const wanted = setTo(name, file)
    const told = numbersOf(value)
    expect(told).toHaveLength(wanted.length)
    told.forEach((number, i) => {
      expect(number).toBeCloseTo(wanted[i], 9)
    })
  })

  it('has a hundred constants, none twice', () => {
    expect(rows.length).toBeGreaterThan(100)
    expect(new Set(rows.map(([name, file]) => `${file} ${name}`)).size).toBe(rows.length)
    const told = readFileSync('docs/interests.md', 'utf8').match(/^\| `[A-Z_]+` \|/gm)
    expect(told).toHaveLength(rows.length)
  })
})

const pages = readdirSync('docs')
  .filter((name) => name.endsWith('.md'))
  .map((name) => join('docs', name))

describe('blocks of the documents', () => {
  const snippets = ['README.md', ...pages].flatMap(snippetsOf)

  it('are in a language that says what becomes of them', () => {
    const known = [...RUN, 'json', 'text']
    expect(snippets.filter(({ language }) => !known.includes(language))).toEqual([])
    expect(snippets.length).toBeGreaterThan(60)
  })

  it('are fenced', () => {
    const indented = ['README.md', ...pages].flatMap((file) => {
      const prose = proseOf(file)
      return prose.flatMap((line, i) => (/^ {4}/.test(line) && (prose[i - 1] ?? '') === '' ? [`${file}:${i + 1}`] : []))
    })
    expect(indented).toEqual([])
  })

  it('are JSON where they say so', () => {
    const json = snippets.filter(({ language }) => language === 'json')
    expect(json.length).toBeGreaterThan(5)
    for (const { code, file, line } of json) expect(() => JSON.parse(code), `${file}:${line}`).not.toThrow()
  })

  it('are run but for these', () => {
    const left = snippets.filter(({ notRun }) => notRun !== null).map(({ file, notRun }) => `${file}: ${notRun}`)
    expect(left).toEqual([
      'README.md: installs from a registry; test/package.test.ts packs and installs it',
      'README.md: installs from a registry; .ci/run does the same',
      'docs/llm.md: installs 83 MB and needs a GGUF file; test/llm/gguf.test.ts runs one where INTEREST_MINE_GGUF names it',
    ])
  })

  it('are marked right before them', () => {
    const marks = ['README.md', ...pages].flatMap((file) => proseOf(file).filter((line) => line.includes('not run:')))
    expect(marks).toHaveLength(snippets.filter(({ notRun }) => notRun !== null).length)
  })
})

describe('docs/README.md', () => {
  it('lists every page once', () => {
    const listed = [...readFileSync('docs/README.md', 'utf8').matchAll(/^\d+\. \[[\w.-]+\]\(([\w-]+\.md)\)/gm)]
    expect(listed.map(([, page]) => join('docs', page)).sort()).toEqual(
      pages.filter((page) => page !== 'docs/README.md').sort(),
    )
  })
})

/** Heads of a document as links write them. */
const anchorsOf = (file: string) =>
  proseOf(file)
    .filter((line) => line.startsWith('#'))
    .map((line) =>
      line
        .replace(/^#+ /, '')
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
        .replaceAll(' ', '-'),
    )

describe('links between documents', () => {
  it.each(['README.md', 'ARCHITECTURE.md', 'CHANGELOG.md', 'CONTRIBUTING.md', 'prompts/README.md', ...pages])(
    'of %s lead somewhere',
    (file) => {
      const text = readFileSync(file, 'utf8')
      const links = [...text.matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)/g)]
      const lost = links.filter(([, path, anchor]) => {
        const target = path === '' ? file : join(dirname(file), path)
        return !existsSync(target) || (anchor !== undefined && !anchorsOf(target).includes(anchor))
      })
      expect(lost.map(([link]) => link)).toEqual([])
      const named = [...text.matchAll(/`((?:docs|bench|src|test|fixtures|scripts)\/[\w./-]+\.\w+)`/g)]
      const bare = [...text.matchAll(/(?<![\w/`])(docs\/[\w-]+\.md)/g)]
      expect([...named, ...bare].map(([, path]) => path).filter((path) => !existsSync(path))).toEqual([])
    },
  )

  it.each(['README.md', 'CHANGELOG.md', 'CONTRIBUTING.md', ...pages])(
    'of %s name no document that is not here',
    (file) => {
      expect(readFileSync(file, 'utf8').match(/\b(?:DESIGN|CONTRACT|SERVICE|INTERESTS|RANKING|LAYOUT)\b/g)).toBeNull()
    },
  )
})
