/** What an item has beside text. */
export type Modality = 'image' | 'audio'

/** One thing of the catalogue. Only `id` and some text (`title` or `text`) are needed. */
export interface Item {
  /** Any non-empty string, at most 512 characters. */
  id: string
  title: string
  text?: string
  /** One path from broad to fine, a list of paths, or tags; the catalogue as a whole decides which (docs/data.md). */
  categories?: string[] | string[][]
  brand?: string
  /** In the shop's currency, greater than 0. */
  price?: number
  url?: string
  /**
   * A path inside the catalogue's folder, a data: URI, an http(s) address (read with `fetch` alone), or the bytes
   * themselves, which are kept beside the store.
   */
  image?: string | Uint8Array
  audio?: string | Uint8Array
  /** The caller's own vector: all items of a store have one of the same length, or none has. */
  vector?: ArrayLike<number>
  /**
   * The caller's own vectors of its picture and its sound. Each kind has one length within a store; an item may lack
   * either. One that cannot be used is left out and counted, the item stays.
   */
  vectors?: Partial<Record<Modality, ArrayLike<number>>>
  /** Milliseconds since 1970, or an ISO 8601 string. */
  publishedAt?: number | string
  /** Other scalar columns, usable in `where`. */
  attributes?: Record<string, string | number | boolean>
}

/** One thing a user did. Called `Interaction` because `Event` is a global. */
export interface Interaction {
  user: string
  item: string
  /** view, click, purchase, rating … (default "view", or "rating" where a value is given). */
  type?: string
  /** Seconds or milliseconds since 1970 (told apart by size), ISO 8601, or a Date; absent: keeps its arrival order. */
  at?: number | string | Date | null
  /** A rating. Scale 1, 5, 10 or 100, told from the largest value ever stored. */
  value?: number | null
  /** Seconds spent, 0 or more. */
  dwell?: number | null
  quantity?: number | null
}

export type WeightPreset = 'shop' | 'news' | 'social' | 'ratings'

/** How an event kind counts. `weight` > 0; `sign` +1 speaks for, -1 against; `explicit`: the user said so. */
export interface KindWeight {
  weight: number
  sign: 1 | -1
  explicit: boolean
}

/** Event kind -> how it counts. Kinds are lower case. */
export type WeightTable = Record<string, KindWeight>

/** A caller's own weights, laid over those of a shop: a bare number keeps what the kind usually means. */
export type OwnWeights = Record<string, number | (Pick<KindWeight, 'weight'> & Partial<KindWeight>)>

export type Where = string | string[]
