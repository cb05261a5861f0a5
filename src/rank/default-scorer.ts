import type { Scorer } from './scorer.js'

/**
 * The scorer of a store that has not been trained. The weights of behaviour, text, brand, category, price and
 * popularity were fitted on validation events of two shops and a film site together, signs held
 * (bench/fit-default-scorer.mjs); those of dislikes, wishes and edits are set by hand. Nobody's best and everybody's
 * start; not calibrated for a catalogue until it is trained on it.
 */
export const DEFAULT_SCORER: Scorer = {
  id: 'default-1',
  calibrated: false,
  trainedOn: null,
  bias: -8.94,
  terms: [
    { feature: 'covisit', weight: 0.615, scale: 0.0305 },
    { feature: 'covisit_last', weight: 0.18, scale: 0.0266 },
    { feature: 'text_covisit', weight: 0.215, scale: 0.00245 },
    { feature: 'covisit_text', weight: 0.047, scale: 0.0044 },
    { feature: 'covisit_twice', weight: 0.497, scale: 0.00202 },
    { feature: 'text_last', weight: 0.697 },
    { feature: 'text_best', weight: 1.357 },
    { feature: 'brand', weight: 0.455 },
    { feature: 'category', weight: 0.201 },
    { feature: 'price_gap', weight: -0.064 },
    { feature: 'popularity', weight: 0.303 },
    { feature: 'disliked', weight: -3 },
    { feature: 'wish', weight: 6 },
    { feature: 'edit', weight: 1 },
  ],
}
