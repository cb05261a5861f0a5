import { type ChatModel, type NameReport, openChat, openLocalModel, type ProfileDescription } from '../index.js'
import { type Call, CliError, defineCommand } from './command.js'
import { compact } from './filters.js'
import { parseNumber, parseWhole, USER } from './options.js'
import { clean, cut, drawPairs, drawTable, flag, formatCount, formatMany, type View, wrapBehind } from './table.js'

interface NameFlags {
  user?: string
  llmUrl?: string
  llmModel?: string
  llmKeyEnv?: string
  llmFile?: string
  threads?: number
  timeout?: number
  rate?: number
  budget?: number
  limit?: number
  dryRun?: true
  describe?: true
  priceIn?: number
  priceOut?: number
}

/** What --json prints: the library's report, what all tokens cost, and the description that was asked for. */
type NameAnswer = NameReport & { cost: number | null; description: ProfileDescription | null }

const MOST = 1e9
/** Results shown. */
const SHOWN = 20

/** The command `name`: has a language model name interests; names are checked against their evidence. */
export default defineCommand<NameFlags, NameAnswer>({
  options: [
    { ...USER, help: 'only this user (default: all)' },
    { flags: '--llm-url <url>', help: 'an OpenAI-compatible endpoint, such as http://127.0.0.1:11434/v1' },
    { flags: '--llm-model <name>', help: 'the model to ask there' },
    { flags: '--llm-key-env <variable>', help: 'the environment variable that holds its key (default: no key)' },
    { flags: '--llm-file <file>', help: 'or a GGUF file, run in this process by node-llama-cpp' },
    { flags: '--threads <n>', help: 'threads of a GGUF model (default: 1)', read: parseWhole(1, 256) },
    { flags: '--timeout <seconds>', help: 'of one try at an endpoint (default: 60)', read: parseNumber(0.1, 3600) },
    { flags: '--rate <n>', help: 'questions a minute at most', read: parseNumber(0.01, 1e6) },
    { flags: '--budget <tokens>', help: 'tokens at most, in and out together', read: parseWhole(1, MOST) },
    { flags: '-n, --limit <n>', help: 'users at most (default: all)', read: parseWhole(1, MOST) },
    { flags: '--dry-run', help: 'say how many questions and tokens, ask nothing' },
    { flags: '--describe', help: 'also tell the user of --user in two sentences' },
    { flags: '--price-in <price>', help: 'of a million tokens asked, to tell the cost', read: parseNumber(0, MOST) },
    { flags: '--price-out <price>', help: 'of a million tokens answered', read: parseNumber(0, MOST) },
  ],
  examples: [
    'name --dry-run --llm-url http://127.0.0.1:11434/v1 --llm-model qwen2.5:7b',
    'name --user u1 --dry-run --llm-url http://127.0.0.1:8080/v1 --llm-model local --json',
  ],
  remarks:
    'Without --dry-run the model is asked, one interest at a time, and what it says is checked: a name is taken only if\nthe evidence bears out each of its words; else the name by words stays, and the reason is counted (docs/llm.md).\nReplies are kept, so nothing is asked twice; Ctrl-C loses nothing, and the same command goes on.',
  async run(call) {
    const { options, open, watch } = call
    const { user, budget, limit, dryRun, describe, priceIn, priceOut } = options
    if (describe && (user === undefined || dryRun)) {
      throw new CliError('BAD_OPTION', 'option --describe needs --user, and no --dry-run', { option: '--describe' })
    }
    const model = await openModel(call)
    try {
      const miner = await open({ mustExist: true, workers: 0 })
      const { report, description } = await watch(async (hooks) => ({
        report: await miner.nameInterests({ model, ...compact({ user, budget, limit, dryRun }), ...hooks }),
        description:
          describe && user !== undefined ? await miner.describe(user, { model, signal: hooks.signal }) : null,
      }))
      const priced = priceIn !== undefined || priceOut !== undefined
      const tokens = {
        input: report.tokens.input + (description?.tokens.input ?? 0),
        output: report.tokens.output + (description?.tokens.output ?? 0),
      }
      const cost = priced ? (tokens.input * (priceIn ?? 0) + tokens.output * (priceOut ?? 0)) / 1e6 : null
      return { ...report, tokens, cost, description }
    } finally {
      await model.close?.()
    }
  },
  async show(report, view) {
    const { refused, tokens, cost, results, description } = report
    const reasons = Object.entries(refused).sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
    const about = report.dryRun ? 'about ' : ''
    const pairs = drawPairs(
      [
        ['model', report.model],
        ['interests', `${formatCount(report.interests)} of ${formatMany(report.users, 'user')}`],
        ['named', `${formatCount(report.named)}, ${formatCount(report.held)} of them from before`],
        ['asked', `${formatCount(report.asked)}; ${formatCount(report.cached)} known from earlier replies`],
        [report.dryRun ? 'to ask' : 'left', formatCount(report.left)],
        ['refused', reasons.map(([reason, n]) => `${formatCount(n)} ${reason}`).join(', ') || 'none'],
        ['tokens', `${about}${formatCount(tokens.input)} in, ${about}${formatCount(tokens.output)} out`],
        ['cost', cost === null ? null : `${about}${cost.toFixed(4)}`],
      ],
      view,
    )
    const heading = view.paint('bold', report.dryRun ? 'Nothing was asked' : 'Names')
    const rows = results
      .slice(0, SHOWN)
      .map(({ user, label, proposed, refused: why }) => [user, label, proposed ?? '', why ?? 'accepted'])
    const columns = [
      { head: 'user', flexible: true },
      { head: 'by words', flexible: true },
      { head: 'proposed', flexible: true },
      { head: '' },
    ]
    const table = rows.length > 0 ? `\n\n${await drawTable(columns, rows, view)}` : ''
    const [first] = results
    const next = first === undefined ? '' : `\n\nNext: ${view.suggest('interests', ...flag('--user', first.user))}`
    const told = description?.sentences.map((one) => drawSentence(one, view)).join('\n') ?? ''
    return `${heading}\n\n${pairs}${table}${told === '' ? '' : `\n\n${told}`}${view.quiet ? '' : next}`
  },
})

/** A sentence of a description, and the items that support it. */
function drawSentence({ text, evidence }: ProfileDescription['sentences'][number], view: View): string {
  const sentence = wrapBehind('  ', clean(text), view.width)
  if (evidence.length === 0) return sentence
  const cited = evidence.map((item) => cut(clean(item), 40)).join(', ')
  return `${sentence}\n${wrapBehind('    ', `Rests on: ${cited}`, view.width)}`
}

/** Opens the language model that the options name. Fails with BAD_OPTION where they name none or two. */
async function openModel({ options, checkFile, readEnvironment }: Call<NameFlags>): Promise<ChatModel> {
  const { llmUrl, llmModel, llmKeyEnv, llmFile, threads, timeout, rate } = options
  const wrong = (option: string, why: string) => new CliError('BAD_OPTION', `option ${option} ${why}`, { option })
  if (llmFile !== undefined) {
    if (llmUrl !== undefined) throw wrong('--llm-file', 'and --llm-url name two models; give one')
    checkFile(llmFile, 'the model')
    return openLocalModel({ file: llmFile, ...compact({ threads }) })
  }
  if (llmUrl === undefined) throw wrong('--llm-url', 'is missing: which model? --llm-file FILE takes a GGUF file')
  if (llmModel === undefined) throw wrong('--llm-model', 'is missing: which model of the endpoint?')
  const key = llmKeyEnv === undefined ? undefined : readEnvironment(llmKeyEnv, '--llm-key-env')
  const perMinute = rate
  return openChat({
    url: llmUrl,
    model: llmModel,
    ...compact({ key, perMinute, timeout: timeout === undefined ? undefined : Math.round(timeout * 1000) }),
  })
}
