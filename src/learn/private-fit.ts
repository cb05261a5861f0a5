import type { PrivacyPlan } from '../privacy/plan.js'
import { openRounds } from '../privacy/rounds.js'
import type { Random } from '../random.js'
import { fitTermsPrivately } from '../rank/private.js'
import { fitSigmoidPrivately } from '../rank/private-calibrate.js'
import type { RoundsPlan } from '../vectors/rounds.js'
import type { TrainingLists } from './lists.js'
import { type FitMethods, logWeightsOf } from './plan.js'

/**
 * The methods of a private training: scorer and calibration are fitted by noisy sums, one contribution a user and
 * round. `trainingUsers`, `heldOutUsers`: the users chosen to fit on and to calibrate on (`TrainPlan`); those without
 * lists contribute nothing, but count. `chance`: draws participants and noise, from a secret source.
 */
export function fitPrivately(
  plan: PrivacyPlan,
  { trainingUsers, heldOutUsers }: { trainingUsers: Int32Array; heldOutUsers: Int32Array },
  chance: Random,
): FitMethods {
  const open = (rounds: RoundsPlan) => openRounds(rounds, chance)
  return {
    fitTerms: (lists, step) =>
      fitTermsPrivately(
        { ...lists, logWeights: logWeightsOf(lists), firsts: firstsOf(lists, trainingUsers) },
        open(plan.scorer),
        step,
      ),
    fitSigmoid: (outcomes, lists, step) => {
      const rows = Uint32Array.from(firstsOf(lists, heldOutUsers), (list) => lists.offsets[list])
      return fitSigmoidPrivately(outcomes, rows, open(plan.calibration), step)
    },
    keepsBetter: false,
  }
}

/** Position of the first list of each user, and the number of lists at the end. Lists are in the order of the users. */
function firstsOf({ users }: TrainingLists, listUsers: Int32Array): Uint32Array {
  const firsts = new Uint32Array(listUsers.length + 1)
  let list = 0
  listUsers.forEach((user, i) => {
    while (list < users.length && users[list] === user) list++
    firsts[i + 1] = list
  })
  return firsts
}
