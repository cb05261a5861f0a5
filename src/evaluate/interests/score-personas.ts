import { clusterHistory } from '../../mine/space/cluster.js'
import { gatherJoint } from '../../mine/space/joint-space.js'
import type { Matrix, Space } from '../../types.js'
import { gatherRows } from '../../vectors/matrix.js'
import { adjustedMutualInformation } from './agreement.js'
import { CATALOGUE_TOPICS, PEERS } from './peers.js'
import type { Persona } from './personas.js'

/** Where peers work: on the encoder's vectors as they are, or in the space of interests. */
export const PEER_SPACES = ['raw', 'ours'] as const
export type PeerSpace = (typeof PEER_SPACES)[number]

export interface GroupingSpaces {
  /** Fitted without categories. */
  space: Space
  /** Unit rows. */
  vectors: Record<PeerSpace, Matrix>
  /** Row -> catalogue topic. */
  topics: Record<PeerSpace, Int32Array>
}

export interface PlantedTask {
  spaces: GroupingSpaces
  personas: readonly Persona[]
  /** Settings to try, by `peerKey`. */
  settings: Record<string, readonly number[]>
}

/** Agreement with what was planted, one entry a persona. */
export interface PlantedScores {
  ours: Float64Array
  /** By `peerKey`, one column a setting. */
  peers: Record<string, Float64Array[]>
}

export const peerKey = (peer: { id: string }, space: PeerSpace) => `${peer.id}/${space}`

/** Groups each persona by the code that mines, and by each peer in each space. */
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

/** The group of each row as it is mined, before naming; strays are groups of one. */
export function groupHistory(space: Space, rows: ArrayLike<number>): Int32Array {
  const { clusters } = clusterHistory(space, gatherJoint(space, rows))
  const labels = Int32Array.from(rows, (_, i) => clusters.length + i)
  clusters.forEach((positions, label) => {
    for (const position of positions) labels[position] = label
  })
  return labels
}
