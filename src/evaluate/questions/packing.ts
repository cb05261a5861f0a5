import type { History } from '../../columns.js'
import { LIKED_COLUMNS } from '../../mine/history.js'
import { shareArrays } from '../../threads/shared.js'
import type { Question } from './split.js'

/** Columns of a history, by the kind of item that they have an entry for. */
const GROUPS = {
  liked: LIKED_COLUMNS,
  disliked: ['dislikedRows', 'dislikedWeights', 'dislikedAt'],
  seen: ['seenRows'],
} as const
type Group = keyof typeof GROUPS
const GROUP_NAMES = Object.keys(GROUPS) as Group[]

/** Many questions in a few arrays in shared memory, so that threads read them without a copy. */
export interface PackedQuestions {
  /** One entry a question: user, row of the target, its time (ms), and `total` of the history. */
  users: Int32Array
  targets: Int32Array
  at: Float64Array
  totals: Int32Array
  /** The history of question i is offsets[i] .. offsets[i + 1] of every column of the group. */
  offsets: Record<Group, Uint32Array>
  /** The columns of all histories, one after another. */
  columns: Omit<History, 'total'>
}

/** Packs questions, in order. `unpackQuestions` is the inverse. */
export function packQuestions(questions: readonly Question[]): PackedQuestions {
  const histories = questions.map(({ history }) => history)
  const offsets = {} as PackedQuestions['offsets']
  const columns = {} as Record<string, unknown>
  for (const group of GROUP_NAMES) {
    const [first] = GROUPS[group]
    offsets[group] = new Uint32Array(questions.length + 1)
    histories.forEach((history, i) => {
      offsets[group][i + 1] = offsets[group][i] + history[first].length
    })
    for (const column of GROUPS[group]) columns[column] = join(histories, column, offsets[group])
  }
  return shareArrays({
    users: Int32Array.from(questions, ({ user }) => user),
    targets: Int32Array.from(questions, ({ target }) => target),
    at: Float64Array.from(questions, ({ at }) => at),
    totals: Int32Array.from(histories, ({ total }) => total),
    offsets,
    columns: columns as PackedQuestions['columns'],
  })
}

type Column = keyof PackedQuestions['columns']

function join(histories: readonly History[], column: Column, offsets: Uint32Array): Float64Array {
  const Type = (histories[0]?.[column].constructor ?? Float64Array) as Float64ArrayConstructor
  const joined = new Type(offsets[histories.length])
  histories.forEach((history, i) => {
    joined.set(history[column], offsets[i])
  })
  return joined
}

/** Questions `from` to `to` (exclusive). Their histories are views of the packed arrays and must not be changed. */
export function unpackQuestions(packed: PackedQuestions, from = 0, to = packed.users.length): Question[] {
  return Array.from({ length: to - from }, (_, k) => {
    const i = from + k
    const history = { total: packed.totals[i] } as Record<string, unknown>
    for (const group of GROUP_NAMES) {
      const { [group]: offsets } = packed.offsets
      for (const column of GROUPS[group]) history[column] = packed.columns[column].subarray(offsets[i], offsets[i + 1])
    }
    return {
      user: packed.users[i],
      history: history as unknown as History,
      target: packed.targets[i],
      at: packed.at[i],
    }
  })
}
