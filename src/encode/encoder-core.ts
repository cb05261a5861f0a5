import type { Manifest } from './manifest.js'

/** An opened encoder on one thread: a tokenizer, and an ONNX session or a table of token vectors. */
export interface EncoderCore {
  manifest: Manifest
  /** Writes the unit vector of a text to `output` (`dims` numbers). `kind` selects the manifest's prefix. */
  encodeOne(text: string, kind: 'query' | 'passage', output: Float32Array): Promise<EncodedText> | EncodedText
  close(): Promise<void>
}

/** Counts of one encoded text. */
interface EncodedText {
  /** Tokens that the model read, padding included. */
  tokens: number
  /** Tokens that the vocabulary does not know. */
  unknown: number
  /** Milliseconds inside the ONNX run. */
  runMs: number
}
