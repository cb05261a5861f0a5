import type { Matrix } from '../columns.js'
import { createRandom, type Random } from '../random.js'
import type { Pause } from '../vectors/eigen.js'
import type { Product } from '../vectors/onnx-runtime.js'
import { findAxes, project } from './axes.js'
import type { DistillColumns } from './columns.js'
import { countPasses, meanCosine, startStudent, type TeacherTexts, teach } from './fit.js'
import { createInitialTable } from './initial-table.js'

/** One item in this many is held out while the number of rounds is chosen. */
const HELD_OUT = 10
/** With fewer held-out texts than this nothing can be chosen, and `USUAL_ROUNDS` rounds are made. */
const LEAST_HELD_OUT = 10
const USUAL_ROUNDS = 5
const MOST_ROUNDS = 8
/** A further round must raise the mean cosine of held-out texts to the teacher by this much. */
const LEAST_GAIN = 0.0003

/** Settings of `distillTable`. */
export interface DistillTableOptions {
  /** Numbers of a token's vector, at most the teacher's. */
  dims: number
  /** Draws the held-out items and the order of texts. */
  seed: number
  /** Ids of the special tokens that the tokenizer puts around every text. */
  around: ArrayLike<number>
  /** Dense products by ONNX Runtime; null: plain loops. */
  product: Product | null
  /** Awaited between parts of the work; may throw to stop. */
  pause: Pause
  /** Called after each round: how many are done, and how many there may be at most. */
  onRound?: (done: number, most: number) => void
}

/** A student's table, and how near its vectors come to the teacher's. */
export interface Distilled {
  /** Tokens x dims. */
  table: Matrix
  /** How often the training went over all texts. */
  passes: number
  /**
   * Mean cosine to the teacher of texts of held-out items, by a student that was not trained on them, and how many
   * texts these are; null where there were too few.
   */
  heldOut: { texts: number; cosine: number } | null
  /** Mean cosine to the teacher of all texts, by the student that is returned; null without texts. */
  cosine: number | null
}

/**
 * Makes a static student of an encoder: token vectors on the axes that matter most, weighted by rarity, then fitted to
 * the teacher's vectors of the texts. The number of rounds is chosen on held-out items; then the student is trained
 * anew on all texts. The same input and seed give the same table.
 */
export async function distillTable(
  { tokens, texts, vectors, owners }: DistillColumns,
  { dims, seed, around, product, pause, onRound }: DistillTableOptions,
): Promise<Distilled> {
  const axes = await findAxes(vectors, tokens, dims, pause)
  const table = createInitialTable(await project(tokens, axes, product, pause), texts, around)
  if (owners.length === 0) return { table, passes: 0, heldOut: null, cosine: null }
  const teacherTexts: TeacherTexts = { texts, targets: await project(vectors, axes, product, pause) }
  const random = createRandom(seed)
  const isHeldOut = holdOut(owners, random)
  const heldOutTexts = pick(owners, (text) => isHeldOut[text] === 1)
  const allTexts = pick(owners, () => true)
  const trainingTexts = pick(owners, (text) => isHeldOut[text] === 0)
  let rounds = USUAL_ROUNDS
  let heldOut: Distilled['heldOut'] = null
  let done = 0
  const reportRound = () => onRound?.(++done, 2 * MOST_ROUNDS)
  if (heldOutTexts.length >= LEAST_HELD_OUT) {
    rounds = 0
    const student = startStudent(table)
    heldOut = { texts: heldOutTexts.length, cosine: meanCosine(student, teacherTexts, heldOutTexts) }
    while (rounds < MOST_ROUNDS) {
      await teach(student, teacherTexts, trainingTexts, rounds, random, pause)
      reportRound()
      const cosine = meanCosine(student, teacherTexts, heldOutTexts)
      if (cosine < heldOut.cosine + LEAST_GAIN) break
      heldOut.cosine = cosine
      rounds++
    }
  }
  const student = startStudent(table)
  for (let round = 0; round < rounds; round++) {
    await teach(student, teacherTexts, allTexts, round, random, pause)
    reportRound()
  }
  const cosine = meanCosine(student, teacherTexts, allTexts)
  return {
    table: { ...table, data: student.rows.values },
    passes: rounds * countPasses(allTexts.length),
    heldOut,
    cosine,
  }
}

/** Draws one of HELD_OUT items; 1 for each of their texts. */
function holdOut(owners: Int32Array, random: Random): Uint8Array {
  const drawn = new Map<number, number>([[-1, 0]])
  return Uint8Array.from(owners, (owner) => {
    if (!drawn.has(owner)) drawn.set(owner, random.below(HELD_OUT) === 0 ? 1 : 0)
    return drawn.get(owner)!
  })
}

function pick(owners: Int32Array, wanted: (text: number) => boolean): Int32Array {
  return Int32Array.from(owners.keys()).filter(wanted)
}
