import { createHash } from 'node:crypto'
import { existsSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { HierarchicalNSW } from 'hnswlib-node'
import type { Matrix, VectorIndex, Vectors } from '../types.js'
import { createExactIndex } from './exact-index.js'
import { readRow } from './precision.js'
import { scanRows } from './scan.js'
import { createTopK } from './top-k.js'

const M = 16
const EF_CONSTRUCTION = 200
const EF_SEARCH = 128
/** Points added between two pauses. */
const CHUNK = 200

type Library = { HierarchicalNSW: typeof HierarchicalNSW }
let library: Library | null | undefined

/** hnswlib-node, or null where it was not installed or could not be compiled. */
export function loadHnswLibrary(): Library | null {
  if (library === undefined) {
    try {
      library = createRequire(import.meta.url)('hnswlib-node') as Library
    } catch {
      library = null
    }
  }
  return library
}

/** What the store knows of the file beside it: the native loader is never shown anything else. */
export interface GraphSeal {
  rows: number
  dims: number
  bytes: number
  sha256: string
}

/** Vectors, and the axes along which the graph sees them: a quarter of their numbers or less. */
export interface GraphVectors {
  vectors: Vectors
  axes: Matrix
}

/**
 * Builds the graph over all rows, in row order, on one thread, from a fixed seed, so that the same vectors give the
 * same graph; writes it to `file` by way of a temporary name.
 */
export async function buildGraph(
  { vectors, axes }: GraphVectors,
  file: string,
  pause: () => Promise<void>,
): Promise<GraphSeal | null> {
  const hnsw = loadHnswLibrary()
  if (!hnsw) return null
  const graph = new hnsw.HierarchicalNSW('l2', axes.rows)
  graph.initIndex(vectors.rows, M, EF_CONSTRUCTION, 100)
  for (let row = 0; row < vectors.rows; row++) {
    if (row % CHUNK === 0) await pause()
    // The native loader accepts NaN and then never ends well; vectors are checked where they are made.
    graph.addPoint(Array.from(scanRows(axes, readRow(vectors, row))), row)
  }
  const temporary = `${file}.${process.pid}.tmp`
  try {
    graph.writeIndexSync(temporary)
    renameSync(temporary, file)
    return sealOf(file, { rows: vectors.rows, dims: axes.rows })
  } catch {
    // A cache that cannot be written (no space, something else in its place) is done without: search is exact then.
    return null
  } finally {
    rmSync(temporary, { force: true })
  }
}

function sealOf(file: string, { rows, dims }: { rows: number; dims: number }): GraphSeal {
  const bytes = readFileSync(file)
  return { rows, dims, bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') }
}

export function graphBytes(file: string): number {
  return existsSync(file) ? statSync(file).size : 0
}

/** Whatever stands where the graph belongs. */
export function removeGraph(file: string): void {
  rmSync(file, { recursive: true, force: true })
}

/** Whether the file is byte for byte the one that was built. */
export function graphIsSound(file: string, seal: GraphSeal): boolean {
  if (!existsSync(file) || !statSync(file).isFile() || statSync(file).size !== seal.bytes) return false
  return sealOf(file, seal).sha256 === seal.sha256
}

/** Of so many times what is asked for, as the graph finds it, the best by the vectors themselves are taken. */
const RESCORED = 3
/** Found beyond that, for what is filtered out. */
const MARGIN = 32
/** A row that the graph finds costs as much as scanning so many. */
const SCAN_GAIN = 30

/**
 * Opens a sound graph as an index. What the graph finds is scored again by the vectors themselves; `loose` rows (newer
 * than the graph, or changed) are scored beside it, `removed` ones never returned. Null where the file does not match
 * its seal or the library is missing.
 */
export function openGraph(
  file: string,
  seal: GraphSeal,
  { vectors, axes }: GraphVectors,
  removed: Uint8Array,
  loose: Int32Array,
): VectorIndex | null {
  const hnsw = loadHnswLibrary()
  if (!hnsw || seal.dims !== axes.rows || seal.rows > vectors.rows || !graphIsSound(file, seal)) return null
  const graph = new hnsw.HierarchicalNSW('l2', seal.dims)
  graph.readIndexSync(file)
  if (graph.getCurrentCount() !== seal.rows || graph.getNumDimensions() !== seal.dims) return null
  const isLoose = new Uint8Array(vectors.rows)
  for (const row of loose) isLoose[row] = 1
  const exact = createExactIndex(vectors, removed)
  const search: VectorIndex['search'] = (vector, k, allow) => {
    const passes = (row: number) => !removed[row] && (!allow || allow(row))
    const point = Array.from(scanRows(axes, vector))
    const looseRows = loose.filter(passes)
    for (let wide = Math.max(EF_SEARCH, RESCORED * k + MARGIN); ; wide *= 4) {
      // A filter this narrow is cheaper, and only surely complete, by scanning.
      if (SCAN_GAIN * wide > seal.rows) return exact.search(vector, k, allow)
      graph.setEf(wide)
      const near = graph.searchKnn(point, wide).neighbors.filter((row) => !isLoose[row] && passes(row))
      if (near.length < RESCORED * k) continue
      const top = createTopK(k)
      const rows = Int32Array.from([...near, ...looseRows])
      scanRows(vectors, vector, rows).forEach((similarity, i) => {
        top.offer(rows[i], similarity)
      })
      const found = top.take()
      return { rows: found.rows, similarities: Float32Array.from(found.values) }
    }
  }
  return { kind: 'hnsw', size: vectors.rows, search }
}
