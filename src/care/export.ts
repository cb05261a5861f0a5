import type { Store, StoredEdit } from '../store/store.js'
import type { EditRecord } from '../types/answers.js'
import type { ExportAnswer } from '../types/reports.js'

/**
 * All rows of a store about a user, for `ExportAnswer`. `edits`: all edits of the user; the caller adds interests and
 * wishes.
 */
export async function exportRows(
  store: Store,
  user: string,
  edits: readonly (StoredEdit & Pick<EditRecord, 'contrary'>)[],
): Promise<Omit<ExportAnswer, 'interests' | 'wishes'>> {
  const key = await store.findUser(user)
  if (key === null) return { user, events: [], edits: [], replies: [], mined: [], lineage: [] }
  const columns = await store.userEvents(key)
  const items = await store.itemsByKey([...new Set(columns.items)])
  const orNull = (value: number) => (Number.isNaN(value) ? null : value)
  return {
    user,
    events: Array.from(columns.items, (item, i) => ({
      item: items.get(item)?.id ?? '',
      type: columns.kinds[i],
      at: Number.isNaN(columns.at[i]) ? null : new Date(columns.at[i]).toISOString(),
      value: orNull(columns.values[i]),
      dwell: orNull(columns.dwells[i]),
      quantity: orNull(columns.quantities[i]),
    })),
    edits: edits.map((edit) => ({
      ...showEdit(edit),
      undone: edit.undone,
      evidence: edit.evidence.items,
    })),
    replies: await store.replies(key),
    mined: await readMined(store, key),
    lineage: await store.lineage(key, true),
  }
}

/** A user's interests in each generation that is kept; generations that have none of the user are left out. */
async function readMined(store: Store, user: number): Promise<ExportAnswer['mined']> {
  const mined: ExportAnswer['mined'] = []
  for (const { id: generation, builtAt } of await store.generations()) {
    const interests = await store.minedOf(generation, user)
    if (interests.length === 0) continue
    const items = await store.itemsByKey(interests.flatMap((interest) => interest.items))
    mined.push({
      generation,
      builtAt,
      interests: interests.map(({ id, level, label, items: keys }) => {
        return { id, level, label, evidence: keys.flatMap((one) => items.get(one)?.id ?? []) }
      }),
    })
  }
  return mined
}

/** The public part of a stored edit. */
export function showEdit({ at, interest, label, action, value, contrary }: EditRecord): EditRecord {
  return { at, interest, label, action, value, contrary }
}
