import type { ForgetAnswer } from '../index.js'
import { defineCommand } from './command.js'
import { demand, USER } from './options.js'
import { clean, cut, formatMany } from './table.js'

export default defineCommand<{ user?: string }, ForgetAnswer>({
  options: [{ ...USER, help: 'which user' }],
  examples: ['forget --user u9', 'forget --user u9 --json'],
  remarks:
    'Removes every event, edit, label and count of the user at once. It cannot be taken back. What training learnt while the\nuser was there is learnt anew by the next build-index or train.',
  async run({ options, open }) {
    const user = demand(options.user, '--user', 'forget whom?')
    return (await open({ mustExist: true, workers: 0 })).forget(user)
  },
  show({ user, forgotten, events }) {
    const name = cut(clean(user), 60)
    return forgotten ? `Forgot ${name}: ${formatMany(events, 'event')} removed.` : `Nothing is held about ${name}.`
  },
})
