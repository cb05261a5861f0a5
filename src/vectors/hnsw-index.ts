import { createHash } from 'node:crypto'
import { existsSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { HierarchicalNSW } from 'hnswlib-node'
import type { Matrix, VectorIndex, Vectors } from '../columns.js'
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

/** Loads hnswlib-node; null where it is not installed or could not be compiled. */
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

/** Size and checksum of a graph file, kept in the store. A file is given to the native loader only where it matches. */
export interface GraphSeal {
  /** Points of the graph. */
  rows: number
  /** Numbers of a point. */
  dims: number
  /** Length of the file. */
  bytes: number
  /** SHA-256 of the file, in hexadecimal. */
  sha256: string
}

/**
 * Vectors, and the axes that they are projected on for the graph. There are at most 96 axes, a quarter of the numbers
 * of a usual vector.
 */
export interface GraphVectors {
  vectors: Vectors
  axes: Matrix
}

/**
 * Builds an HNSW graph over all rows and writes it to `file`, by way of a temporary name. Rows are added in order, on
 * one thread, from a fixed seed, so the same vectors give the same file. Returns its checksum; null where the library
 * is missing or the file cannot be written. `pause` is awaited between parts and may throw.
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
    // The native code accepts NaN and then breaks; vectors are checked for it where they are made.
    graph.addPoint(Array.from(scanRows(axes, readRow(vectors, row))), row)
  }
  const temporary = `${file}.${process.pid}.tmp`
  try {
    graph.writeIndexSync(temporary)
    renameSync(temporary, file)
    return sealOf(file, { rows: vectors.rows, dims: axes.rows })
  } catch {
    // A cache that cannot be written (no space, something else in its place) is not needed: search is then exact.
    return null
  } finally {
    rmSync(temporary, { force: true })
  }
}

function sealOf(file: string, { rows, dims }: { rows: number; dims: number }): GraphSeal {
  const bytes = readFileSync(file)
  return { rows, dims, bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') }
}

/** Size of the graph file in bytes; 0 where there is none. */
export function graphBytes(file: string | null): number {
  return file !== null && existsSync(file) ? statSync(file).size : 0
}

/** Removes the graph file, or whatever else is at its path. */
export function removeGraph(file: string): void {
  rmSync(file, { recursive: true, force: true })
}

/** Whether the file is byte for byte the one that was built. */
export function graphIsSound(file: string, seal: GraphSeal): boolean {
  if (!existsSync(file) || !statSync(file).isFile() || statSync(file).size !== seal.bytes) return false
  return sealOf(file, seal).sha256 === seal.sha256
}

/** The graph is asked for this many times k rows, of which the best k by the whole vectors are returned. */
const RESCORED = 3
/** Rows that the graph is asked for beyond that, since some are filtered out. */
const MARGIN = 32
/** A row found by the graph takes as long as scanning this many rows. */
const SCAN_GAIN = 30

/**
 * Opens a graph file as an index. Rows that the graph finds are scored again by the whole vectors. `loose`: rows that
 * are newer than the graph, or changed since, scored in every search; `removed`: 1 for each row that is never returned.
 * Null where the file does not match its checksum or the library is missing.
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
      // With so narrow a filter a scan is quicker, and only a scan is sure to find all rows.
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
