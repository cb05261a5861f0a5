import { InterestMineError } from '../errors.js'
import type { Host } from '../host.js'
import type { Loaded } from '../load/generation.js'
import { badOption, RANGES, readInRange } from '../options.js'
import { type Budget, composeCharges, fitsBudget, type Mechanism, remainingEpsilon } from '../privacy/budget.js'
import type { Store } from '../store/store.js'
import type { PrivacyLedger, PrivacyTerms } from '../types/answers.js'
import type { PrivateOptions } from '../types/options.js'

/** The parts of the miner that private answers use. */
export type PrivateHost = Pick<Host, 'store' | 'clock' | 'secureBytes'>

/**
 * The ledger of a store: the budget of all private answers and trainings together, what they cost so far at the
 * budget's delta (null: more than that delta allows), the epsilon that is left, and each of them. Without a budget, the
 * delta is the default one plus that of the answers with pure or approximate privacy.
 */
export async function readLedger(store: Store): Promise<PrivacyLedger> {
  const { budget, spendings } = await store.ledger()
  const failing = spendings.reduce((sum, { rho, delta }) => sum + (rho === null ? delta : 0), 0)
  const spent = composeCharges(spendings, budget?.delta ?? failing + RANGES.budgetDelta.usual)
  return { budget, spent: Number.isFinite(spent) ? spent : null, left: remainingEpsilon(budget, spendings), spendings }
}

/** Checks a budget: epsilon and delta of all private answers and trainings together. Throws BAD_OPTION. */
export function readBudget({ epsilon, delta = RANGES.budgetDelta.usual }: Partial<Budget>): Budget {
  const budget = readInRange('budget', epsilon, RANGES.budget)
  const { most } = RANGES.budgetDelta
  if (typeof delta === 'number' && delta > 0 && delta <= most) return { epsilon: budget, delta }
  throw badOption('delta', delta, `must be a number above 0, at most ${most}`)
}

/** Checks epsilon and delta of one private answer and fills in defaults. Throws BAD_OPTION. */
export function readCost({ epsilon, delta = RANGES.delta.usual }: PrivateOptions): { epsilon: number; delta: number } {
  return { epsilon: readInRange('epsilon', epsilon, RANGES.epsilon), delta: readInRange('delta', delta, RANGES.delta) }
}

/**
 * Answers a question with noise, once in each generation: a question that was answered before gets the stored answer
 * and costs nothing more. `what`: the question, as JSON can hold it; `mechanism`: the noise and its cost; `bound`:
 * counts that one user can change, as the terms report it; `answer`: computes the noisy answer, which JSON must be able
 * to hold. Answer and cost are stored in one transaction before the answer is returned. Rejects with BUDGET_SPENT where
 * the budget does not cover the cost or none is set.
 */
export async function answerOnce<R>(
  { store, clock }: PrivateHost,
  loaded: Loaded,
  what: object,
  mechanism: Mechanism,
  bound: number,
  answer: () => Promise<R>,
): Promise<{ value: R; privacy: PrivacyTerms }> {
  const at = new Date(clock()).toISOString()
  const { name, scale, epsilon, delta, rho } = mechanism
  const question = JSON.stringify({ ...what, epsilon, delta, generation: loaded.info.id })
  let stored = await store.answerInLedger(question)
  if (stored === null) {
    // Checked before the counting, which takes a while; the ledger checks again when it writes.
    const { budget, spendings } = await store.ledger()
    if (!fitsBudget(budget, spendings, mechanism))
      throw overspent(remainingEpsilon(budget, spendings), epsilon, budget === null)
    const text = JSON.stringify(await answer())
    stored = await store.spend({ at, question, epsilon, delta, rho }, text, (total, before) =>
      fitsBudget(total, before, mechanism),
    )
  }
  const { budget, spendings } = await store.ledger()
  const left = remainingEpsilon(budget, spendings)
  if (stored === null) throw overspent(left, epsilon, budget === null)
  return { value: JSON.parse(stored) as R, privacy: { epsilon, delta, mechanism: name, scale, bound, left } }
}

/**
 * Writes the cost of a private training into the ledger, before the training begins. `at`: ISO 8601. Without a budget
 * the cost is only recorded. Rejects with BUDGET_SPENT where a budget is set and does not cover it; nothing is written
 * then.
 */
export async function chargeTraining(store: Store, at: string, epsilon: number, delta: number): Promise<void> {
  const charge = { epsilon, delta, rho: null }
  const isCharged = await store.charge(
    { what: 'train' },
    { at, ...charge },
    (total, before) => total === null || fitsBudget(total, before, charge),
  )
  if (isCharged) return
  const { budget, spendings } = await store.ledger()
  const left = remainingEpsilon(budget, spendings)
  throw new InterestMineError(
    'BUDGET_SPENT',
    `the privacy budget does not reach for a training: epsilon ${epsilon} at delta ${delta} is asked, ${Number(left.toPrecision(4))} at delta ${budget?.delta} is left; "interest-mine privacy --budget EPSILON --delta D" sets what all answers and trainings may cost together`,
    { epsilon, left },
  )
}

/** A BUDGET_SPENT error. `left`: epsilon that is left; `isUnset`: whether there is no budget. */
function overspent(left: number, epsilon: number, isUnset: boolean): InterestMineError {
  const message = isUnset
    ? 'no privacy budget is set, so nothing can be answered with noise; "interest-mine privacy --budget EPSILON" sets one'
    : `the privacy budget does not reach: epsilon ${epsilon} is asked, ${Number(left.toPrecision(4))} is left; ask for less, or repeat an earlier question, which costs nothing`
  return new InterestMineError('BUDGET_SPENT', message, { epsilon, left })
}
