import { type Baseline, countUsers, scoreEach } from './baseline.js'

/** Everybody is shown what most users have. */
export const popularity: Baseline = {
  name: 'popularity',
  source: 'number of users who have the item in the training part',
  async fit(data) {
    const users = Float32Array.from(countUsers(data))
    return { score: scoreEach(data, (_, scores) => scores.set(users)) }
  },
}
