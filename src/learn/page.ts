import { drawTraining, type PageOptions } from '../page/training.js'
import { FEATURE_NOTES } from '../rank/features.js'
import type { TrainReport } from '../types/reports.js'

/**
 * The report of a training as one HTML page, as `train --report` writes it: nothing is fetched and nothing is run, plots
 * are inline SVG. The same report and options give the same text.
 */
export function renderTraining(report: TrainReport, options: PageOptions): string {
  return drawTraining(report, FEATURE_NOTES, options)
}
