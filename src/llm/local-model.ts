import { statSync } from 'node:fs'
import { basename } from 'node:path'
import { InterestMineError, quote } from '../errors.js'
import type { ChatModel, LocalModelOptions } from '../types/words.js'
import { llmFailure } from './failure.js'
import { readJson } from './reply.js'

const PACKAGE = 'node-llama-cpp'
/** Names of systems in the names of those packages. */
const SYSTEMS: Record<string, string> = { darwin: 'mac', win32: 'win' }
const MACHINE = `${SYSTEMS[process.platform] ?? process.platform}-${process.arch}`
/** Name of the package with node-llama-cpp's binaries for this machine. */
const BINARIES = `@node-llama-cpp/${MACHINE === 'mac-arm64' ? 'mac-arm64-metal' : MACHINE}`
const INSTALL = `npm i ${PACKAGE}@3.21.1 ${BINARIES}@3.21.1 --omit=optional --ignore-scripts`
/** Most tokens of a question and its reply together. */
const CONTEXT = 4096

/**
 * The part of node-llama-cpp that is used. It is an optional peer dependency, so its own types may not be installed.
 */
interface LlamaModule {
  getLlama(options: { gpu: false; build: 'never'; maxThreads: number; logLevel: 'disabled' }): Promise<Llama>
  LlamaChatSession: new (options: { contextSequence: Sequence; systemPrompt: string }) => Session
}

interface Llama {
  loadModel(options: { modelPath: string }): Promise<LlamaModel>
  createGrammarForJsonSchema(schema: unknown): Promise<unknown>
  dispose(): Promise<void>
}

interface LlamaModel {
  createContext(options: { contextSize: number; threads: number }): Promise<{ getSequence(): Sequence }>
}

interface Sequence {
  tokenMeter: { usedInputTokens: number; usedOutputTokens: number }
}

interface Session {
  promptWithMeta(
    text: string,
    options: { grammar: unknown; temperature: 0; maxTokens: number; signal?: AbortSignal },
  ): Promise<{ responseText: string; stopReason: string }>
  dispose(options: { disposeSequence: false }): void
}

interface Opened {
  module: LlamaModule
  llama: Llama
  sequence: Sequence
}

/**
 * Opens a GGUF model in this process, by node-llama-cpp, an optional peer dependency. The model is loaded at the first
 * question; its replies always have the form of the question's schema. Questions are answered one at a time. Fails with
 * BAD_MODEL where the file does not exist; `complete` fails with BAD_MODEL where it cannot be loaded, and with
 * NO_RUNTIME and the command to run where the package or its binaries are missing.
 */
export function openLocalModel({ file, threads = 1 }: LocalModelOptions): ChatModel {
  const size = statSync(file, { throwIfNoEntry: false })?.size
  if (size === undefined) throw badModel(file, 'does not exist')
  let opened: Promise<Opened> | undefined
  let queue: Promise<unknown> = Promise.resolve()
  return {
    id: `${basename(file)}:${size}`,
    complete({ system, user, schema, maxTokens, signal }) {
      const answer = queue.then(async () => {
        opened ??= open(file, threads)
        const { module, llama, sequence } = await opened
        const grammar = await llama.createGrammarForJsonSchema(schema)
        const before = readMeter(sequence)
        // What this question and the one before have in common at the start is not evaluated again.
        const session = new module.LlamaChatSession({ contextSequence: sequence, systemPrompt: system })
        try {
          const { responseText, stopReason } = await session.promptWithMeta(user, {
            grammar,
            temperature: 0,
            maxTokens,
            signal,
          })
          const after = readMeter(sequence)
          const usage = { input: after.input - before.input, output: after.output - before.output }
          if (stopReason === 'maxTokens') throw llmFailure('truncated', 'the reply was cut off', { usage })
          return { value: readJson(responseText, usage), usage }
        } finally {
          session.dispose({ disposeSequence: false })
        }
      })
      // There is one context, so questions wait for one another.
      queue = answer.catch(() => undefined)
      return answer
    },
    async close() {
      await queue
      await (await opened?.catch(() => undefined))?.llama.dispose()
    },
  }
}

const readMeter = ({ tokenMeter }: Sequence) => ({
  input: tokenMeter.usedInputTokens,
  output: tokenMeter.usedOutputTokens,
})

async function open(file: string, threads: number): Promise<Opened> {
  // A name that TypeScript does not resolve, so that it compiles where the package is not installed.
  const name: string = PACKAGE
  const module = await import(name).then(
    (found) => found as LlamaModule,
    (cause: unknown) => {
      throw noRuntime('it is not installed', cause)
    },
  )
  // `build: 'never'`: nothing is compiled or downloaded.
  const llama = await module
    .getLlama({ gpu: false, build: 'never', maxThreads: threads, logLevel: 'disabled' })
    .catch((cause: unknown) => {
      throw noRuntime('its binaries for this machine are missing or do not run', cause)
    })
  try {
    const model = await llama.loadModel({ modelPath: file })
    const context = await model.createContext({ contextSize: CONTEXT, threads })
    return { module, llama, sequence: context.getSequence() }
  } catch (cause) {
    throw badModel(file, 'cannot be loaded; it must be a GGUF file', cause)
  }
}

function noRuntime(why: string, cause: unknown): InterestMineError {
  const message = `a local model needs ${PACKAGE}, and ${why}; run: ${INSTALL}`
  return new InterestMineError('NO_RUNTIME', message, { install: INSTALL }, cause)
}

function badModel(file: string, why: string, cause?: unknown): InterestMineError {
  return new InterestMineError('BAD_MODEL', `${quote(file, 200)} ${why}`, { file }, cause)
}
