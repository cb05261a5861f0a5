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

/** The teacher where no encoder is named and there are no texts to tell the language by. */
export const USUAL_TEACHER = ENGLISH

/** The texts that a student learns from. */
export interface StudentTexts {
  /** Distinct texts. */
  texts: string[]
  /** Position of the item that each text belongs to; -1 for a phrase, which belongs to several items. */
  owners: Int32Array
  /** The teacher's vectors, one row a text. */
  vectors: Matrix
  /** What a person should know about the items, as in `BuildReport.notes`. */
  notes: readonly string[]
}

/** No texts: a student then learns from single tokens alone. */
export const NO_STUDENT_TEXTS: StudentTexts = {
  texts: [],
  owners: new Int32Array(0),
  vectors: { data: new Float32Array(0), rows: 0, dims: 0 },
  notes: [],
}

/**
 * Reads items as a build does, into a store in memory, and has a teacher encode their texts. The teacher is the encoder
 * named, else chosen by the language of the items. Fails with BAD_OPTION, BAD_INPUT, BAD_MODEL, NO_RUNTIME,
 * INTERRUPTED.
 */
export async function readStudentTexts(
  items: Source<Item>,
  pool: Pool,
  openTeacher: (name: string) => Promise<Encoder>,
  { encoder: named, signal, onProgress }: Pick<DistillOptions, 'encoder' | 'signal' | 'onProgress'>,
): Promise<StudentTexts> {
  const store = await openTemporaryStore()
  try {
    // The clock is only needed to read events, and there are none.
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

/** Every distinct text once: the full and the short text of each item, and the phrases that several items share. */
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
