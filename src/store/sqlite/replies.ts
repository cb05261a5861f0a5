import type { KeptReply } from '../../types/words.js'
import type { Store } from '../store.js'
import type { Connection } from './connection.js'

/** User key of replies about no user: keys of users begin with 1. */
const NOBODY = 0
/** User ids that are read at a time. */
const BLOCK = 10_000

interface Row {
  prompt: string
  model: string
  items: string
  value: string
  refused: KeptReply['refused']
}

/** The methods of a store for replies of language models, and `everyUser`. */
export function createReplyMethods({
  sql,
  guard,
  transact,
  bump,
}: Connection): Pick<Store, 'everyUser' | 'replies' | 'findReply' | 'saveReply'> {
  const read = ({ prompt, model, items, value, refused }: Row): KeptReply => ({
    prompt,
    model,
    items: JSON.parse(items),
    value: JSON.parse(value),
    refused,
  })
  return {
    async *everyUser() {
      let last = 0
      for (;;) {
        const rows = guard(() =>
          sql(
            `SELECT key, id FROM users WHERE key > ? AND EXISTS (SELECT 1 FROM events WHERE events.user = users.key)
             ORDER BY key LIMIT ?`,
          ).all(last, BLOCK),
        ) as { key: number; id: string }[]
        for (const { id } of rows) yield id
        if (rows.length < BLOCK) return
        last = rows[rows.length - 1].key
      }
    },
    async replies(user) {
      return guard(() => (sql('SELECT * FROM replies WHERE user = ? ORDER BY seq').all(user) as Row[]).map(read))
    },
    async findReply(hash, user) {
      return guard(() => {
        const whose = user === null ? `user = ${NOBODY}` : `user <> ${NOBODY}`
        const row = sql(`SELECT * FROM replies WHERE hash = ? AND ${whose} ORDER BY user = ? DESC, seq LIMIT 1`).get(
          hash,
          user ?? NOBODY,
        ) as (Row & { user: number }) | undefined
        return row ? { reply: read(row), own: row.user === (user ?? NOBODY) } : null
      })
    },
    async saveReply(hash, user, { prompt, model, items, value, refused }) {
      return transact(() => {
        // The user may have been forgotten while the model was asked.
        if (user !== null && sql('SELECT 1 FROM users WHERE key = ?').get(user) === undefined) return false
        sql(
          'INSERT OR REPLACE INTO replies (user, hash, prompt, model, items, value, refused) VALUES (?, ?, ?, ?, ?, ?, ?)',
        ).run(user ?? NOBODY, hash, prompt, model, JSON.stringify(items), JSON.stringify(value), refused)
        bump('edits')
        return true
      })
    },
  }
}
