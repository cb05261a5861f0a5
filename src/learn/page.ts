import { drawTraining, type PageOptions } from '../page/training.js'
import { FEATURE_NOTES } from '../rank/features.js'
import type { TrainReport } from '../types/reports.js'

/**
 * Renders the report of a training as one HTML page, as `train --report` writes it. The page loads nothing from
 * elsewhere and has no scripts; plots are inline SVG. The same report and options give the same text.
 */
export function renderTraining(report: TrainReport, options: PageOptions): string {
  return drawTraining(report, FEATURE_NOTES, options)
}
