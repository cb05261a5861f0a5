import type { Encoder, Lists } from '../../columns.js'
import { shortText } from '../../encode/item-text.js'
import { bootstrapMeans } from '../../metrics/intervals.js'
import { fitSpace } from '../../mine/space/space.js'
import { createPause, watchStage, withStop } from '../../threads/run.js'
import { shareArrays } from '../../threads/shared.js'
import type { Item } from '../../types/items.js'
import { normaliseRows } from '../../vectors/matrix.js'
import { toMeasured } from '../setup/metric-table.js'
import type { RunContext } from '../setup/run-context.js'
import { runInParts } from '../setup/run-in-parts.js'
import { CATALOGUE_TOPICS, findTopics, PEERS } from './peers.js'
import { drawPersonas, PERSONA_KINDS, type Persona, type PersonaKind, type PlantableLeaves } from './personas.js'
import type { Agreement, PlantedReport } from './report.js'
import { type GroupingSpaces, PEER_SPACES, type PlantedScores, type PlantedTask, peerKey } from './score-personas.js'

/** What personas are drawn from and clustered with. */
interface PlantedInput {
  items: readonly Item[]
  encoder: Encoder
  /** Liked items of the training part, one list a user. */
  history: Lists
  plantable: PlantableLeaves
  /** Personas of each kind and seed. */
  personas: number
  /** How many seeds they are drawn from. */
  seeds: number
  /** The seed of the evaluation, from which the others follow. */
  seed: number
}

const COMPARED = [...PEERS, CATALOGUE_TOPICS]
/** Personas of seed s are drawn by 1000 s + 1, + 2 …; those of 1000 s tune the peers and are never reported. */
const SEEDS_APART = 1000
/** Personas that one task clusters. */
const PERSONAS_A_TASK = 50

/**
 * Measures whether planted interests are found again, by us and by known methods, where categories are hidden from the
 * encoder and from the space of interests. Fails with INTERRUPTED.
 */
export async function measurePlanted(input: PlantedInput, context: RunContext): Promise<PlantedReport> {
  const { plantable, personas: count, seeds, seed } = input
  const spaces = await prepareSpaces(input, context)
  const drawKinds = (each: number) =>
    PERSONA_KINDS.map((kind) => ({ kind, personas: drawPersonas(plantable, kind, count, each) }))
  const settings = await chooseSettings(spaces, drawKinds(SEEDS_APART * seed), context)
  const drawn = Array.from({ length: seeds }, (_, i) => SEEDS_APART * seed + 1 + i)
  const planted = drawn.flatMap(drawKinds)
  const scores = await scoreAll(
    spaces,
    planted.flatMap(({ personas }) => personas),
    Object.fromEntries([...settings].map(([key, setting]) => [key, [setting]])),
    context,
  )
  const kinds = planted.flatMap(({ kind, personas }) => personas.map(() => kind))
  const agree = (column: Float64Array): Agreement => averageByKind(column, kinds, seed)
  return {
    personas: count,
    seeds: drawn,
    leaves: plantable.eligible.length,
    leastItems: plantable.leastItems,
    ours: agree(scores.ours),
    peers: PEER_SPACES.flatMap((space) =>
      COMPARED.map((peer) => {
        const key = peerKey(peer, space)
        const [column] = scores.peers[key]
        return {
          id: peer.id,
          name: peer.name,
          source: peer.source,
          space,
          setting: peer.settings.length > 1 ? settings.get(key)! : null,
          ami: agree(column),
          difference: agree(scores.ours.map((ours, i) => ours - column[i])),
        }
      }),
    ),
  }
}

/** Encodes titles and brands, fits the space of interests on them and on behaviour, and finds catalogue topics. */
async function prepareSpaces(
  { items, encoder, history, seed }: PlantedInput,
  context: RunContext,
): Promise<GroupingSpaces> {
  const { signal, onProgress } = context
  const texts = items.map(({ id, title, brand }) => shortText({ id, title, brand }))
  const watch = watchStage('encode', texts.length, onProgress)
  const raw = await encoder.encode(texts, { signal, onProgress: watch })
  return withStop(signal, async (stop) => {
    const pause = createPause(stop)
    const space = await fitSpace({ vectors: raw, history, seed, pause })
    const ours = normaliseRows({ ...space.z, data: space.z.data.slice() })
    const topics = { raw: await findTopics(raw, seed, pause), ours: await findTopics(ours, seed, pause) }
    return shareArrays<GroupingSpaces>({ space, vectors: { raw, ours }, topics })
  })
}

/**
 * For each peer in each space, the setting with the best mean score on tuning personas, each kind weighing the same.
 */
async function chooseSettings(
  spaces: GroupingSpaces,
  planted: readonly { kind: PersonaKind; personas: Persona[] }[],
  context: RunContext,
): Promise<Map<string, number>> {
  const settingsOf = new Map(
    PEER_SPACES.flatMap((space) => COMPARED.map((peer) => [peerKey(peer, space), peer.settings] as const)),
  )
  const tunable = Object.fromEntries([...settingsOf].filter(([, settings]) => settings.length > 1))
  const all = planted.flatMap(({ personas }) => personas)
  const scores = await scoreAll(spaces, all, tunable, context)
  const shares = planted.flatMap(({ personas }) => personas.map(() => 1 / personas.length))
  const meanScore = (column: Float64Array) => column.reduce((sum, ami, i) => sum + shares[i] * ami, 0)
  return new Map(
    [...settingsOf].map(([key, settings]) => {
      const means = scores.peers[key]?.map(meanScore) ?? [0]
      return [key, settings[means.indexOf(Math.max(...means))]]
    }),
  )
}

async function scoreAll(
  spaces: GroupingSpaces,
  personas: readonly Persona[],
  settings: PlantedTask['settings'],
  context: RunContext,
): Promise<PlantedScores> {
  const total = personas.length
  const inputOf = (from: number, to: number): PlantedTask => ({ spaces, personas: personas.slice(from, to), settings })
  const work = { stage: 'personas', task: 'plant', total, size: PERSONAS_A_TASK, inputOf } as const
  const parts = await runInParts<PlantedScores>(work, context)
  const join = (columnOf: (part: PlantedScores) => Float64Array) =>
    Float64Array.from(parts.flatMap((part) => [...columnOf(part)]))
  return {
    ours: join((part) => part.ours),
    peers: Object.fromEntries(
      Object.entries(settings).map(([key, tried]) => [key, tried.map((_, s) => join((part) => part.peers[key][s]))]),
    ),
  }
}

function averageByKind(column: Float64Array, kinds: readonly PersonaKind[], seed: number): Agreement {
  const of = PERSONA_KINDS.map((kind) => {
    const own = column.filter((_, i) => kinds[i] === kind)
    if (own.length === 0) return [kind, null]
    return [
      kind,
      toMeasured(
        bootstrapMeans(
          [own],
          own.map((_, i) => i),
          { seed },
        )[0],
      ),
    ]
  })
  return Object.fromEntries(of) as Agreement
}
