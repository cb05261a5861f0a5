// Sizes and checksums of model files as they lie there, for a manifest.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** `names`: paths inside the folder. */
export function sealFiles(folder, names) {
  return Object.fromEntries(
    names.map((name) => {
      const bytes = readFileSync(join(folder, name))
      return [name, { bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') }]
    }),
  )
}

/** Every file that a manifest of towers names. */
export function filesOf({ towers }) {
  const named = Object.values(towers).flatMap(({ model, tokenizer, tokenizerConfig, features }) => [
    model,
    tokenizer,
    tokenizerConfig,
    features?.model,
  ])
  return [...new Set(named.filter((name) => name !== undefined))]
}
