import { answerList, answerRank } from '../../answer/answer.js'
import { answerItem } from '../../answer/explain-item.js'
import { list } from '../../answer/list.js'
import { read } from '../../answer/read.js'
import type { Model } from '../../model/model.js'
import { createRandom } from '../../random.js'
import { startTimer } from '../../threads/timer.js'
import { stringAt } from '../../vectors/strings.js'
import { type ExplanationsInput, inputFor, optionsFor } from './check-recommendations.js'

/** One recommendation explained as `explain --item` explains it, and the claims of the explanation checked. */
export interface Audit {
  /** Position of the user in the histories. */
  user: number
  /** How long the whole explanation took. */
  milliseconds: number
  /** Number of items of the counterfactual set; null where none was found. */
  size: number | null
  /** Why none was found; null where one was. */
  reason: string | null
  /** 1 where the item leaves the list when the set is left out of the history, else 0; NaN without a set. */
  holds: number
  /** 1 where the item is in the list again whichever one item of the set is put back, else 0; NaN without a set. */
  minimal: number
  /** The largest |stated effect - logit lost when the item is left out| over the cited items. */
  effectError: number
}

/**
 * Explains and checks one recommendation of each user, drawn by the user's seed from their list as served. Users with
 * an empty list are left out. `pause` is awaited before each user and may throw to stop.
 */
export async function auditExplanations(
  model: Model,
  { users, diversity }: ExplanationsInput,
  pause: () => Promise<void>,
): Promise<Audit[]> {
  const audits: Audit[] = []
  for (const one of users) {
    await pause()
    const input = inputFor(one)
    const options = optionsFor(model, one, diversity)
    const { placed } = list(model, read(model, input, options.now), options)
    if (placed.length === 0) continue
    const { row } = placed[createRandom(one.seed).below(placed.length)]
    const elapsed = startTimer()
    const answer = answerItem(model, input, row, options)
    const milliseconds = 1000 * elapsed()
    const rowOf = new Map(Array.from(one.history.rows, (each) => [stringAt(model.catalogue.ids, each), each]))
    const rowsOf = (items: readonly string[]) => items.flatMap((item) => rowOf.get(item) ?? [])
    const without = (rows: Iterable<number>) => ({ ...input, without: new Set(rows) })
    const isListed = (left: Iterable<number>) =>
      answerList(model, without(left), options).recommendations.some(({ item }) => item === answer.item)
    const { counterfactual, counterfactualReason } = answer
    const set = counterfactual && new Set(rowsOf(counterfactual.remove))
    const errors = answer.evidence.map(({ item, effect }) => {
      const [again] = answerRank(model, without(rowsOf([item])), [row], options).recommendations
      return Math.abs((effect ?? 0) - (answer.logit - again.logit))
    })
    audits.push({
      user: one.user,
      milliseconds,
      size: set?.size ?? null,
      reason: counterfactualReason,
      holds: set ? Number(!isListed(set)) : Number.NaN,
      minimal: set ? Number([...set].every((back) => isListed([...set].filter((each) => each !== back)))) : Number.NaN,
      effectError: Math.max(0, ...errors),
    })
  }
  return audits
}
