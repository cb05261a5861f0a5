import { read } from '../answer/read.js'
import { InterestMineError } from '../errors.js'
import { llmFailure } from '../llm/failure.js'
import { readPrompt } from '../llm/prompts.js'
import { type Prompt, promptId } from '../llm/template.js'
import { nowOf, readNames } from '../load/user.js'
import { prepareNames } from '../mine/names/given-names.js'
import { checkText } from '../options.js'
import type { Store } from '../store/store.js'
import type { NameOptions, NameReport, Refusal, TokenUsage } from '../types/words.js'
import {
  askAndKeep,
  checkModel,
  estimateTokens,
  findKeptReply,
  type JudgedReply,
  type ModelHost,
  type ModelQuestion,
  promptAndModel,
  requestOf,
} from './ask.js'
import { createNameQuestion, type NameReply } from './name-question.js'

/** Most entries of `NameReport.results`. */
const MOST_RESULTS = 1000
/** After so many failures in a row the model is not asked again. */
const MOST_FAILURES = 5

/** The state of one run of naming. */
interface Run {
  store: Store
  options: NameOptions
  report: NameReport
  /** Number of the latest questions for which the model was not reached. */
  failuresInRow: number
  /** Number of all questions for which it was not reached. */
  allFailures: number
  /** What became of the latest of them. */
  lastFailure: JudgedReply | null
}

/**
 * Asks a model for names of the named groups (points and pairs) of one user, or of all. Each reply is stored when it
 * comes, accepted or refused, so that a later run goes on where this one was stopped. Fails with BAD_OPTION, with
 * INTERRUPTED, with LLM_FAILED where the model fails five times in a row or no question was answered, and as `askModel`
 * does.
 */
export async function nameInterests(host: ModelHost, options: NameOptions): Promise<NameReport> {
  checkOptions(options)
  const { store } = host
  const { user: only, model, limit = Number.POSITIVE_INFINITY, signal, onProgress } = options
  const prompt = await readPrompt('name-interest')
  const report = emptyReport(model.id, promptId(prompt), options.dryRun ?? false)
  const run: Run = { store, options, report, failuresInRow: 0, allFailures: 0, lastFailure: null }
  const total = only === undefined ? Math.min(limit, (await store.counts()).users) : 1
  const reportProgress = () =>
    onProgress?.({ stage: 'names', done: report.users, total, rate: null, secondsLeft: null })
  for await (const user of only === undefined ? store.everyUser() : [only]) {
    if (report.users >= total) break
    if (signal?.aborted) throw new InterestMineError('INTERRUPTED', 'stopped while naming; what was named is kept')
    reportProgress()
    report.users++
    await nameUser(host, run, prompt, user)
  }
  reportProgress()
  if (run.lastFailure && run.allFailures === report.asked) {
    const what = report.asked === 1 ? 'the question was not' : `none of ${report.asked} questions was`
    throw llmFailure(run.lastFailure.refused ?? 'failed', `${what} answered: ${run.lastFailure.failure}`)
  }
  return report
}

async function nameUser(host: ModelHost, run: Run, prompt: Prompt, user: string): Promise<void> {
  const { report, options } = run
  const { model, key, wanted, labels, held } = await readProfile(host, user, promptAndModel(prompt, options.model))
  for (const [i, interest] of wanted) {
    report.interests++
    if (held.has(i)) {
      report.held++
      report.named++
      continue
    }
    const taken = new Set(labels.filter((_, other) => other !== i).map((label) => label.toLowerCase()))
    const { question, judge } = createNameQuestion(model, prompt, interest, key)
    const reply = await answerWithin(run, question, (value) => judge(value as NameReply, taken))
    if (!reply) continue
    const proposed = (reply.value as NameReply | null)?.label ?? null
    const { refused } = reply
    if (refused !== null) count(report, refused)
    else if (proposed !== null) {
      report.named++
      labels[i] = proposed
    }
    if (report.results.length < MOST_RESULTS) {
      report.results.push({ user, interest: interest.id, label: interest.label, proposed, refused })
    }
  }
}

/**
 * The reply to a question, from the store or the model; null where it is not asked, in a dry run or because the budget
 * of tokens is too small. Fails with LLM_FAILED after MOST_FAILURES failures in a row.
 */
async function answerWithin(
  run: Run,
  question: ModelQuestion,
  judge: (value: unknown) => Refusal | null,
): Promise<JudgedReply | null> {
  const { store, report } = run
  const { model, signal, budget = Number.POSITIVE_INFINITY, dryRun = false } = run.options
  const kept = await findKeptReply(store, model, question, judge, !dryRun)
  if (kept) {
    report.cached++
    return kept
  }
  const { tokens } = report
  const cost = estimateTokens(requestOf(question))
  if (dryRun || tokens.input + tokens.output + cost.input + cost.output > budget) {
    report.left++
    if (dryRun) addTokens(report, cost)
    else count(report, 'budget')
    return null
  }
  const reply = await askAndKeep(store, model, question, judge, signal)
  report.asked++
  addTokens(report, reply.tokens)
  if (reply.failure === null) {
    run.failuresInRow = 0
    return reply
  }
  run.failuresInRow++
  run.allFailures++
  run.lastFailure = reply
  if (run.failuresInRow < MOST_FAILURES) return reply
  const message = `the model failed ${MOST_FAILURES} times in a row: ${reply.failure}; what was named is kept, and the same command resumes from there`
  throw llmFailure(reply.refused ?? 'failed', message)
}

function emptyReport(model: string, prompt: string, dryRun: boolean): NameReport {
  const counts = { users: 0, interests: 0, named: 0, held: 0, cached: 0, asked: 0, left: 0 }
  return { model, prompt, dryRun, ...counts, refused: {}, tokens: { input: 0, output: 0 }, results: [] }
}

function count(report: NameReport, reason: Refusal): void {
  report.refused[reason] = (report.refused[reason] ?? 0) + 1
}

function addTokens({ tokens }: NameReport, { input, output }: TokenUsage): void {
  tokens.input += input
  tokens.output += output
}

function checkOptions(options: NameOptions): void {
  const checkWhole = (name: 'limit' | 'budget') => {
    const value = options[name]
    if (value === undefined || (Number.isInteger(value) && value >= 1)) return
    throw new InterestMineError('BAD_OPTION', `${name} must be a whole number from 1`, { option: name, value })
  }
  checkWhole('limit')
  checkWhole('budget')
  if (options.user !== undefined) checkText('user', options.user)
  checkModel(options.model)
}

/**
 * A user's interests for naming. `wanted`: the named groups that the user did not rename, with their positions and the
 * names made from words; `labels`: the labels of all interests as they are served; `held`: positions of those in
 * `wanted` that have a name by `asker`, a prompt and a model.
 */
async function readProfile(host: ModelHost, user: string, asker: string) {
  const loaded = await host.load()
  const { model } = loaded
  const now = nowOf(loaded, undefined)
  const input = await host.readUser(loaded, user)
  const key = await host.store.findUser(user)
  const given = key === null ? [] : await readNames(host.store, loaded, key)
  // Names by models change labels only, neither the interests nor their order.
  const interestsWith = (names: typeof given) =>
    read(
      model,
      {
        ...input,
        names: prepareNames(
          names.map(({ name }) => name),
          model.catalogue,
        ),
      },
      now,
    ).profile().interests
  const wanted = [...interestsWith([]).entries()].filter(([, { level, renamed }]) => level !== 'domain' && !renamed)
  const own = interestsWith(given.filter((one) => one.asker === asker))
  return {
    model,
    key,
    wanted,
    labels: interestsWith(given).map(({ label }) => label),
    held: new Set(wanted.map(([i]) => i).filter((i) => own[i].labelSource === 'llm')),
  }
}
