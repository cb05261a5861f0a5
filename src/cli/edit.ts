import type { EditAction, EditRecord, EditsAnswer, Miner } from '../index.js'
import { CliError, defineCommand } from './command.js'
import { appliedEditOfRecord, sayContrary } from './contrary-behaviour.js'
import { compact } from './filters.js'
import { inRange, requireOption, splitIds, USER } from './options.js'
import { clean, cut, drawTable, flag, type View, wrapBehind } from './table.js'

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
  merge?: string[]
  split?: true
  items?: string[]
  add?: string
  remove?: true
  undo?: true
  list?: true
}

const ACTIONS =
  '--mute, --unmute, --boost X, --rename TEXT, --pin, --unpin, --not-me, --merge IDS, --split, --add PHRASE or --remove'

/** The command `edit`: changes a user's interests: mute, boost, rename, pin, merge, split, add, undo. */
export default defineCommand<Options, EditsAnswer>({
  options: [
    USER,
    { flags: '--interest <id>', help: 'which interest (see interests)' },
    { flags: '--mute', help: 'recommend nothing of it' },
    { flags: '--unmute', help: 'recommend it again' },
    { flags: '--boost <x>', help: 'more (above 1) or less of it, 0.1 to 10', read: inRange('boost') },
    { flags: '--rename <text>', help: 'call it this' },
    { flags: '--pin', help: 'keep it in the list' },
    { flags: '--unpin', help: 'no longer' },
    { flags: '--not-me', help: 'it is not mine: leave its events out too' },
    { flags: '--merge <ids>', help: 'make one of these interests: the first keeps its id', many: true },
    { flags: '--split', help: 'into what was merged, else in two where it was joined last; or take out --items' },
    { flags: '--items <ids>', help: 'these items of it become an interest of their own (with --split)', many: true },
    { flags: '--add <phrase>', help: 'a wish: more about this' },
    { flags: '--remove', help: 'take a wish away' },
    { flags: '--undo', help: 'take back the last edit of this user' },
    { flags: '--list', help: 'show the edits of this user' },
  ],
  examples: [
    'edit --user u1 --interest INTEREST --mute',
    'edit --user u1 --interest INTEREST --rename "Tea time"',
    'edit --user u1 --add "something for the garden"',
    'edit --user u1 --list',
    'edit --user u1 --undo',
  ],
  remarks:
    'INTEREST is the id that "interest-mine interests --user u1" shows; with a wish, also of the wish.\n' +
    'Merge: edit --user U --merge ID,ID. Split: edit --user U --interest ID --split [--items A,B].',
  async run({ options, open }) {
    const user = requireOption(options.user, '--user', 'whose interest?')
    const edit = readEdit(options)
    const miner = await open({ mustExist: true, workers: 0 })
    return edit(miner, user, compact({ now: options.now }))
  },
  async show({ user, edits, merged = [] }, view, { options }) {
    const last = edits.at(-1)
    const name = cut(clean(user), 60)
    const heading = options.list
      ? ''
      : options.undo
        ? 'Took back the last edit.'
        : last
          ? `Done: ${sayEdit(last, merged)}.`
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
    const ended = sayLostStates(merged).map((line) => wrapBehind('  ', line, view.width))
    return [[heading, ...ended].join('\n'), `Edits of ${name}:\n${table}`, sayContraries(edits, view), hint]
      .filter(Boolean)
      .join('\n\n')
  },
})

type Merged = NonNullable<EditsAnswer['merged']>

const quoteLabel = (label: string) => `"${cut(clean(label), 60)}"`

function sayEdit({ action, label, value }: EditRecord, [, ...others]: Merged): string {
  const name = quoteLabel(label)
  if (others.length > 0) {
    return `merge ${name} with ${others.map((one) => `${quoteLabel(one.label)} (${clean(one.id)})`).join(', ')}`
  }
  return value === null ? `${action} ${name}` : `${action} ${name} (${cut(clean(String(value)), 60)})`
}

/**
 * One sentence for each merged interest whose mute, pin or boost is lost: the merged interest has those of the first.
 */
function sayLostStates([first, ...others]: Merged): string[] {
  return others.flatMap(({ label, state }) => {
    const ended = [
      state.muted && !first.state.muted && 'muted',
      state.pinned && !first.state.pinned && 'pinned',
      state.boost !== 1 && state.boost !== first.state.boost && `boosted (${state.boost})`,
    ].filter(Boolean)
    return ended.length > 0 ? [`${quoteLabel(label)} was ${ended.join(', ')}; the merged interest is not.`] : []
  })
}

/** One line for each edit that later behaviour contradicts; empty where there is none. */
function sayContraries(edits: readonly EditRecord[], view: View): string {
  const labels = new Map(edits.map(({ interest, label }) => [interest, label]))
  return edits
    .flatMap((edit) =>
      edit.contrary === null
        ? []
        : [`${quoteLabel(edit.label)} was ${sayContrary(appliedEditOfRecord(edit), edit.contrary, labels)}`],
    )
    .map((line) => wrapBehind('  ', line, view.width))
    .join('\n')
}

type Edit = (miner: Miner, user: string, when: { now?: number }) => Promise<EditsAnswer>

/**
 * The edit that the options ask for, as a function to run on the store. Fails with BAD_OPTION unless they name exactly
 * one action, and where an option that goes with it is missing or does not.
 */
function readEdit(options: Options): Edit {
  const { interest, merge, items, add, boost, rename, split } = options
  const actions: EditAction[] = []
  if (options.mute) actions.push({ mute: true })
  if (options.unmute) actions.push({ unmute: true })
  if (boost !== undefined) actions.push({ boost })
  if (rename !== undefined) actions.push({ rename })
  if (options.pin) actions.push({ pin: true })
  if (options.unpin) actions.push({ unpin: true })
  if (options.notMe) actions.push({ notMe: true })
  if (options.remove) actions.push({ remove: true })
  const others = [split, merge, add, options.undo, options.list].filter((value) => value !== undefined)
  const count = actions.length + others.length
  if (count !== 1) {
    const found = count === 0 ? 'nothing to do' : 'one edit at a time'
    throw new CliError('BAD_OPTION', `${found}: give exactly one of ${ACTIONS}, or --undo or --list`, {
      option: 'action',
    })
  }
  if (items && !split) refuse('--items', '--items goes with --split')
  const [action] = actions
  if (action || split) {
    const id = requireOption(interest, '--interest', 'which one? See the command interests')
    if (action) return (miner, user, when) => miner.editInterest(user, id, action, when)
    return async (miner, user, when) => {
      const named = items && (await splitIds(items, (ids) => miner.hasItems(ids)))
      return miner.editInterest(user, id, { split: compact({ items: named }) }, when)
    }
  }
  if (interest !== undefined) {
    if (merge) refuse('--interest', '--merge names all that becomes one: leave out --interest')
    if (add !== undefined) refuse('--interest', '--add makes an interest of its own: leave out --interest')
    refuse('--interest', `--${options.undo ? 'undo' : 'list'} is about all edits of the user: leave out --interest`)
  }
  if (merge) return (miner, user, when) => mergeAll(miner, user, merge, when)
  if (add !== undefined) return (miner, user, when) => miner.addInterest(user, add, when)
  return (miner, user) => (options.undo ? miner.undoEdit(user) : miner.edits(user))
}

async function mergeAll(miner: Miner, user: string, merge: string[], when: { now?: number }): Promise<EditsAnswer> {
  const [first, ...others] = await splitIds(merge, (ids) => miner.hasInterest(user, ids))
  if (first === undefined || others.length === 0) refuse('--merge', '--merge takes two interests or more: ID,ID')
  return miner.editInterest(user, first, { merge: others }, when)
}

function refuse(option: string, message: string): never {
  throw new CliError('BAD_OPTION', message, { option })
}
