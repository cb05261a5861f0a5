import type { Encoder, Matrix } from '../columns.js'
import type { DistillColumns } from '../distill/columns.js'
import type { Distilled } from '../distill/distill.js'
import { type LoadedEncoder, loadEncoder } from '../encode/encoder.js'
import { SCALE_BYTES } from '../encode/token-table.js'
import { type LoadedTokenizer, loadTokenizer } from '../encode/tokenizer.js'
import { checkModelDirectory, writeStaticModel } from '../encode/write-static.js'
import { InterestMineError, quote } from '../errors.js'
import { readSeed } from '../options.js'
import { estimate, stopIfAborted, tellStopped, withStop } from '../threads/run.js'
import { roundSeconds, startTimer } from '../threads/timer.js'
import { openThreads, type Pool } from '../threads/workers.js'
import type { DistillOptions } from '../types/options.js'
import type { DistillReport } from '../types/reports.js'
import { createMatrix, rowOf } from '../vectors/matrix.js'
import { packLists } from '../vectors/sparse.js'
import { NO_STUDENT_TEXTS, readStudentTexts, USUAL_TEACHER } from './student-texts.js'
import type { DistillTask } from './tasks.js'

/** Most bytes of the directory where `dims` is not given. */
const MOST_BYTES = 10_000_000
/** Of these, bytes that are left for the manifest and the licence. */
const SPARE_BYTES = 100_000
const MOST_DIMS = 256
const LEAST_DIMS = 8

/**
 * Makes a student of an encoder, as `distill` of src/index.ts. Fails with BAD_OPTION, BAD_INPUT, BAD_MODEL, NO_RUNTIME,
 * INTERRUPTED.
 */
export async function distillEncoder(options: DistillOptions): Promise<DistillReport> {
  checkOptions(options)
  const elapsed = startTimer()
  const { out, items, signal, force = false } = options
  checkModelDirectory(out, force)
  const pool = openThreads(new URL('../worker.js', import.meta.url), options.workers)
  let teacher: LoadedEncoder | undefined
  const openTeacher = async (name: string) => {
    teacher ??= await loadEncoder(name, { pool })
    const { pooling, dims } = teacher.manifest
    if (pooling === 'static') throw refuse('encoder', name, 'a student cannot teach; name its teacher')
    if (options.dims !== undefined && options.dims > dims) throw refuse('dims', options.dims, `its teacher has ${dims}`)
    return teacher
  }
  try {
    const studentTexts = items ? await readStudentTexts(items, pool, openTeacher, options) : NO_STUDENT_TEXTS
    // Where there were items, the teacher is open already.
    const encoder = await openTeacher(options.encoder ?? USUAL_TEACHER)
    const { manifest, directory } = encoder
    const tokenizer = loadTokenizer(
      `${directory}/${manifest.tokenizer}`,
      `${directory}/${manifest.tokenizerConfig}`,
      manifest.maxTokens,
    )
    const dims = readDims(options.dims, manifest, tokenizer.size)
    const texts = packLists(studentTexts.texts.map((text) => tokenizer.tokenize(text).ids))
    const around = tokenizer.tokenize('').ids
    const asked = chooseTokens(options.tokens === 'items' ? [...texts.values, ...around] : null, tokenizer)
    const columns: DistillColumns = {
      tokens: await encodeTokens(encoder, tokenizer, asked, options),
      texts,
      vectors: studentTexts.vectors,
      owners: studentTexts.owners,
    }
    const { table, ...fitted } = await fitStudent(
      { columns, dims, seed: readSeed(options.seed), around },
      pool,
      options,
    )
    stopIfAborted(signal)
    const learnt = texts.offsets.length - 1
    const source = `distilled by interest-mine from ${manifest.id}${learnt > 0 ? ` on ${learnt} texts` : ''}; ${manifest.source}`
    const written = writeStaticModel(out, table, { directory, manifest }, { source })
    return {
      out,
      id: written.id,
      teacher: manifest.id,
      dims,
      tokens: tokenizer.size,
      asked: asked.length,
      texts: learnt,
      ...fitted,
      bytes: written.bytes,
      seconds: roundSeconds(elapsed()),
      notes: [...studentTexts.notes],
    }
  } catch (error) {
    throw tellStopped(error, 'the distillation was stopped; nothing was written')
  } finally {
    await teacher?.close()
    await pool.close()
  }
}

function checkOptions({ out, tokens, items, dims, seed }: DistillOptions): void {
  if (typeof out !== 'string' || out === '') throw refuse('out', out, 'the directory to make is missing')
  if (tokens !== undefined && tokens !== 'all' && tokens !== 'items') throw refuse('tokens', tokens, "'all' or 'items'")
  if (tokens === 'items' && !items) throw refuse('tokens', tokens, "'items' needs items to learn from")
  readSeed(seed)
  if (dims !== undefined && !(Number.isInteger(dims) && dims >= LEAST_DIMS))
    throw refuse('dims', dims, `a whole number, ${LEAST_DIMS} or more`)
}

function refuse(option: string, value: unknown, why: string): InterestMineError {
  return new InterestMineError('BAD_OPTION', `option ${option}, ${quote(value)}: ${why}`, { option, value })
}

/**
 * Length of the student's vectors: as asked for, else the largest multiple of 16 that keeps the directory small.
 * `rows`: number of tokens.
 */
function readDims(
  asked: number | undefined,
  { dims, files, tokenizer }: LoadedEncoder['manifest'],
  rows: number,
): number {
  if (asked !== undefined) return asked
  const bytes = MOST_BYTES - SPARE_BYTES - files[tokenizer].bytes
  const fitting = Math.floor((bytes / rows - SCALE_BYTES) / 16) * 16
  return Math.max(LEAST_DIMS, Math.min(MOST_DIMS, dims, fitting))
}

/**
 * The tokens that the teacher encodes, ascending: the distinct ones of `used`, or all of the vocabulary where that is
 * null.
 */
function chooseTokens(used: readonly number[] | null, { size }: LoadedTokenizer): number[] {
  return used === null ? [...Array(size).keys()] : [...new Set(used)].sort((a, b) => a - b)
}

/** The teacher's vector of each token by itself, one row a token; rows of tokens that are not in `asked` are zero. */
async function encodeTokens(
  teacher: Encoder,
  { size, textOf }: LoadedTokenizer,
  asked: readonly number[],
  { signal, onProgress }: DistillOptions,
): Promise<Matrix> {
  const texts = [...new Set(asked.map(textOf))]
  const placeOf = new Map(texts.map((text, place) => [text, place]))
  const elapsed = startTimer()
  const vectors = await teacher.encode(texts, {
    signal,
    onProgress(done, secondsLeft) {
      const rate = done / elapsed()
      onProgress?.({ stage: 'tokens', done, total: texts.length, rate, secondsLeft })
    },
  })
  const tokens = createMatrix(size, teacher.dims)
  for (const token of asked) rowOf(tokens, token).set(rowOf(vectors, placeOf.get(textOf(token))!))
  return tokens
}

/** Fits the student's table on a worker thread. */
function fitStudent(
  task: DistillTask,
  pool: Pool,
  { signal, onProgress }: Pick<DistillOptions, 'signal' | 'onProgress'>,
): Promise<Distilled> {
  onProgress?.({ stage: 'student', done: 0, total: null, rate: null, secondsLeft: null })
  return withStop(
    signal,
    (stop) => pool.run<Distilled>('distill', { ...task, stop }),
    (done, total, seconds) => {
      if (total > 0) onProgress?.({ stage: 'student', done, total, ...estimate(done, total, seconds) })
    },
  )
}
