import { defineConfig } from 'vitest/config'

/** What starts many processes, installs packages, trains often, waits for locks or plays a hundred clients: with CI=1 or INTEREST_MINE_SLOW=1 only. */
const SLOW = [
  'test/package.test.ts',
  'test/interrupt.test.ts',
  'test/cli/help.test.ts',
  'test/snippets.test.ts',
  'test/forget-retrain.test.ts',
  'test/federate/hundred.test.ts',
]
const all = Boolean(process.env.CI || process.env.INTEREST_MINE_SLOW)

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: all ? [] : SLOW,
    // Each file opens real stores and models; two at a time is what two cores carry.
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    coverage: { include: ['src/**'], reporter: ['text'] },
  },
})
