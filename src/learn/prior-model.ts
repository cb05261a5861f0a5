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

/** Share of the items whose likes are hidden in `PriorModel.cold`. */
const HIDDEN_SHARE = 0.2
/** Held-out users that the adapter is measured on after each pass, at most. */
const ADAPTER_JUDGES = 2000

/**
 * Statistics and adapter from the events before each user's target events. Features of the lists that a scorer is
 * trained on are computed from them, so that no feature knows the target.
 */
export interface PriorModel extends Statistics {
  /** Null where none was trained: without ONNX Runtime, or with too few events. */
  adapter: Artefacts['adapter']
  /**
   * The same as if nobody had liked a fifth of the items, drawn by the seed (item dropout, after DropoutNet, Volkovs et
   * al., NeurIPS 2017). Without new items in the lists, the worth of a new item could not be learnt.
   */
  cold: Statistics & { adapter: Artefacts['adapter'] }
  /** Log-odds that new items are taken, beyond their share of the catalogue (`estimateNewItemOdds`). */
  newItemOdds: number
  /** Mean loss, and NDCG@10 on held-out users, after each pass of the adapter. */
  curve: TrainedAdapter['curve']
}

/**
 * Counts statistics and trains the adapter from the events that `plan` lets them know. `histories`: the histories that
 * the plan was made for; `vectors`: encoder vectors of the items. In a private training the adapter is trained by noisy
 * sums. Rejects with what `pause` throws.
 */
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
    /** The adapter of an equal training that was stopped after it was trained; null: an adapter is trained. */
    kept: TrainedAdapter | null
    /** Matrix products by ONNX Runtime; null: no adapter is trained. */
    product: Product | null
    /** Draws the noise of a private training. */
    noise: Random
    /** Awaited during the training of the adapter, with the steps that are done and their total. */
    pause: (done: number, total: number) => Promise<void>
  },
): Promise<PriorModel> {
  const { known, heldOutUsers, targetCounts, seed, privacy } = plan
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
  const eligible = heldOutUsers.filter((user) => targetCounts[user] > 0)
  const judges = sampleBelow(createRandom(seed), eligible.length, ADAPTER_JUDGES)
  const targetEvents = Array.from(
    judges,
    (i) => [...targetEventsOf(histories[eligible[i]], targetCounts[eligible[i]])].at(-1)!,
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

/** One entry a row: 1 for a fifth of all rows, drawn by the seed. */
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

/** Users whose logits are computed in one matrix product. */
const JUDGES_AT_ONCE = 256

/** NDCG@10 of ranking the whole catalogue, without items of the history, by the adapter alone. */
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
