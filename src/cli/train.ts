import type { TrainReport } from '../index.js'
import { defineCommand } from './command.js'
import { drawPairs, formatMany, formatSeconds } from './table.js'

export default defineCommand<object, TrainReport>({
  options: [],
  examples: ['train', 'train --seed 7 --json'],
  remarks:
    'Learns from what users did next, and calibrates the scores on users it did not learn from. Needs 100 users with 3\nliked items or more; the trained scorer outlives rebuilds.',
  async run({ open, watch }) {
    const miner = await open({ mustExist: true })
    return watch((hooks) => miner.train(hooks))
  },
  async show({ scorer, users, heldOut, lists, candidateRecall, ndcg, seconds }, view) {
    const better = scorer.trainedOn !== null && ndcg.after >= ndcg.before
    const pairs = drawPairs(
      [
        ['scorer', `${scorer.id}, ${scorer.calibrated ? 'calibrated' : 'not calibrated'}`],
        ['learnt from', `${formatMany(lists, 'event')} of ${formatMany(users, 'user')}`],
        [
          'held out',
          `${formatMany(heldOut, 'user')}; ${Math.round(100 * candidateRecall)} % of their next items were candidates`,
        ],
        [
          'NDCG@10 of those',
          `${ndcg.before.toFixed(4)} before, ${ndcg.after.toFixed(4)} ${better ? 'now' : 'if replaced, so the terms stay as they were'}`,
        ],
        ['time', formatSeconds(seconds)],
      ],
      view,
    )
    return `Trained\n\n${pairs}\n\nNext: ${view.suggest('recommend', '--user', 'USER')}`
  },
})
