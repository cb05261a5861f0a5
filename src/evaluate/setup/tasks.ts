import type { Catalogue } from '../../columns.js'
import type { Positives } from '../../model/histories.js'
import { countStatistics, type Statistics } from '../../retrieve/statistics.js'
import { createPause, type Stoppable } from '../../threads/run.js'

/** Input of the task `count`. */
export interface CountTask {
  /** Liked items, one list a user. */
  positives: Positives
  /** The catalogue whose rows they are. */
  catalogue: Catalogue
}

/** The task `count`: counts the statistics of a model from liked items. Fails with INTERRUPTED where stopped before. */
export async function runCount({ positives, catalogue, stop }: CountTask & Stoppable): Promise<Statistics> {
  await createPause(stop)()
  return countStatistics(positives.lists, positives.at, catalogue)
}
