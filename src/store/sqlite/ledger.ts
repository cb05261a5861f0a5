import type { Store, StoredSpending } from '../store.js'
import type { Connection } from './connection.js'

/** Setting that holds the privacy budget. */
const BUDGET = 'privacyBudget'

/** The methods of a store for its privacy ledger: the budget, and the answers and trainings that were charged to it. */
export function createLedgerMethods(
  connection: Connection,
): Pick<Store, 'ledger' | 'setBudget' | 'spend' | 'charge' | 'answerInLedger'> {
  const { sql, guard, transact } = connection
  const read = () => {
    const budget = sql('SELECT value FROM meta WHERE key = ?').pluck().get(BUDGET) as string | undefined
    const rows = sql('SELECT at, question, epsilon, delta, rho FROM spendings ORDER BY seq').all() as (Omit<
      StoredSpending,
      'at'
    > & { at: number })[]
    return {
      budget: budget === undefined ? null : JSON.parse(budget),
      spendings: rows.map(({ at, ...rest }) => ({ ...rest, at: new Date(at).toISOString() })),
    }
  }
  const find = (question: string) =>
    (sql('SELECT answer FROM spendings WHERE question = ?').pluck().get(question) as string | undefined) ?? null
  const write = ({ at, question, epsilon, delta, rho }: StoredSpending, answer: string) =>
    sql('INSERT INTO spendings (at, question, epsilon, delta, rho, answer) VALUES (?, ?, ?, ?, ?, ?)').run(
      Date.parse(at),
      question,
      epsilon,
      delta,
      rho,
      answer,
    )
  return {
    async ledger() {
      return guard(read)
    },
    async setBudget(budget) {
      transact(() => sql('INSERT OR REPLACE INTO meta VALUES (?, ?)').run(BUDGET, JSON.stringify(budget)))
    },
    async answerInLedger(question) {
      return guard(() => find(question))
    },
    async spend(spending, answer, isAllowed) {
      return transact(() => {
        const given = find(spending.question)
        if (given !== null) return given
        const { budget, spendings } = read()
        if (!isAllowed(budget, spendings)) return null
        write(spending, answer)
        return answer
      })
    },
    async charge(what, cost, isAllowed) {
      return transact(() => {
        const { budget, spendings } = read()
        if (!isAllowed(budget, spendings)) return false
        write({ ...cost, question: JSON.stringify({ ...what, nth: spendings.length + 1 }) }, '')
        return true
      })
    },
  }
}
