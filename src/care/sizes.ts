import type { Model } from '../model/model.js'
import { ROW_PARTS, type StoredSizes } from '../store/store.js'
import type { StorePart } from '../types/reports.js'

/** Purpose of each artefact of a model, as reports call it. */
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
 * Lists the bytes of a store by purpose: on disk for all kept generations together, and in memory as answers need them.
 * `file`, `graph` and `media` are the sizes of the database with its log, of the index file and of the folder of
 * pictures and sounds; `model` is null before the first build. The part 'free' is used again before the file grows;
 * pages in the write-ahead log count as 'other'.
 */
export function listParts(
  { rows, artefacts, free }: StoredSizes,
  { file, graph, media }: { file: number; graph: number; media: number },
  model: Model | null,
): StorePart[] {
  const parts = new Map<string, StorePart>()
  const add = (name: string, disk: number, memory: number) => {
    const part = parts.get(name) ?? { name, disk: 0, memory: 0 }
    parts.set(name, { name, disk: part.disk + disk, memory: part.memory + memory })
  }
  let counted = 0
  for (const [name, bytes] of Object.entries(rows)) {
    add(name, bytes, 0)
    counted += bytes
  }
  for (const [path, bytes] of Object.entries(artefacts)) {
    add(ARTEFACTS[path.split('.')[0]] ?? OTHER, bytes, 0)
    counted += bytes
  }
  add(FREE, free, 0)
  add(OTHER, Math.max(0, file - counted - free), 0)
  add(ARTEFACTS.modalities, media, 0)
  add(INDEX, graph, model?.index.kind === 'hnsw' ? graph : 0)
  if (model) {
    for (const [name, value] of Object.entries(model)) {
      if (name in ARTEFACTS) add(ARTEFACTS[name], 0, countBytes(value))
    }
    // Scans of all rows read a copy of the vectors.
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
