import type { EncodeOptions, Encoder, Matrix } from '../columns.js'
import { InterestMineError } from '../errors.js'
import type { Pool } from '../threads/workers.js'
import { createMatrix, normalise } from '../vectors/matrix.js'
import {
  checkOutput,
  type InferenceSession,
  type OnnxRuntime,
  openSession,
  type Tensor,
} from '../vectors/onnx-runtime.js'
import type { EncoderCore } from './encoder-core.js'
import { findModel, type Manifest, readManifest, verifyModel } from './manifest.js'
import { openStaticCore } from './static-core.js'
import { loadTokenizer, type Tokenize } from './tokenizer.js'

/** Input of a worker's task: texts to encode. Unit vectors are written to `output` (float32), text i at i * dims. */
export interface EncodeTask {
  directory: string
  texts: string[]
  kind: 'query' | 'passage'
  output: SharedArrayBuffer
  /** The caller sets its int32 to 1 to stop after the current text. */
  stop: SharedArrayBuffer
}

/** Counts of a finished task. */
export interface EncodeResult {
  /** Texts that were encoded, from the first on. */
  done: number
  tokens: number
  unknown: number
  /** Milliseconds inside the ONNX runs. */
  runMs: number
  /** Milliseconds in all. */
  totalMs: number
}

/** Longer texts are cut before tokenizing: no bundled encoder reads further than this. */
const MAX_CHARACTERS = 4000
/** Texts a worker takes at a time: few, so that stopping is quick and progress is reported often. */
const PART = 32
/** The same for static encoders, where a text takes microseconds and a message to a worker costs more. */
const STATIC_PART = 1024

/**
 * Opens the encoder of texts in a directory, without checking its files. `known`: its manifest where it was read
 * before; `runtime`: another build of ONNX Runtime. Fails with BAD_MODEL where a model or tokenizer cannot be read, and
 * with NO_RUNTIME.
 */
export async function openEncoderCore(
  directory: string,
  known?: Manifest,
  runtime?: OnnxRuntime,
): Promise<EncoderCore> {
  const manifest = known ?? (await readManifest(directory))
  if (manifest.pooling === 'static') return openStaticCore(directory, manifest)
  const { tokenize } = loadTokenizer(
    `${directory}/${manifest.tokenizer}`,
    `${directory}/${manifest.tokenizerConfig}`,
    manifest.maxTokens,
  )
  const { session, runtime: onnx } = await openSession(`${directory}/${manifest.model}`, runtime)
  const run = createRun(manifest, tokenize, session, onnx)
  return { manifest, encodeOne: run, close: () => session.release() }
}

/**
 * A function that encodes one text in one run of the session. Batches are not used: int8 activations are quantised over
 * the whole input, so a text's vector would depend on the other texts of its batch. Alone it is the same to the bit
 * each time, and nothing is padded.
 */
function createRun(
  manifest: Manifest,
  tokenize: Tokenize,
  session: InferenceSession,
  onnx: OnnxRuntime,
): EncoderCore['encodeOne'] {
  const { padding, output: outputName = session.outputNames[0] } = manifest
  checkOutput(session, outputName)
  return async (text, kind, output) => {
    const { ids, unknown } = tokenize(manifest.prefixes[kind] + text)
    const length = Math.max(ids.length, padding?.to ?? 0)
    const tensor = (fill: (i: number) => number) =>
      new onnx.Tensor(
        'int64',
        BigInt64Array.from({ length }, (_, i) => BigInt(fill(i))),
        [1, length],
      )
    const known: Record<string, () => Tensor> = {
      input_ids: () => tensor((i) => ids[i] ?? padding!.id),
      attention_mask: () => tensor((i) => Number(i < ids.length)),
      token_type_ids: () => tensor(() => 0),
    }
    const feeds: Record<string, Tensor> = {}
    for (const name of session.inputNames) if (name in known) feeds[name] = known[name]()
    const before = performance.now()
    const result = await session.run(feeds)
    const runMs = performance.now() - before
    const hidden = result[outputName]
    const data = hidden.data as Float32Array
    const { dims } = manifest
    if (data.length !== (manifest.pooling === 'none' ? dims : length * dims)) {
      throw new InterestMineError(
        'BAD_MODEL',
        `the model gives shape [${hidden.dims}], its manifest says ${dims} dimensions`,
      )
    }
    pool(data, ids.length, output, manifest.pooling)
    normalise(output)
    return { tokens: length, unknown, runMs }
  }
}

function pool(hidden: Float32Array, length: number, output: Float32Array, how: Manifest['pooling']): void {
  // The first token's vector; where the model pools itself, that is all there is.
  output.set(hidden.subarray(0, output.length))
  if (how !== 'mean') return
  for (let i = 1; i < length; i++) {
    for (let k = 0, at = i * output.length; k < output.length; k++) output[k] += hidden[at + k]
  }
}

/**
 * The task that a worker runs. Opened encoders are kept: a store may use one encoder for texts and another one's text
 * tower for pictures.
 */
export function createEncodeWorker(): (task: EncodeTask) => Promise<EncodeResult> {
  const open = new Map<string, Promise<EncoderCore>>()
  return async ({ directory, texts, kind, output, stop }) => {
    const core = open.get(directory) ?? openEncoderCore(directory)
    open.set(directory, core)
    return encodeWith(await core, texts, kind, new Float32Array(output), new Int32Array(stop))
  }
}

async function encodeWith(
  core: EncoderCore,
  texts: string[],
  kind: 'query' | 'passage',
  output: Float32Array,
  stop: Int32Array,
): Promise<EncodeResult> {
  const { dims } = core.manifest
  const result: EncodeResult = { done: 0, tokens: 0, unknown: 0, runMs: 0, totalMs: 0 }
  const started = performance.now()
  for (const text of texts) {
    if (Atomics.load(stop, 0) === 1) break
    const at = result.done * dims
    const vector = output.subarray(at, at + dims)
    const { tokens, unknown, runMs } = await core.encodeOne(text.slice(0, MAX_CHARACTERS), kind, vector)
    if (!Number.isFinite(vector[0]))
      throw new InterestMineError('BAD_MODEL', 'the model gave a vector that is not finite')
    result.done++
    result.tokens += tokens
    result.unknown += unknown
    result.runMs += runMs
  }
  result.totalMs = performance.now() - started
  return result
}

/** Counts over the life of an encoder, for reports and benchmarks. */
export interface EncoderStatistics {
  texts: number
  /** Tokens that were read, padding included. */
  tokens: number
  /** Tokens that the vocabulary does not know. */
  unknown: number
  /** Milliseconds inside ONNX runs, summed over threads. */
  runMs: number
  /** Milliseconds of encoding, summed over threads. */
  totalMs: number
}

/** An encoder that was opened from a directory. */
export interface LoadedEncoder extends Encoder {
  statistics: EncoderStatistics
  manifest: Manifest
  directory: string
}

/**
 * Opens an encoder of texts by bundled name or directory, after checking its files against the manifest. With a `pool`
 * texts are spread over its threads; without, or with a caller's own `runtime`, they are encoded on this thread. Fails
 * with BAD_MODEL. `encode` fails with INTERRUPTED where its signal is aborted, with NO_RUNTIME and with BAD_MODEL.
 */
export async function loadEncoder(
  nameOrDirectory: string,
  options: { pool?: Pool; runtime?: OnnxRuntime } = {},
): Promise<LoadedEncoder> {
  const directory = findModel(nameOrDirectory)
  const manifest = await readManifest(directory)
  await verifyModel(directory, manifest)
  const { dims, id } = manifest
  const partSize = manifest.pooling === 'static' ? STATIC_PART : PART
  const statistics: EncoderStatistics = { texts: 0, tokens: 0, unknown: 0, runMs: 0, totalMs: 0 }
  let inline: Promise<EncoderCore> | undefined
  const runPart = async (task: EncodeTask): Promise<EncodeResult> => {
    if (options.pool?.size && !options.runtime) return options.pool.run<EncodeResult>('encode', task)
    inline ??= openEncoderCore(directory, manifest, options.runtime)
    return encodeWith(await inline, task.texts, task.kind, new Float32Array(task.output), new Int32Array(task.stop))
  }
  return {
    id,
    dims,
    quick: manifest.pooling === 'static',
    manifest,
    directory,
    statistics,
    async encode(texts, { kind = 'passage', onProgress, onPart, signal }: EncodeOptions = {}): Promise<Matrix> {
      const result = createMatrix(onPart ? 0 : texts.length, dims)
      // Sorted by length, so that the texts of a part take about the same time. Time left is estimated from characters.
      const order = Int32Array.from(texts.keys()).sort((a, b) => texts[a].length - texts[b].length || a - b)
      const cost = (position: number) => 40 + Math.min(texts[position].length, MAX_CHARACTERS)
      let costLeft = 0
      for (const position of order) costLeft += cost(position)
      const started = performance.now()
      const stop = new SharedArrayBuffer(4)
      const onAbort = () => Atomics.store(new Int32Array(stop), 0, 1)
      signal?.addEventListener('abort', onAbort)
      let next = 0
      let done = 0
      let costDone = 0
      const take = async (): Promise<void> => {
        while (next < order.length && !signal?.aborted) {
          const positions = order.subarray(next, next + partSize)
          next += positions.length
          const output = new SharedArrayBuffer(positions.length * dims * 4)
          const part = await runPart({ directory, texts: Array.from(positions, (p) => texts[p]), kind, output, stop })
          const vectors = new Float32Array(output)
          for (let i = 0; i < part.done && !onPart; i++)
            result.data.set(vectors.subarray(i * dims, (i + 1) * dims), positions[i] * dims)
          statistics.texts += part.done
          for (const key of ['tokens', 'unknown', 'runMs', 'totalMs'] as const) statistics[key] += part[key]
          onPart?.(positions.subarray(0, part.done), {
            data: vectors.subarray(0, part.done * dims),
            rows: part.done,
            dims,
          })
          done += part.done
          for (const position of positions) costDone += cost(position)
          const elapsed = (performance.now() - started) / 1000
          onProgress?.(done, elapsed > 1 ? (elapsed * (costLeft - costDone)) / costDone : null)
        }
      }
      try {
        await Promise.all(Array.from({ length: options.pool?.size || 1 }, take))
      } finally {
        signal?.removeEventListener('abort', onAbort)
      }
      if (signal?.aborted)
        throw new InterestMineError('INTERRUPTED', `stopped after encoding ${done} of ${texts.length} texts`)
      return result
    },
    async close() {
      // A failure to open was reported to the call that needed it.
      await (await inline?.catch(() => undefined))?.close()
      inline = undefined
    },
  }
}
