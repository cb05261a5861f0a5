import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'

const src = fileURLToPath(new URL('../src', import.meta.url))
const files = (readdirSync(src, { recursive: true }) as string[]).filter((file) => file.endsWith('.ts')).sort()

/**
 * Who may know whom, imports of types included: a file knows its own row and the rows above. In a row that is `apart`, a
 * folder does not know the other folders of the row. A row with `sees` knows, beside itself, these files alone.
 */
const RULE: { name: string; holds: RegExp; apart?: true; sees?: RegExp }[] = [
  { name: 'base', holds: /^(types\/\w+|columns|errors|hash|options|random|text)\.ts$/ },
  { name: 'tools', holds: /^(vectors|threads|metrics)\//, apart: true },
  {
    name: 'stages',
    holds: /^(ingest|media|encode|distill|adapt|mine|retrieve|rank|explain|llm|privacy|page)\//,
    apart: true,
  },
  { name: 'federate', holds: /^federate\// },
  { name: 'model', holds: /^model\// },
  { name: 'answer', holds: /^answer\// },
  { name: 'learn', holds: /^learn\// },
  { name: 'store', holds: /^store\/[\w-]+\.ts$/ },
  { name: 'kinds of store', holds: /^store\/\w+\//, apart: true },
  { name: 'load', holds: /^load\// },
  { name: 'host', holds: /^host\.ts$/ },
  { name: 'edit, users', holds: /^(edit|users)\//, apart: true },
  { name: 'build', holds: /^build\// },
  { name: 'care, words, evaluate', holds: /^(care|words|evaluate)\//, apart: true },
  { name: 'worker', holds: /^worker\.ts$/ },
  { name: 'miner', holds: /^miner\.ts$/ },
  { name: 'index', holds: /^index\.ts$/ },
  { name: 'serve', holds: /^serve\//, sees: /^(index|evaluate\/index|options)\.ts$/ },
  { name: 'cli', holds: /^cli\//, sees: /^(index|evaluate\/index|options)\.ts$|^serve\// },
]

/** The same inside folders that have folders: the order in which these know each other. */
const INSIDE: Record<string, string[]> = {
  mine: ['mine/space', 'mine/names', 'mine/topics', 'mine', 'mine/edits'],
  evaluate: [
    'evaluate/questions',
    'evaluate/baselines',
    'evaluate/setup',
    'evaluate/ranking',
    'evaluate/interests',
    'evaluate/faithfulness',
    'evaluate',
  ],
}

/** Files that may touch the world: node modules, packages, the process, the clock. */
const EDGES = new RegExp(
  `^(${[
    'hash|random|miner|worker',
    'vectors/(hnsw-index|onnx-runtime)|threads/(run|timer|workers)',
    'encode/(encoder|manifest|picture|sound|static-core|tokenizer|write-static)',
    'ingest/rows|llm/(chat|local-model|prompts)|media/(addresses|fetch|files|kept)|privacy/secure-bytes',
    'store/\\w+/.*',
    'build/(build|rows|towers|train-generation)|care/(doctor|forget)|evaluate/setup/rows',
    '(cli|serve)/.*',
  ].join('|')})\\.ts$`,
)

interface Import {
  from: string
  /** Of types alone: gone at run time. */
  isType: boolean
}

interface Parsed {
  file: string
  text: string
  source: ts.SourceFile
  imports: Import[]
}

function parse(file: string): Parsed {
  const text = readFileSync(join(src, file), 'utf8')
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true)
  const imports: Import[] = []
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier)) {
      const clause = node.importClause
      const named = clause?.namedBindings
      const allTypes =
        named && ts.isNamedImports(named) && !clause.name && named.elements.every((one) => one.isTypeOnly)
      imports.push({ from: node.moduleSpecifier.text, isType: clause?.isTypeOnly === true || allTypes === true })
    } else if (ts.isExportDeclaration(node) && node.moduleSpecifier && ts.isStringLiteral(node.moduleSpecifier)) {
      const named = node.exportClause
      const allTypes = named && ts.isNamedExports(named) && named.elements.every((one) => one.isTypeOnly)
      imports.push({ from: node.moduleSpecifier.text, isType: node.isTypeOnly || allTypes === true })
    } else if (ts.isCallExpression(node) && node.arguments.length > 0 && ts.isStringLiteral(node.arguments[0])) {
      // import('x'), require('x'), createRequire(import.meta.url)('x')
      const called = node.expression.getText()
      if (called === 'import' || called === 'require' || called.startsWith('createRequire(')) {
        imports.push({ from: node.arguments[0].text, isType: false })
      }
    } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      imports.push({ from: (node.argument.literal as ts.StringLiteral).text, isType: true })
    }
    ts.forEachChild(node, visit)
  }
  visit(source)
  return { file, text, source, imports }
}

const parsed = new Map(files.map((file) => [file, parse(file)]))
const resolve = (file: string, from: string) => normalize(join(dirname(file), from)).replace(/\.js$/, '.ts')
const within = (file: string, types = true): string[] => [
  ...new Set(
    parsed
      .get(file)!
      .imports.filter(({ from, isType }) => from.startsWith('.') && (types || !isType))
      .map(({ from }) => resolve(file, from)),
  ),
]
const outside = (file: string) => parsed.get(file)!.imports.filter(({ from }) => !from.startsWith('.'))

const rowOf = (file: string) => RULE.findIndex(({ holds }) => holds.test(file))
/** The folder below `src` that a file lies in, or below `store` a kind of store. */
const folderOf = (file: string) =>
  file
    .split('/')
    .slice(0, file.startsWith('store/') ? -1 : 1)
    .join('/')

/** Names that are exported, and where: what stands at the top of the file with `export` before it. */
function* exportsOf({ file, source }: Parsed): Generator<{ name: string; file: string; isTold: boolean }> {
  for (const statement of source.statements) {
    const isExported = ts.canHaveModifiers(statement)
      ? ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)
      : false
    if (!isExported) continue
    const names = ts.isVariableStatement(statement)
      ? statement.declarationList.declarations.map(({ name }) => name.getText())
      : 'name' in statement && statement.name
        ? [(statement.name as ts.Identifier).text]
        : []
    const isTold = ts.getJSDocCommentsAndTags(statement).length > 0
    for (const name of names) yield { name, file, isTold }
  }
}
const exported = [...parsed.values()].flatMap((one) => [...exportsOf(one)])

describe('the rule of who may know whom', () => {
  it('covers every file, and every import leads to a file', () => {
    expect(files.length).toBeGreaterThan(250)
    expect(files.filter((file) => RULE.filter(({ holds }) => holds.test(file)).length !== 1)).toEqual([])
    expect(files.flatMap((file) => within(file).filter((one) => !parsed.has(one)))).toEqual([])
  })

  it.each(RULE.map(({ name }, row) => [name, row] as const))('holds for %s', (_, row) => {
    const { apart, sees } = RULE[row]
    const wrong = files
      .filter((file) => rowOf(file) === row)
      .flatMap((file) =>
        within(file)
          .filter((other) => {
            if (rowOf(other) === row) return apart === true && folderOf(other) !== folderOf(file)
            return sees ? !sees.test(other) : rowOf(other) > row
          })
          .map((other) => `${file} -> ${other}`),
      )
    expect(wrong).toEqual([])
  })

  it.each(Object.entries(INSIDE))('holds inside %s', (top, order) => {
    const own = files.filter((file) => file.startsWith(`${top}/`))
    expect(new Set(own.map(dirname))).toEqual(new Set(order))
    const placeOf = (file: string) => order.indexOf(dirname(file))
    const wrong = own.flatMap((file) =>
      within(file)
        .filter((other) => other.startsWith(`${top}/`) && placeOf(other) > placeOf(file))
        .map((other) => `${file} -> ${other}`),
    )
    expect(wrong).toEqual([])
  })

  it('leaves no two folders that know each other, and no files that do', () => {
    const arrows = new Set<string>()
    for (const file of files) {
      for (const other of within(file)) {
        arrows.add(`${file} ${other}`)
        // What lies in the root is told by the table above.
        if (dirname(file) !== dirname(other) && dirname(file) !== '.' && dirname(other) !== '.') {
          arrows.add(`${dirname(file)} ${dirname(other)}`)
        }
      }
    }
    expect(arrows.size).toBeGreaterThan(500)
    expect([...arrows].filter((arrow) => arrows.has(arrow.split(' ').reverse().join(' ')))).toEqual([])
  })

  it('keeps chains short: at most 14 files from the miner to the last one, at run time', () => {
    const known = new Map<string, string[]>()
    const longest = (file: string, above: readonly string[]): string[] => {
      expect(above, 'a circle').not.toContain(file)
      const before = known.get(file)
      if (before) return before
      const chains = within(file, false).map((other) => longest(other, [...above, file]))
      const best = chains.reduce<string[]>((most, one) => (one.length > most.length ? one : most), [])
      known.set(file, [file, ...best])
      return [file, ...best]
    }
    const chain = longest('miner.ts', [])
    expect(chain.length, chain.join(' -> ')).toBeLessThanOrEqual(14)
    expect(chain.length).toBeGreaterThan(5)
  })

  it('keeps the root small', () => {
    expect(files.filter((file) => !file.includes('/')).length).toBeLessThanOrEqual(10)
  })
})

describe('the world outside', () => {
  it('is touched by edge files alone', () => {
    expect(files.filter((file) => EDGES.test(file)).length).toBeGreaterThan(20)
    const wrong = files.filter(
      (file) => !EDGES.test(file) && outside(file).some(({ from, isType }) => !isType && from !== 'zod'),
    )
    expect(wrong).toEqual([])
  })

  it('comes in by one file for each package', () => {
    const users = new Map<string, Set<string>>()
    for (const file of files) {
      for (const { from } of outside(file)) {
        if (from.startsWith('node:')) continue
        const name = from.split('/', from.startsWith('@') ? 2 : 1).join('/')
        users.set(name, (users.get(name) ?? new Set()).add(file))
      }
    }
    // zod is a way to write types down, not a service that could be exchanged.
    users.delete('zod')
    expect([...users].filter(([, where]) => where.size > 1)).toEqual([])
    expect(users.size).toBeGreaterThan(5)
  })

  it.each(files.filter((file) => !EDGES.test(file)))('gives %s no clock, no chance, no process', (file) => {
    const code = parsed.get(file)!.text.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '')
    expect(code).not.toMatch(
      /Date\.now\(|new Date\(\)|performance\.|\bhrtime\b|Math\.random\(|\bconsole\.|\bprocess\.|\bfetch\(|\bset(Timeout|Interval|Immediate)\(/,
    )
  })
})

describe('words', () => {
  it('name one thing each: nothing that is exported is defined twice', () => {
    const where = new Map<string, Set<string>>()
    for (const { name, file } of exported) where.set(name, (where.get(name) ?? new Set()).add(file))
    expect(where.size).toBeGreaterThan(800)
    expect([...where].filter(([, files]) => files.size > 1).map(([name, files]) => `${name}: ${[...files]}`)).toEqual(
      [],
    )
  })

  it('say what each exported name is: a docstring stands before it', () => {
    expect(exported.filter(({ isTold }) => !isTold).map(({ file, name }) => `${file}: ${name}`)).toEqual([])
  })

  it('are plain: no file, type, function or parameter is called by a riddle', () => {
    const riddles =
      /^(showing|telling|outline|figures|paying|holdings|lessons|asking|standing|settle|workshop|desk|counter|workplace|shop)$/i
    const found: string[] = []
    for (const { file, source } of parsed.values()) {
      if (file.split(/[/.]/).some((part) => riddles.test(part))) found.push(file)
      const visit = (node: ts.Node): void => {
        const { name } = node as { name?: ts.Node }
        const isDeclared =
          ts.isParameter(node) ||
          ts.isVariableDeclaration(node) ||
          ts.isBindingElement(node) ||
          ts.isFunctionDeclaration(node) ||
          ts.isInterfaceDeclaration(node) ||
          ts.isTypeAliasDeclaration(node) ||
          ts.isClassDeclaration(node)
        if (isDeclared && name && ts.isIdentifier(name) && riddles.test(name.text)) found.push(`${file}: ${name.text}`)
        ts.forEachChild(node, visit)
      }
      visit(source)
    }
    expect(found).toEqual([])
  })

  it('lead to documents that are here', () => {
    const named = [...parsed.values()].flatMap(({ text }) =>
      [...text.matchAll(/\b(?:docs\/)?[\w-]+\.md\b/g)].map(String),
    )
    expect(named.length).toBeGreaterThan(10)
    const root = join(src, '..')
    const here = new Set([
      ...(readdirSync(root) as string[]),
      ...readdirSync(join(root, 'docs')).map((f) => `docs/${f}`),
    ])
    const prompts = new Set(readdirSync(join(root, 'prompts')))
    expect(named.filter((name) => !here.has(name) && !prompts.has(name))).toEqual([])
  })
})
