import type { Space } from '../columns.js'
import { fitSpace } from '../mine/space/space.js'
import { fitTopics } from '../mine/topics/fit-topics.js'
import type { Topics } from '../mine/topics/topics.js'
import type { Model } from '../model/model.js'
import { dequantise } from '../vectors/quantise.js'

/** Topics that were fitted without the behaviour of users, and the space that they were clustered in. */
export interface TextTopics {
  space: Space
  topics: Topics
}

/** Input of `findTextTopics`. */
export interface TextTopicsInput {
  model: Pick<Model, 'catalogue' | 'phrases'>
  /** Seed of space and topics. */
  seed: number
}

/**
 * Fits topics to the texts of items alone. The topics of a generation also depend on which items were liked together,
 * and a private count of groups that the counted users formed would give something of them away. `pause` is awaited
 * during the work and stops it where it throws. The same input gives the same topics.
 */
export async function findTextTopics(
  { model: { catalogue, phrases }, seed }: TextTopicsInput,
  pause: () => Promise<void>,
): Promise<TextTopics> {
  const nobody = { offsets: new Uint32Array(1), values: new Int32Array(0) }
  const space = await fitSpace({ vectors: dequantise(phrases.items), history: nobody, seed, pause })
  return { space, topics: await fitTopics({ catalogue, space, phrases, seed, pause }) }
}
