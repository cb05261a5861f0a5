import { basename } from 'node:path'
import { answer, answerInterests, answerList, answerRank } from './answer/answer.js'
import { answerItem } from './answer/explain-item.js'
import { type AnswerInput, mineProfile, type Reading, read } from './answer/read.js'
import { findMostSimilar, type SimilarityQuery } from './answer/similar.js'
import { findProblems } from './care/doctor.js'
import { exportRows, showEdit } from './care/export.js'
import { forgetUser } from './care/forget.js'
import { describeStore } from './care/status.js'
import type { Matrix, Tower } from './columns.js'
import { readAction, readWish } from './edit/action.js'
import { findContraries, mergedInterests, type PlannedEdit, planEdit, planWish } from './edit/plan.js'
import type { LoadedEncoder } from './encode/encoder.js'
import { InterestMineError, quote } from './errors.js'
import type { FaithfulnessReport } from './evaluate/faithfulness/report.js'
import type { InterestsReport } from './evaluate/interests/report.js'
import type { EvaluateSettings, FaithfulnessSettings, InterestsSettings } from './evaluate/setup/options.js'
import type { EvaluateReport } from './evaluate/setup/report.js'
import type { PublicItems } from './federate/model.js'
import type { Host } from './host.js'
import { type Loaded, loadModel, noIndex } from './load/generation.js'
import { allowRows, findRows, readMedium, vectorOf } from './load/items.js'
import { openStore } from './load/open-store.js'
import { nowOf, readGuest, readOptions, readRanking, readUser } from './load/user.js'
import { badOption, checkText, readLanguage, readLimit, readPhrase, readTime, untilOf } from './options.js'
import { openSecureBytes } from './privacy/secure-bytes.js'
import { sidecarsOf } from './store/sidecars.js'
import type { GenerationInfo, Store, StoredEdit } from './store/store.js'
import { openThreads, type Pool } from './threads/workers.js'
import type {
  AudienceAnswer,
  AudienceSize,
  EditAction,
  EditRecord,
  EditsAnswer,
  ExplainItemAnswer,
  ExplainUserAnswer,
  InterestsAnswer,
  Language,
  LineageAnswer,
  LineageEntry,
  PrivacyLedger,
  PrivateUserBaseAnswer,
  RecommendAnswer,
  SimilarAnswer,
  UserBaseAnswer,
} from './types/answers.js'
import type { Interaction, Item, Modality, Where } from './types/items.js'
import type {
  AudienceOptions,
  AudienceSizeOptions,
  BuildOptions,
  ForgetOptions,
  GuestOptions,
  OpenOptions,
  PrivateUserBaseOptions,
  RankOptions,
  RecommendOptions,
  SimilarOptions,
  Source,
  TrainOptions,
  UserBaseOptions,
} from './types/options.js'
import type {
  BuildReport,
  DoctorAnswer,
  ExportAnswer,
  ForgetAnswer,
  GenerationsAnswer,
  StatusAnswer,
  TrainReport,
} from './types/reports.js'
import type {
  AskOptions,
  EnrichedItem,
  ExpandedPhrase,
  NameOptions,
  NameReport,
  PhrasedReason,
  ProfileDescription,
} from './types/words.js'
import type { TextTopics } from './users/text-topics.js'
import type { UserInterests } from './users/user-interests.js'
import { centreVector } from './vectors/centre.js'
import { removeGraph } from './vectors/hnsw-index.js'
import { gatherRows } from './vectors/matrix.js'
import { stringAt } from './vectors/strings.js'
import { writeVector } from './vectors/vector-bytes.js'

/**
 * Opens a store, making the file where it does not exist. Close the miner when done. Fails with BAD_OPTION, with
 * NO_STORE where the file does not exist and `mustExist` is given, and with STORE_TOO_NEW, STORE_DAMAGED, STORE_BUSY or
 * BAD_INPUT where the file cannot be used.
 */
export async function openMiner(options: OpenOptions): Promise<Miner> {
  checkText('store', options?.store)
  const store = await openStore(options.store, { mustExist: options.mustExist })
  return new Miner(store, options)
}

/** Options of `addItems` and `addEvents`. */
type AddOptions = Omit<BuildOptions, 'items' | 'events' | 'prune'>

/**
 * An open store, with its generation in use and its worker threads. Every method sees what was last written, by this
 * process or another. All methods may fail with CLOSED after `close`, and with STORE_BUSY or STORE_DAMAGED; those that
 * answer fail with NO_STORE where nothing was built yet, and with ENCODER_MISMATCH where the miner was opened with
 * another encoder than the store was built with.
 */
export class Miner {
  readonly #store: Store
  readonly #options: OpenOptions
  #loading: Promise<Loaded | null> = Promise.resolve(null)
  #writing: Promise<unknown> = Promise.resolve()
  #encoder: Promise<LoadedEncoder> | null = null
  #encoderName = ''
  readonly #towers = new Map<string, Promise<Tower>>()
  #pool: Pool | null = null
  #userInterests: { key: string; found: UserInterests } | null = null
  #textTopics: { key: string; found: Promise<TextTopics> } | null = null
  #closed = false

  /** Use `openMiner`. */
  constructor(store: Store, options: OpenOptions) {
    this.#store = store
    this.#options = options
  }

  // -------------------------------------------------------------- writing

  /**
   * Reads a catalogue and events into the store, encodes what changed and fits what depends on it. All items of a call
   * are written or none, and all events or none; vectors are stored as they are encoded; the new generation is written
   * last. So a build can be stopped at any moment, and the next one goes on from what was written. Rows that cannot be
   * used are rejected and reported. Fails with BAD_OPTION, BAD_INPUT, BAD_MODEL, NO_RUNTIME, INTERRUPTED, with NO_STORE
   * where the store stays without items, and with LIMIT where `prune` would remove too much.
   */
  build(options: BuildOptions): Promise<BuildReport> {
    return this.#build(options, Boolean(options?.items))
  }

  /** Adds or changes items; none is removed. Only changed texts are encoded again. Fails as `build` does. */
  addItems(items: Source<Item>, options: AddOptions = {}): Promise<BuildReport> {
    return this.#build({ ...options, items, prune: false }, false)
  }

  /**
   * Adds events. The same event given twice counts once. The next call of any method sees them. Fails as `build` does.
   */
  addEvents(events: Source<Interaction>, options: AddOptions = {}): Promise<BuildReport> {
    return this.#build({ ...options, items: null, events }, false)
  }

  /**
   * Learns the scorer from what users did next: monotone functions of the named features, calibrated on users that were
   * not learnt from (docs/scoring.md). It is kept over rebuilds. Where items or events are pending, a new generation is
   * fitted first. A scorer that ranks those users worse than the one in use is not installed, and the report says so.
   * Fails with LIMIT where there is too little behaviour, with BAD_OPTION, BUDGET_SPENT, INTERRUPTED, and, with
   * `adapter`, with BAD_INPUT and ENCODER_MISMATCH; the scorer in use then stays as it was.
   */
  train(options: TrainOptions = {}): Promise<TrainReport> {
    return this.#exclusive(async () => {
      const { trainStore } = await import('./build/train-store.js')
      return trainStore(this.#host(), options)
    })
  }

  /**
   * Measures how well events that are held back are predicted from the others, beside known methods
   * (docs/evaluation.md). The generation in use stays as it is; texts that are not encoded yet are encoded and stored.
   * Fails with NO_STORE, BAD_OPTION, INTERRUPTED, with LIMIT where there is nothing to predict, and with BAD_INPUT
   * where a split by time finds no times.
   */
  async evaluate(settings: EvaluateSettings = {}): Promise<EvaluateReport> {
    this.#checkOpen()
    if (!(await this.#store.tally()).hasItems) throw noIndex(this.#store)
    const { evaluateStore } = await import('./evaluate/evaluate.js')
    return evaluateStore(this.#host(), settings, this.#options.workers)
  }

  /**
   * Asks a language model for names of the named groups (points and pairs) of one user, or of all, and takes those
   * names that the evidence supports (docs/llm.md). Every reply is stored when it comes, accepted or refused, so that
   * no question is asked twice; other methods may write meanwhile. A name is used from the next call on; a name by the
   * user takes precedence. Fails with BAD_OPTION, with LLM_FAILED where the model cannot be reached or no question was
   * answered, and with INTERRUPTED; replies that came until then stay.
   */
  async nameInterests(options: NameOptions): Promise<NameReport> {
    this.#checkOpen()
    const { nameInterests } = await import('./words/names.js')
    return nameInterests(this.#host(), options ?? {})
  }

  /**
   * Describes a user in two sentences by a language model, each with its evidence. Where its reply is refused, the
   * sentences are made in code. Fails with BAD_OPTION, LLM_FAILED, INTERRUPTED.
   */
  async describe(user: string, options: AskOptions): Promise<ProfileDescription> {
    const { describeProfile } = await import('./words/profile.js')
    return describeProfile(this.#host(), user, options ?? {})
  }

  /**
   * Writes a text for an item that has little, by a language model. The store is not changed; the caller may add the
   * item again with the text. Where the reply is refused, the answer is the item's own text. Fails with UNKNOWN_ITEM,
   * BAD_OPTION, LLM_FAILED, INTERRUPTED.
   */
  async enrichItem(item: string, options: AskOptions): Promise<EnrichedItem> {
    const { enrichItem } = await import('./words/texts.js')
    return enrichItem(this.#host(), item, options ?? {})
  }

  /**
   * Finds three to six phrases that are related to a phrase, by a language model, for use in `search` and `like`; none
   * where too few of them are supported by what a search finds. Fails with BAD_OPTION, NO_TEXT, LLM_FAILED,
   * INTERRUPTED.
   */
  async expandPhrase(phrase: string, options: AskOptions): Promise<ExpandedPhrase> {
    const { expandPhrase } = await import('./words/texts.js')
    return expandPhrase(this.#host(), phrase, (loaded, text) => this.#encodePhrase(loaded, text), options ?? {})
  }

  /**
   * Says why an item suits a user, in a sentence by a language model. Where that says more than is known, the answer is
   * the reason made in code. Fails with UNKNOWN_ITEM, BAD_OPTION, LLM_FAILED, INTERRUPTED.
   */
  async phraseReason(user: string, item: string, options: AskOptions): Promise<PhrasedReason> {
    const { phraseReason } = await import('./words/texts.js')
    return phraseReason(this.#host(), user, item, options ?? {})
  }

  /**
   * Measures whether interests and their names are true and stable, beside known methods (docs/evaluation.md). Fails
   * with NO_STORE, BAD_OPTION, LIMIT, INTERRUPTED.
   */
  async evaluateInterests(settings: InterestsSettings = {}): Promise<InterestsReport> {
    this.#checkOpen()
    if (!(await this.#store.tally()).hasItems) throw noIndex(this.#store)
    const { evaluateStoreInterests } = await import('./evaluate/evaluate.js')
    return evaluateStoreInterests(this.#host(), settings, this.#options.workers)
  }

  /**
   * Measures whether recommendations rest on the items that they cite, beside other ways to cite (docs/evaluation.md).
   * Fails with NO_STORE, BAD_OPTION, LIMIT, INTERRUPTED.
   */
  async evaluateFaithfulness(settings: FaithfulnessSettings = {}): Promise<FaithfulnessReport> {
    this.#checkOpen()
    if (!(await this.#store.tally()).hasItems) throw noIndex(this.#store)
    const { evaluateStoreFaithfulness } = await import('./evaluate/evaluate.js')
    return evaluateStoreFaithfulness(this.#host(), settings, this.#options.workers)
  }

  #build(options: BuildOptions, whole: boolean): Promise<BuildReport> {
    return this.#exclusive(async () => {
      const { buildStore } = await import('./build/build.js')
      return buildStore(this.#host(), options, whole)
    })
  }

  #host(): Host {
    return {
      store: this.#store,
      options: this.#options,
      clock: () => this.#clock(),
      openEncoder: (name) => this.#openEncoder(name),
      openTower: (name, modality) => this.#openTower(name, modality),
      encoder: () => this.#encoder,
      openPool: () => this.#openPool(),
      load: () => this.#load(),
      readUser: (loaded, user) => this.#readUser(loaded, user, {}),
      secureBytes: openSecureBytes,
    }
  }

  /** Runs works that write one after another, so that an edit never meets an unfinished build. */
  #exclusive<R>(work: () => Promise<R>): Promise<R> {
    const run = this.#writing.then(() => {
      this.#checkOpen()
      return work()
    })
    this.#writing = run.catch(() => undefined)
    return run
  }

  // -------------------------------------------------------------- reading

  /**
   * A user's interests with their evidence; an unknown user has none. `now`: ISO 8601 or milliseconds since 1970, later
   * events are left out; default: the time of the newest event in the store. Fails with BAD_OPTION.
   */
  async interests(
    user: string,
    options: { now?: string | number; language?: Language } = {},
  ): Promise<InterestsAnswer> {
    const loaded = await this.#load()
    return answerInterests(loaded.model, await this.#readUser(loaded, user, options), {
      now: nowOf(loaded, options.now),
      language: readLanguage(options.language) ?? loaded.model.catalogue.language,
    })
  }

  /**
   * What became of a user's interests: what each generation found compared with the one before, beginning with the
   * second that knew the user, and last what changed since the generation in use. `now` as in `interests`. Fails with
   * BAD_OPTION.
   */
  async lineage(user: string, options: { now?: string | number } = {}): Promise<LineageAnswer> {
    const loaded = await this.#load()
    const input = await this.#readUser(loaded, user, options)
    const key = await this.#store.findUser(user)
    const stored: LineageEntry[] = key === null ? [] : await this.#store.lineage(key)
    const { changes } = mineProfile(loaded.model, input, nowOf(loaded, options.now))
    return { user, lineage: [...stored, ...changes.map((change) => ({ ...change, generation: null, at: null }))] }
  }

  /**
   * The interests of the user base: the topics that users hold fine interests in, those with most holders first, with
   * numbers of users and growth. Interests that fewer than `minUsers` users hold are only counted. Mines the interests
   * of all users; the result is kept until the store changes. Fails with BAD_OPTION, INTERRUPTED.
   */
  async userBase(options: UserBaseOptions = {}): Promise<UserBaseAnswer> {
    const loaded = await this.#load()
    const { countUserBase, readUserBase } = await import('./users/audience.js')
    const request = readUserBase(loaded, options)
    return countUserBase(loaded.model, await this.#mineUserBase(loaded, options), request)
  }

  /**
   * The users who hold an interest of the user base (by id or label), or an interest that is like a phrase, strongest
   * first, with their evidence. An interest is like a phrase if its items are, on average, nearer to the phrase than
   * all but a fortieth of the catalogue (in a small catalogue, all but eight items), at least four fifths as near as
   * those of the nearest interest, and near at all: a centred cosine of .32 or more that is .15 above the catalogue's
   * mean. So nobody holds what the catalogue does not have. Muted and disowned interests do not count. The answer names
   * users and is not k-anonymous: it also answers for interests that `userBase` withholds. Fails with BAD_OPTION,
   * UNKNOWN_INTEREST, NO_TEXT, INTERRUPTED.
   */
  async audience(options: AudienceOptions): Promise<AudienceAnswer> {
    const loaded = await this.#load()
    const { answerAudience, readAudience } = await import('./users/audience.js')
    const wanted = readAudience(loaded.model.topics, options)
    const phrase = 'like' in wanted ? await this.#encodePhrase(loaded, wanted.like) : null
    return answerAudience(this.#store, loaded, await this.#mineUserBase(loaded, options), wanted, phrase)
  }

  /**
   * How many users like each topic of the catalogue, with noise that hides each user (docs/privacy.md). A user counts
   * for at most three topics. The same question has the same answer within a generation; a new question costs epsilon
   * and delta of the store's privacy budget. Fails with BUDGET_SPENT, BAD_OPTION, INTERRUPTED.
   */
  async privateUserBase(options: PrivateUserBaseOptions): Promise<PrivateUserBaseAnswer> {
    const loaded = await this.#load()
    const { countTopicsPrivately } = await import('./users/private-counts.js')
    const readTopics = () => this.#readTextTopics(loaded, options.signal)
    return countTopicsPrivately(this.#host(), loaded, readTopics, untilOf(options), options)
  }

  /**
   * How many users hold an interest, or one that is like a phrase. The number is exact, and null where it is below
   * `minUsers` (5). With `epsilon` it has noise, costs as in `privateUserBase`, and is the number of users who like two
   * items or more of a topic of `privateUserBase`, or two that are near to the phrase. Fails as `audience` does, and
   * with BUDGET_SPENT.
   */
  async audienceSize(options: AudienceSizeOptions): Promise<AudienceSize> {
    const { epsilon, delta, ...rest } = options
    const loaded = await this.#load()
    if (epsilon !== undefined) {
      const { countAudiencePrivately } = await import('./users/private-counts.js')
      return countAudiencePrivately(
        this.#host(),
        loaded,
        () => this.#readTextTopics(loaded, options.signal),
        (phrase) => this.#encodePhrase(loaded, phrase),
        untilOf(options),
        { ...rest, epsilon, delta },
      )
    }
    if (delta !== undefined) throw badOption('delta', delta, 'goes with epsilon only')
    const { readMinUsers } = await import('./users/audience.js')
    const minUsers = readMinUsers(options.minUsers)
    const { interest, like, total } = await this.audience({ ...rest, limit: 1 })
    return { interest, like, total: total < minUsers ? null : total, minUsers, privacy: null }
  }

  /** The privacy budget, with the answers with noise and private trainings that were charged to it. */
  async privacyLedger(): Promise<PrivacyLedger> {
    this.#checkOpen()
    const { readLedger } = await import('./users/ledger.js')
    return readLedger(this.#store)
  }

  /**
   * Sets the privacy budget: what all answers with noise and private trainings together, earlier ones included, may
   * cost. `epsilon` is 0..1000, `delta` holds for all of them together (above 0, at most .01, default 1e-6). Fails with
   * BAD_OPTION.
   */
  setPrivacyBudget(budget: { epsilon: number; delta?: number }): Promise<PrivacyLedger> {
    return this.#exclusive(async () => {
      const { readBudget, readLedger } = await import('./users/ledger.js')
      await this.#store.setBudget(readBudget(budget))
      return readLedger(this.#store)
    })
  }

  /** Topics of the catalogue's texts, made once for a generation and its items. */
  #readTextTopics({ model, stamp }: Loaded, signal?: AbortSignal): Promise<TextTopics> {
    const key = `${stamp.generation} ${stamp.items}`
    if (this.#textTopics?.key === key) return this.#textTopics.found
    const found = import('./users/private-counts.js').then(({ readTextTopics }) =>
      readTextTopics(model, this.#openPool(), { seed: this.#options.seed ?? 1, signal }),
    )
    this.#textTopics = { key, found }
    found.catch(() => {
      this.#textTopics = null
    })
    return found
  }

  /** The interests of all users; those of the last call are reused while nothing changed. */
  async #mineUserBase(
    loaded: Loaded,
    { now, signal, onProgress }: Pick<UserBaseOptions, 'now' | 'signal' | 'onProgress'>,
  ): Promise<UserInterests> {
    const until = untilOf({ now })
    const key = JSON.stringify([loaded.stamp, await this.#store.stamp(), until])
    if (this.#userInterests?.key === key) return this.#userInterests.found
    const { mineUserBase } = await import('./users/audience.js')
    const found = await mineUserBase(this.#store, loaded, this.#openPool(), { until, signal, onProgress })
    this.#userInterests = { key, found }
    return found
  }

  /**
   * A list of recommendations for a user. Fails with BAD_OPTION, with UNKNOWN_ITEM for ids that were never in the
   * catalogue, and with UNKNOWN_INTEREST for unknown ids in `mute`.
   */
  recommend(user: string, options?: RecommendOptions): Promise<RecommendAnswer>
  /**
   * A list of recommendations for a guest, of whom nothing is stored. Fails with BAD_OPTION, UNKNOWN_ITEM,
   * UNKNOWN_INTEREST, and with NO_TEXT where the store cannot encode the guest's phrase.
   */
  recommend(guest: GuestOptions): Promise<RecommendAnswer>
  async recommend(who: string | GuestOptions, options: RecommendOptions = {}): Promise<RecommendAnswer> {
    const loaded = await this.#load()
    if (typeof who === 'string') {
      const input = await this.#readUser(loaded, who, options)
      return { user: who, ...answerList(loaded.model, input, await readOptions(this.#store, loaded, options)) }
    }
    const input = await readGuest(this.#store, loaded, who, (phrase) => this.#encodePhrase(loaded, phrase))
    return { user: null, ...answerList(loaded.model, input, await readOptions(this.#store, loaded, who)) }
  }

  /**
   * Ranks the caller's own candidates, at most 10,000 ids, best first, scored as `recommend` and `explain` score them;
   * a repeated id counts once. Nothing is left out: an item of the history, or of a muted interest, has the place that
   * its score gives it, its reason says so, and no item is evidence for itself. `who`: a user, or a guest as `{ items,
   * like }`. Fails with UNKNOWN_ITEM, which names every id that is not in the catalogue, and as `recommend` does.
   */
  async rank(
    who: string | Pick<GuestOptions, 'items' | 'like'>,
    items: string[],
    options: RankOptions = {},
  ): Promise<RecommendAnswer> {
    const loaded = await this.#load()
    const user = typeof who === 'string' ? who : null
    const input =
      typeof who === 'string'
        ? await this.#readUser(loaded, who, options)
        : await readGuest(this.#store, loaded, { ...options, ...who }, (phrase) => this.#encodePhrase(loaded, phrase))
    const ranking = await readRanking(this.#store, loaded, items, options)
    return { user, ...answerRank(loaded.model, input, ranking.rows, ranking.options) }
  }

  /**
   * A user's interests and list in one answer. Effects are computed unless `effects` is false. Fails as `recommend`
   * does.
   */
  explain(user: string, options?: RecommendOptions): Promise<ExplainUserAnswer>
  /**
   * Why one item has its place in a user's list, or none. Effects as above. Fails as `recommend` does, and with
   * UNKNOWN_ITEM where the item is not in the catalogue.
   */
  explain(user: string, item: string, options?: RecommendOptions): Promise<ExplainItemAnswer>
  async explain(
    user: string,
    second?: string | RecommendOptions,
    third: RecommendOptions = {},
  ): Promise<ExplainUserAnswer | ExplainItemAnswer> {
    const loaded = await this.#load()
    const options = { effects: true, ...(typeof second === 'string' ? third : second) }
    const input = await this.#readUser(loaded, user, options)
    const answerOptions = await readOptions(this.#store, loaded, options)
    if (typeof second !== 'string') return answer(loaded.model, input, answerOptions)
    const [row] = await findRows(this.#store, loaded, [second])
    return answerItem(loaded.model, input, row, answerOptions)
  }

  /**
   * The items whose text, picture or sound is most similar to that of an item, most similar first, without the item
   * itself. Fails with UNKNOWN_ITEM, and with BAD_OPTION, also where the store or the item has no vector of that
   * medium.
   */
  async similar(item: string, options: SimilarOptions = {}): Promise<SimilarAnswer> {
    const loaded = await this.#load()
    const by = readMedium(loaded.model, options.by)
    const [row] = await findRows(this.#store, loaded, [checkText('item', item)])
    return this.#nearest(loaded, [{ by, vector: vectorOf(loaded.model, by, row, item) }], options, row)
  }

  /**
   * The items whose text is most similar to a phrase, most similar first. Where pictures or sounds share a space with
   * phrases, items found by these are taken in turn. Fails with BAD_OPTION, and with NO_TEXT where nothing in the store
   * can be compared with a phrase.
   */
  async search(phrase: string, options: { limit?: number; where?: Where } = {}): Promise<SimilarAnswer> {
    const loaded = await this.#load()
    const probes: SimilarityQuery[] = []
    for (const { name, tower } of loaded.info.modalities) {
      const open = tower === null ? null : await this.#openTower(tower, name)
      if (open?.joint) probes.push({ by: name, vector: await open.encodePhrase(readPhrase('phrase', phrase)) })
    }
    if (loaded.info.encoderName !== null || probes.length === 0) {
      probes.unshift({ by: 'text', vector: await this.#encodePhrase(loaded, phrase) })
    }
    return this.#nearest(loaded, probes, options, -1)
  }

  /**
   * Encodes texts with the store's encoder: unit vectors, one row a text. Fails with NO_STORE before the first build,
   * and with NO_TEXT where items bring their own vectors.
   */
  async embed(texts: string[], kind: 'query' | 'passage' = 'query'): Promise<Matrix> {
    this.#checkOpen()
    const info = await this.#store.generation()
    if (!info)
      throw new InterestMineError('NO_STORE', 'the encoder is chosen when the first items come in; add items first')
    return this.#embedWith(info, texts, kind)
  }

  /**
   * All items of the catalogue with their vectors, as clients of a federated training share them (docs/federate.md).
   */
  async itemVectors(): Promise<PublicItems> {
    const { model, info } = await this.#load()
    const { catalogue, vectors } = model
    const live = Array.from({ length: catalogue.size }, (_, row) => row).filter((row) => !catalogue.removed[row])
    const ids = live.map((row) => stringAt(catalogue.ids, row))
    return { encoder: info.encoder, ids, vectors: gatherRows(vectors, live) }
  }

  async #embedWith({ encoderName }: GenerationInfo, texts: string[], kind: 'query' | 'passage'): Promise<Matrix> {
    if (encoderName === null) {
      const message = 'this store holds vectors of your own, so a phrase cannot be encoded; use similar, or items'
      throw new InterestMineError('NO_TEXT', message)
    }
    return (await this.#openEncoder(encoderName)).encode(texts, { kind })
  }

  async #nearest(
    loaded: Loaded,
    probes: readonly SimilarityQuery[],
    options: { limit?: number; where?: Where },
    self: number,
  ): Promise<SimilarAnswer> {
    const { catalogue } = loaded.model
    const limit = readLimit(options.limit)
    const allowed = await allowRows(this.#store, loaded, options.where)
    const allow = (row: number) => row !== self && !catalogue.removed[row] && (!allowed || allowed(row))
    return findMostSimilar(loaded.model, probes, limit, allow)
  }

  async #encodePhrase({ model, info }: Loaded, phrase: string): Promise<Float32Array> {
    const text = readPhrase('phrase', phrase)
    return centreVector((await this.#embedWith(info, [text], 'query')).data, model.centre)
  }

  /** For each id, whether it is an item of the catalogue. */
  async hasItems(ids: string[]): Promise<boolean[]> {
    this.#checkOpen()
    return (await this.#store.findItems(ids)).map((key) => key !== null)
  }

  /** For each id, whether it is an interest or a wish of the user. */
  async hasInterest(user: string, ids: string[]): Promise<boolean[]> {
    const { interests, wishes } = await this.interests(user)
    const known = new Set([...interests, ...wishes].map(({ id }) => id))
    return ids.map((id) => known.has(id))
  }

  // -------------------------------------------------------------- editing

  /**
   * Changes one interest or wish of a user. The change holds from the next call on; the answer has all edits in force.
   * `now`: the time of the edit, default: the clock. Fails with UNKNOWN_INTEREST, BAD_OPTION.
   */
  editInterest(
    user: string,
    interest: string,
    action: EditAction,
    options: { now?: string | number } = {},
  ): Promise<EditsAnswer> {
    return this.#exclusive(async () => {
      const change = readAction(action)
      const loaded = await this.#load()
      const reading = await this.#read(loaded, user, options)
      await this.#write(user, planEdit(loaded.model, reading, interest, change), options)
      const merged = mergedInterests(reading, interest, change)
      return { ...(await this.edits(user)), ...(merged ? { merged } : {}) }
    })
  }

  /**
   * Adds an interest by a phrase of 1 to 80 characters ("sourdough"), as a wish: it has no evidence and no weight, but
   * candidates of its own and places in every list (docs/editing.md). `now` as in `editInterest`. Fails with
   * BAD_OPTION, also where there is a wish for the phrase already, and with NO_TEXT where items bring their own
   * vectors.
   */
  addInterest(user: string, phrase: string, options: { now?: string | number } = {}): Promise<EditsAnswer> {
    return this.#exclusive(async () => {
      const text = readWish(phrase)
      const loaded = await this.#load()
      const { data } = await this.#embedWith(loaded.info, [text], 'query')
      const encoded = { encoder: loaded.info.encoder, vector: Buffer.from(writeVector(data, 32)).toString('base64') }
      await this.#write(user, planWish(await this.#read(loaded, user, options), text, encoded), options)
      return this.edits(user)
    })
  }

  async #write(user: string, edit: PlannedEdit, { now }: { now?: string | number }): Promise<void> {
    const at = new Date(now === undefined ? this.#clock() : readTime(now)).toISOString()
    await this.#store.addEdit(user, { ...edit, at })
  }

  async #read(loaded: Loaded, user: string, options: { now?: string | number } = {}): Promise<Reading> {
    return read(loaded.model, await this.#readUser(loaded, user, options), nowOf(loaded, options.now))
  }

  #readUser(loaded: Loaded, user: string, options: RecommendOptions): Promise<AnswerInput & { user: string }> {
    return readUser(this.#store, loaded, user, options, (phrase) => this.#encodePhrase(loaded, phrase))
  }

  /** Takes back the user's latest edit in force. Fails with BAD_OPTION where there is none. */
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
    return { user, edits: (await this.#allEdits(user)).filter(({ undone }) => !undone).map(showEdit) }
  }

  /** All edits of the user, oldest first, each with what was done since against it, where it is in force. */
  async #allEdits(user: string): Promise<(StoredEdit & Pick<EditRecord, 'contrary'>)[]> {
    this.#checkOpen()
    const key = await this.#store.findUser(user)
    const stored = key === null ? [] : await this.#store.edits(key)
    if (stored.every(({ undone }) => undone)) return stored.map((edit) => ({ ...edit, contrary: null }))
    const loaded = await this.#load()
    const contrary = findContraries(loaded.model, await this.#read(loaded, user))
    return stored.map((edit) => ({ ...edit, contrary: edit.undone ? null : (contrary.shift() ?? null) }))
  }

  // -------------------------------------------------------------- maintenance

  /** What the store holds, and what it is fitted with. Does not fail where nothing was built yet. */
  async status(): Promise<StatusAnswer> {
    this.#checkOpen()
    return describeStore(this.#store, () => this.#load())
  }

  /** The generations that are kept, newest first: the one in use and the one before it. */
  async generations(): Promise<GenerationsAnswer> {
    this.#checkOpen()
    const { listGenerations } = await import('./care/generations.js')
    return listGenerations(this.#store)
  }

  /**
   * Answers from another kept generation from now on, in every process. Items, events, edits and forgotten users since
   * it was built count as before. The next whole build makes a new generation. Fails with BAD_OPTION where it is not
   * kept, with STORE_DAMAGED where it cannot be read.
   */
  useGeneration(id: number): Promise<GenerationsAnswer> {
    return this.#exclusive(async () => {
      const { useGeneration } = await import('./care/generations.js')
      await useGeneration(this.#host(), id)
      return this.generations()
    })
  }

  /**
   * Looks for damage, and with `repair` makes anew what can be made from items and events. Damage is reported, not
   * thrown.
   */
  async doctor(options: { repair?: boolean } = {}): Promise<DoctorAnswer> {
    this.#checkOpen()
    const { problems, loads } = await findProblems(this.#store)
    if (options.repair && problems.length > 0) await this.#exclusive(() => this.#repair(problems, loads))
    return { ok: problems.every(({ repaired }) => repaired), problems }
  }

  async #repair(problems: DoctorAnswer['problems'], loads: boolean): Promise<void> {
    // Loading again rebuilds an index file that does not match; artefacts that cannot be read are fitted again below.
    this.#loading = Promise.resolve(null)
    const { graph } = sidecarsOf(this.#store)
    if (graph !== null && problems.some(({ where }) => where === basename(graph))) removeGraph(graph)
    await this.#store.mend()
    await this.#store.compact()
    if (!loads || !(await this.#store.generation())) {
      const { chooseEncoder, refitStore } = await import('./build/choose.js')
      await refitStore(this.#host(), await chooseEncoder(this.#host()), 'none', {})
    }
    await this.#load()
    const { problems: left } = await findProblems(this.#store)
    const remaining = new Set(left.map(({ what, where }) => `${where} ${what}`))
    for (const problem of problems) problem.repaired = !remaining.has(`${problem.where} ${problem.what}`)
  }

  /** Everything that the store holds about a user. */
  async exportUser(user: string): Promise<ExportAnswer> {
    const { interests, wishes } = await this.interests(user)
    return { ...(await exportRows(this.#store, user, await this.#allEdits(user))), interests, wishes }
  }

  /**
   * Removes a user from the store and from all counts; no file holds anything of the user afterwards (docs/privacy.md).
   * What was fitted while the user was in the store holds no number of theirs, but depends on them; it is fitted anew
   * by the next build or `train`, or at once with `retrain`: from rows alone, so that nothing is taken over from
   * before, and a trained scorer is trained again. Fails with STORE_BUSY where another process uses the files: the user
   * is gone then, and the same call again removes what is left in free space.
   */
  forget(user: string, { retrain = false, ...hooks }: ForgetOptions = {}): Promise<ForgetAnswer> {
    return this.#exclusive(async () => {
      const events = await forgetUser(this.#store, checkText('user', user))
      this.#userInterests = null
      const answer = { user, forgotten: events !== null, events: events ?? 0 }
      if (!retrain) return answer
      const { refitFromRows } = await import('./build/train-store.js')
      return { ...answer, retrained: await refitFromRows(this.#host(), hooks) }
    })
  }

  /** Waits for what is being written, then ends the worker threads and closes the file. May be called again. */
  async close(): Promise<void> {
    await this.#writing
    if (this.#closed) return
    this.#closed = true
    await this.#loading.catch(() => null)
    await (await this.#encoder)?.close()
    for (const tower of this.#towers.values()) await (await tower.catch(() => null))?.close()
    await this.#pool?.close()
    await this.#store.close()
  }

  // -------------------------------------------------------------- what is open

  /** Calls run one after another, because counts are changed in place. */
  #load(): Promise<Loaded> {
    this.#checkOpen()
    const before = this.#loading.catch(() => null)
    const next = before.then((old) => loadModel(this.#store, old, this.#options.encoder))
    this.#loading = next
    return next
  }

  #openEncoder(name: string): Promise<LoadedEncoder> {
    // The module is loaded when first needed, so that an answer from a built index starts sooner. The name may change,
    // because another process may have built the index with another encoder since.
    if (this.#encoder && this.#encoderName === name) return this.#encoder
    const before = this.#encoder
    this.#encoderName = name
    this.#encoder = import('./encode/encoder.js').then(async ({ loadEncoder }) => {
      await before?.then(
        (old) => old.close(),
        () => undefined,
      )
      return loadEncoder(name, { pool: this.#openPool() })
    })
    return this.#encoder
  }

  #openTower(name: string, modality: Modality): Promise<Tower> {
    const key = `${modality} ${name}`
    const open =
      this.#towers.get(key) ??
      import('./encode/tower.js').then(({ openTower }) => openTower(name, modality, this.#openPool()))
    this.#towers.set(key, open)
    // A failure is not remembered: its cause may be gone by the next call.
    open.catch(() => this.#towers.delete(key))
    return open
  }

  #openPool(): Pool {
    this.#pool ??= openThreads(new URL('./worker.js', import.meta.url), this.#options.workers)
    return this.#pool
  }

  #checkOpen(): void {
    if (this.#closed) throw new InterestMineError('CLOSED', 'this miner is closed')
  }

  #clock(): number {
    return this.#options.clock ? this.#options.clock() : Date.now()
  }
}
