import type { Manifest } from './manifest.js'

/** A tokenizer, and one single-threaded session or a table of token vectors. */
export interface EncoderCore {
  manifest: Manifest
  encodeOne(text: string, kind: 'query' | 'passage', output: Float32Array): Promise<EncodedText> | EncodedText
  close(): Promise<void>
}
interface EncodedText {
  tokens: number
  unknown: number
  runMs: number
}
