import type { InterestsAnswer, Language } from '../index.js'
import { defineCommand } from './command.js'
import { compact } from './filters.js'
import { narrateInterests } from './narrate.js'
import { demand, LANGUAGE, USER } from './options.js'
import { flag } from './table.js'

export default defineCommand<{ user?: string; lang?: Language }, InterestsAnswer>({
  options: [USER, LANGUAGE],
  examples: ['interests --user u1', 'interests --user u1 --json'],
  async run({ options, open }) {
    const user = demand(options.user, '--user', 'whose interests?')
    const miner = await open({ mustExist: true, workers: 0 })
    return miner.interests(user, compact({ now: options.now, language: options.lang }))
  },
  show(answer, view) {
    const [first] = answer.interests
    const text = narrateInterests(answer, view)
    if (view.quiet || !first) return text
    const user = flag('--user', answer.user)
    const mute = view.suggest('edit', ...user, ...flag('--interest', first.id), '--mute')
    return `${text}\n\nNext: ${view.suggest('recommend', ...user)}\n      ${mute}`
  },
})
