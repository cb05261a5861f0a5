import { countingPause, type Stoppable } from '../../threads/run.js'
import { openOnce, type SentModel } from '../setup/opened-model.js'
import { type Audit, auditExplanations } from './audit.js'
import { type CheckedRecommendation, checkRecommendations, type ExplanationsInput } from './check-recommendations.js'

/** Input of the tasks `explain` and `audit`: some users, and the model that serves them. */
export interface ExplainTask extends ExplanationsInput, SentModel {}

/** The task `explain`: checks all recommendations of its users. Fails with INTERRUPTED once stopped. */
export function runExplain({ stop, ...task }: ExplainTask & Stoppable): Promise<CheckedRecommendation[]> {
  return checkRecommendations(openOnce(task), task, countingPause(stop))
}

/** The task `audit`: explains and checks one recommendation of each user. Fails with INTERRUPTED once stopped. */
export function runAudit({ stop, ...task }: ExplainTask & Stoppable): Promise<Audit[]> {
  return auditExplanations(openOnce(task), task, countingPause(stop))
}
