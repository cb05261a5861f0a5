import { createHash } from 'node:crypto'
import { createReadStream, existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, isAbsolute, join, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import type { z } from 'zod'
import { MODALITIES } from '../columns.js'
import { InterestMineError, quote } from '../errors.js'
import { nearMatches } from '../text.js'
import type { Modality } from '../types/items.js'
import { towerSchemas } from './tower-manifest.js'

/** Schemas of manifests in both formats. zod takes 50 ms to load, so it is imported only where a model is opened. */
async function manifestSchemas() {
  const { z } = await import('zod')
  const relativePath = z
    .string()
    .min(1)
    .max(200)
    .refine((p) => !isAbsolute(p) && !p.split(/[\\/]/).includes('..'), 'must stay inside the model directory')

  const text = z.object({
    dims: z.int().min(8).max(4096),
    // `static`: the model is a table of token vectors (token-table.ts) instead of a network.
    pooling: z.enum(['mean', 'cls', 'none', 'static']),
    maxTokens: z.int().min(8).max(8192),
    prefixes: z.object({ query: z.string().max(200), passage: z.string().max(200) }),
    model: relativePath,
    tokenizer: relativePath,
    tokenizerConfig: relativePath,
    /** Name of the output that is the vector; default: the first output. */
    output: z.string().min(1).max(200).optional(),
    /** For models of a fixed input length: shorter texts are filled up to `to` tokens with token `id`. */
    padding: z.object({ to: z.int().min(1).max(8192), id: z.int().min(0) }).optional(),
  })
  const about = z.object({
    id: z.string().min(1).max(100),
    languages: z.array(z.string()),
    licence: z.string(),
    source: z.string(),
    files: z.record(relativePath, z.object({ bytes: z.int(), sha256: z.string().regex(/^[0-9a-f]{64}$/) })),
  })
  const { image, audio } = towerSchemas(z, relativePath)
  const towers = z
    .object({ text: text.optional(), image: image.optional(), audio: audio.optional() })
    .refine((found) => Object.values(found).some(Boolean), 'needs a text, an image or an audio tower')
  return {
    text: about.extend({ format: z.literal(1), ...text.shape }),
    towers: about.extend({ format: z.literal(2), joint: z.boolean().default(false), towers }),
  }
}

type Schemas = Awaited<ReturnType<typeof manifestSchemas>>

/** What the manifest says of an encoder of texts. */
export type Manifest = Omit<z.infer<Schemas['text']>, 'format'>
/** What the manifest says of all towers of a directory. `joint`: their vectors lie in one space. */
export type TowersManifest = Omit<z.infer<Schemas['towers']>, 'format'>
type Files = Manifest['files']

const BUNDLED = fileURLToPath(new URL('../../models', import.meta.url))

/**
 * The directory of an encoder that is given by bundled name or directory. Fails with BAD_MODEL, naming the bundled
 * ones, where there is no manifest.json.
 */
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

/**
 * Reads the text tower of a directory's manifest. Fails with BAD_MODEL where the manifest is wrong or has no text
 * tower.
 */
export async function readManifest(directory: string): Promise<Manifest> {
  const manifest = await readTowers(directory)
  const { joint: _, towers, ...about } = manifest
  const others = MODALITIES.flatMap((modality) => filesOf(manifest, modality))
  if (towers.text) return { ...about, ...towers.text, files: without(about.files, others) }
  const file = join(directory, 'manifest.json')
  const there = Object.keys(towers).join(' and ')
  throw new InterestMineError(
    'BAD_MODEL',
    `${file} has no text tower, only ${there}; name it as --image-encoder or --audio-encoder`,
    { file },
  )
}

/**
 * Reads a directory's manifest. One of format 1 has a text tower alone. Fails with BAD_MODEL where it is missing or
 * wrong, or where towers of a joint space have vectors of different lengths.
 */
export async function readTowers(directory: string): Promise<TowersManifest> {
  const file = join(directory, 'manifest.json')
  let raw: { format?: unknown }
  try {
    raw = JSON.parse(readFileSync(file, 'utf8'))
  } catch (cause) {
    throw new InterestMineError('BAD_MODEL', `${file} is missing or no JSON`, { file }, cause)
  }
  const schemas = await manifestSchemas()
  const parsed = raw?.format === 2 ? schemas.towers.safeParse(raw) : schemas.text.safeParse(raw)
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    const field = issue.path.join('.')
    throw new InterestMineError('BAD_MODEL', `${file}: field ${quote(field)}: ${issue.message}`, { file, field })
  }
  const { data } = parsed
  if (data.format === 1) {
    const { format: _, id, languages, licence, source, files, ...text } = data
    return { id, languages, licence, source, files, joint: false, towers: { text } }
  }
  const { format: _, ...manifest } = data
  const sizes = Object.entries(manifest.towers).map(([tower, { dims }]) => `${tower} ${dims}`)
  if (manifest.joint && new Set(Object.values(manifest.towers).map(({ dims }) => dims)).size > 1) {
    const message = `${file}: towers of a joint space have vectors of one size, not ${sizes.join(', ')}`
    throw new InterestMineError('BAD_MODEL', message, { file, field: 'joint' })
  }
  return manifest
}

/** The error (BAD_MODEL) for a directory that has no tower for `modality`. `name` is shown as the encoder's name. */
export function noTower(name: string, { towers }: TowersManifest, modality: Modality): InterestMineError {
  const message = `${name} has no ${modality} tower, only ${Object.keys(towers).join(' and ')}`
  return new InterestMineError('BAD_MODEL', message, { encoder: name })
}

/**
 * Compares the files of a text tower with the sizes and checksums in the manifest. Fails with BAD_MODEL at the first
 * difference, and where the manifest does not list a file that the tower needs.
 */
export async function verifyModel(directory: string, manifest: Manifest): Promise<void> {
  const { model, tokenizer, tokenizerConfig } = manifest
  await verifyFiles(directory, manifest.files, [model, tokenizer, tokenizerConfig])
}

/** Files that a tower for pictures or sounds needs. */
function filesOf({ towers: { image, audio } }: TowersManifest, modality: Modality): string[] {
  if (modality === 'image') return image ? [image.model] : []
  if (!audio) return []
  return audio.features.kind === 'model' ? [audio.features.model, audio.model] : [audio.model]
}

/** As `verifyModel`, for a tower for pictures or sounds and the files that it needs. */
export async function verifyTower(directory: string, manifest: TowersManifest, modality: Modality): Promise<void> {
  const needed = filesOf(manifest, modality)
  const others = Object.keys(manifest.files).filter((name) => !needed.includes(name))
  await verifyFiles(directory, without(manifest.files, others), needed)
}

function without(files: Files, names: readonly string[]): Files {
  return Object.fromEntries(Object.entries(files).filter(([name]) => !names.includes(name)))
}

async function verifyFiles(directory: string, files: Files, needed: readonly string[]): Promise<void> {
  const unnamed = needed.filter((name) => !(name in files))
  if (unnamed.length > 0) throw await describeUnnamedFiles(directory, unnamed)
  for (const [name, { bytes, sha256 }] of Object.entries(files)) {
    const file = join(directory, name)
    if (!existsSync(file)) throw brokenFile(directory, name, 'is missing')
    if (statSync(file).size !== bytes)
      throw brokenFile(directory, name, `has ${statSync(file).size} bytes, not ${bytes}`)
    if ((await sumFile(file)) !== sha256) {
      throw brokenFile(directory, name, 'is not the file the manifest describes (sha256)')
    }
  }
}

async function sumFile(file: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(file, { highWaterMark: 1 << 20 }), hash)
  return hash.digest('hex')
}

/** The error for files that the manifest does not list. Its message holds the entries to add. */
async function describeUnnamedFiles(directory: string, names: readonly string[]): Promise<InterestMineError> {
  const lines: string[] = []
  for (const name of new Set(names)) {
    const file = join(directory, name)
    if (!existsSync(file)) return brokenFile(directory, name, 'is missing')
    const entry = { bytes: statSync(file).size, sha256: await sumFile(file) }
    lines.push(`${JSON.stringify(name)}: ${JSON.stringify(entry)}`)
  }
  const file = join(directory, 'manifest.json')
  const message = `"files" of ${file} lacks ${lines.join(', ')}; add that if the files are what they should be`
  return new InterestMineError('BAD_MODEL', message, { file, field: 'files' })
}

function brokenFile(directory: string, name: string, why: string): InterestMineError {
  return new InterestMineError('BAD_MODEL', `${join(directory, name)} ${why}; restore the model directory`, {
    file: join(directory, name),
  })
}
