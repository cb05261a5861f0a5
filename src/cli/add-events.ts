import type { BuildReport, WeightPreset, WeightTable } from '../index.js'
import { CliError, defineCommand } from './command.js'
import { compact } from './filters.js'
import { MAP, quoteValue, WEIGHTS } from './options.js'
import { showBuildReport } from './report.js'

/** The command `add-events`: adds what users did to a store. */
export default defineCommand<{ map?: [string, string][]; weights?: string }, BuildReport>({
  operand: { name: 'file', help: 'JSONL, JSON, CSV or Parquet, also .gz; "-" reads standard input' },
  options: [MAP, WEIGHTS],
  examples: ['add-events more.csv', 'add-events events.csv --weights shop'],
  remarks: 'Rows that are stored already are counted as duplicates; the next answer sees what is new.',
  async run({ operand, options, open, watch, checkFile, readFile }) {
    checkFile(operand, 'the events')
    const weights = options.weights === undefined ? undefined : readWeights(options.weights, readFile)
    const miner = await open({ mustExist: true })
    const map = options.map && Object.fromEntries(options.map)
    const events = compact({ file: operand, map })
    return watch((hooks) => miner.build(compact({ items: null, events, weights, ...hooks })))
  },
  show: (report, view, { db }) =>
    showBuildReport(report, 'Events added', db, view, [view.suggest('explain', '--user', 'USER')]),
})

const PRESETS: readonly string[] = ['shop', 'news', 'social', 'ratings'] satisfies WeightPreset[]

/**
 * The value of --weights: a preset by name, or the content of a JSON file, which the library checks. Fails with
 * BAD_OPTION where the text is neither, with BAD_INPUT where the file cannot be read or is no JSON.
 */
export function readWeights(
  text: string,
  readFile: (path: string, what: string) => string,
): WeightPreset | WeightTable {
  if (PRESETS.includes(text)) return text as WeightPreset
  if (!text.endsWith('.json')) {
    const message = `option --weights takes ${PRESETS.join(', ')} or a FILE.json, not ${quoteValue(text)}`
    throw new CliError('BAD_OPTION', message, { option: '--weights', value: text })
  }
  const content = readFile(text, 'the weights')
  try {
    return JSON.parse(content)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new CliError('BAD_INPUT', `${quoteValue(text)} is no JSON: ${why}`, { file: text })
  }
}
