import type { ExportAnswer } from '../index.js'
import { defineCommand } from './command.js'
import { requireOption, USER } from './options.js'

/** The command `export`: prints everything that is held about a user, as JSON. */
export default defineCommand<{ user?: string }, ExportAnswer>({
  options: [USER],
  examples: ['export --user u1', 'export --user u1 --json > u1.json'],
  remarks: 'Prints JSON with or without --json: everything held about the user.',
  async run({ options, open }) {
    const user = requireOption(options.user, '--user', 'whose data?')
    return (await open({ mustExist: true, workers: 0 })).exportUser(user)
  },
  raw: true,
  show: () => '',
})
