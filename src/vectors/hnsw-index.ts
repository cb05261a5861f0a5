import { createHash } from 'node:crypto'
import { existsSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { HierarchicalNSW } from 'hnswlib-node'
import type { Matrix, VectorIndex } from '../types.js'
import { createExactIndex } from './exact-index.js'
import { dotAt } from './matrix.js'
import { createTopK } from './top-k.js'

/** Below this many rows scanning them all is as quick as the graph, and exact (bench/index.mjs). */
export const HNSW_FROM = 4000
const M = 16
const EF_CONSTRUCTION = 200
const EF_SEARCH = 64
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

/**
 * Builds the graph over all rows, in row order, on one thread, from a fixed seed, so that the same vectors give the
 * same graph; writes it to `file` by way of a temporary name.
 */
export async function buildGraph(
  vectors: Matrix,
  file: string,
  pause: () => Promise<void>,
  from = HNSW_FROM,
): Promise<GraphSeal | null> {
  const hnsw = loadHnswLibrary()
  if (!hnsw || vectors.rows < from) return null
  const graph = new hnsw.HierarchicalNSW('ip', vectors.dims)
  graph.initIndex(vectors.rows, M, EF_CONSTRUCTION, 100)
  for (let row = 0; row < vectors.rows; row++) {
    if (row % CHUNK === 0) await pause()
    // The native loader accepts NaN and then never ends well; vectors are checked where they are made.
    graph.addPoint(Array.from(vectors.data.subarray(row * vectors.dims, (row + 1) * vectors.dims)), row)
  }
  const temporary = `${file}.${process.pid}.tmp`
  try {
    graph.writeIndexSync(temporary)
    renameSync(temporary, file)
    return sealOf(file, vectors)
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

/**
 * Opens a sound graph as an index. `loose` rows (newer than the graph, or changed) are scanned beside it, `removed`
 * ones never returned. Null where the file does not match its seal or the library is missing.
 */
export function openGraph(
  file: string,
  seal: GraphSeal,
  vectors: Matrix,
  removed: Uint8Array,
  loose: Int32Array,
): VectorIndex | null {
  const hnsw = loadHnswLibrary()
  if (!hnsw || seal.dims !== vectors.dims || seal.rows > vectors.rows || !graphIsSound(file, seal)) return null
  const graph = new hnsw.HierarchicalNSW('ip', seal.dims)
  graph.readIndexSync(file)
  if (graph.getCurrentCount() !== seal.rows || graph.getNumDimensions() !== seal.dims) return null
  const isLoose = new Uint8Array(vectors.rows)
  for (const row of loose) isLoose[row] = 1
  const exact = createExactIndex(vectors, removed)
  const search: VectorIndex['search'] = (vector, k, allow) => {
    const passes = (row: number) => !removed[row] && (!allow || allow(row))
    const point = Array.from(vector)
    for (let wide = Math.min(seal.rows, allow ? k + 28 : k + 16); ; wide = Math.min(seal.rows, wide * 8)) {
      graph.setEf(Math.max(EF_SEARCH, wide))
      const top = createTopK(k)
      let found = 0
      const { neighbors, distances } = graph.searchKnn(point, wide)
      for (let i = 0; i < neighbors.length; i++) {
        if (isLoose[neighbors[i]] || !passes(neighbors[i])) continue
        top.offer(neighbors[i], 1 - distances[i])
        found++
      }
      for (const row of loose)
        if (passes(row)) top.offer(row, dotAt(vectors.data, row * vectors.dims, vector, 0, vectors.dims))
      if (found >= k) {
        const { rows, values } = top.take()
        return { rows, similarities: Float32Array.from(values) }
      }
      // A filter this narrow is cheaper, and only surely complete, by scanning.
      if (wide * 8 > seal.rows / 2) return exact.search(vector, k, allow)
    }
  }
  return { kind: 'hnsw', size: vectors.rows, search }
}
