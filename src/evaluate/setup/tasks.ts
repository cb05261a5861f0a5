import type { Catalogue } from '../../columns.js'
import type { Positives } from '../../model/histories.js'
import { countStatistics, type Statistics } from '../../retrieve/statistics.js'
import { createPause, type Stoppable } from '../../threads/run.js'

export interface CountTask {
  positives: Positives
  catalogue: Catalogue
}

export async function runCount({ positives, catalogue, stop }: CountTask & Stoppable): Promise<Statistics> {
  await createPause(stop)()
  return countStatistics(positives.lists, positives.at, catalogue)
}
