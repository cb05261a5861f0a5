import type { EditAction, EditRecord, EditsAnswer } from '../index.js'
import { CliError, defineCommand } from './command.js'
import { compact } from './filters.js'
import { demand, readNumber, USER } from './options.js'
import { clean, cut, drawTable, flag } from './table.js'

interface Options {
  user?: string
  interest?: string
  mute?: true
  unmute?: true
  boost?: number
  rename?: string
  pin?: true
  unpin?: true
  notMe?: true
  undo?: true
  list?: true
}

const ACTIONS = '--mute, --unmute, --boost X, --rename TEXT, --pin, --unpin or --not-me'

export default defineCommand<Options, EditsAnswer>({
  options: [
    USER,
    { flags: '--interest <id>', help: 'which interest (see interests)' },
    { flags: '--mute', help: 'recommend nothing of it' },
    { flags: '--unmute', help: 'recommend it again' },
    { flags: '--boost <x>', help: 'more (above 1) or less of it, 0.1 to 10', read: readNumber(0.1, 10) },
    { flags: '--rename <text>', help: 'call it this' },
    { flags: '--pin', help: 'keep it in the list' },
    { flags: '--unpin', help: 'no longer' },
    { flags: '--not-me', help: 'it is not mine: leave its events out too' },
    { flags: '--undo', help: 'take back the last edit of this user' },
    { flags: '--list', help: 'show the edits of this user' },
  ],
  examples: [
    'edit --user u1 --interest INTEREST --mute',
    'edit --user u1 --interest INTEREST --rename "Tea time"',
    'edit --user u1 --list',
    'edit --user u1 --undo',
  ],
  remarks: 'INTEREST is the id that "interest-mine interests --user u1" shows.',
  async run({ options, open }) {
    const user = demand(options.user, '--user', 'whose interest?')
    const edit = readEdit(options)
    const miner = await open({ mustExist: true, workers: 0 })
    if (edit === 'list') return miner.edits(user)
    if (edit === 'undo') return miner.undoEdit(user)
    return miner.editInterest(user, edit.interest, edit.action, compact({ now: options.now }))
  },
  async show({ user, edits }, view, { options }) {
    const last = edits.at(-1)
    const name = cut(clean(user), 60)
    const heading = options.list
      ? ''
      : options.undo
        ? 'Took back the last edit.'
        : last
          ? `Done: ${sayEdit(last)}.`
          : 'Done.'
    if (!last) return [heading, `No edits of ${name} stand.`].filter(Boolean).join(' ')
    const table = await drawTable(
      [
        { head: 'When' },
        { head: 'Action' },
        { head: 'Value', flexible: true },
        { head: 'Interest', flexible: true },
        { head: 'Id' },
      ],
      edits.map(({ at, action, value, label, interest }) => [
        at?.slice(0, 16).replace('T', ' ') ?? '',
        action,
        String(value ?? ''),
        label,
        interest,
      ]),
      view,
    )
    const hint =
      view.quiet || options.undo ? '' : `Take back the last: ${view.suggest('edit', ...flag('--user', user), '--undo')}`
    return [heading, `Edits of ${name}:\n${table}`, hint].filter(Boolean).join('\n\n')
  },
})

function sayEdit({ action, label, value }: EditRecord): string {
  const name = `"${cut(clean(label), 60)}"`
  return value === null ? `${action} ${name}` : `${action} ${name} (${cut(clean(String(value)), 60)})`
}

/** Exactly one thing to do; all but undo and list are done to an interest. */
function readEdit(options: Options): 'undo' | 'list' | { interest: string; action: EditAction } {
  const { boost, rename } = options
  const actions: EditAction[] = []
  if (options.mute) actions.push({ mute: true })
  if (options.unmute) actions.push({ unmute: true })
  if (boost !== undefined) actions.push({ boost })
  if (rename !== undefined) actions.push({ rename })
  if (options.pin) actions.push({ pin: true })
  if (options.unpin) actions.push({ unpin: true })
  if (options.notMe) actions.push({ notMe: true })
  const count = actions.length + Number(options.undo ?? 0) + Number(options.list ?? 0)
  if (count !== 1) {
    const found = count === 0 ? 'nothing to do' : 'one edit at a time'
    throw new CliError('BAD_OPTION', `${found}: give exactly one of ${ACTIONS}, or --undo or --list`, {
      option: 'action',
    })
  }
  const [action] = actions
  if (action)
    return { action, interest: demand(options.interest, '--interest', 'which one? See the command interests') }
  const what = options.undo ? 'undo' : 'list'
  if (options.interest === undefined) return what
  throw new CliError('BAD_OPTION', `--${what} is about all edits of the user: leave out --interest`, {
    option: '--interest',
  })
}
