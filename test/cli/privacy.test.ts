import { afterAll, beforeAll, expect, it } from 'vitest'
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.js'
import { chargeTraining } from '../../src/users/ledger.js'
import { makeFolder, run, type Shop } from './shop.js'

let shop: Shop
beforeAll(async () => {
  shop = makeFolder()
  const store = await openSqliteStore(`${shop.folder}/interest-mine.db`)
  await chargeTraining(store, '2026-05-01T08:00:00.000Z', 8, 1e-5)
  await store.close()
})
afterAll(() => shop?.remove())

it('privacy lists trainings also where no budget is set, and says where the delta of one is too small for them', () => {
  const unset = run(['privacy'], shop.folder).out
  expect(unset).toContain('No privacy budget is set')
  expect(unset).toMatch(/spent +epsilon 8/)
  expect(unset).toMatch(/2026-05-01 08:00 +8 +0\.00001 +train/)
  const small = run(['privacy', '--budget', '20'], shop.folder).out
  expect(small).toMatch(/spent +more than this delta reaches for; set a larger --delta/)
  expect(small).toMatch(/left +epsilon 0\n/)
  expect(run(['privacy', '--budget', '20', '--delta', '1e-4'], shop.folder).out).toMatch(/left +epsilon 12\n/)
})
