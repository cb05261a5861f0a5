import { statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { MODALITIES } from '../columns.js'
import { findModel, noTower, readTowers } from '../encode/manifest.js'
import { InterestMineError, quote } from '../errors.js'
import { sidecarsOf } from '../store/sidecars.js'
import type { ChosenTowers, Store } from '../store/store.js'
import type { BuildOptions, OpenOptions } from '../types/options.js'
import type { MediaOptions } from './media.js'

/**
 * Chooses the tower of each modality: the one that the miner was opened with, else the one beside the text encoder that
 * it was opened with, else the one that the store was built with (`known`). Fails with BAD_MODEL where the model that
 * was asked for has no such tower.
 */
export async function chooseTowers(
  { encoder, imageEncoder, audioEncoder }: Pick<OpenOptions, 'encoder' | 'imageEncoder' | 'audioEncoder'>,
  known: ChosenTowers = {},
): Promise<ChosenTowers> {
  const asked = { image: imageEncoder, audio: audioEncoder }
  const beside = encoder === undefined ? null : await readTowers(findModel(encoder))
  const chosen: ChosenTowers = {}
  for (const modality of MODALITIES) {
    const name = asked[modality]
    if (name !== undefined) {
      const manifest = await readTowers(findModel(name))
      if (!manifest.towers[modality]) throw noTower(name, manifest, modality)
      chosen[modality] = { id: manifest.id, name }
    } else if (beside?.towers[modality]) chosen[modality] = { id: beside.id, name: encoder! }
    else if (known[modality]) chosen[modality] = known[modality]
  }
  return chosen
}

/** Checks the options of a build about pictures and sounds. Fails with BAD_OPTION. */
export function checkMedia({ mediaFolder, fetch, allowHosts }: BuildOptions): void {
  const refuse = (option: string, wanted: string, value: unknown) => {
    throw new InterestMineError('BAD_OPTION', `${option} takes ${wanted}, not ${quote(value)}`, { option, value })
  }
  if (mediaFolder !== undefined && !statSync(mediaFolder, { throwIfNoEntry: false })?.isDirectory())
    refuse('mediaFolder', 'a folder', mediaFolder)
  if (fetch !== undefined && typeof fetch !== 'boolean') refuse('fetch', 'true or false', fetch)
  if (allowHosts !== undefined && !(Array.isArray(allowHosts) && allowHosts.every((host) => typeof host === 'string')))
    refuse('allowHosts', 'a list of hosts', allowHosts)
}

/** Setting of the store: the folders that paths in catalogues are relative to, as JSON, latest first. */
const FOLDERS = 'mediaFolders'
/** Most folders that are remembered. */
const MOST_FOLDERS = 16

/**
 * Where a build may read pictures and sounds from. The folder that its paths are relative to is stored, so that later
 * builds without a catalogue find the files. `threads`: parts to encode at the same time.
 */
export async function openMedia(store: Store, options: BuildOptions, threads: number): Promise<MediaOptions> {
  const known: string[] = JSON.parse((await store.getMeta(FOLDERS)) ?? '[]')
  const given = folderOf(options)
  const folders = [...new Set(given === null ? known : [given, ...known])].slice(0, MOST_FOLDERS)
  if (folders.join('\n') !== known.join('\n')) await store.setMeta(FOLDERS, JSON.stringify(folders))
  return {
    folders,
    kept: sidecarsOf(store).media,
    fetch: options.fetch ?? false,
    allowHosts: (options.allowHosts ?? []).map((host) => host.toLowerCase()),
    threads,
    signal: options.signal,
    onProgress: options.onProgress,
  }
}

/** The folder that was asked for, else that of the catalogue's file; null where there is neither. */
function folderOf({ mediaFolder, items }: BuildOptions): string | null {
  if (mediaFolder !== undefined) return resolve(mediaFolder)
  if (items && 'file' in items && items.file !== '-') return dirname(resolve(items.file))
  return null
}
