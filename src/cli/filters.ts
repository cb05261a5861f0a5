import type { GuestOptions, Miner, RecommendOptions } from '../index.js'
import type { GlobalOptions } from './command.js'
import { type FilterOptions, splitIds } from './options.js'

/** The library's options of a list; ids are parted with what the store knows. Effects are always asked for. */
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

/** Filters, and what a guest has looked at or wants. */
export async function readGuestFlags(
  miner: Miner,
  options: FilterOptions & GlobalOptions & { items?: string[]; like?: string },
): Promise<GuestOptions> {
  const filters = await readFilters(miner, null, options)
  const items = options.items && (await splitIds(options.items, (ids) => miner.hasItems(ids)))
  return compact({ ...filters, items, like: options.like })
}

/** Leaves out what is undefined: "not given" is not "given as undefined". */
export function compact<T extends object>(options: T): T {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as T
}
