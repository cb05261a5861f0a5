import { type Adapter, carryAdapter, placeUser } from '../adapt/adapter.js'
import { trainPrivateAdapter } from '../adapt/private.js'
import { type TrainedAdapter, trainAdapter } from '../adapt/train.js'
import type { History, Lists } from '../columns.js'
import { ndcgAt } from '../metrics/metrics.js'
import { type Positives, packPositives } from '../model/histories.js'
import type { Artefacts } from '../model/model.js'
import { openRounds } from '../privacy/rounds.js'
import { createRandom, type Random, sampleBelow } from '../random.js'
import { estimateNewItemOdds } from '../rank/new-items.js'
import { countStatistics, type Statistics } from '../retrieve/statistics.js'
import type { Product } from '../vectors/onnx-runtime.js'
import { floatsOf } from '../vectors/precision.js'
import { listAt } from '../vectors/sparse.js'
import { type TargetEvent, targetEventsOf } from './lists.js'
import type { TrainPlan } from './plan.js'

/** Items that are new in the cold world. */
const HIDDEN_SHARE = 0.2
/** Held-out users that tell when the adapter has learnt enough. */
const ADAPTER_JUDGES = 2000

/** What is counted and trained from before the events that are asked for. */
export interface PriorModel extends Statistics {
  adapter: Artefacts['adapter']
  /**
   * The same in a world where nobody has seen a fifth of the items yet (item dropout, after DropoutNet, Volkovs et al.
   * 2017): what new items are worth can only be learnt where some are new.
   */
  cold: Statistics & { adapter: Artefacts['adapter'] }
  /** Log-odds of new items beyond their share of the catalogue. */
  newItemOdds: number
  curve: TrainedAdapter['curve']
}

/** Counts and trains from what may be known. */
export async function fitPriorModel(
  { catalogue, vectors }: Pick<Artefacts, 'catalogue' | 'vectors'>,
  histories: readonly History[],
  plan: TrainPlan,
  {
    kept,
    product,
    noise,
    pause,
  }: {
    /** Trained by a training like this one that was stopped later on. */
    kept: TrainedAdapter | null
    product: Product | null
    /** Draws what hides people, in a private training. */
    noise: Random
    pause: (done: number, total: number) => Promise<void>
  },
): Promise<PriorModel> {
  const { known, heldOutUsers: aside, targetCounts: targets, seed, privacy } = plan
  const statistics = countStatistics(known.lists, known.at, catalogue)
  const hidden = hideItems(catalogue.size, seed)
  const toPriorModel = (adapter: PriorModel['adapter'], curve: PriorModel['curve']): PriorModel => ({
    ...statistics,
    adapter,
    curve,
    newItemOdds: estimateNewItemOdds(known.lists.values, known.at, catalogue.size),
    cold: {
      ...countStatistics(...withoutRows(known, hidden), catalogue),
      adapter:
        adapter &&
        carryAdapter(
          adapter,
          vectors,
          Int32Array.from(hidden, (gone, row) => (gone ? -1 : row)),
        ),
    },
  })
  if (kept) return toPriorModel(kept.adapter, kept.curve)
  if (!product) return toPriorModel(null, [])
  const eligible = aside.filter((user) => targets[user] > 0)
  const judges = sampleBelow(createRandom(seed), eligible.length, ADAPTER_JUDGES)
  const targetEvents = Array.from(
    judges,
    (i) => [...targetEventsOf(histories[eligible[i]], targets[eligible[i]])].at(-1)!,
  )
  const input = {
    vectors,
    histories: known.lists,
    random: createRandom(seed),
    measure: (adapter: Adapter) => judgeAdapter(adapter, targetEvents, product),
    pause,
  }
  const trained = privacy
    ? await trainPrivateAdapter({ ...input, rounds: openRounds(privacy.adapter, noise) })
    : await trainAdapter(input)
  return toPriorModel(trained?.adapter ?? null, trained?.curve ?? [])
}

/** 1 for a fifth of all rows, by chance. */
function hideItems(rows: number, seed: number): Uint8Array {
  const hidden = new Uint8Array(rows)
  for (const row of sampleBelow(createRandom(seed), rows, Math.round(HIDDEN_SHARE * rows))) hidden[row] = 1
  return hidden
}

function withoutRows({ lists, at }: Positives, hidden: Uint8Array): [Lists, Float64Array] {
  const kept = Array.from({ length: lists.offsets.length - 1 }, (_, user) => {
    const rows = listAt(lists, user)
    const times = at.subarray(lists.offsets[user], lists.offsets[user + 1])
    return { rows: rows.filter((row) => !hidden[row]), at: times.filter((_, i) => !hidden[rows[i]]) }
  })
  const packed = packPositives(kept)
  return [packed.lists, packed.at]
}

/** Users whose logits are taken at once. */
const JUDGES_AT_ONCE = 256

/** NDCG@10 of the adapter alone. */
async function judgeAdapter(
  adapter: NonNullable<Artefacts['adapter']>,
  targetEvents: readonly TargetEvent[],
  product: Product,
): Promise<number> {
  const { bias, scale } = adapter
  const outputs = floatsOf(adapter.outputs)
  let sum = 0
  for (let from = 0; from < targetEvents.length; from += JUDGES_AT_ONCE) {
    const block = targetEvents.slice(from, from + JUDGES_AT_ONCE)
    const users = { data: new Float32Array(block.length * outputs.dims), rows: block.length, dims: outputs.dims }
    block.forEach(({ history }, i) => {
      users.data.set(placeUser(adapter, history.rows), i * outputs.dims)
    })
    const cosines = await product(users, outputs)
    block.forEach(({ history, target }, i) => {
      const at = i * outputs.rows
      const own = scale * cosines[at + target] + bias[target]
      const seen = new Set(history.seenRows)
      let rank = 0
      for (let row = 0; row < outputs.rows; row++) {
        if (scale * cosines[at + row] + bias[row] > own && !seen.has(row)) rank++
      }
      sum += ndcgAt(rank, 10)
    })
  }
  return sum / Math.max(1, targetEvents.length)
}
