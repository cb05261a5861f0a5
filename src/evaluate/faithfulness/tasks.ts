import { countingPause, type Stoppable } from '../../threads/run.js'
import { openOnce, type SentModel } from '../setup/opened-model.js'
import { type Audit, auditExplanations } from './audit.js'
import { type CheckedRecommendation, checkRecommendations, type ExplanationsInput } from './check-recommendations.js'

export interface ExplainTask extends ExplanationsInput, SentModel {}

export function runExplain({ stop, ...task }: ExplainTask & Stoppable): Promise<CheckedRecommendation[]> {
  return checkRecommendations(openOnce(task), task, countingPause(stop))
}

export function runAudit({ stop, ...task }: ExplainTask & Stoppable): Promise<Audit[]> {
  return auditExplanations(openOnce(task), task, countingPause(stop))
}
