import type { History, Matrix, MinedInterest, Profile } from '../columns.js'
import { stringAt } from '../vectors/strings.js'
import { nearestInterest } from './assign.js'
import { isVerified } from './confidence.js'
import {
  createGroup,
  createMiningContext,
  type Group,
  LEAST_NAMED,
  type MineModel,
  type MiningContext,
  namePositions,
  POINT_SIZE,
  splitByDomain,
} from './groups.js'
import { measureGroup, medoidOf, shareOf } from './measure.js'
import { hashAnchor } from './names/identity.js'
import { type ClusterName, nameAfterItem, nameByLikeness } from './names/labels.js'
import { lastName } from './names/paths.js'
import { regroupByName } from './regroup.js'
import { buildMergeTree, clusterHistory, type MergeTree } from './space/cluster.js'
import { gatherJoint, placesOf } from './space/joint-space.js'
import { leadingMedium } from './speakers.js'
import { domainPath } from './topics/topics.js'
import { createTrendReader } from './trend.js'

export { nearestInterest } from './assign.js'
export type { MineModel } from './groups.js'

/** Input of `mineInterests`. */
export interface MineInput {
  history: History
  model: MineModel
  /** The time to which trends are measured, in ms; NaN where no event has a time. */
  now: number
}

/**
 * An interest with more than this share of the history's weight is never marked as a gift, even if it was taken in one
 * go.
 */
const MOST_ASIDE = 1 / 3
/** Items that share a domain and nothing finer are listed as a broad interest if there are at least this many. */
const LEAST_BROAD = 2

/**
 * Mines the interests of one history: clusters in the space of interests, named by phrases that their items share.
 * Gives point interests (three items or more), emerging interests (pairs), broad interests (leftover items of one
 * domain) and unassigned rows; interests are ordered by weight. Each liked row is in exactly one of them. Weights are
 * shares of the history's weight, which sum to 1 together with the unassigned items. Pure: the same history, model and
 * `now` give the same profile.
 */
export function mineInterests({ history, model, now }: MineInput): Profile {
  const n = history.rows.length
  if (n === 0) return { interests: [], unassigned: new Int32Array(0) }
  const joint = gatherJoint(model.space, history.rows)
  const z = placesOf(model.space, joint)
  const { clusters, strays } = clusterHistory(model.space, joint, { merge: model.memory?.mergeOnce })
  const context = createMiningContext(model, history)
  const nameless: number[] = [...strays]
  const named: Group[] = []
  const alike: Group[] = []
  for (const positions of clusters) nameOrSplit(context, joint, positions, { named, alike, nameless })
  const { groups: found, left } = regroupByName(context, named, nameless)
  mergeSameName(context, found)
  found.push(...alike)
  const unassigned: number[] = []
  const rest = model.catalogue.categories.values.length > 0 ? left : addExampleGroups(context, z, clusters, left, found)
  collectBroad(context, rest, found, unassigned)
  const order = found
    .map((group) => ({ group, weight: shareOf(history, group.positions), anchor: anchorOf(history, group.positions) }))
    .sort((a, b) => b.weight - a.weight || a.anchor - b.anchor)
  const labels = chooseLabels(
    model,
    order.map(({ group }) => group),
  )
  const trends = createTrendReader(history, now)
  const ids = new Set<string>()
  const interests = order.map(({ group, weight, anchor }, i): MinedInterest => {
    const { positions, level, domain } = group
    let id = hashAnchor(stringAt(model.catalogue.ids, history.rows[anchor]))
    for (let salt = 1; ids.has(id); salt++) id = hashAnchor(`${id} ${salt}`)
    ids.add(id)
    return {
      id,
      ...labels[i],
      domain: domainPath(model.topics, domain),
      ...measureGroup({ model, history, z, trends, interests: order.length }, positions, level),
      aside: weight <= MOST_ASIDE && trends.isOneGo(positions) && isOnlyInDomain(order, group) ? 'gift' : null,
      verified: false,
    }
  })
  const profile: Profile = { interests, unassigned: Int32Array.from(unassigned, (p) => history.rows[p]) }
  const disliked = new Int32Array(interests.length)
  for (const row of history.dislikedRows) {
    const nearest = nearestInterest(model, profile, row)
    if (nearest >= 0) disliked[nearest]++
  }
  interests.forEach((interest, i) => {
    interest.verified = isVerified(history, order[i].group.positions, disliked[i])
  })
  return profile
}

/** Where `nameOrSplit` puts the clusters that it has dealt with. */
interface SortedGroups {
  /** Groups that a phrase names. */
  named: Group[]
  /** Groups without such a name that pictures or sounds hold together. */
  alike: Group[]
  /** Positions that no group holds. */
  nameless: number[]
}

/**
 * Names one cluster, or parts of it. If no phrase fits the cluster, then, in this order: a cluster that pictures or
 * sounds hold together is named after one of its items; a cluster with a near miss is reduced to the part that the near
 * miss fits, if that part can be named, and the rest is tried again; else the cluster is split at its last merge, and
 * both parts are tried. Positions that end in no group go to `nameless`. `joint`: rows of `gatherJoint`, one for each
 * position of the history.
 */
function nameOrSplit(
  context: MiningContext,
  joint: Matrix,
  positions: Int32Array,
  { named, alike, nameless }: SortedGroups,
): void {
  const { model, history } = context
  const accept = (members: Int32Array, names: ClusterName[]): void => {
    named.push(createGroup(context, [...members], names))
  }
  const visit = (members: Int32Array, tree: () => MergeTree): void => {
    if (members.length < LEAST_NAMED) {
      nameless.push(...members)
      return
    }
    const { names, nearMiss } = namePositions(context, members)
    if (names.length > 0) {
      accept(members, names)
      return
    }
    if (members.length === LEAST_NAMED) {
      nameless.push(...members)
      return
    }
    const rows = Int32Array.from(members, (p) => history.rows[p])
    const medium = leadingMedium(model.space, rows)
    if (medium !== 'text') {
      const example = history.rows[medoidOf(placesOf(model.space, joint), [...members])]
      alike.push(createGroup(context, [...members], [nameByLikeness(model.catalogue, example, medium)]))
      return
    }
    if (nearMiss) {
      const fitting = members.filter((_, i) => nearMiss[i] === 1)
      const part = fitting.length >= POINT_SIZE ? namePositions(context, fitting) : null
      if (part && part.names.length > 0) {
        accept(fitting, part.names)
        const rest = members.filter((_, i) => nearMiss[i] === 0)
        visit(rest, () => buildMergeTree(model.space, joint, rest))
        return
      }
    }
    for (const part of tree().parts ?? []) visit(part.positions, () => part)
  }
  visit(positions, () => buildMergeTree(model.space, joint, positions))
}

/** Merges groups with the same label into one, in place, if the label also fits their union. */
function mergeSameName(context: MiningContext, found: Group[]): void {
  for (let i = 0; i < found.length; i++) {
    for (let j = found.length - 1; j > i; j--) {
      const label = found[i].names[0].label
      if (found[j].names[0].label !== label) continue
      const positions = [...found[i].positions, ...found[j].positions].sort((a, b) => a - b)
      const { names } = namePositions(context, positions)
      if (names[0]?.label !== label) continue
      found[i] = createGroup(context, positions, names)
      found.splice(j, 1)
    }
  }
}

/**
 * For catalogues without categories, where no broad interest can hold the leftover items. The leftover part of a
 * cluster, if it has at least POINT_SIZE items, becomes a group named after the item at its centre. Such a name was
 * found to tell the group's items from others nearly as well as a phrase (precision at 5 of .84). Adds to `found`;
 * returns the positions still left.
 */
function addExampleGroups(
  context: MiningContext,
  z: Matrix,
  clusters: readonly Int32Array[],
  left: readonly number[],
  found: Group[],
): number[] {
  const { model, history } = context
  const nameless = new Set(left)
  for (const cluster of clusters) {
    const positions = [...cluster].filter((p) => nameless.has(p))
    if (positions.length < POINT_SIZE) continue
    for (const p of positions) nameless.delete(p)
    const name = nameAfterItem(model.catalogue, history.rows[medoidOf(z, positions)])
    found.push(createGroup(context, positions, [name]))
  }
  return left.filter((p) => nameless.has(p))
}

/**
 * Groups leftover positions by domain. Those that share a domain become broad interests, added to `found`; those alone
 * in their domain, or without one, are added to `unassigned`.
 */
function collectBroad(context: MiningContext, left: number[], found: Group[], unassigned: number[]): void {
  const byDomain = splitByDomain(
    context,
    left.sort((a, b) => a - b),
  )
  for (const [domain, positions] of byDomain) {
    if (domain < 0 || positions.length < LEAST_BROAD) unassigned.push(...positions)
    else found.push({ positions, level: 'domain', domain, names: [] })
  }
  unassigned.sort((a, b) => a - b)
}

/** Whether no other interest of the user lies in the group's domain. */
function isOnlyInDomain(order: readonly { group: Group }[], { domain }: Group): boolean {
  return domain >= 0 && order.filter(({ group }) => group.domain === domain).length === 1
}

/** The texts of a name: the whole label, what the things are, and what describes them. */
interface Label {
  label: string
  head: string
  modifiers: string[]
}

/**
 * One label for each group, no two equal whatever their case. Named groups choose first, in the order given, which is
 * by weight; a label that is taken is replaced by the next name, then by one with the domain or a number behind it.
 */
function chooseLabels(model: MineModel, groups: Group[]): Label[] {
  const used = new Set<string>()
  const chosen: Label[] = groups.map(() => ({ label: '', head: '', modifiers: [] }))
  const take = (i: number, options: Label[]): void => {
    const fallback = options[0]
    let pick = options.find(({ label }) => !used.has(label.toLowerCase()))
    for (let n = 2; !pick; n++) {
      const label = `${fallback.label} (${n})`
      if (!used.has(label.toLowerCase())) pick = { ...fallback, label }
    }
    used.add(pick.label.toLowerCase())
    chosen[i] = pick
  }
  groups.forEach(({ names, domain }, i) => {
    if (names.length === 0) return
    const domainName = domainPath(model.topics, domain).at(-1)
    const own = names.map(({ label, head, modifiers }) => ({ label, head, modifiers }))
    const withDomain = domainName ? own.map((name) => ({ ...name, label: `${name.label} (${domainName})` })) : []
    take(i, [...own, ...withDomain])
  })
  groups.forEach(({ names, domain }, i) => {
    if (names.length > 0) return
    const path = domainPath(model.topics, domain)
    const short = path.at(-1) ?? ''
    const head = lastName(short)
    const options = [short, path.join(' › '), `${short}: ${model.catalogue.language === 'zh' ? '其他' : 'other'}`]
    take(
      i,
      options.map((label) => ({ label, head, modifiers: [] })),
    )
  })
  return chosen
}

/** The position of the item that the user met first; the earlier position among equal or unknown times. */
function anchorOf(history: History, positions: number[]): number {
  let best = positions[0]
  for (const p of positions) {
    const a = history.firstAt[p]
    const b = history.firstAt[best]
    if (a < b || (!(a > b) && p < best)) best = p
  }
  return best
}
