import type { Model } from '../model/model.js'
import { ROW_PARTS, type StoredSizes } from '../store/store.js'
import type { StorePart } from '../types/reports.js'

/** What a person calls the artefacts of a model. */
const ARTEFACTS: Record<string, string> = {
  vectors: 'item vectors',
  centre: 'item vectors',
  axes: 'item vectors',
  adapter: 'adapter',
  space: 'space of interests',
  covisits: 'behaviour counts',
  brandLinks: 'behaviour counts',
  leafLinks: 'behaviour counts',
  moments: 'behaviour counts',
  neighbours: 'text neighbours',
  phrases: 'names of interests',
  topics: 'names of interests',
  modalities: 'pictures and sounds',
  catalogue: 'catalogue',
}
const INDEX = 'index file'
const FREE = 'free'
const OTHER = 'other'

/**
 * Bytes of a store by what they are for: on disk, all kept generations together, and in memory as answers need it. What
 * is `free` in the file is written again before it grows; what waits in its log is `other`.
 */
export function tellParts(
  { rows, artefacts, free }: StoredSizes,
  { file, graph, media }: { file: number; graph: number; media: number },
  model: Model | null,
): StorePart[] {
  const parts = new Map<string, StorePart>()
  const add = (name: string, disk: number, memory: number) => {
    const part = parts.get(name) ?? { name, disk: 0, memory: 0 }
    parts.set(name, { name, disk: part.disk + disk, memory: part.memory + memory })
  }
  let told = 0
  for (const [name, bytes] of Object.entries(rows)) {
    add(name, bytes, 0)
    told += bytes
  }
  for (const [path, bytes] of Object.entries(artefacts)) {
    add(ARTEFACTS[path.split('.')[0]] ?? OTHER, bytes, 0)
    told += bytes
  }
  add(FREE, free, 0)
  add(OTHER, Math.max(0, file - told - free), 0)
  add(ARTEFACTS.modalities, media, 0)
  add(INDEX, graph, model?.index.kind === 'hnsw' ? graph : 0)
  if (model) {
    for (const [name, value] of Object.entries(model)) {
      if (name in ARTEFACTS) add(ARTEFACTS[name], 0, countBytes(value))
    }
    // Scans read a copy of their own.
    add(ARTEFACTS.vectors, 0, model.vectors.data.byteLength)
    if (model.adapter) add(ARTEFACTS.adapter, 0, model.adapter.outputs.data.byteLength)
  }
  const order = [...ROW_PARTS.filter((name) => name !== OTHER), ...Object.values(ARTEFACTS), INDEX, FREE, OTHER]
  return [...parts.values()].sort((a, b) => order.indexOf(a.name) - order.indexOf(b.name))
}

/** Bytes of the typed arrays of a value. */
function countBytes(value: unknown): number {
  if (ArrayBuffer.isView(value)) return value.byteLength
  if (value === null || typeof value !== 'object') return 0
  const held = value instanceof Map ? [...value.values()] : Object.values(value)
  return held.reduce((sum: number, one) => sum + countBytes(one), 0)
}
