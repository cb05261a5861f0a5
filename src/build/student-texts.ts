import type { Encoder, Matrix } from '../columns.js'
import { fullText, shortText } from '../encode/item-text.js'
import { openTemporaryStore } from '../load/open-store.js'
import type { Pool } from '../threads/workers.js'
import type { Item } from '../types/items.js'
import type { DistillOptions, Source } from '../types/options.js'
import { gatherRows, stack } from '../vectors/matrix.js'
import { DEFAULT_PRECISION } from '../vectors/precision.js'
import { chooseEncoder, ENGLISH } from './choose.js'
import { takeRows } from './take.js'
import { encodeCatalogue, type TextColumns } from './texts.js'

/** Whose student is made where no encoder is named and no text tells a language. */
export const USUAL_TEACHER = ENGLISH

/** Texts to learn from, each with the item it belongs to, and what the teacher says of them (one row a text). */
export interface StudentTexts {
  texts: string[]
  /** -1: a phrase, of no item alone. */
  owners: Int32Array
  vectors: Matrix
  notes: readonly string[]
}

export const NO_STUDENT_TEXTS: StudentTexts = {
  texts: [],
  owners: new Int32Array(0),
  vectors: { data: new Float32Array(0), rows: 0, dims: 0 },
  notes: [],
}

/** Reads items as `build` reads them, into a store in memory that leaves no file, and has their texts encoded. */
export async function readStudentTexts(
  items: Source<Item>,
  pool: Pool,
  openTeacher: (name: string) => Promise<Encoder>,
  { encoder: named, signal, onProgress }: Pick<DistillOptions, 'encoder' | 'signal' | 'onProgress'>,
): Promise<StudentTexts> {
  const store = await openTemporaryStore()
  try {
    // Only events are told from the clock, and there are none.
    const host = { store, options: { encoder: named }, clock: () => 0 }
    const taken = await takeRows(host, { items, prune: true, signal, onProgress })
    const name = named ?? (await chooseEncoder(host)).name ?? USUAL_TEACHER
    const { text } = await encodeCatalogue({
      store,
      encoder: await openTeacher(name),
      precision: DEFAULT_PRECISION,
      media: null,
      pool,
      signal,
      onProgress,
    })
    const known = (await store.readItems()).map(({ item }) => item)
    const notes = [...taken.notes, ...(taken.items?.notes ?? [])]
    const rejected = taken.itemCounts?.rejected ?? 0
    if (rejected > 0) notes.push(`${rejected} rows could not be used; build-index says which and why`)
    return { ...gather(known, text), notes }
  } finally {
    await store.close()
  }
}

/** Every text once: what is encoded of the items, long and short, and the phrases that stand in several. */
function gather(
  items: readonly Item[],
  { full, short, phrases, phraseVectors }: TextColumns,
): Omit<StudentTexts, 'notes'> {
  const texts = [...items.map(fullText), ...items.map(shortText), ...phrases.texts]
  const owners = texts.map((_, i) => (i < 2 * items.length ? i % items.length : -1))
  const first = [...new Map(texts.map((text, i) => [text, i] as const).reverse()).values()].sort((a, b) => a - b)
  return {
    texts: first.map((i) => texts[i]),
    owners: Int32Array.from(first, (i) => owners[i]),
    vectors: gatherRows(stack(stack(full, short), phraseVectors), first),
  }
}
