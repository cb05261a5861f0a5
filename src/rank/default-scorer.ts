import type { Scorer } from './scorer.js'

/**
 * The scorer of a store that has not been trained. Weights were fitted on the validation events of several shops and
 * films together (bench/fit-default-scorer.ts), so they are nobody's best and everybody's start; not calibrated.
 */
export const DEFAULT_SCORER: Scorer = {
  id: 'default-1',
  calibrated: false,
  trainedOn: null,
  bias: -9,
  terms: [
    { feature: 'covisit', weight: 0.9, scale: 0.02 },
    { feature: 'covisit_last', weight: 0.4, scale: 0.02 },
    { feature: 'text_covisit', weight: 0.3, scale: 0.01 },
    { feature: 'covisit_text', weight: 0.3, scale: 0.01 },
    { feature: 'covisit_twice', weight: 0.3, scale: 0.01 },
    { feature: 'text_last', weight: 1.5 },
    { feature: 'text_best', weight: 2.5 },
    { feature: 'brand', weight: 1.2 },
    { feature: 'category', weight: 0.5 },
    { feature: 'price_gap', weight: -0.2 },
    { feature: 'popularity', weight: 0.3 },
    { feature: 'disliked', weight: -3 },
    { feature: 'wish', weight: 6 },
    { feature: 'edit', weight: 1 },
  ],
}
