import { listAt } from '../vectors/sparse.js'
import { createGroup, type Group, LEAST_NAMED, type MiningContext, namePositions, splitByDomain } from './groups.js'
import { holdsPhrase } from './names/parts.js'
import { isFlagged, type Phrases } from './names/phrases.js'
import { fitOf } from './names/reach.js'

/**
 * Adjusts groups to their names: clusters follow vectors, but a reader expects a group to hold what its name says. In
 * three steps, items that the name of their group does not fit leave it; leftover items form groups where two or more
 * of them share a phrase for a thing (a head); the other leftover items join the group whose name fits them best. A
 * group changes only if it still has a name that its items support. `left`: positions in no group. Returns the new
 * groups and the positions still in none, ascending.
 */
export function regroupByName(
  context: MiningContext,
  groups: readonly Group[],
  left: readonly number[],
): { groups: Group[]; left: number[] } {
  const removed = removeMisfits(context, groups)
  const { formed, rest } = gatherByHead(context, [...left, ...removed.left].sort(ascending))
  return addFitting(context, [...removed.groups, ...formed], rest)
}

const ascending = (a: number, b: number) => a - b

/** Takes out of each group the positions that its best name does not fit, if the rest can still be named. */
function removeMisfits(context: MiningContext, groups: readonly Group[]) {
  const { model, history, similarity } = context
  const left: number[] = []
  const updated = groups.map((group) => {
    const fit = fitOf(model.phrases, group.names[0].parts, similarity)
    const kept = group.positions.filter((p) => fit(history.rows[p]) > 0)
    if (kept.length === group.positions.length || kept.length < LEAST_NAMED) return group
    const { names } = namePositions(context, kept)
    if (names.length === 0) return group
    const stays = new Set(kept)
    left.push(...group.positions.filter((p) => !stays.has(p)))
    return createGroup(context, kept, names)
  })
  return { groups: updated, left }
}

/**
 * Forms new groups greedily within each domain: the head phrase held by most leftover positions first, the rarer phrase
 * among equals, as long as its holders can be named.
 */
function gatherByHead(context: MiningContext, left: readonly number[]) {
  const { phrases } = context.model
  const formed: Group[] = []
  const taken = new Set<number>()
  for (const positions of splitByDomain(context, left).values()) {
    const holders = findHolders(context, positions)
    for (let head = widestHead(phrases, holders); head >= 0; head = widestHead(phrases, holders)) {
      const members = holders.get(head)!
      holders.delete(head)
      const { names } = namePositions(context, members)
      if (names.length === 0) continue
      formed.push(createGroup(context, members, names))
      for (const p of members) taken.add(p)
      for (const [phrase, list] of holders) {
        holders.set(
          phrase,
          list.filter((p) => !taken.has(p)),
        )
      }
    }
  }
  return { formed, rest: left.filter((p) => !taken.has(p)) }
}

/** The head phrase that most positions hold; -1 where none is held by LEAST_NAMED or more. */
function widestHead(phrases: Phrases, holders: ReadonlyMap<number, number[]>): number {
  let best = -1
  for (const [phrase, { length }] of holders) {
    if (length < LEAST_NAMED) continue
    const more =
      best < 0 ? 1 : length - holders.get(best)!.length || phrases.df[best] - phrases.df[phrase] || best - phrase
    if (more > 0) best = phrase
  }
  return best
}

/** Head phrase -> the positions that hold it and are nearer to it than its threshold. Brands are left out. */
function findHolders(
  { model, history, similarity }: MiningContext,
  positions: readonly number[],
): Map<number, number[]> {
  const { phrases } = model
  const holders = new Map<number, number[]>()
  for (const p of positions) {
    const row = history.rows[p]
    if (row >= phrases.rows) continue
    for (const phrase of listAt(phrases.postings, row)) {
      if (!isFlagged(phrases, phrase, 'head') || isFlagged(phrases, phrase, 'brand')) continue
      if (similarity(phrase, row) <= phrases.thresholds[phrase]) continue
      const list = holders.get(phrase)
      if (list) list.push(p)
      else holders.set(phrase, [p])
    }
  }
  return holders
}

/**
 * Adds leftover positions to the group whose best name fits them most. Positions that hold the name's words come first;
 * as many are added, from the first on, as leave the group with a name.
 */
function addFitting(context: MiningContext, groups: readonly Group[], left: readonly number[]) {
  const { model, history, similarity } = context
  const { phrases } = model
  const fits = groups.map(({ names }) => fitOf(phrases, names[0].parts, similarity))
  const joining: { p: number; fit: number; holds: boolean }[][] = groups.map(() => [])
  const rest: number[] = []
  for (const p of left) {
    const row = history.rows[p]
    let best = -1
    let most = 0
    fits.forEach((fit, g) => {
      const value = fit(row)
      if (value > most) {
        most = value
        best = g
      }
    })
    if (best < 0) rest.push(p)
    else joining[best].push({ p, fit: most, holds: holdsAll(phrases, row, groups[best].names[0].parts) })
  }
  const updated = groups.map((group, g) => {
    const order = joining[g].sort((a, b) => Number(b.holds) - Number(a.holds) || b.fit - a.fit || a.p - b.p)
    for (let count = order.length; count > 0; count--) {
      const positions = [...group.positions, ...order.slice(0, count).map(({ p }) => p)].sort(ascending)
      const { names } = namePositions(context, positions)
      if (names.length === 0) continue
      rest.push(...order.slice(count).map(({ p }) => p))
      return createGroup(context, positions, names)
    }
    rest.push(...order.map(({ p }) => p))
    return group
  })
  return { groups: updated, left: rest.sort(ascending) }
}

/** Whether a row holds every phrase of a name. */
function holdsAll(phrases: Phrases, row: number, parts: Int32Array): boolean {
  return parts.every((phrase) => holdsPhrase(phrases, row, phrase))
}
