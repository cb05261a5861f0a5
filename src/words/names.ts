import { read } from '../answer/read.js'
import { InterestMineError } from '../errors.js'
import { llmFailure } from '../llm/failure.js'
import { readPrompt } from '../llm/prompts.js'
import { type Prompt, promptId } from '../llm/template.js'
import { nowOf, readNames } from '../load/user.js'
import { holdNames } from '../mine/names/given-names.js'
import { checkText } from '../options.js'
import type { Store } from '../store/store.js'
import type { NameOptions, NameReport, Refusal, TokenUsage } from '../types/words.js'
import {
  type Answered,
  askAndKeep,
  askerOf,
  checkModel,
  estimateTokens,
  type ModelHost,
  type ModelQuestion,
  recall,
  requestOf,
} from './ask.js'
import { type NameReply, poseName } from './name-question.js'

/** Replies reported one by one. */
const REPORTED = 1000
/** A model that was not reached so many times in a row is not asked again. */
const PATIENCE = 5

/** A run of naming, and what it has done so far. */
interface Run {
  store: Store
  options: NameOptions
  report: NameReport
  /** Questions in a row for which the model was not reached, those of all, and what became of the last one. */
  failures: number
  lost: number
  failed: Answered | null
}

/**
 * Asks a model for names of the named groups of one user, or of all, and keeps what it says, accepted or refused, as it
 * comes: stopped at any moment, the next run goes on from there.
 */
export async function nameInterests(host: ModelHost, options: NameOptions): Promise<NameReport> {
  checkOptions(options)
  const { store } = host
  const { user: only, model, limit = Number.POSITIVE_INFINITY, signal, onProgress } = options
  const prompt = await readPrompt('name-interest')
  const report = emptyReport(model.id, promptId(prompt), options.dryRun ?? false)
  const run: Run = { store, options, report, failures: 0, lost: 0, failed: null }
  const total = only === undefined ? Math.min(limit, (await store.counts()).users) : 1
  const tell = () => onProgress?.({ stage: 'names', done: report.users, total, rate: null, secondsLeft: null })
  for await (const user of only === undefined ? store.everyUser() : [only]) {
    if (report.users >= total) break
    if (signal?.aborted) throw new InterestMineError('INTERRUPTED', 'stopped while naming; what was named is kept')
    tell()
    report.users++
    await nameUser(host, run, prompt, user)
  }
  tell()
  if (run.failed && run.lost === report.asked) {
    const what = report.asked === 1 ? 'the question was not' : `none of ${report.asked} questions was`
    throw llmFailure(run.failed.refused ?? 'failed', `${what} answered: ${run.failed.failure}`)
  }
  return report
}

async function nameUser(host: ModelHost, run: Run, prompt: Prompt, user: string): Promise<void> {
  const { report, options } = run
  const { model, key, wanted, labels, held } = await readProfile(host, user, askerOf(prompt, options.model))
  for (const [i, interest] of wanted) {
    report.interests++
    if (held.has(i)) {
      report.held++
      report.named++
      continue
    }
    const taken = new Set(labels.filter((_, other) => other !== i).map((label) => label.toLowerCase()))
    const { question, judge } = poseName(model, prompt, interest, key)
    const answered = await answerWithin(run, question, (value) => judge(value as NameReply, taken))
    if (!answered) continue
    const proposed = (answered.value as NameReply | null)?.label ?? null
    const { refused } = answered
    if (refused !== null) count(report, refused)
    else if (proposed !== null) {
      report.named++
      labels[i] = proposed
    }
    if (report.results.length < REPORTED) {
      report.results.push({ user, interest: interest.id, label: interest.label, proposed, refused })
    }
  }
}

/** The reply to a question, kept or new; null where it is not to be asked. */
async function answerWithin(
  run: Run,
  question: ModelQuestion,
  judge: (value: unknown) => Refusal | null,
): Promise<Answered | null> {
  const { store, report } = run
  const { model, signal, budget = Number.POSITIVE_INFINITY, dryRun = false } = run.options
  const kept = await recall(store, model, question, judge, !dryRun)
  if (kept) {
    report.cached++
    return kept
  }
  const { tokens } = report
  const cost = estimateTokens(requestOf(question))
  if (dryRun || tokens.input + tokens.output + cost.input + cost.output > budget) {
    report.left++
    if (dryRun) spend(report, cost)
    else count(report, 'budget')
    return null
  }
  const answered = await askAndKeep(store, model, question, judge, signal)
  report.asked++
  spend(report, answered.tokens)
  if (answered.failure === null) {
    run.failures = 0
    return answered
  }
  run.failures++
  run.lost++
  run.failed = answered
  if (run.failures < PATIENCE) return answered
  const message = `the model failed ${PATIENCE} times in a row: ${answered.failure}; what was named is kept, and the same command resumes from there`
  throw llmFailure(answered.refused ?? 'failed', message)
}

function emptyReport(model: string, prompt: string, dryRun: boolean): NameReport {
  const counts = { users: 0, interests: 0, named: 0, held: 0, cached: 0, asked: 0, left: 0 }
  return { model, prompt, dryRun, ...counts, refused: {}, tokens: { input: 0, output: 0 }, results: [] }
}

function count(report: NameReport, reason: Refusal): void {
  report.refused[reason] = (report.refused[reason] ?? 0) + 1
}

function spend({ tokens }: NameReport, { input, output }: TokenUsage): void {
  tokens.input += input
  tokens.output += output
}

function checkOptions(options: NameOptions): void {
  const whole = (name: 'limit' | 'budget') => {
    const value = options[name]
    if (value === undefined || (Number.isInteger(value) && value >= 1)) return
    throw new InterestMineError('BAD_OPTION', `${name} must be a whole number from 1`, { option: name, value })
  }
  whole('limit')
  whole('budget')
  if (options.user !== undefined) checkText('user', options.user)
  checkModel(options.model)
}

/** A user's interests by the words of their evidence, and which of them bear names. */
async function readProfile(host: ModelHost, user: string, asker: string) {
  const loaded = await host.load()
  const { model } = loaded
  const now = nowOf(loaded, undefined)
  const input = await host.readUser(loaded, user)
  const key = await host.store.findUser(user)
  const given = key === null ? [] : await readNames(host.store, loaded, key)
  // Names change labels, neither the interests nor their order.
  const under = (names: typeof given) =>
    read(
      model,
      {
        ...input,
        names: holdNames(
          names.map(({ name }) => name),
          model.catalogue,
        ),
      },
      now,
    ).profile().interests
  const wanted = [...under([]).entries()].filter(([, { level, renamed }]) => level !== 'domain' && !renamed)
  const own = under(given.filter((one) => one.asker === asker))
  return {
    model,
    key,
    wanted,
    labels: under(given).map(({ label }) => label),
    held: new Set(wanted.map(([i]) => i).filter((i) => own[i].labelSource === 'llm')),
  }
}
