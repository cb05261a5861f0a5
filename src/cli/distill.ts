import { type DistillReport, distill } from '../index.js'
import { CliError, defineCommand } from './command.js'
import { compact } from './filters.js'
import { ENCODER, inRange, MAP, parseChoice, parseWhole, requireOption } from './options.js'
import { clean, drawPairs, flag, formatCount, formatMany, formatSeconds } from './table.js'

interface Options {
  out?: string
  encoder?: string
  catalog?: string
  map?: [string, string][]
  dims?: number
  tokens?: 'all' | 'catalogue'
  force?: true
  workers?: number
}

/** The command `distill`: makes a small, quick student of an encoder. */
export default defineCommand<Options, DistillReport>({
  options: [
    { flags: '--out <dir>', help: 'the directory to make; build-index --encoder takes it' },
    { ...ENCODER, help: "the teacher: a bundled encoder or a directory (default: by the catalogue's language)" },
    { flags: '--catalog <file>', help: 'whose texts to learn (default: none, only single words)' },
    MAP,
    {
      flags: '--dims <n>',
      help: 'numbers a vector (default: as many as fit in 10 MB, at most 256)',
      read: parseWhole(8, 4096),
    },
    {
      flags: '--tokens <which>',
      help: "all, or catalogue: ask the teacher only about that one's tokens; quicker, but deaf to other words",
      read: parseChoice('all', 'catalogue'),
    },
    { flags: '--force', help: 'replace an encoder that lies at --out' },
    { flags: '--workers <n>', help: 'threads (default: cores, at most 4)', read: inRange('workers') },
  ],
  examples: [
    'distill --catalog catalog.jsonl --out my-encoder',
    'distill --encoder multilingual-e5-small --catalog catalog.jsonl --out my-encoder --json',
  ],
  remarks:
    "Makes a small, quick student of an encoder: a table of token vectors, fitted to what the encoder says of the\ncatalogue's texts. Then: build-index catalog.jsonl --encoder my-encoder. No store is read or written; Ctrl-C leaves\nnothing. See docs/encoders.md.",
  async run({ options, watch, checkFile }) {
    const out = requireOption(options.out, '--out', 'name the directory to make')
    const { catalog, map, tokens } = options
    if (catalog !== undefined) checkFile(catalog, 'the catalogue')
    for (const [option, value] of Object.entries({ '--map': map, '--tokens': tokens })) {
      if (catalog === undefined && value !== undefined)
        throw new CliError('BAD_OPTION', `option ${option} needs --catalog FILE`, { option })
    }
    return watch((hooks) =>
      distill(
        compact({
          out,
          encoder: options.encoder,
          items:
            catalog === undefined ? undefined : { file: catalog, ...(map ? { map: Object.fromEntries(map) } : {}) },
          dims: options.dims,
          tokens: tokens === 'catalogue' ? ('items' as const) : tokens,
          force: options.force,
          seed: options.seed,
          workers: options.workers,
          ...hooks,
        }),
      ),
    )
  },
  show(report, view) {
    const { out, id, teacher, dims, tokens, asked, texts, passes, heldOut, cosine, bytes, seconds, notes } = report
    const pairs = drawPairs(
      [
        ['student', `${id}, ${dims} dimensions, ${(bytes / 1e6).toFixed(1)} MB`],
        ['teacher', teacher],
        ['tokens', asked === tokens ? formatCount(tokens) : `${formatCount(asked)} of ${formatCount(tokens)}`],
        [
          'learnt from',
          texts === 0 ? 'single tokens only' : `${formatMany(texts, 'text')}, ${formatMany(passes, 'time')} over`,
        ],
        ['cosine to it', cosine === null ? null : `${cosine.toFixed(3)}${sayHeldOut(heldOut)}`],
        ['time', formatSeconds(seconds)],
      ],
      view,
    )
    const next = view.suggest('build-index', 'CATALOG', ...flag('--encoder', out))
    const said = view.quiet ? [] : [...notes.map((note) => `Note: ${clean(note)}`), `Next: ${next}`]
    return [`${view.paint('green', 'Student made')}: ${clean(out)}`, pairs, ...said].join('\n\n')
  },
})

/** What a trial on held-out items measured, as the end of a sentence; empty where there was none. */
function sayHeldOut(heldOut: DistillReport['heldOut']): string {
  if (heldOut === null) return ''
  return `; ${heldOut.cosine.toFixed(3)} on ${formatMany(heldOut.texts, 'text')} of items held out from a trial`
}
