import { createHash } from 'node:crypto'
import { createReadStream, existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, isAbsolute, join, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import type { z } from 'zod'
import { InterestMineError, quote } from '../errors.js'
import { nearMatches } from '../text.js'

/** zod takes 50 ms to load: only those who open a model pay for it. */
async function manifestSchema() {
  const { z } = await import('zod')
  const relativePath = z
    .string()
    .min(1)
    .max(200)
    .refine((p) => !isAbsolute(p) && !p.split(/[\\/]/).includes('..'), 'must stay inside the model directory')

  return z.object({
    format: z.literal(1),
    id: z.string().min(1).max(100),
    dims: z.int().min(8).max(4096),
    // `static`: the model is no network but a table of token vectors, see token-table.ts.
    pooling: z.enum(['mean', 'cls', 'none', 'static']),
    maxTokens: z.int().min(8).max(8192),
    prefixes: z.object({ query: z.string().max(200), passage: z.string().max(200) }),
    languages: z.array(z.string()),
    licence: z.string(),
    source: z.string(),
    model: relativePath,
    tokenizer: relativePath,
    tokenizerConfig: relativePath,
    files: z.record(relativePath, z.object({ bytes: z.int(), sha256: z.string().regex(/^[0-9a-f]{64}$/) })),
  })
}

export type Manifest = z.infer<Awaited<ReturnType<typeof manifestSchema>>>

const BUNDLED = fileURLToPath(new URL('../../models', import.meta.url))

/** A bundled encoder's name, or a directory, to the directory. Fails with BAD_MODEL and the names there are. */
export function findModel(nameOrDirectory: string): string {
  const bundled = join(BUNDLED, nameOrDirectory)
  if (basename(nameOrDirectory) === nameOrDirectory && existsSync(join(bundled, 'manifest.json'))) return bundled
  const directory = resolve(nameOrDirectory)
  if (existsSync(join(directory, 'manifest.json'))) return directory
  const names = readdirSync(BUNDLED).filter((name) => existsSync(join(BUNDLED, name, 'manifest.json')))
  throw new InterestMineError(
    'BAD_MODEL',
    `no encoder ${quote(nameOrDirectory)}: name a bundled one (${names.join(', ')}) or a directory with a manifest.json`,
    { encoder: nameOrDirectory, near: nearMatches(nameOrDirectory, names) },
  )
}

export async function readManifest(directory: string): Promise<Manifest> {
  const file = join(directory, 'manifest.json')
  let raw: unknown
  try {
    raw = JSON.parse(readFileSync(file, 'utf8'))
  } catch (cause) {
    throw new InterestMineError('BAD_MODEL', `${file} is missing or no JSON`, { file }, cause)
  }
  const parsed = (await manifestSchema()).safeParse(raw)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  const field = issue.path.join('.')
  throw new InterestMineError('BAD_MODEL', `${file}: field ${quote(field)}: ${issue.message}`, { file, field })
}

/** Compares every file of the manifest with its size and checksum. Fails with BAD_MODEL at the first difference. */
export async function verifyModel(directory: string, manifest: Manifest): Promise<void> {
  for (const needed of [manifest.model, manifest.tokenizer, manifest.tokenizerConfig]) {
    if (!(needed in manifest.files)) throw broken(directory, needed, 'has no checksum in manifest.json')
  }
  for (const [name, { bytes, sha256 }] of Object.entries(manifest.files)) {
    const file = join(directory, name)
    if (!existsSync(file)) throw broken(directory, name, 'is missing')
    if (statSync(file).size !== bytes) throw broken(directory, name, `has ${statSync(file).size} bytes, not ${bytes}`)
    const hash = createHash('sha256')
    await pipeline(createReadStream(file, { highWaterMark: 1 << 20 }), hash)
    if (hash.digest('hex') !== sha256) throw broken(directory, name, 'is not the file the manifest describes (sha256)')
  }
}

function broken(directory: string, name: string, why: string): InterestMineError {
  return new InterestMineError('BAD_MODEL', `${join(directory, name)} ${why}; restore the model directory`, {
    file: join(directory, name),
  })
}
