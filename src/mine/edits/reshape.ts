import type { History, MinedInterest, Profile } from '../../columns.js'
import type { InterestLevel } from '../../types/answers.js'
import { nearestInterest } from '../assign.js'
import { commonDomain, levelOf, type MineModel } from '../groups.js'
import { type MeasureInput, measureGroup, shareOf } from '../measure.js'
import { labelStands } from '../names/label-stands.js'
import { type ClusterName, nameCluster } from '../names/labels.js'
import { hasCjk } from '../names/words.js'
import { gatherJoint, placesOf } from '../space/joint-space.js'
import { nameByExample } from '../speakers.js'
import { domainNames, domainPath } from '../topics/topics.js'
import { createTrendReader } from '../trend.js'
import type { EditState } from './edits.js'

/** Catalogue rows that lie together in the space of interests. */
export interface Cluster {
  rows: Int32Array
  level: InterestLevel
}

/** An interest and its clusters. An item is near the interest if it is near one of them. */
export interface ClusteredInterest extends MinedInterest {
  clusters: readonly Cluster[]
}

/** Input of `reshape` and `applyEdits`. */
export interface ReshapeInput {
  history: History
  model: MineModel
  /** The time to which trends are measured, in ms; NaN where no event has a time. */
  now: number
}

/** Result of `reshape`. */
export interface Reshaped {
  /** Interests that the user merged or split, by id; only those with evidence in the history. */
  made: Map<string, ClusteredInterest>
  /** The other interests as mined, without the rows that went to `made`. */
  left: ClusteredInterest[]
  /** Liked catalogue rows in no interest, in the order of the history. */
  unassigned: Int32Array
}

/** Characters of a joined label at most. */
const MOST_LABEL = 80

/**
 * Applies the user's merges and splits to a mined profile. The rows of a state's cores belong to that state's interest.
 * The other rows of a mined interest that gave it some go there too, if the mined interest has the state's id or holds
 * half of one of its cores (to the nearest, if several qualify); otherwise they stay. Each liked row is still in
 * exactly one place.
 */
export function reshape(input: ReshapeInput, mined: Profile, states: readonly EditState[]): Reshaped {
  const shapes = states.filter((state) => state.cores.length > 0 && !state.notMe)
  const owners = new Map<number, number>()
  shapes.forEach(({ cores }, s) => {
    for (const core of cores) for (const row of core) owners.set(row, s)
  })
  if (shapes.length === 0) {
    const left = mined.interests.map((interest) => ({ ...interest, clusters: [interest] }))
    return { made: new Map(), left, unassigned: mined.unassigned }
  }
  const left: ClusteredInterest[] = []
  const stray: number[] = []
  const pieces: Piece[][] = shapes.map(() => [])
  const loose: number[][] = shapes.map(() => [])
  const measured = {
    ...input,
    z: placesOf(input.model.space, gatherJoint(input.model.space, input.history.rows)),
    trends: createTrendReader(input.history, input.now),
    interests: Math.max(1, mined.interests.length),
  }
  for (const interest of mined.interests) {
    const taken = shapes.map((): number[] => [])
    const rest: number[] = []
    for (const row of interest.rows) (taken[owners.get(row) ?? -1] ?? rest).push(row)
    if (rest.length === interest.rows.length) {
      left.push({ ...interest, clusters: [interest] })
      continue
    }
    const followed = [...shapes.keys()].filter((s) => taken[s].length > 0 && holdsHalf(interest, shapes[s]))
    if (followed.length > 0) {
      const parts = {
        interests: followed.map((s) => ({ rows: Int32Array.from(taken[s]), level: levelOf(taken[s]) })),
      }
      for (const row of rest) taken[followed[Math.max(0, nearestInterest(input.model, parts, row))]].push(row)
    } else if (rest.length > 1) left.push(shrinkInterest(measured, interest, rest))
    else stray.push(...rest)
    taken.forEach((rows, s) => {
      if (!followed.includes(s)) loose[s].push(...rows)
      // The part of a broad interest that goes to the first of these states stays broad.
      else if (interest.level === 'domain' && s === followed[0]) pieces[s].push({ rows, level: 'domain', of: interest })
      else pieces[s].push({ rows, level: levelOf(rows), of: interest })
    })
  }
  for (const row of mined.unassigned) (loose[owners.get(row) ?? -1] ?? stray).push(row)
  const made = new Map<string, ClusteredInterest>()
  shapes.forEach((state, s) => {
    const all = withLoose(pieces[s], loose[s])
    if (all.length > 0) made.set(state.interest, buildInterest(measured, state.interest, all, state.keptLabel))
  })
  return { made, left, unassigned: Int32Array.from(stray.sort(byPosition(input.history))) }
}

/**
 * Rows that a mined interest gives to one that the user made. `of` is the mined interest; null: the rows were in none.
 */
interface Piece {
  rows: number[]
  level: InterestLevel
  of: MinedInterest | null
}

/** Whether a mined interest has the state's id or holds at least half of one of its cores. */
function holdsHalf(interest: MinedInterest, { cores, interest: id }: EditState): boolean {
  const rows = new Set(interest.rows)
  const held = (core: Int32Array) => core.reduce((n, row) => n + Number(rows.has(row)), 0)
  return interest.id === id || cores.some((core) => 2 * held(core) >= core.length)
}

/** The pieces, with the rows that come from elsewhere added to the first. */
function withLoose(pieces: readonly Piece[], loose: readonly number[]): Piece[] {
  if (loose.length === 0) return [...pieces]
  const [first = { rows: [], level: null, of: null }, ...others] = pieces
  const rows = [...first.rows, ...loose]
  return [{ ...first, rows, level: first.level === 'domain' ? 'domain' : levelOf(rows) }, ...others]
}

/** Builds an interest from pieces: measured and named anew, one cluster for each piece. */
function buildInterest(
  input: MeasureInput,
  id: string,
  pieces: readonly Piece[],
  keptLabel: string | null = null,
): ClusteredInterest {
  const { model, history } = input
  const rows = pieces.flatMap((piece) => piece.rows)
  const level = pieces.every((piece) => piece.level === 'domain') ? 'domain' : levelOf(rows)
  const positions = positionsOf(history, rows)
  const measure = measureGroup(input, positions, level)
  const name = nameUserMade(input, measure, pieces, keptLabel)
  return {
    id,
    label: name.label,
    head: name.head,
    modifiers: name.modifiers,
    domain: domainPath(model.topics, commonDomain(model.topics, history, positions)),
    ...measure,
    // An interest that the user put together is never marked as a gift.
    aside: null,
    verified: false,
    clusters: pieces.map((piece) => ({ rows: Int32Array.from(piece.rows), level: piece.level })),
  }
}

/** A mined interest reduced to the rows that are left of it. */
function shrinkInterest(input: MeasureInput, interest: MinedInterest, rest: number[]): ClusteredInterest {
  const level = interest.level === 'domain' ? 'domain' : levelOf(rest)
  return buildInterest(input, interest.id, [{ rows: rest, level, of: interest }])
}

/**
 * The name of an interest that the user made. In this order: the kept label, while each of its words occurs in half of
 * the evidence; the mined name, if the rows are the same; a phrase that fits all of it; the names of its pieces joined,
 * by falling weight; for a broad part, that of its domain; else a name after one of its items, since the name of the
 * whole need not be true of a part.
 */
function nameUserMade(
  { model, history }: MeasureInput,
  { rows, level, medoid }: Pick<MinedInterest, 'rows' | 'level' | 'medoid'>,
  pieces: readonly Piece[],
  keptLabel: string | null,
): Pick<ClusterName, 'label' | 'head' | 'modifiers'> {
  const [{ of }] = pieces
  if (keptLabel !== null && labelStands(model.catalogue, keptLabel, rows)) {
    return of?.label === keptLabel ? of : { label: keptLabel, head: keptLabel, modifiers: [] }
  }
  if (of && hasSameRows(of.rows, rows)) return of
  const { names } = nameCluster(model.phrases, model.catalogue, rows, { avoid: domainNames(model.topics) })
  if (names.length > 0 && level !== 'domain') return names[0]
  const weigh = (piece: Piece) => shareOf(history, positionsOf(history, piece.rows))
  const labels = [...pieces].sort((a, b) => weigh(b) - weigh(a)).flatMap(({ of }) => of?.label ?? [])
  if (labels.length > 1) return { ...joinLabels(labels), modifiers: [] }
  if (level === 'domain') return { label: labels[0], head: labels[0], modifiers: [] }
  return nameByExample(model, rows, medoid)
}

function hasSameRows(rows: Int32Array, others: Int32Array): boolean {
  const known = new Set(rows)
  return rows.length === others.length && others.every((row) => known.has(row))
}

/** Labels joined by commas, as many as fit into MOST_LABEL characters; the first is the head. */
function joinLabels([first, ...others]: readonly string[]): { label: string; head: string } {
  const comma = hasCjk(first) ? '、' : ', '
  const label = others.reduce((all, one) => (all.length + one.length + 3 > MOST_LABEL ? all : all + comma + one), first)
  return { label, head: first }
}

function positionsOf(history: History, rows: readonly number[]): number[] {
  const place = new Map(Array.from(history.rows, (row, i) => [row, i]))
  return rows.map((row) => place.get(row)!).sort((a, b) => a - b)
}

/** Compares catalogue rows by their position in the history. */
function byPosition(history: History): (a: number, b: number) => number {
  const place = new Map(Array.from(history.rows, (row, i) => [row, i]))
  return (a, b) => place.get(a)! - place.get(b)!
}
