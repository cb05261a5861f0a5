import type { Space } from '../columns.js'
import { fitSpace } from '../mine/space/space.js'
import { fitTopics } from '../mine/topics/fit-topics.js'
import type { Topics } from '../mine/topics/topics.js'
import type { Model } from '../model/model.js'
import { dequantise } from '../vectors/quantise.js'

/** A catalogue's topics as they are without anybody's behaviour. */
export interface TextTopics {
  space: Space
  topics: Topics
}

export interface TextTopicsInput {
  model: Pick<Model, 'catalogue' | 'phrases'>
  seed: number
}

/**
 * Topics from what items say alone. Those of a generation know who took what together, and a private count of a group
 * that was formed by the counted would tell of them.
 */
export async function findTextTopics(
  { model: { catalogue, phrases }, seed }: TextTopicsInput,
  pause: () => Promise<void>,
): Promise<TextTopics> {
  const nobody = { offsets: new Uint32Array(1), values: new Int32Array(0) }
  const space = await fitSpace({ vectors: dequantise(phrases.items), history: nobody, seed, pause })
  return { space, topics: await fitTopics({ catalogue, space, phrases, seed, pause }) }
}
