import type { ForgetAnswer } from '../index.js'
import { defineCommand } from './command.js'
import { requireOption, USER } from './options.js'
import { clean, cut, formatMany } from './table.js'

/** The command `forget`: removes a user for good. */
export default defineCommand<{ user?: string; retrain?: true }, ForgetAnswer>({
  options: [
    { ...USER, help: 'which user' },
    { flags: '--retrain', help: 'also fit everything anew at once, and train where a scorer was trained' },
  ],
  examples: ['forget --user u9', 'forget --user u9 --retrain', 'forget --user u9 --json'],
  remarks:
    'Removes every event, edit, label and count of the user at once. It cannot be taken back. What was fitted while the user\n' +
    'was there is fitted anew by the next build-index or train, or now with --retrain.',
  async run({ options, open, watch }) {
    const user = requireOption(options.user, '--user', 'forget whom?')
    if (!options.retrain) return (await open({ mustExist: true, workers: 0 })).forget(user)
    const miner = await open({ mustExist: true })
    return watch((hooks) => miner.forget(user, { retrain: true, ...hooks }))
  },
  show({ user, forgotten, events, retrained }) {
    const name = cut(clean(user), 60)
    const first = forgotten
      ? `Forgot ${name}: ${formatMany(events, 'event')} removed.`
      : `Nothing is held about ${name}.`
    if (!retrained) return first
    const { trained, generation, note } = retrained
    const next = `Everything is fitted anew${trained ? ' and trained' : ''} (generation ${generation}).`
    return [first, next, note].filter(Boolean).join('\n')
  },
})
