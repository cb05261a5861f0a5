/** What an item may have beside text: a picture ('image') or a sound ('audio'). */
export type Modality = 'image' | 'audio'

/** One entry of the catalogue. Only `id` and some text (`title` or `text`) are needed. */
export interface Item {
  /** Any non-empty string, at most 512 characters. */
  id: string
  title: string
  text?: string
  /** One path from broad to fine, a list of paths, or tags; the catalogue as a whole decides which (docs/data.md). */
  categories?: string[] | string[][]
  brand?: string
  /** Greater than 0; all prices of a catalogue in one currency. */
  price?: number
  url?: string
  /**
   * The picture: a path inside the catalogue's folder, a data: URI, an http(s) address (read only where a build has
   * `fetch`), or the bytes themselves, which are kept beside the store.
   */
  image?: string | Uint8Array
  /** The sound, in the same forms as `image`. */
  audio?: string | Uint8Array
  /**
   * The caller's own vector of the text, of any length above 0. Either all items of a store have one, all of the same
   * length, or none has.
   */
  vector?: ArrayLike<number>
  /**
   * The caller's own vectors of picture and sound. All of one kind in a store have the same length; an item may lack
   * either. A vector that cannot be used is left out and counted, and the item is kept.
   */
  vectors?: Partial<Record<Modality, ArrayLike<number>>>
  /** Milliseconds since 1970, or an ISO 8601 string. */
  publishedAt?: number | string
  /** Other scalar columns, usable in `where`. */
  attributes?: Record<string, string | number | boolean>
}

/** One event: something that a user did with an item. Named `Interaction` because `Event` is a global. */
export interface Interaction {
  /** Id of the user. */
  user: string
  /** Id of the item; an event on an item that is not in the catalogue is rejected. */
  item: string
  /** Kind of the event: view, click, purchase, rating … Default "view", or "rating" where a value is given. */
  type?: string
  /**
   * Seconds or milliseconds since 1970 (told apart by size), an ISO 8601 string, or a Date. Events without a time keep
   * the order in which they arrive.
   */
  at?: number | string | Date | null
  /** A rating. The scale (1, 5, 10 or 100) follows from the largest value ever stored. */
  value?: number | null
  /** Seconds that the user spent, 0 or more. */
  dwell?: number | null
  /** Number of pieces. */
  quantity?: number | null
}

/** Names of the built-in tables of event weights (docs/data.md, "What an event weighs"). */
export type WeightPreset = 'shop' | 'news' | 'social' | 'ratings'

/** How events of one kind count. */
export interface KindWeight {
  /** Greater than 0. */
  weight: number
  /** +1: the event speaks for its item; -1: against it. */
  sign: 1 | -1
  /** Whether the user said so (a rating, a like) rather than did something (a view, a purchase). */
  explicit: boolean
}

/** Event kind (lower case) -> how it counts. */
export type WeightTable = Record<string, KindWeight>

/**
 * A caller's own weights by event kind; kinds that it lacks count as in the preset 'shop'. A bare number sets the
 * weight and keeps the sign and the explicitness that the kind has there.
 */
export type OwnWeights = Record<string, number | (Pick<KindWeight, 'weight'> & Partial<KindWeight>)>

/** Conditions on items, such as "brand=Acme", "brand!=Acme", "price<20", "year>=2000"; of a list, all must hold. */
export type Where = string | string[]
