import { listGains } from '../../learn/judge.js'
import type { TrainingLists } from '../../learn/lists.js'
import { fitScorer } from '../../learn/plan.js'
import { scoreFeatures } from '../../rank/features.js'
import type { Scorer } from '../../rank/scorer.js'
import { CANDIDATE_SOURCES, type CandidateSource } from '../../types.js'

/** NDCG@10 of each held-out list with everything, and without what only one source found. */
export interface SourceAblation {
  features: string[]
  ndcg: Float64Array
  bySource: Partial<Record<CandidateSource, Float64Array>>
}

/** The scorer with every feature, and the lists with every source but one. */
export function ablateSources(
  learnt: TrainingLists,
  heldOut: TrainingLists,
  old: Scorer,
  step: () => void,
): SourceAblation {
  const scorer = fitScorer(learnt, old, step)
  const bySource: SourceAblation['bySource'] = {}
  const used = heldOut.sources.reduce((bits, source) => bits | source, 0)
  const logits = scoreFeatures(scorer, heldOut.values)
  CANDIDATE_SOURCES.forEach((source, bit) => {
    if (used & (1 << bit)) bySource[source] = listGains(logits, heldOut, (row) => heldOut.sources[row] === 1 << bit)
  })
  return { features: scorer.terms.map(({ feature }) => feature), ndcg: listGains(logits, heldOut), bySource }
}
