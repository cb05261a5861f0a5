import type { GuestOptions, Miner, RecommendOptions } from '../index.js'
import type { GlobalOptions } from './command.js'
import { type FilterOptions, splitIds } from './options.js'

/**
 * The library's options for a list, from those of the command line. Lists of ids are split as `splitIds` says, by the
 * items and interests that the store knows; `user` null: a guest, who has no interests. Effects are always computed.
 */
export async function readFilters(
  miner: Miner,
  user: string | null,
  options: FilterOptions & GlobalOptions,
): Promise<RecommendOptions> {
  const { limit, exclude, where, diversity, without, mute, lang, now } = options
  const knownItems = (ids: string[]) => miner.hasItems(ids)
  const knownInterests = async (ids: string[]) => (user === null ? ids.map(() => false) : miner.hasInterest(user, ids))
  return compact({
    limit,
    exclude: exclude && (await splitIds(exclude, knownItems)),
    where,
    diversity,
    without: without && (await splitIds(without, knownItems)),
    mute: mute && (await splitIds(mute, knownInterests)),
    language: lang,
    now,
    effects: true,
  })
}

/** The options for a guest: the filters, the items that they looked at, and the phrase that they look for. */
export async function readGuestFlags(
  miner: Miner,
  options: FilterOptions & GlobalOptions & { items?: string[]; like?: string },
): Promise<GuestOptions> {
  const filters = await readFilters(miner, null, options)
  const items = options.items && (await splitIds(options.items, (ids) => miner.hasItems(ids)))
  return compact({ ...filters, items, like: options.like })
}

/** A copy without undefined values, since the library takes a key that is there for an option that is given. */
export function compact<T extends object>(options: T): T {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as T
}
