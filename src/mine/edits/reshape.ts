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
import { readCourse } from '../trend.js'
import type { EditState } from './edits.js'

/** Rows that lie together in the space of interests. */
export interface Cluster {
  rows: Int32Array
  level: InterestLevel
}

/** An interest, and the clusters by which an item is told to be near it. */
export interface ClusteredInterest extends MinedInterest {
  clusters: readonly Cluster[]
}

export interface ReshapeInput {
  history: History
  model: MineModel
  /** Milliseconds, NaN where no event has a time. */
  now: number
}

export interface Reshaped {
  /** What the user put together, by id, where any of it is in the history. */
  made: Map<string, ClusteredInterest>
  /** Interests as mined, less what the user took out of them. */
  left: ClusteredInterest[]
  unassigned: Int32Array
}

const MOST_LABEL = 80

/**
 * Puts the user's merges and splits over a mined profile. The rows of a state's cores belong to it. What is new in a
 * mined interest follows the state of which it holds half of a core, the nearest where there are several; else it
 * stays. Every row still stands in exactly one place.
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
    course: readCourse(input.history, input.now),
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
    } else if (rest.length > 1) left.push(reduce(measured, interest, rest))
    else stray.push(...rest)
    taken.forEach((rows, s) => {
      if (!followed.includes(s)) loose[s].push(...rows)
      // Of a broad interest the first part stays broad.
      else if (interest.level === 'domain' && s === followed[0]) pieces[s].push({ rows, level: 'domain', of: interest })
      else pieces[s].push({ rows, level: levelOf(rows), of: interest })
    })
  }
  for (const row of mined.unassigned) (loose[owners.get(row) ?? -1] ?? stray).push(row)
  const made = new Map<string, ClusteredInterest>()
  shapes.forEach((state, s) => {
    const all = withLoose(pieces[s], loose[s])
    if (all.length > 0) made.set(state.interest, build(measured, state.interest, all, state.keptLabel))
  })
  return { made, left, unassigned: Int32Array.from(stray.sort(byPlace(input.history))) }
}

/** What a mined interest gives to one that the user made; null: rows of no interest. */
interface Piece {
  rows: number[]
  level: InterestLevel
  of: MinedInterest | null
}

function holdsHalf(interest: MinedInterest, { cores, interest: id }: EditState): boolean {
  const rows = new Set(interest.rows)
  const held = (core: Int32Array) => core.reduce((n, row) => n + Number(rows.has(row)), 0)
  return interest.id === id || cores.some((core) => 2 * held(core) >= core.length)
}

/** Rows that came from elsewhere stand with the first piece. */
function withLoose(pieces: readonly Piece[], loose: readonly number[]): Piece[] {
  if (loose.length === 0) return [...pieces]
  const [first = { rows: [], level: null, of: null }, ...others] = pieces
  const rows = [...first.rows, ...loose]
  return [{ ...first, rows, level: first.level === 'domain' ? 'domain' : levelOf(rows) }, ...others]
}

function build(
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
  const name = nameMade(input, measure, pieces, keptLabel)
  return {
    id,
    label: name.label,
    head: name.head,
    modifiers: name.modifiers,
    domain: domainPath(model.topics, commonDomain(model.topics, history, positions)),
    ...measure,
    // What the user put together is no aside.
    aside: null,
    verified: false,
    clusters: pieces.map((piece) => ({ rows: Int32Array.from(piece.rows), level: piece.level })),
  }
}

/** A mined interest of which only some is left. */
function reduce(input: MeasureInput, interest: MinedInterest, rest: number[]): ClusteredInterest {
  const level = interest.level === 'domain' ? 'domain' : levelOf(rest)
  return build(input, interest.id, [{ rows: rest, level, of: interest }])
}

/**
 * The name it had, while each of its words stands in half of the evidence; else a name that fits all of it; else the names of what was put together, strongest first; else, of a part, that of its
 * domain or of an item, since the name of the whole need not be true of it.
 */
function nameMade(
  { model, history }: MeasureInput,
  { rows, level, medoid }: Pick<MinedInterest, 'rows' | 'level' | 'medoid'>,
  pieces: readonly Piece[],
  keptLabel: string | null,
): Pick<ClusterName, 'label' | 'head' | 'modifiers'> {
  const [{ of }] = pieces
  if (keptLabel !== null && labelStands(model.catalogue, keptLabel, rows)) {
    return of?.label === keptLabel ? of : { label: keptLabel, head: keptLabel, modifiers: [] }
  }
  if (of && isSame(of.rows, rows)) return of
  const { names } = nameCluster(model.phrases, model.catalogue, rows, { avoid: domainNames(model.topics) })
  if (names.length > 0 && level !== 'domain') return names[0]
  const weigh = (piece: Piece) => shareOf(history, positionsOf(history, piece.rows))
  const labels = [...pieces].sort((a, b) => weigh(b) - weigh(a)).flatMap(({ of }) => of?.label ?? [])
  if (labels.length > 1) return { ...joinLabels(labels), modifiers: [] }
  if (level === 'domain') return { label: labels[0], head: labels[0], modifiers: [] }
  return nameByExample(model, rows, medoid)
}

function isSame(rows: Int32Array, others: Int32Array): boolean {
  const known = new Set(rows)
  return rows.length === others.length && others.every((row) => known.has(row))
}

/** As many as fit into a label. */
function joinLabels([first, ...others]: readonly string[]): { label: string; head: string } {
  const comma = hasCjk(first) ? '、' : ', '
  const label = others.reduce((all, one) => (all.length + one.length + 3 > MOST_LABEL ? all : all + comma + one), first)
  return { label, head: first }
}

function positionsOf(history: History, rows: readonly number[]): number[] {
  const place = new Map(Array.from(history.rows, (row, i) => [row, i]))
  return rows.map((row) => place.get(row)!).sort((a, b) => a - b)
}

function byPlace(history: History): (a: number, b: number) => number {
  const place = new Map(Array.from(history.rows, (row, i) => [row, i]))
  return (a, b) => place.get(a)! - place.get(b)!
}
