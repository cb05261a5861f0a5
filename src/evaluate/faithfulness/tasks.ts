import { countingPause, type Stoppable } from '../../threads/run.js'
import { openOnce, type SentModel } from '../setup/opened-model.js'
import { type Audit, auditExplanations } from './audit.js'
import { type ExplanationsTask, type Tried, tryExplanations } from './trial.js'

export interface ExplainTask extends ExplanationsTask, SentModel {}

export function runExplain({ stop, ...task }: ExplainTask & Stoppable): Promise<Tried[]> {
  return tryExplanations(openOnce(task), task, countingPause(stop))
}

export function runAudit({ stop, ...task }: ExplainTask & Stoppable): Promise<Audit[]> {
  return auditExplanations(openOnce(task), task, countingPause(stop))
}
