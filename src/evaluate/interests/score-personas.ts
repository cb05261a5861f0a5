import type { Matrix, Space } from '../../columns.js'
import { clusterHistory } from '../../mine/space/cluster.js'
import { gatherJoint } from '../../mine/space/joint-space.js'
import { gatherRows } from '../../vectors/matrix.js'
import { adjustedMutualInformation } from './agreement.js'
import { CATALOGUE_TOPICS, PEERS } from './peers.js'
import type { Persona } from './personas.js'

/** Vectors that peers cluster: `raw` the encoder's vectors as they are, `ours` those of the space of interests. */
export const PEER_SPACES = ['raw', 'ours'] as const
/** One of `PEER_SPACES`. */
export type PeerSpace = (typeof PEER_SPACES)[number]

/** What personas are clustered with, all computed without the items' categories. */
export interface GroupingSpaces {
  /** The space of interests. */
  space: Space
  /** Vectors of unit length, one a row of the catalogue. */
  vectors: Record<PeerSpace, Matrix>
  /** Row -> catalogue topic. */
  topics: Record<PeerSpace, Int32Array>
}

/** Input of the task `plant`. */
export interface PlantedTask {
  spaces: GroupingSpaces
  personas: readonly Persona[]
  /** Settings of each peer to score, by `peerKey`; peers without an entry are left out. */
  settings: Record<string, readonly number[]>
}

/** Adjusted mutual information of found groups with the planted interests, one entry a persona. */
export interface PlantedScores {
  /** Of the groups that we mine. */
  ours: Float64Array
  /** Of each peer by `peerKey`, one column for each of its settings. */
  peers: Record<string, Float64Array[]>
}

/** The name of a peer in a space, as a key. */
export const peerKey = (peer: { id: string }, space: PeerSpace) => `${peer.id}/${space}`

/**
 * Clusters each persona by the code that mines, and by each peer in each space, and scores the groups against what was
 * planted. `pause` is awaited before each persona and may throw to stop.
 */
export async function scorePersonas(
  { spaces, personas, settings }: PlantedTask,
  pause: () => Promise<void>,
): Promise<PlantedScores> {
  const columns = (key: string) => (settings[key] ?? []).map(() => new Float64Array(personas.length))
  const peers = Object.fromEntries(Object.keys(settings).map((key) => [key, columns(key)]))
  const ours = new Float64Array(personas.length)
  for (const [i, { rows, labels }] of personas.entries()) {
    await pause()
    const groups = new Set(labels).size
    ours[i] = adjustedMutualInformation(labels, groupHistory(spaces.space, rows))
    for (const space of PEER_SPACES) {
      const topics = Int32Array.from(rows, (row) => spaces.topics[space][row])
      for (const column of peers[peerKey(CATALOGUE_TOPICS, space)] ?? [])
        column[i] = adjustedMutualInformation(labels, topics)
      const own = gatherRows(spaces.vectors[space], rows)
      for (const peer of PEERS) {
        const key = peerKey(peer, space)
        if (!settings[key]) continue
        const labelsAt = await peer.open(own, groups)
        for (const [s, setting] of settings[key].entries())
          peers[key][s][i] = adjustedMutualInformation(labels, labelsAt(setting))
      }
    }
  }
  return { ours, peers }
}

/** The group of each row as it is mined, before naming; items in no group are groups of one. */
export function groupHistory(space: Space, rows: ArrayLike<number>): Int32Array {
  const { clusters } = clusterHistory(space, gatherJoint(space, rows))
  const labels = Int32Array.from(rows, (_, i) => clusters.length + i)
  clusters.forEach((positions, label) => {
    for (const position of positions) labels[position] = label
  })
  return labels
}
