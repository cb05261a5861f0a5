import type { Scorer } from './scorer.js'

/**
 * The scorer of a store that has not been trained. The weights of behaviour, text, brand, category, price and
 * popularity were fitted on validation events of two shops and a film site together, with their signs fixed
 * (bench/fit-default-scorer.mjs). Those of pictures and sounds are a third of those of text, until a training learns
 * what they are worth; those of dislikes, wishes and edits are set by hand. It is not calibrated: its scores are no
 * probabilities before the first training.
 */
export const DEFAULT_SCORER: Scorer = {
  id: 'default-1',
  calibrated: false,
  trainedOn: null,
  bias: -8.976,
  terms: [
    { feature: 'covisit', weight: 0.593, scale: 0.0306 },
    { feature: 'covisit_last', weight: 0.167, scale: 0.0277 },
    { feature: 'text_covisit', weight: 0.162, scale: 0.00242 },
    { feature: 'covisit_text', weight: 0.102, scale: 0.00438 },
    { feature: 'covisit_twice', weight: 0.454, scale: 0.00202 },
    { feature: 'text_last', weight: 0.682 },
    { feature: 'text_best', weight: 1.619 },
    { feature: 'image_last', weight: 0.2 },
    { feature: 'image_best', weight: 0.5 },
    { feature: 'audio_last', weight: 0.2 },
    { feature: 'audio_best', weight: 0.5 },
    { feature: 'brand', weight: 0.45 },
    { feature: 'category', weight: 0.26 },
    { feature: 'price_gap', weight: -0.026 },
    { feature: 'popularity', weight: 0.306 },
    { feature: 'disliked', weight: -3 },
    { feature: 'wish', weight: 6 },
    { feature: 'edit', weight: 1 },
  ],
}
