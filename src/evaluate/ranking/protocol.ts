import type { RankingSettings } from '../setup/options.js'
import type { EvaluationPlan } from '../setup/plan.js'
import type { Protocol } from '../setup/report.js'

type Counts = Pick<Protocol, 'places' | 'encoder' | 'items' | 'trainEvents' | 'trainUsers'> & { asked: number }

/** The protocol of an evaluation, for programs and in words. `asked`: users who were asked. */
export function describeProtocol(
  { askableUsers, cut, leastItems }: EvaluationPlan,
  { split, refit, shuffleTies, sample, seed, diversity }: RankingSettings,
  { asked, ...counts }: Counts,
): Protocol {
  const statistics = split === 'time' ? 'before-cut' : refit ? 'refit' : 'strict'
  const day = cut === null ? null : new Date(cut).toISOString()
  const sentences = [
    { strict: STRICT, refit: REFIT, 'before-cut': `${TIME} ${day}.` }[statistics],
    'The whole catalogue less the history is ranked, ties at their mean rank.',
    shuffleTies ? 'Events of one time were shuffled within each user first.' : '',
    sample === null || asked === askableUsers
      ? ''
      : `A quick look: a sample of ${asked} of ${askableUsers} users, not for comparison.`,
  ]
  return {
    text: sentences.filter((sentence) => sentence !== '').join(' '),
    split,
    statistics,
    sample: sample === null || asked === askableUsers ? null : { users: asked, of: askableUsers },
    shuffledTies: shuffleTies,
    cut: day,
    leastItems,
    diversity,
    seed,
    ...counts,
  }
}

const STRICT =
  'Leave-one-out, strict: the last liked item of each user with five is to be foretold from all before it; statistics, adapter and scorer come from events before the last two.'
const REFIT =
  'Leave-one-out, refit: the last liked item of each user with five is to be foretold from all before it; statistics count everything but that event, adapter and scorer were learnt strictly and not again.'
const TIME =
  'One cut in time for all: liked items from the cut on, ten a user at most, are to be foretold from all before each; everything is learnt from before'
