import { existsSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { basename } from 'node:path'
import { type BehaviourRules, lookupRows, type RowLookup, readHistory } from './behaviour.js'
import { type ChangedItem, type ChangedUser, changeItems, changeUsers, gatherHistories } from './deltas.js'
import { type LoadedEncoder, loadEncoder } from './encode/encoder.js'
import { fullText, shortText } from './encode/item-text.js'
import { findModel, readManifest } from './encode/manifest.js'
import { InterestMineError, quote } from './errors.js'
import { parseWhere } from './filter.js'
import { hashText } from './hash.js'
import { parseWeightTable, ratingScale, WEIGHT_PRESETS } from './ingest/weights.js'
import { type Intake, stopIfAborted, takeEvents, takeItems } from './intake.js'
import type { ActiveEdit } from './mine/edits.js'
import { plainHistory } from './mine/history.js'
import { type Artefacts, type Model, orderByPopularity, packArtefacts, unpackArtefacts } from './model.js'
import {
  type AnswerInput,
  type AnswerOptions,
  centreVector,
  describeInterests,
  explainItem,
  explainUser,
  recommend,
  unknownInterest,
} from './pipeline.js'
import { encodeCached, type RefitReport, readVector, refit } from './refit.js'
import { countCovisits, openCovisits } from './retrieve/covisits.js'
import { openSqliteStore } from './store/sqlite-store.js'
import type { GenerationInfo, Stamp, Store, StoredEdit } from './store/store.js'
import { majorityLanguage, nearMatches } from './text.js'
import type {
  BuildOptions,
  BuildReport,
  DoctorAnswer,
  EditAction,
  EditRecord,
  EditsAnswer,
  ExplainItemAnswer,
  ExplainUserAnswer,
  ExportAnswer,
  ForgetAnswer,
  GuestOptions,
  Interaction,
  InterestsAnswer,
  Item,
  Language,
  Matrix,
  OpenOptions,
  RecommendAnswer,
  RecommendOptions,
  Rejection,
  SimilarAnswer,
  Source,
  StatusAnswer,
  VectorIndex,
  WeightPreset,
  WeightTable,
  Where,
} from './types.js'
import { createExactIndex } from './vectors/exact-index.js'
import { buildGraph, type GraphSeal, graphBytes, graphIsSound, openGraph } from './vectors/hnsw-index.js'
import { rowOf } from './vectors/matrix.js'
import { stringAt } from './vectors/strings.js'
import { createPool, type Pool } from './vectors/workers.js'

const ENGLISH = 'all-MiniLM-L6-v2'
const MULTILINGUAL = 'multilingual-e5-small'
/** A rebuild may remove this share of the catalogue without being told so. */
const PRUNE_LIMIT = 0.2
/** More pending changes than this are folded into a new generation at once; fewer are laid over the last one. */
const FOLD_EVENTS = 20_000
const FOLD_ITEMS = 200
const MOST_RESULTS = 10_000

/** Opens a store and what is needed to answer from it. Close it when done. */
export async function openMiner(options: OpenOptions): Promise<Miner> {
  const isNew = !existsSync(options.store)
  const store = await openSqliteStore(options.store, { mustExist: options.mustExist })
  return new Miner(store, options, isNew)
}

/** A generation as loaded, and what was laid over it since. */
interface Loaded {
  stamp: Stamp
  info: GenerationInfo
  fitted: Artefacts
  model: Model
  rowOfKey: RowLookup
  /** The last event that is counted. */
  appliedSeq: number
}

export class Miner {
  readonly #store: Store
  readonly #options: OpenOptions
  #isNew: boolean
  #loaded: Loaded | null = null
  #encoder: Promise<LoadedEncoder> | null = null
  #pool: Pool | null = null
  #writing: Promise<unknown> = Promise.resolve()
  #closed = false

  /** Use `openMiner`. */
  constructor(store: Store, options: OpenOptions, isNew: boolean) {
    this.#store = store
    this.#options = options
    this.#isNew = isNew
  }

  // -------------------------------------------------------------- writing

  /**
   * Reads a catalogue and events into the store, encodes what changed and fits what depends on it. All or nothing up
   * to the store's own steps: rows in first, vectors as they come, the new generation last.
   */
  build(options: BuildOptions): Promise<BuildReport> {
    return this.#write(options, Boolean(options.items))
  }

  #write(options: BuildOptions, whole: boolean): Promise<BuildReport> {
    return this.#exclusive(async () => {
      try {
        return await this.#build(options, whole)
      } catch (error) {
        await this.#dropEmptyStore()
        throw error
      }
    })
  }

  /** Adds or changes items; none is removed. Only changed texts are encoded again. */
  addItems(items: Source<Item>, options: Omit<BuildOptions, 'items' | 'events' | 'prune'> = {}): Promise<BuildReport> {
    return this.#write({ ...options, items, prune: false }, false)
  }

  /** Adds events; the same event given twice counts once. The next call sees them. */
  addEvents(
    events: Source<Interaction>,
    options: Omit<BuildOptions, 'items' | 'events' | 'prune'> = {},
  ): Promise<BuildReport> {
    return this.#write({ ...options, items: null, events }, false)
  }

  async #build(options: BuildOptions, whole: boolean): Promise<BuildReport> {
    const store = this.#store
    const started = performance.now()
    const since = (from: number) => Math.round(performance.now() - from) / 1000
    const seconds = { read: 0, encode: 0, index: 0, events: 0, total: 0 }
    const notes: string[] = []
    await store.beginStaging()
    if (options.weights !== undefined) await this.#setWeights(options.weights)

    let from = performance.now()
    let items: Intake | null = null
    let itemCounts: BuildReport['items'] = null
    if (options.items) {
      const known = await store.getMeta('vectorDims')
      const taken = await takeItems(store, options.items, known === null ? null : Number(known), options)
      items = taken
      const merged = await store.mergeItems({ prune: options.prune ?? false, limit: options.yes ? 1 : PRUNE_LIMIT })
      itemCounts = { read: taken.read, ...merged, rejected: taken.rejected }
      if (known === null && taken.vectorDims !== null) await store.setMeta('vectorDims', String(taken.vectorDims))
      if (taken.read > 0 && taken.read === taken.rejected) notes.push('no row of the catalogue could be used')
    }
    seconds.read = since(from)

    from = performance.now()
    let events: Intake | null = null
    let eventCounts: BuildReport['events'] = null
    if (options.events) {
      events = await takeEvents(store, options.events, this.#clock(), options)
      const merged = await store.mergeEvents(events.name)
      eventCounts = { read: events.read, ...merged, rejected: events.rejected + merged.rejected }
    }
    seconds.events = since(from)
    stopIfAborted(options.signal)

    if (!(await store.tally()).hasItems) throw this.#nothingToIndex(items)
    const choice = await this.#chooseEncoder()
    const report = (await this.#mustRefit(choice.id, whole)) ? await this.#refit(choice, options) : null
    if (!report) await this.#encodePending(options)
    seconds.encode = report ? Math.round(report.encodeSeconds * 1000) / 1000 : 0
    seconds.index = report ? Math.round(report.fitSeconds * 1000) / 1000 : 0
    const encoder = await this.#encoder
    const { unknown, tokens } = encoder?.statistics ?? { unknown: 0, tokens: 0 }
    if (tokens > 0 && unknown > 0.02 * tokens) {
      notes.push(
        `${Math.round((100 * unknown) / tokens)} % of the text is unknown to ${choice.id}; for Chinese use --encoder ${MULTILINGUAL}`,
      )
    }
    if (choice.note) notes.push(choice.note)

    const model = await this.#load()
    const rejected = await store.rejections(20)
    const reasons = await store.rejectionCounts()
    seconds.total = since(started)
    return {
      items: itemCounts,
      events: eventCounts,
      rejected: rejected.map(showRejection),
      rejectedByReason: Object.fromEntries(reasons.map(({ reason, count }) => [reason, count])),
      rejectedFile: reasons.length > 0 ? await this.#writeRejections() : this.#removeRejections(),
      encoder: { id: choice.id, dims: model.info.dims, reason: choice.reason },
      encoded: report?.encodedItems ?? 0,
      seconds,
      peakMB: Math.round(process.resourceUsage().maxRSS / 1024),
      texts: report?.texts ?? 0,
      textsPerSecond:
        report && report.texts > 0 ? Math.round(report.texts / Math.max(0.001, report.encodeSeconds)) : null,
      language: model.model.catalogue.language,
      columns: { items: items?.columns ?? [], events: events?.columns ?? [] },
      notes: [...notes, ...(items?.notes ?? []), ...(events?.notes ?? [])],
    }
  }

  #nothingToIndex(items: Intake | null): InterestMineError {
    if (items)
      return new InterestMineError(
        'BAD_INPUT',
        `${quote(items.name)} has no item that can be used (${items.rejected} of ${items.read} rows rejected)`,
        { file: items.name },
      )
    return new InterestMineError(
      'NO_STORE',
      `no items in ${this.#store.path} yet: run "interest-mine build-index CATALOG" first`,
      { file: this.#store.path },
    )
  }

  async #setWeights(weights: WeightPreset | WeightTable): Promise<void> {
    if (typeof weights === 'string' && !Object.hasOwn(WEIGHT_PRESETS, weights)) {
      const names = Object.keys(WEIGHT_PRESETS)
      throw new InterestMineError(
        'BAD_OPTION',
        `no weights ${quote(weights)}; use ${names.join(', ')} or a JSON file`,
        { option: 'weights', value: weights, near: nearMatches(weights, names) },
      )
    }
    const table = typeof weights === 'string' ? WEIGHT_PRESETS[weights] : parseWeightTable(weights)
    await this.#store.setMeta('weights', JSON.stringify(table))
  }

  async #rules(stamp: Stamp): Promise<BehaviourRules> {
    const table = await this.#store.getMeta('weights')
    return { table: table === null ? WEIGHT_PRESETS.shop : JSON.parse(table), ratingMax: stamp.ratingMax }
  }

  /** What the store is encoded with, else what was asked for, else what its language needs. */
  async #chooseEncoder(): Promise<{ id: string; name: string | null; reason: string; note?: string }> {
    const store = this.#store
    const dims = Number((await store.getMeta('vectorDims')) ?? 0)
    if (dims > 0) return { id: `caller:${dims}`, name: null, reason: 'the items bring their own vectors' }
    const known = await store.getMeta('encoder')
    const asked = this.#options.encoder
    const chosen = asked ?? known
    if (chosen !== null && chosen !== undefined) {
      const { id } = readManifest(findModel(chosen))
      await store.setMeta('encoder', chosen)
      return { id, name: chosen, reason: asked !== undefined ? 'as asked' : 'the store was built with it' }
    }
    const sample: string[] = []
    for (const { item } of (await store.readItems()).slice(0, 5000)) sample.push(`${item.title} ${item.text ?? ''}`)
    const chinese = sample.filter((text) => majorityLanguage([text]) === 'zh').length / Math.max(1, sample.length)
    const name = chinese > 0.05 ? MULTILINGUAL : ENGLISH
    await store.setMeta('encoder', name)
    const percent = Math.round(100 * chinese)
    return {
      id: readManifest(findModel(name)).id,
      name,
      reason:
        chinese > 0.05 ? `${percent} % of the items are in Chinese` : 'the catalogue is in English or a like script',
    }
  }

  /** `whole`: any change is folded in; else few changes are laid over the last generation. */
  async #mustRefit(encoderId: string, whole: boolean): Promise<boolean> {
    const store = this.#store
    const info = await store.generation()
    if (!info) return true
    const stamp = await store.stamp()
    const { lastSeq } = await store.tally()
    const rules = await this.#rules(stamp)
    const before = info.rules as BehaviourRules
    if (info.encoder !== encoderId) return true
    if (ratingScale(rules.ratingMax ?? 5) !== ratingScale(before.ratingMax ?? 5)) return true
    if (JSON.stringify(rules.table) !== JSON.stringify(before.table)) return true
    if (whole) return stamp.items !== info.itemsChange || lastSeq !== info.eventsSeq
    const pending = stamp.items === info.itemsChange ? 0 : (await store.readItems(info.itemsChange)).length
    return (
      pending > Math.max(FOLD_ITEMS, 0.02 * info.items) ||
      lastSeq - info.eventsSeq > Math.max(FOLD_EVENTS, 0.1 * info.events)
    )
  }

  async #refit(choice: { id: string; name: string | null }, options: BuildOptions): Promise<RefitReport> {
    const encoder = choice.name === null ? null : await this.#openEncoder(choice.name)
    return refit({
      store: this.#store,
      encoder,
      encoderId: choice.id,
      pool: this.#openPool(),
      graphFile: `${this.#store.path}.hnsw`,
      rules: await this.#rules(await this.#store.stamp()),
      seed: this.#options.seed ?? 1,
      clock: this.#clock(),
      signal: options.signal,
      onProgress: options.onProgress,
    })
  }

  /** Encodes the few items that are laid over the last generation. */
  async #encodePending(options: BuildOptions): Promise<void> {
    const info = await this.#store.generation()
    const name = await this.#store.getMeta('encoder')
    if (!info || name === null || info.encoder.startsWith('caller:')) return
    const pending = (await this.#store.readItems(info.itemsChange)).filter(({ live }) => live)
    if (pending.length === 0) return
    const texts = pending.flatMap(({ item }) => [fullText(item), shortText(item)])
    await encodeCached({ store: this.#store, ...options }, await this.#openEncoder(name), texts, 'encode', 32)
  }

  #openEncoder(name: string): Promise<LoadedEncoder> {
    this.#encoder ??= loadEncoder(name, { pool: this.#openPool() })
    return this.#encoder
  }

  #openPool(): Pool | null {
    const size = this.#options.workers ?? Math.min(4, availableParallelism())
    if (size === 0) return null
    this.#pool ??= createPool(new URL('./worker.js', import.meta.url), size)
    return this.#pool
  }

  async #writeRejections(): Promise<string> {
    const file = `${this.#store.path}.rejected.jsonl`
    const lines = (await this.#store.rejections()).map(({ file: from, line, reason, field }) =>
      JSON.stringify({ file: from, line, reason, field }),
    )
    const temporary = `${file}.${process.pid}.tmp`
    writeFileSync(temporary, `${lines.join('\n')}\n`)
    renameSync(temporary, file)
    return file
  }

  #removeRejections(): null {
    rmSync(`${this.#store.path}.rejected.jsonl`, { force: true })
    return null
  }

  /** A first build that fails leaves no store behind. */
  async #dropEmptyStore(): Promise<void> {
    if (!this.#isNew || (await this.#store.tally()).hasItems) return
    await this.#store.close()
    this.#closed = true
    for (const suffix of ['', '-wal', '-shm', '.hnsw']) rmSync(`${this.#store.path}${suffix}`, { force: true })
  }

  /** Writes one after another: a long build never meets an edit half-way. */
  #exclusive<R>(work: () => Promise<R>): Promise<R> {
    if (this.#closed) return Promise.reject(new InterestMineError('CLOSED', 'this miner is closed'))
    const run = this.#writing.then(work, work)
    this.#writing = run.catch(() => undefined)
    return run
  }

  // -------------------------------------------------------------- reading

  /** A user's interests with their evidence. An unknown user has none. */
  async interests(
    user: string,
    options: { now?: string | number; language?: Language } = {},
  ): Promise<InterestsAnswer> {
    const loaded = await this.#load()
    const input = await this.#inputOf(user, loaded, options)
    return describeInterests(loaded.model, input, this.#nowOf(loaded, options.now))
  }

  /** A list for a user, or for a guest: `{ items, like }`, nothing is stored. */
  recommend(user: string, options?: RecommendOptions): Promise<RecommendAnswer>
  recommend(guest: GuestOptions): Promise<RecommendAnswer>
  async recommend(who: string | GuestOptions, options: RecommendOptions = {}): Promise<RecommendAnswer> {
    const loaded = await this.#load()
    if (typeof who === 'string') {
      const input = await this.#inputOf(who, loaded, options)
      return { user: who, ...recommend(loaded.model, input, await this.#optionsOf(loaded, options)) }
    }
    return {
      user: null,
      ...recommend(loaded.model, await this.#guestInput(loaded, who), await this.#optionsOf(loaded, who)),
    }
  }

  /** Interests and list in one answer, or why one item stands where it stands. */
  explain(user: string, options?: RecommendOptions): Promise<ExplainUserAnswer>
  explain(user: string, item: string, options?: RecommendOptions): Promise<ExplainItemAnswer>
  async explain(
    user: string,
    second?: string | RecommendOptions,
    third: RecommendOptions = {},
  ): Promise<ExplainUserAnswer | ExplainItemAnswer> {
    const loaded = await this.#load()
    const options = typeof second === 'string' ? third : (second ?? {})
    const input = await this.#inputOf(user, loaded, options)
    const answerOptions = { ...(await this.#optionsOf(loaded, options)), effects: options.effects ?? true }
    if (typeof second !== 'string') return explainUser(loaded.model, input, answerOptions)
    const [row] = await this.#rowsOf(loaded, [second])
    return explainItem(loaded.model, input, row, answerOptions)
  }

  /** Items whose text is most like an item's. */
  async similar(item: string, options: { limit?: number; where?: Where } = {}): Promise<SimilarAnswer> {
    const loaded = await this.#load()
    const [row] = await this.#rowsOf(loaded, [item])
    return this.#nearest(loaded, rowOf(loaded.model.vectors, row), options, row)
  }

  /** Items whose text is most like a phrase. */
  async search(phrase: string, options: { limit?: number; where?: Where } = {}): Promise<SimilarAnswer> {
    const loaded = await this.#load()
    return this.#nearest(loaded, await this.#encodePhrase(loaded, phrase), options, -1)
  }

  /** Vectors of texts by the store's encoder, unit length, one row a text. */
  async embed(texts: string[], kind: 'query' | 'passage' = 'query'): Promise<Matrix> {
    const name = await this.#store.getMeta('encoder')
    if (name === null) throw new InterestMineError('NO_STORE', 'no encoder is chosen before the first items are in', {})
    return (await this.#openEncoder(name)).encode(texts, { kind })
  }

  async #nearest(
    { model }: Loaded,
    vector: Float32Array,
    options: { limit?: number; where?: Where },
    self: number,
  ): Promise<SimilarAnswer> {
    const limit = checkLimit(options.limit)
    const allowed = await this.#allowed(options.where)
    const { rows, similarities } = model.index.search(
      vector,
      limit,
      (row) => row !== self && !model.catalogue.removed[row] && (!allowed || allowed(row)),
    )
    return {
      results: Array.from(rows, (row, i) => ({
        item: stringAt(model.catalogue.ids, row),
        title: stringAt(model.catalogue.titles, row),
        similarity: Math.max(-1, Math.min(1, similarities[i])),
      })),
    }
  }

  async #encodePhrase({ model, info }: Loaded, phrase: string): Promise<Float32Array> {
    const text = phrase.trim()
    if (text === '') throw new InterestMineError('BAD_OPTION', 'the phrase is empty', { option: 'phrase' })
    if (info.encoder.startsWith('caller:')) {
      throw new InterestMineError(
        'NO_TEXT',
        'this store holds vectors of your own; a phrase cannot be encoded, use similar or --items',
        {},
      )
    }
    return centreVector((await this.embed([text])).data, model.centre)
  }

  /** Which ids are items of the catalogue. */
  async hasItems(ids: string[]): Promise<boolean[]> {
    return (await this.#store.findItems(ids)).map((key) => key !== null)
  }

  /** Which ids are interests of the user. */
  async hasInterest(user: string, ids: string[]): Promise<boolean[]> {
    const known = new Set((await this.interests(user)).interests.map((interest) => interest.id))
    return ids.map((id) => known.has(id))
  }

  // -------------------------------------------------------------- editing

  /** Changes one interest of a user; in force from the next call on. Fails with UNKNOWN_INTEREST. */
  editInterest(
    user: string,
    interest: string,
    action: EditAction,
    options: { now?: string | number } = {},
  ): Promise<EditsAnswer> {
    return this.#exclusive(async () => {
      const { interests } = await this.interests(user)
      const target = interests.find((one) => one.id === interest)
      if (!target) throw unknownInterest(interest, interests)
      const at = new Date(options.now === undefined ? this.#clock() : readTime(options.now)).toISOString()
      await this.#store.addEdit(user, {
        ...readAction(action),
        at,
        interest,
        label: target.label,
        evidence: { level: target.level, domain: target.domain, items: target.evidence.map(({ item }) => item) },
      })
      return this.edits(user)
    })
  }

  /** Takes back the user's last edit. */
  undoEdit(user: string): Promise<EditsAnswer> {
    return this.#exclusive(async () => {
      const key = await this.#store.findUser(user)
      if (key === null || !(await this.#store.undoEdit(key))) {
        throw new InterestMineError('BAD_OPTION', `user ${quote(user)} has no edit to take back`, { option: 'undo' })
      }
      return this.edits(user)
    })
  }

  /** The user's edits in force, oldest first. */
  async edits(user: string): Promise<EditsAnswer> {
    return { user, edits: (await this.#editsOf(user)).filter((edit) => !edit.undone).map(showEdit) }
  }

  async #editsOf(user: string): Promise<StoredEdit[]> {
    const key = await this.#store.findUser(user)
    return key === null ? [] : this.#store.edits(key)
  }

  // -------------------------------------------------------------- care

  async status(): Promise<StatusAnswer> {
    const store = this.#store
    const counts = await store.counts()
    const info = await store.generation()
    const base = { items: counts.items, users: counts.users, events: counts.events }
    const file = { bytes: counts.bytes + graphBytes(`${store.path}.hnsw`), version: counts.version, path: store.path }
    if (!info) {
      return {
        ...base,
        encoder: null,
        index: { kind: 'exact', items: 0, ok: false },
        scorer: { id: 'none', trainedOn: null, calibrated: false },
        store: file,
        generation: null,
        language: 'en',
      }
    }
    const { model, stamp } = await this.#load()
    const { id, trainedOn, calibrated } = model.scorer
    return {
      ...base,
      encoder: { id: info.encoder, dims: info.dims },
      index: { kind: model.index.kind, items: model.catalogue.removed.reduce((n, gone) => n + 1 - gone, 0), ok: true },
      scorer: { id, trainedOn, calibrated },
      store: file,
      generation: {
        id: info.id,
        builtAt: info.builtAt,
        items: info.items,
        events: info.events,
        pendingItems: stamp.items === info.itemsChange ? 0 : model.loose.length,
        pendingEvents: Math.max(0, counts.events - info.events),
      },
      language: model.catalogue.language,
    }
  }

  /** Looks for damage, and with `repair` makes anew what can be made from items and events. */
  async doctor(options: { repair?: boolean } = {}): Promise<DoctorAnswer> {
    const store = this.#store
    const problems: DoctorAnswer['problems'] = (await store.check()).map((what) => ({
      what,
      where: basename(store.path),
      repaired: false,
    }))
    const info = await store.generation()
    if ((await store.tally()).hasItems && !info)
      problems.push({ what: 'the index was never finished', where: basename(store.path), repaired: false })
    let loads = info !== null
    if (info) {
      try {
        unpackArtefacts(await store.loadArtefacts(info.id))
      } catch (error) {
        loads = false
        if (!problems.some(({ what }) => what.includes('checksum')))
          problems.push({ what: (error as Error).message, where: basename(store.path), repaired: false })
      }
      const seal = info.graph as GraphSeal | null
      if (seal && !graphIsSound(`${store.path}.hnsw`, seal)) {
        problems.push({
          what: 'the index file is missing or damaged',
          where: `${basename(store.path)}.hnsw`,
          repaired: false,
        })
      }
    }
    if (options.repair && problems.length > 0) await this.#repair(problems, loads)
    return { ok: problems.every(({ repaired }) => repaired), problems }
  }

  async #repair(problems: DoctorAnswer['problems'], loads: boolean): Promise<void> {
    await this.#exclusive(async () => {
      if (!loads) {
        this.#loaded = null
        await this.#refit(await this.#chooseEncoder(), {})
      } else await this.#load(true)
      const left = new Set(await this.#store.check())
      for (const problem of problems) problem.repaired = !left.has(problem.what)
    })
  }

  /** Everything that is held about a user. */
  async exportUser(user: string): Promise<ExportAnswer> {
    const key = await this.#store.findUser(user)
    if (key === null) return { user, events: [], edits: [], interests: [] }
    const columns = await this.#store.userEvents(key)
    const items = await this.#store.itemsByKey([...new Set(columns.items)])
    const orNull = (value: number) => (Number.isNaN(value) ? null : value)
    const { interests } = await this.interests(user)
    return {
      user,
      events: Array.from(columns.items, (item, i) => ({
        item: items.get(item)?.id ?? '',
        type: columns.kinds[i],
        at: Number.isNaN(columns.at[i]) ? null : new Date(columns.at[i]).toISOString(),
        value: orNull(columns.values[i]),
        dwell: orNull(columns.dwells[i]),
        quantity: orNull(columns.quantities[i]),
      })),
      edits: (await this.#store.edits(key)).map((edit) => ({
        ...showEdit(edit),
        undone: edit.undone,
        evidence: edit.evidence.items,
      })),
      interests,
    }
  }

  /** Removes a user from the store and from everything counted; nothing of the id is left in any file. */
  forget(user: string): Promise<ForgetAnswer> {
    return this.#exclusive(async () => {
      const { known, events } = await this.#store.forget(user)
      if (!known) return { user, forgotten: false, events: 0 }
      const info = await this.#store.generation()
      if (info) {
        const fitted = unpackArtefacts<Artefacts>(await this.#store.loadArtefacts(info.id))
        const rules = await this.#rules(await this.#store.stamp())
        const remaining = this.#store.allEvents(info.eventsSeq)
        const covisits = countCovisits(
          await gatherHistories(remaining, fitted.catalogue, lookupRows(fitted.catalogue), rules),
          fitted.catalogue.size,
        )
        const packed = packArtefacts({ ...fitted, covisits })
        const counted = Object.fromEntries(
          Object.entries(packed).filter(([name]) => name === 'json' || name.startsWith('covisits.')),
        )
        await this.#store.amendGeneration(info.id, { ...info, rules, stale: true }, counted)
      }
      await this.#store.compact()
      this.#loaded = null
      return { user, forgotten: true, events }
    })
  }

  /** Waits for what is being written, then lets go of threads and file. */
  async close(): Promise<void> {
    await this.#writing
    if (this.#closed) return
    this.#closed = true
    await (await this.#encoder)?.close()
    await this.#pool?.close()
    await this.#store.close()
  }

  // -------------------------------------------------------------- loading

  /** The newest generation with all that came since, loaded again only as far as it changed. */
  async #load(rebuildGraph = false): Promise<Loaded> {
    if (this.#closed) throw new InterestMineError('CLOSED', 'this miner is closed')
    const stamp = await this.#store.stamp()
    const old = rebuildGraph ? null : this.#loaded
    if (old && old.stamp.generation === stamp.generation && old.stamp.forgets === stamp.forgets) {
      if (old.stamp.items === stamp.items && old.stamp.events === stamp.events) return old
      this.#loaded = await this.#layOver(old, stamp, old.stamp.items !== stamp.items)
      return this.#loaded
    }
    const info = await this.#store.generation()
    if (!info)
      throw new InterestMineError(
        'NO_STORE',
        `no index in ${this.#store.path} yet: run "interest-mine build-index CATALOG --db ${this.#store.path}"`,
        { file: this.#store.path },
      )
    if (this.#options.encoder !== undefined && !info.encoder.startsWith('caller:')) {
      const { id } = readManifest(findModel(this.#options.encoder))
      if (id !== info.encoder)
        throw new InterestMineError(
          'ENCODER_MISMATCH',
          `the index was built with ${info.encoder}, not ${id}; leave --encoder out, or run build-index with it`,
          { built: info.encoder, asked: id },
        )
    }
    const fitted = unpackArtefacts<Artefacts>(await this.#store.loadArtefacts(info.id))
    const rowOfKey = lookupRows(fitted.catalogue)
    const base: Loaded = {
      appliedSeq: info.eventsSeq,
      stamp,
      info,
      fitted,
      rowOfKey,
      model: await this.#assemble(fitted, info, new Int32Array(0)),
    }
    this.#loaded = await this.#layOver(base, stamp, stamp.items !== info.itemsChange)
    return this.#loaded
  }

  /** Lays items and events that came after the generation over it. */
  async #layOver(loaded: Loaded, stamp: Stamp, itemsChanged: boolean): Promise<Loaded> {
    const { info, fitted } = loaded
    let { model, rowOfKey } = loaded
    if (itemsChanged) {
      const changed = await this.#store.readItems(info.itemsChange)
      const { artefacts, loose } = changeItems(
        fitted,
        await this.#withVectors(changed, info),
        lookupRows(fitted.catalogue),
      )
      rowOfKey = lookupRows(artefacts.catalogue)
      model = await this.#assemble(artefacts, info, loose)
    }
    // What was laid over before is built on; after a change of items everything since the generation is laid anew.
    const from = itemsChanged ? info.eventsSeq : loaded.appliedSeq
    const { lastSeq } = await this.#store.tally()
    const users: ChangedUser[] = []
    for (const user of lastSeq > from ? await this.#store.usersSince(from) : []) {
      users.push({ before: await this.#store.userEventsUntil(user, from), after: await this.#store.userEvents(user) })
    }
    if (users.length > 0) {
      const covisits = model.covisits.overlay ? model.covisits : openCovisits(model.covisits, model.catalogue.size)
      changeUsers(covisits, users, model.catalogue, rowOfKey, await this.#rules(stamp))
      model = { ...model, covisits, byPopularity: orderByPopularity(model.catalogue, covisits.users) }
    }
    return { ...loaded, stamp, rowOfKey, model, appliedSeq: lastSeq }
  }

  async #withVectors(
    changed: { key: number; live: boolean; item: Item }[],
    info: GenerationInfo,
  ): Promise<ChangedItem[]> {
    if (info.encoder.startsWith('caller:')) {
      return changed.map((one) => {
        const vector = one.item.vector ? Float32Array.from(one.item.vector) : null
        return { ...one, full: vector, short: vector }
      })
    }
    const hashes = changed.flatMap(({ item }) => [hashText(fullText(item)), hashText(shortText(item))])
    const cached = await this.#store.cachedVectors(info.encoder, 32, hashes)
    const vectorAt = (i: number) => (cached[i] ? readVector(cached[i], 32, info.dims) : null)
    return changed.map((one, i) => ({ ...one, full: vectorAt(2 * i), short: vectorAt(2 * i + 1) }))
  }

  async #assemble(artefacts: Artefacts, info: GenerationInfo, loose: Int32Array): Promise<Model> {
    const { catalogue, vectors, covisits } = artefacts
    return {
      ...artefacts,
      index: await this.#openIndex(artefacts, info, loose),
      loose,
      byPopularity: orderByPopularity(catalogue, covisits.users),
      vectors,
    }
  }

  /** The graph beside the store; made anew, the same to the byte, where its file is not what the store says. */
  async #openIndex({ vectors, catalogue }: Artefacts, info: GenerationInfo, loose: Int32Array): Promise<VectorIndex> {
    const seal = info.graph as GraphSeal | null
    if (!seal) return createExactIndex(vectors, catalogue.removed)
    const file = `${this.#store.path}.hnsw`
    const opened = openGraph(file, seal, vectors, catalogue.removed, loose)
    if (opened) return opened
    const fitted = { data: vectors.data.subarray(0, seal.rows * seal.dims), rows: seal.rows, dims: seal.dims }
    const rebuilt = loose.length === 0 ? await buildGraph(fitted, file, async () => undefined) : null
    return (
      (rebuilt && openGraph(file, rebuilt, vectors, catalogue.removed, loose)) ??
      createExactIndex(vectors, catalogue.removed)
    )
  }

  // -------------------------------------------------------------- requests

  async #inputOf(user: string, loaded: Loaded, options: RecommendOptions): Promise<AnswerInput & { user: string }> {
    const { model, rowOfKey, stamp } = loaded
    const key = await this.#store.findUser(user)
    const now = this.#nowOf(loaded, options.now)
    const columns = key === null ? null : await this.#store.userEvents(key)
    const history = columns
      ? readHistory(
          columns,
          0,
          columns.items.length,
          model.catalogue,
          rowOfKey,
          await this.#rules(stamp),
          options.now === undefined ? Number.NaN : now,
        )
      : plainHistory([])
    const stored = key === null ? [] : await this.#store.edits(key)
    const edits: ActiveEdit[] = []
    for (const edit of stored) {
      if (edit.undone) continue
      const keys = await this.#store.findItems(edit.evidence.items, { gone: true })
      const rows = keys.map((one) => (one === null ? -1 : rowOfKey(one))).filter((row) => row >= 0)
      edits.push({
        interest: edit.interest,
        label: edit.label,
        action: edit.action,
        value: edit.value,
        level: edit.evidence.level,
        domain: edit.evidence.domain,
        rows: Int32Array.from(rows),
      })
    }
    return {
      user,
      history,
      edits,
      without: new Set(await this.#rowsOf(loaded, options.without ?? [])),
      mute: options.mute,
    }
  }

  async #guestInput(loaded: Loaded, guest: GuestOptions): Promise<AnswerInput> {
    if (!guest.items?.length && !guest.like)
      throw new InterestMineError('BAD_OPTION', 'a guest needs items or a phrase: --items IDS or --like "phrase"', {
        option: 'items',
      })
    return {
      user: null,
      history: plainHistory([...new Set(await this.#rowsOf(loaded, guest.items ?? []))]),
      edits: [],
      without: new Set(await this.#rowsOf(loaded, guest.without ?? [])),
      mute: guest.mute,
      wish: guest.like ? await this.#encodePhrase(loaded, guest.like) : null,
    }
  }

  async #optionsOf(loaded: Loaded, options: RecommendOptions): Promise<AnswerOptions> {
    const diversity = options.diversity ?? 0.3
    if (!(diversity >= 0 && diversity <= 1))
      throw new InterestMineError('BAD_OPTION', `diversity ${quote(options.diversity)} is not between 0 and 1`, {
        option: 'diversity',
        value: options.diversity,
      })
    return {
      limit: checkLimit(options.limit),
      diversity,
      exclude: new Set(await this.#rowsOf(loaded, options.exclude ?? [])),
      allow: await this.#allowed(options.where),
      effects: options.effects ?? false,
      language: options.language ?? loaded.model.catalogue.language,
      now: this.#nowOf(loaded, options.now),
    }
  }

  /** Now is the newest event's time, so that answers repeat and old data stay usable. */
  #nowOf({ stamp }: Loaded, now: string | number | undefined): number {
    return now === undefined ? (stamp.newest ?? Number.NaN) : readTime(now)
  }

  async #allowed(where: Where | undefined): Promise<((row: number) => boolean) | null> {
    const test = parseWhere(where)
    if (!test) return null
    const { rowOfKey } = await this.#load()
    const rows = new Set(Array.from(await this.#store.itemsWhere(test), rowOfKey))
    return (row) => rows.has(row)
  }

  /** Rows of item ids. Fails with UNKNOWN_ITEM and near matches. */
  async #rowsOf({ rowOfKey }: Loaded, ids: readonly string[]): Promise<number[]> {
    const keys = await this.#store.findItems(ids)
    const rows: number[] = []
    for (const [i, key] of keys.entries()) {
      const row = key === null ? -1 : rowOfKey(key)
      if (row < 0) throw await this.#unknownItem(ids[i])
      rows.push(row)
    }
    return rows
  }

  async #unknownItem(id: string): Promise<InterestMineError> {
    const known: string[] = []
    for await (const one of this.#store.itemIds()) known.push(one)
    const near = nearMatches(id, known)
    const hint = near.length > 0 ? `; near: ${near.map((one) => quote(one)).join(', ')}` : ''
    return new InterestMineError('UNKNOWN_ITEM', `no item ${quote(id)} in the catalogue${hint}`, { item: id, near })
  }

  #clock(): number {
    return this.#options.clock ? this.#options.clock() : Date.now()
  }
}

function checkLimit(limit = 10): number {
  if (!Number.isInteger(limit) || limit < 1 || limit > MOST_RESULTS) {
    throw new InterestMineError('BAD_OPTION', `limit ${quote(limit)} is no whole number from 1 to ${MOST_RESULTS}`, {
      option: 'limit',
      value: limit,
    })
  }
  return limit
}

function readTime(value: string | number): number {
  const time = typeof value === 'number' ? value : Date.parse(value)
  if (Number.isNaN(time))
    throw new InterestMineError(
      'BAD_OPTION',
      `--now ${quote(value)} is no time; write 2026-05-01 or 2026-05-01T12:00:00Z`,
      { option: 'now', value },
    )
  return time
}

function readAction(action: EditAction): Pick<EditRecord, 'action' | 'value'> {
  if ('boost' in action) {
    if (!(action.boost >= 0.1 && action.boost <= 10))
      throw new InterestMineError('BAD_OPTION', `boost ${quote(action.boost)} is not between 0.1 and 10`, {
        option: 'boost',
        value: action.boost,
      })
    return { action: 'boost', value: action.boost }
  }
  if ('rename' in action) {
    const label = action.rename.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, ' ').trim()
    if (label === '' || [...label].length > 80)
      throw new InterestMineError('BAD_OPTION', `a name has 1 to 80 characters, not ${quote(action.rename)}`, {
        option: 'rename',
        value: action.rename,
      })
    return { action: 'rename', value: label }
  }
  const plain = { mute: 'mute', unmute: 'unmute', pin: 'pin', unpin: 'unpin', notMe: 'not-me' } as const
  for (const [key, name] of Object.entries(plain)) if (key in action) return { action: name, value: null }
  throw new InterestMineError('BAD_OPTION', `no such edit; use mute, unmute, boost, rename, pin, unpin or not-me`, {
    option: 'action',
  })
}

function showEdit({ at, interest, label, action, value }: StoredEdit): EditRecord {
  return { at, interest, label, action, value }
}

function showRejection({ file, line, reason, field, id }: Rejection): Rejection {
  return { file, line, reason, field, ...(id === undefined ? {} : { id }) }
}
