import { checkEncoder, type DoctorAnswer, type EncoderCheck } from '../index.js'
import { CliError, defineCommand } from './command.js'
import { compact } from './filters.js'
import { clean, wrapBehind } from './table.js'

type Answer = DoctorAnswer & Partial<Pick<EncoderCheck, 'encoder'>>

/** The command `doctor`: checks the store and repairs it, or checks an encoder. */
export default defineCommand<{ repair?: true; encoder?: string }, Answer>({
  options: [
    { flags: '--repair', help: 'rebuild what can be rebuilt' },
    { flags: '--encoder <name>', help: 'check an encoder, a bundled one or a directory, instead of the store' },
  ],
  examples: ['doctor', 'doctor --repair', 'doctor --encoder all-MiniLM-L6-v2'],
  remarks: 'Exit code 1 while a problem stands.',
  async run({ options, open }) {
    if (options.encoder === undefined) {
      const miner = await open({ mustExist: true })
      return miner.doctor(compact({ repair: options.repair }))
    }
    if (options.repair) {
      throw new CliError('BAD_OPTION', 'option --repair is for the store, not for --encoder', { option: '--repair' })
    }
    return checkEncoder(options.encoder)
  },
  judge: ({ ok }) => (ok ? 0 : 1),
  async show({ ok, problems, encoder }, view, { options }) {
    const about = encoder ? `${sayTowers(encoder)}\n\n` : ''
    if (problems.length === 0) return `${about}No problems found.`
    const list = problems
      .map(({ what, where, repaired }) =>
        wrapBehind('- ', clean(`${where}: ${what}${repaired ? ' (repaired)' : ''}`), view.width),
      )
      .join('\n')
    if (ok) return `${list}\n\nAll repaired.`
    if (options.encoder !== undefined) return `${about}${list}`
    const next = options.repair
      ? 'What is not repaired needs a new build-index.'
      : `Next: ${view.suggest('doctor', '--repair')}`
    return `${list}\n\n${next}`
  },
})

/** "clip: text (512 dimensions), image (512 dimensions), one space". */
function sayTowers({ id, joint, towers }: NonNullable<EncoderCheck['encoder']>): string {
  const said = towers.map(({ tower, dims }) => `${tower} (${dims} dimensions)`).join(', ')
  return `${clean(id)}: ${said}${joint ? ', one space' : ''}`
}
