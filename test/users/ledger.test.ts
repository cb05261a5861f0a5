import { describe, expect, it } from 'vitest'
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.js'
import type { Store } from '../../src/store/store.js'
import { chargeTraining, readLedger } from '../../src/users/ledger.js'

const AT = '2026-05-01T00:00:00.000Z'
const DELTA = 1e-5

async function withStore(work: (store: Store) => Promise<void>): Promise<void> {
  const store = await openSqliteStore(':memory:')
  try {
    await work(store)
  } finally {
    await store.close()
  }
}

describe('paying for a training', () => {
  it('is written down each time, also where several begin at once', () =>
    withStore(async (store) => {
      await Promise.all([1, 2, 3].map(() => chargeTraining(store, AT, 2, DELTA)))
      const { budget, spent, left, spendings } = await readLedger(store)
      expect(spendings).toHaveLength(3)
      expect([budget, spent, left]).toEqual([null, 6, 0])
    }))

  it('is refused where a budget is set and its epsilon or delta does not reach, and takes from what answers may cost', () =>
    withStore(async (store) => {
      await store.setBudget({ epsilon: 5, delta: 2.5 * DELTA })
      await chargeTraining(store, AT, 2, DELTA)
      await expect(chargeTraining(store, AT, 4, DELTA)).rejects.toMatchObject({
        code: 'BUDGET_SPENT',
        details: { epsilon: 4, left: 3 },
      })
      await chargeTraining(store, AT, 2, DELTA)
      await expect(chargeTraining(store, AT, 0.5, DELTA)).rejects.toMatchObject({ code: 'BUDGET_SPENT' })
      expect(await readLedger(store)).toMatchObject({
        spent: 4,
        left: 1,
        spendings: [{ delta: DELTA }, { delta: DELTA }],
      })
    }))

  it('beyond the delta of a budget that is set later leaves nothing, and no number says how much was spent', () =>
    withStore(async (store) => {
      await chargeTraining(store, AT, 2, DELTA)
      await store.setBudget({ epsilon: 5, delta: DELTA / 10 })
      expect(await readLedger(store)).toMatchObject({ spent: null, left: 0 })
    }))
})
