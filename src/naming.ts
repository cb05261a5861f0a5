import {
  type Answered,
  askAndKeep,
  askerOf,
  checkModel,
  type Desk,
  estimateTokens,
  type Question,
  recall,
  requestOf,
} from './asking.js'
import { InterestMineError } from './errors.js'
import { llmFailure } from './llm/failure.js'
import { readPrompt } from './llm/prompts.js'
import { promptId } from './llm/template.js'
import { type NameReply, poseName } from './name-question.js'
import { read } from './reading.js'
import { checkText, nowOf, readNames, readUser } from './requests.js'
import type { Store } from './store/store.js'
import type { NameOptions, NameReport, Refusal } from './types.js'

/** Replies reported one by one. */
const REPORTED = 1000
/** A model that was not reached so many times in a row is not asked again. */
const PATIENCE = 5

/**
 * Asks a model for names of the named groups of one user, or of all, and keeps what it says, accepted or refused, as it
 * comes: stopped at any moment, the next run goes on from there.
 */
export async function nameInterests(desk: Desk, options: NameOptions): Promise<NameReport> {
  const { store } = desk
  const { model, signal, onProgress, budget = Number.POSITIVE_INFINITY, dryRun = false } = checkOptions(options)
  const prompt = await readPrompt('name-interest')
  const report: NameReport = {
    model: model.id,
    prompt: promptId(prompt),
    dryRun,
    users: 0,
    interests: 0,
    named: 0,
    held: 0,
    cached: 0,
    asked: 0,
    left: 0,
    refused: {},
    tokens: { input: 0, output: 0 },
    results: [],
  }
  const refuse = (reason: Refusal) => {
    report.refused[reason] = (report.refused[reason] ?? 0) + 1
  }
  const spend = (input: number, output: number) => {
    report.tokens.input += input
    report.tokens.output += output
  }
  let failures = 0
  /** The reply to a question, kept or new; null where it must not be asked. */
  const answerOf = async (question: Question, judge: (value: unknown) => Refusal | null): Promise<Answered | null> => {
    const kept = await recall(store, model, question, judge)
    if (kept) {
      report.cached++
      return kept
    }
    const cost = estimateTokens(requestOf(question))
    const spent = report.tokens.input + report.tokens.output
    if (dryRun || spent + cost.input + cost.output > budget) {
      report.left++
      if (dryRun) spend(cost.input, cost.output)
      else refuse('budget')
      return null
    }
    const answered = await askAndKeep(store, model, question, judge, signal)
    report.asked++
    spend(answered.tokens.input, answered.tokens.output)
    failures = answered.passing ? failures + 1 : 0
    if (failures >= PATIENCE) {
      const message = `the model failed ${failures} times in a row (${answered.refused}); what was named is kept, and the same command resumes from there`
      throw llmFailure(answered.refused ?? 'failed', message)
    }
    return answered
  }
  const total =
    options.user === undefined ? Math.min(options.limit ?? Number.POSITIVE_INFINITY, (await store.counts()).users) : 1
  for await (const user of usersOf(store, options)) {
    if (signal?.aborted) throw new InterestMineError('INTERRUPTED', 'stopped while naming; what was named is kept')
    onProgress?.({ stage: 'names', done: report.users, total, rate: null, secondsLeft: null })
    report.users++
    const { model: mined, wanted, taken, held, key } = await readProfile(desk, user, askerOf(prompt, model))
    for (const [i, interest] of wanted) {
      report.interests++
      if (held.has(i)) {
        report.held++
        report.named++
        continue
      }
      const others = new Set([...taken].filter(([other]) => other !== i).map(([, label]) => label.toLowerCase()))
      const { question, judge } = poseName(mined, prompt, interest, key)
      const answered = await answerOf(question, (value) => judge(value as NameReply, others))
      if (!answered) continue
      const proposed = (answered.value as NameReply | null)?.label ?? null
      const { refused } = answered
      if (refused !== null) refuse(refused)
      else {
        report.named++
        taken.set(i, proposed ?? '')
      }
      if (report.results.length < REPORTED) {
        report.results.push({ user, interest: interest.id, label: interest.label, proposed, refused })
      }
    }
  }
  onProgress?.({ stage: 'names', done: report.users, total, rate: null, secondsLeft: 0 })
  return report
}

function checkOptions(options: NameOptions): NameOptions {
  const whole = (name: 'limit' | 'budget') => {
    const value = options[name]
    if (value === undefined || (Number.isInteger(value) && value >= 1)) return
    throw new InterestMineError('BAD_OPTION', `${name} must be a whole number from 1`, { option: name, value })
  }
  whole('limit')
  whole('budget')
  if (options.user !== undefined) checkText('user', options.user)
  checkModel(options.model)
  return options
}

async function* usersOf(store: Store, { user, limit = Number.POSITIVE_INFINITY }: NameOptions): AsyncIterable<string> {
  if (user !== undefined) {
    yield user
    return
  }
  let left = limit
  for await (const id of store.userIds()) {
    if (left-- <= 0) return
    yield id
  }
}

/** A user's interests by the words of their evidence, and which of them bear names. */
async function readProfile(desk: Desk, user: string, asker: string) {
  const loaded = await desk.load()
  const { model } = loaded
  const now = nowOf(loaded, undefined)
  const input = await readUser(desk.store, loaded, user, {})
  const key = await desk.store.findUser(user)
  const given = key === null ? [] : await readNames(desk.store, loaded, key)
  // Names change labels, neither the interests nor their order.
  const under = (names: typeof given) =>
    read(model, { ...input, names: names.map(({ name }) => name) }, now).profile().interests
  const wanted = [...under([]).entries()].filter(([, { level, renamed }]) => level !== 'domain' && !renamed)
  const own = under(given.filter((one) => one.asker === asker))
  return {
    model,
    key,
    wanted,
    taken: new Map(under(given).map(({ label }, i) => [i, label])),
    held: new Set(wanted.map(([i]) => i).filter((i) => own[i].labelSource === 'llm')),
  }
}
