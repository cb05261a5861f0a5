import type { History, Matrix, MinedInterest, Profile } from '../columns.js'
import { stringAt } from '../vectors/strings.js'
import { nearestInterest } from './assign.js'
import { tellVerified } from './confidence.js'
import {
  createReader,
  type Group,
  groupOf,
  LEAST_NAMED,
  type MineModel,
  namePositions,
  POINT_SIZE,
  type Reader,
  splitByDomain,
} from './groups.js'
import { measureGroup, medoidOf, shareOf } from './measure.js'
import { hashAnchor } from './names/identity.js'
import { type ClusterName, nameAfter, nameAlike } from './names/labels.js'
import { lastName } from './names/paths.js'
import { regroupByName } from './regroup.js'
import { clusterHistory, type MergeTree, takeApart } from './space/cluster.js'
import { gatherJoint, placesOf } from './space/joint-space.js'
import { leadingMedium } from './speakers.js'
import { domainPath } from './topics/topics.js'
import { readCourse } from './trend.js'

export { nearestInterest } from './assign.js'
export type { MineModel } from './groups.js'

export interface MineInput {
  history: History
  model: MineModel
  /** Milliseconds, NaN where no event has a time. */
  now: number
}

/** What was taken in one go and makes up more of the history is no aside. */
const MOST_ASIDE = 1 / 3
/** Items that share no more than a domain are listed as a broad interest from so many on. */
const LEAST_BROAD = 2

/**
 * Reads one history: named points (three items or more) and emerging pairs, broad interests of what is left, and the
 * unassigned. Pure: the same history and model give the same profile. Every row stands in exactly one place; weights
 * are shares of the history's and add to 1 with the unassigned.
 */
export function mineInterests({ history, model, now }: MineInput): Profile {
  const n = history.rows.length
  if (n === 0) return { interests: [], unassigned: new Int32Array(0) }
  const joint = gatherJoint(model.space, history.rows)
  const z = placesOf(model.space, joint)
  const { clusters, strays } = clusterHistory(model.space, joint, { merge: model.memory?.mergeOnce })
  const reader = createReader(model, history)
  const nameless: number[] = [...strays]
  const named: Group[] = []
  const alike: Group[] = []
  for (const positions of clusters) nameOrSplit(reader, joint, positions, { named, alike, nameless })
  const { groups: found, left } = regroupByName(reader, named, nameless)
  joinNamesakes(reader, found)
  found.push(...alike)
  const unassigned: number[] = []
  const rest = model.catalogue.categories.values.length > 0 ? left : nameByExample(reader, z, clusters, left, found)
  collectBroad(reader, rest, found, unassigned)
  const order = found
    .map((group) => ({ group, weight: shareOf(history, group.positions), anchor: anchorOf(history, group.positions) }))
    .sort((a, b) => b.weight - a.weight || a.anchor - b.anchor)
  const labels = chooseLabels(
    model,
    order.map(({ group }) => group),
  )
  const course = readCourse(history, now)
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
      ...measureGroup({ model, history, z, course, interests: order.length }, positions, level),
      aside: weight <= MOST_ASIDE && course.isOneGo(positions) && isAlone(order, group) ? 'gift' : null,
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
    interest.verified = tellVerified(history, order[i].group.positions, disliked[i])
  })
  return profile
}

/** Where clusters go. */
interface Sorted {
  named: Group[]
  /** Held together by pictures or sounds. */
  alike: Group[]
  nameless: number[]
}

/**
 * A cluster that no name fits is called after one of its items where pictures or sounds hold it together; else it is
 * reduced to the part that its nearest miss fits, if the part can be named; else it is split where it was joined last.
 * What stays nameless is left. `joint`: as in `gatherJoint`.
 */
function nameOrSplit(reader: Reader, joint: Matrix, positions: Int32Array, { named, alike, nameless }: Sorted): void {
  const { model, history } = reader
  const accept = (members: Int32Array, names: ClusterName[]): void => {
    named.push(groupOf(reader, [...members], names))
  }
  const visit = (members: Int32Array, tree: () => MergeTree): void => {
    if (members.length < LEAST_NAMED) {
      nameless.push(...members)
      return
    }
    const { names, nearMiss } = namePositions(reader, members)
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
      alike.push(groupOf(reader, [...members], [nameAlike(model.catalogue, example, medium)]))
      return
    }
    if (nearMiss) {
      const fitting = members.filter((_, i) => nearMiss[i] === 1)
      const part = fitting.length >= POINT_SIZE ? namePositions(reader, fitting) : null
      if (part && part.names.length > 0) {
        accept(fitting, part.names)
        const rest = members.filter((_, i) => nearMiss[i] === 0)
        visit(rest, () => takeApart(model.space, joint, rest))
        return
      }
    }
    for (const part of tree().parts ?? []) visit(part.positions, () => part)
  }
  visit(positions, () => takeApart(model.space, joint, positions))
}

/** Groups that would bear the same name are one interest, if the name fits both together. */
function joinNamesakes(reader: Reader, found: Group[]): void {
  for (let i = 0; i < found.length; i++) {
    for (let j = found.length - 1; j > i; j--) {
      const label = found[i].names[0].label
      if (found[j].names[0].label !== label) continue
      const positions = [...found[i].positions, ...found[j].positions].sort((a, b) => a - b)
      const { names } = namePositions(reader, positions)
      if (names[0]?.label !== label) continue
      found[i] = groupOf(reader, positions, names)
      found.splice(j, 1)
    }
  }
}

/**
 * Where no item has a category, nothing broader holds what no phrase names. What is left of a cluster, if it makes a
 * point, is then called by the item at its centre, which is true of it and tells it from others nearly as well as a
 * phrase does (INTERESTS.md: P@5 .84). Returns what is still left.
 */
function nameByExample(
  reader: Reader,
  z: Matrix,
  clusters: readonly Int32Array[],
  left: readonly number[],
  found: Group[],
): number[] {
  const { model, history } = reader
  const nameless = new Set(left)
  for (const cluster of clusters) {
    const positions = [...cluster].filter((p) => nameless.has(p))
    if (positions.length < POINT_SIZE) continue
    for (const p of positions) nameless.delete(p)
    const name = nameAfter(model.catalogue, history.rows[medoidOf(z, positions)])
    found.push(groupOf(reader, positions, [name]))
  }
  return left.filter((p) => nameless.has(p))
}

/** Left-over items by domain: broad interests, and those alone in their domain. */
function collectBroad(reader: Reader, left: number[], found: Group[], unassigned: number[]): void {
  const byDomain = splitByDomain(
    reader,
    left.sort((a, b) => a - b),
  )
  for (const [domain, positions] of byDomain) {
    if (domain < 0 || positions.length < LEAST_BROAD) unassigned.push(...positions)
    else found.push({ positions, level: 'domain', domain, names: [] })
  }
  unassigned.sort((a, b) => a - b)
}

/** No other interest of the user lies in its domain. */
function isAlone(order: readonly { group: Group }[], { domain }: Group): boolean {
  return domain >= 0 && order.filter(({ group }) => group.domain === domain).length === 1
}

interface Label {
  label: string
  head: string
  modifiers: string[]
}

/** One label each, unlike all others of the user whatever their case: strongest first, finer ones before broad ones. */
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
    const place = domainPath(model.topics, domain).at(-1)
    const own = names.map(({ label, head, modifiers }) => ({ label, head, modifiers }))
    const placed = place ? own.map((name) => ({ ...name, label: `${name.label} (${place})` })) : []
    take(i, [...own, ...placed])
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

/** The position that the user met first. */
function anchorOf(history: History, positions: number[]): number {
  let best = positions[0]
  for (const p of positions) {
    const a = history.firstAt[p]
    const b = history.firstAt[best]
    if (a < b || (!(a > b) && p < best)) best = p
  }
  return best
}
