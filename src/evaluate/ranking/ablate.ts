import { CANDIDATE_SOURCES } from '../../columns.js'
import { listGains } from '../../learn/judge.js'
import type { TrainingLists } from '../../learn/lists.js'
import { fitScorer } from '../../learn/plan.js'
import type { Scorer } from '../../rank/scorer.js'
import { scoreFeatures } from '../../rank/scorer.js'
import type { CandidateSource } from '../../types/answers.js'

/** NDCG@10 of each held-out list, with all candidates and without those that only one source found. */
export interface SourceAblation {
  /** Features of the scorer that was fitted: those that it has a use for. */
  features: string[]
  /** One entry a held-out list. */
  ndcg: Float64Array
  /** The same without the candidates that only this source found; sources that found nothing are left out. */
  bySource: Partial<Record<CandidateSource, Float64Array>>
}

/**
 * Fits a scorer with every feature and measures, on held-out lists, what each source of candidates is worth.
 *
 * @param learnt Lists that the scorer is fitted to.
 * @param heldOut Lists that it is measured on.
 * @param old A scorer whose terms the fitted one replaces.
 * @param step Called after each iteration of the fit; may throw to stop it.
 */
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
