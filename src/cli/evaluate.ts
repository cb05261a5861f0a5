import type { EvaluateReport, FaithfulnessReport, InterestsReport } from '../index.js'
import { RANGES } from '../options.js'
import { readWeights } from './add-events.js'
import { type Call, CliError, defineCommand } from './command.js'
import { showEvaluation } from './evaluation.js'
import { showFaithfulness } from './faithfulness.js'
import { compact } from './filters.js'
import { showInterestsReport } from './interests-report.js'
import { ENCODER, inRange, MAP, mapOf, PRIVACY, parseChoice, parseText, readPair, WEIGHTS } from './options.js'

interface Options {
  interests?: true
  faithfulness?: true
  personas?: number
  catalog?: string
  events?: string
  split?: 'leave-one-out' | 'time'
  refit?: true
  ablate?: true
  shuffleTies?: true
  baselines?: string[]
  sample?: number
  diversity?: number
  map?: [string, string][]
  eventsMap?: [string, string][]
  weights?: string
  encoder?: string
  workers?: number
  dpEpsilon?: number
  dpDelta?: number
}

/** The value of --baselines: "all", "none" or names, in lower case. */
function readList(text: string, flags: string): string[] {
  return parseText(text, flags)
    .split(',')
    .flatMap((part) => part.trim().toLowerCase() || [])
}

type Report = EvaluateReport | InterestsReport | FaithfulnessReport

/** The command `evaluate`: evaluates the ranking, the interests or the explanations, beside known methods. */
export default defineCommand<Options, Report>({
  options: [
    { flags: '--interests', help: 'judge interests and their names instead of the ranking' },
    { flags: '--faithfulness', help: 'judge explanations instead: do lists rest on what they cite?' },
    { flags: '--catalog <file>', help: 'evaluate on files, no store: the catalogue (default: on the store at --db)' },
    { flags: '--events <file>', help: 'what users did, with --catalog' },
    {
      flags: '--split <way>',
      help: 'hold back the last event of each user (leave-one-out, the default) or the newest tenth (time)',
      read: parseChoice('leave-one-out', 'time'),
    },
    { flags: '--refit', help: 'statistics, not weights, may see the second-last events' },
    { flags: '--shuffle-ties', help: 'shuffle events of one time first' },
    {
      flags: '--baselines <list>',
      help: 'known methods to compare with: names, all (default) or none',
      read: readList,
    },
    { flags: '--ablate', help: 'also leave out each feature and each source in turn, on validation events (minutes)' },
    {
      flags: '--sample <n>',
      help: 'a quick look: only so many users (--interests: 2000, --faithfulness: 300)',
      read: inRange('sample'),
    },
    {
      flags: '--personas <n>',
      help: 'of --interests: made-up histories of each kind and seed (default: 100)',
      read: inRange('personas'),
    },
    {
      flags: '--diversity <0..1>',
      help: `of the list as served (default: ${RANGES.diversity.usual})`,
      read: inRange('diversity'),
    },
    ...PRIVACY,
    MAP,
    { flags: '--events-map <column=field>', help: 'the same for the events', read: readPair, many: true },
    WEIGHTS,
    { ...ENCODER, help: "a bundled encoder or the directory of one (default: what the store has, or the language's)" },
    { flags: '--workers <n>', help: 'threads (default: cores, at most 4)', read: inRange('workers') },
  ],
  examples: [
    'evaluate --catalog catalog.jsonl --events events.csv --split time --json',
    'evaluate --sample 100 --baselines popularity,item-knn',
    'evaluate --split leave-one-out --shuffle-ties --baselines none',
    'evaluate --interests --catalog catalog.jsonl --events events.csv',
    'evaluate --faithfulness --sample 100 --json',
  ],
  remarks:
    'Foretells events that are held back, by the code that serves, and runs known methods on the same questions; with\n' +
    '--interests or --faithfulness judges what else it says: see docs/evaluation.md. With --catalog no store is read or\n' +
    'written; else the index in use stays as it is.',
  async run(call) {
    const { options, open, watch } = call
    const kind = readKind(options)
    const { sample, seed, diversity, personas } = options
    const settings = compact({ sample, seed, diversity })
    const ranking = {
      ...settings,
      ...compact({
        split: options.split,
        refit: options.refit,
        ablate: options.ablate,
        shuffleTies: options.shuffleTies,
        baselines: readBaselines(options.baselines),
        dpEpsilon: options.dpEpsilon,
        dpDelta: options.dpDelta,
      }),
    }
    const rows = readRows(call)
    if (rows) {
      const { evaluate, evaluateFaithfulness, evaluateInterests } = await import('../evaluate/index.js')
      return watch((hooks): Promise<Report> => {
        if (kind === 'interests') return evaluateInterests({ ...rows, ...settings, ...compact({ personas }), ...hooks })
        if (kind === 'faithfulness') return evaluateFaithfulness({ ...rows, ...settings, ...hooks })
        return evaluate({ ...rows, ...ranking, ...hooks })
      })
    }
    const miner = await open(compact({ mustExist: true, encoder: options.encoder, workers: options.workers }))
    return watch((hooks): Promise<Report> => {
      if (kind === 'interests') return miner.evaluateInterests({ ...settings, ...compact({ personas }), ...hooks })
      if (kind === 'faithfulness') return miner.evaluateFaithfulness({ ...settings, ...hooks })
      return miner.evaluate({ ...ranking, ...hooks })
    })
  },
  show(report, view) {
    if ('planted' in report) return showInterestsReport(report, view)
    return 'explainers' in report ? showFaithfulness(report, view) : showEvaluation(report, view)
  },
})

/** What is evaluated. Fails with BAD_OPTION where an option belongs to another kind of evaluation. */
function readKind(options: Options): 'ranking' | 'interests' | 'faithfulness' {
  if (options.personas !== undefined && !options.interests) {
    throw new CliError('BAD_OPTION', 'option --personas needs --interests', { option: '--personas' })
  }
  if (!options.interests && !options.faithfulness) return 'ranking'
  if (options.interests && options.faithfulness) {
    const message = 'give --interests or --faithfulness, not both'
    throw new CliError('BAD_OPTION', message, { option: '--faithfulness' })
  }
  const kind = options.interests ? 'interests' : 'faithfulness'
  const others = {
    '--split': options.split,
    '--refit': options.refit,
    '--ablate': options.ablate,
    '--dp-epsilon': options.dpEpsilon,
    '--dp-delta': options.dpDelta,
    '--shuffle-ties': options.shuffleTies,
    '--baselines': options.baselines,
    ...(kind === 'interests' ? { '--diversity': options.diversity } : {}),
  }
  for (const [option, value] of Object.entries(others)) {
    if (value === undefined) continue
    throw new CliError('BAD_OPTION', `option ${option} says nothing of --${kind}`, { option })
  }
  return kind
}

/**
 * The files to evaluate; null: the store is evaluated. Fails with BAD_OPTION where options of files and of a store are
 * mixed, with BAD_INPUT where a file cannot be read.
 */
function readRows({ options, checkFile, readFile }: Call<Options>) {
  const { catalog, events } = options
  if (catalog === undefined) {
    refuseWithoutCatalog({
      '--events': events,
      '--map': options.map,
      '--events-map': options.eventsMap,
      '--weights': options.weights,
    })
    return null
  }
  if (events === undefined) {
    throw new CliError('BAD_OPTION', 'option --catalog needs --events FILE', { option: '--catalog' })
  }
  if (options.db !== undefined) {
    throw new CliError('BAD_OPTION', 'give files (--catalog, --events) or a store (--db), not both', { option: '--db' })
  }
  if (catalog === '-' && events === '-') {
    const message = 'catalogue and events cannot both come from standard input'
    throw new CliError('BAD_OPTION', message, { option: '--events' })
  }
  checkFile(catalog, 'the catalogue')
  checkFile(events, 'the events')
  return compact({
    items: { file: catalog, ...mapOf(options.map) },
    events: { file: events, ...mapOf(options.eventsMap) },
    weights: options.weights === undefined ? undefined : readWeights(options.weights, readFile),
    encoder: options.encoder,
    workers: options.workers,
  })
}

/**
 * Fails with BAD_OPTION where an option of files is given without --catalog: a store has its own events and weights.
 */
function refuseWithoutCatalog(values: Record<string, unknown>): void {
  for (const [option, value] of Object.entries(values)) {
    if (value === undefined) continue
    throw new CliError('BAD_OPTION', `option ${option} needs --catalog FILE`, { option })
  }
}

function readBaselines(names: string[] | undefined): 'all' | 'none' | string[] | undefined {
  const [only] = names ?? []
  return names?.length === 1 && (only === 'all' || only === 'none') ? only : names
}
