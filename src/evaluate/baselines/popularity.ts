import { type Baseline, countUsers, scoreEach } from './baseline.js'

/** The score of an item is the number of users who have it, the same for every question. */
export const popularity: Baseline = {
  name: 'popularity',
  source: 'number of users who have the item in the training part',
  async fit(data) {
    const users = Float32Array.from(countUsers(data))
    return { score: scoreEach(data, (_, scores) => scores.set(users)) }
  },
}
