import type { BuildReport, Precision } from '../index.js'
import { readWeights } from './add-events.js'
import { CliError, defineCommand } from './command.js'
import { compact } from './filters.js'
import { ENCODER, inRange, MAP, mapOf, parseChoice, readPair, WEIGHTS } from './options.js'
import { showBuildReport } from './report.js'

interface Options {
  events?: string
  add?: true
  yes?: true
  map?: [string, string][]
  eventsMap?: [string, string][]
  weights?: string
  encoder?: string
  imageEncoder?: string
  audioEncoder?: string
  media?: string
  fetch?: true
  allowHost?: string[]
  precision?: Precision
  workers?: number
  train?: boolean
}

/** The command `build-index`: builds or refreshes the index of a store from a catalogue. */
export default defineCommand<Options, BuildReport>({
  operand: { name: 'catalog', help: 'JSONL, JSON, CSV or Parquet, also .gz; "-" reads standard input' },
  options: [
    { flags: '--events <file>', help: 'what users did, in the same kinds of file' },
    { flags: '--add', help: 'add to the catalogue: items missing from the file stay' },
    { flags: '--yes', help: 'let more than a fifth of the catalogue be removed' },
    MAP,
    { flags: '--events-map <column=field>', help: 'the same for the events', read: readPair, many: true },
    WEIGHTS,
    { ...ENCODER, help: "a bundled encoder or the directory of one (default: by the catalogue's language)" },
    {
      flags: '--image-encoder <name>',
      help: 'an encoder whose image tower reads the pictures (default: that of --encoder)',
    },
    {
      flags: '--audio-encoder <name>',
      help: 'an encoder whose audio tower reads the sounds (default: that of --encoder)',
    },
    {
      flags: '--media <dir>',
      help: "what paths of pictures and sounds are relative to (default: the catalogue's folder)",
    },
    { flags: '--fetch', help: 'also read pictures and sounds at http(s) addresses' },
    {
      flags: '--allow-host <host>',
      help: 'with --fetch: this host may have a private address or another port',
      many: true,
    },
    { flags: '--train', help: 'train afterwards, whether or not events grew by a tenth' },
    { flags: '--no-train', help: 'do not train afterwards' },
    {
      flags: '--precision <kind>',
      help: 'keep vectors as int8, a quarter of the size, or float32 (default: as before, int8 at first)',
      read: parseChoice('int8', 'float32'),
    },
    { flags: '--workers <n>', help: 'encoding threads (default: cores, at most 4)', read: inRange('workers') },
  ],
  examples: [
    'build-index catalog.jsonl --events events.csv',
    'build-index products.csv --map sku=id --map name=title',
    'build-index more.jsonl --add',
  ],
  remarks: 'Only changed items are encoded again; a build that was stopped resumes when run again.',
  async run({ operand, options, open, watch, checkFile, readFile }) {
    const { events } = options
    checkFile(operand, 'the catalogue')
    if (events !== undefined) checkFile(events, 'the events')
    if (operand === '-' && events === '-') {
      throw new CliError('BAD_OPTION', 'catalogue and events cannot both come from standard input', {
        option: '--events',
      })
    }
    if (events === undefined && options.eventsMap) {
      throw new CliError('BAD_OPTION', 'option --events-map needs --events FILE', { option: '--events-map' })
    }
    if (options.allowHost && !options.fetch) {
      throw new CliError('BAD_OPTION', 'option --allow-host needs --fetch', { option: '--allow-host' })
    }
    const weights = options.weights === undefined ? undefined : readWeights(options.weights, readFile)
    const { encoder, imageEncoder, audioEncoder, workers } = options
    const miner = await open(compact({ encoder, imageEncoder, audioEncoder, workers }))
    return watch((hooks) =>
      miner.build(
        compact({
          items: { file: operand, ...mapOf(options.map) },
          events: events === undefined ? undefined : { file: events, ...mapOf(options.eventsMap) },
          prune: !options.add,
          yes: options.yes,
          weights,
          precision: options.precision,
          train: options.train,
          mediaFolder: options.media,
          fetch: options.fetch,
          allowHosts: options.allowHost,
          ...hooks,
        }),
      ),
    )
  },
  show: (report, view, { db }) =>
    showBuildReport(report, 'Index built', db, view, [
      view.suggest('status'),
      view.suggest('explain', '--user', 'USER'),
    ]),
})
