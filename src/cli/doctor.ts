import type { DoctorAnswer } from '../index.js'
import { defineCommand } from './command.js'
import { compact } from './filters.js'
import { drawTable } from './table.js'

export default defineCommand<{ repair?: true }, DoctorAnswer>({
  options: [{ flags: '--repair', help: 'rebuild what can be rebuilt' }],
  examples: ['doctor', 'doctor --repair'],
  remarks: 'Exit code 1 while a problem stands.',
  async run({ options, open }) {
    const miner = await open({ mustExist: true })
    return miner.doctor(compact({ repair: options.repair }))
  },
  judge: ({ ok }) => (ok ? 0 : 1),
  async show({ ok, problems }, view, { options }) {
    if (problems.length === 0) return 'No problems found.'
    const table = await drawTable(
      [{ head: 'Problem', flexible: true }, { head: 'Where', flexible: true }, { head: 'Repaired' }],
      problems.map(({ what, where, repaired }) => [what, where, repaired ? 'yes' : 'no']),
      view,
    )
    if (ok) return `${table}\n\nAll repaired.`
    const next = options.repair
      ? 'What is not repaired needs a new build-index.'
      : `Next: ${view.suggest('doctor', '--repair')}`
    return `${table}\n\n${next}`
  },
})
